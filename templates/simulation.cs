<?cs #
	simulation.cs - what is simulated, by where it is polled or who posts for it;
	or one such place and its devices.

	Dataset: head.cs, and
	Bound.Used .Most    of the simulated devices of the tenant; absent: not told
	Places.N.Where .By  "127.0.0.1:5020" or a gateway's key; "Modbus TCP"
	Places.N.Agent      key of the edge agent that polls there; may be empty
	Places.N.Devices .Heard .Silent .Never .Unasked
	                    "12", "9 heard", "2 silent", "1 never seen", "1 without a
	                    profile"; absent: none
	Places.N.Profiles   "pump-station, robot"; may be empty
	Places.N.Own        1: some profile is the tenant's own
	Places.N.Time .Age  of the newest reading; absent: there is none
	Places.N.Href       of its devices, begins with "/"
	Places.N.Scenario   href of its file; absent: there is none
	Places.N.Clash      1: a unit has several profiles there
	Own                 1: some profile of them is; absent: none
	At                  key of the device whose place alone is shown; empty: all are
	Devices.N.Key .Name .Href .Profile .Unit .State .StateText .Time .Age
	                    of that place; .Profile may be empty, .Time and .Age absent
	After               the key behind which these begin; may be empty
	More                href of what follows; absent: these are the last
	Command             that makes more
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:newest(x) ?><?cs if:x.Time ?><time datetime="<?cs var:x.Time ?>"><?cs var:x.Age ?></time> ago<?cs else ?>no data yet<?cs /if ?><?cs /def ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <?cs if:At ?><a href="/admin/simulation">Simulation</a> <span aria-hidden="true">›</span> <span><?cs var:Places.0.Where ?></span><?cs else ?><span><?cs var:Page.Title ?></span><?cs /if ?></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">Devices that nobody has, which a simulator plays. What they say is marked everywhere, and nobody pays for it.<?cs if:Bound.Most ?> <?cs var:Bound.Used ?> of the <?cs var:Bound.Most ?> there may be are used.<?cs /if ?></p>
<?cs if:!subcount(Places) && After ?><p class="none">There are no more places.</p>
<?cs elif:!subcount(Places) ?><?cs call:empty("Nothing is simulated", "An operator of this server makes devices and their scenario in one go; the simulator then answers for them.", Command) ?>
<?cs else ?>
<section class="card" aria-labelledby="places">
	<h2 id="places"><?cs if:At ?>Where it is played<?cs else ?>Where they are played<?cs /if ?></h2>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="places">
	<table class="places">
		<thead><tr><th scope="col">Where</th><th scope="col" class="number">Devices</th><th scope="col">State</th><th scope="col">Newest reading</th><th scope="col">Profiles</th><th scope="col">To play it</th></tr></thead>
		<tbody>
		<?cs each:p = Places ?><tr>
			<th scope="row"><?cs if:At ?><?cs var:p.Where ?><?cs else ?><a href="<?cs var:url_validate(p.Href) ?>"><?cs var:p.Where ?></a><?cs /if ?><br><span class="note"><?cs var:p.By ?><?cs if:p.Agent ?>, by the agent <?cs var:p.Agent ?><?cs /if ?></span></th>
			<td class="number"><?cs var:p.Devices ?></td>
			<td><?cs if:p.Heard ?><?cs call:status("online", p.Heard) ?> <?cs /if ?><?cs if:p.Silent ?><?cs call:status("offline", p.Silent) ?> <?cs /if ?><?cs if:p.Never ?><?cs call:status("never", p.Never) ?><?cs /if ?></td>
			<td><?cs call:newest(p) ?></td>
			<td><?cs if:p.Profiles ?><?cs var:p.Profiles ?><?cs else ?>–<?cs /if ?><?cs if:p.Own ?><br><span class="note">of your own</span><?cs /if ?><?cs if:p.Unasked ?><br><span class="note"><?cs var:p.Unasked ?></span><?cs /if ?></td>
			<td><?cs if:p.Scenario ?><a href="<?cs var:url_validate(p.Scenario) ?>" download aria-label="Scenario of <?cs var:p.Where ?>">Scenario</a><?cs elif:p.Clash ?>none: a unit has several profiles<?cs else ?>–<?cs /if ?></td>
		</tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<p class="note">A scenario goes into the simulator's settings, as <code>scenario</code>, and is played where the poller calls. Who posts, or is on a serial line, has none here.<?cs if:Own && Can.devices_read ?> Profiles of your own must be put beside the simulator's; their text is among the <a href="/admin/profiles">device profiles</a>.<?cs /if ?></p>
</section>
<?cs if:At ?>
<section class="card" aria-labelledby="devices">
	<h2 id="devices">Devices</h2>
	<?cs if:subcount(Devices) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="devices">
	<table>
		<thead><tr><th scope="col">Device</th><th scope="col">State</th><th scope="col">Newest reading</th><th scope="col" class="number">Unit</th><th scope="col">Profile</th></tr></thead>
		<tbody>
		<?cs each:d = Devices ?><tr><th scope="row"><a href="<?cs var:url_validate(d.Href) ?>"><?cs var:d.Name ?></a><br><code><?cs var:d.Key ?></code></th><td><?cs call:status(d.State, d.StateText) ?></td><td><?cs call:newest(d) ?></td><td class="number"><?cs var:d.Unit ?></td><td><?cs if:d.Profile ?><?cs var:d.Profile ?><?cs else ?>–<?cs /if ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">There are no more devices.</p><?cs /if ?>
</section>
<?cs /if ?>
<?cs if:More || After ?><p class="ways"><?cs if:After ?><a class="button" href="<?cs if:At ?><?cs var:url_validate(Places.0.Href) ?><?cs else ?>/admin/simulation<?cs /if ?>">The first</a><?cs /if ?><?cs if:More ?> <a class="button" href="<?cs var:url_validate(More) ?>"><?cs if:At ?>More devices<?cs else ?>More places<?cs /if ?></a><?cs /if ?></p><?cs /if ?>
<?cs if:!At ?>
<section class="card" aria-labelledby="more">
	<h2 id="more">More of them</h2>
	<p>An operator of this server makes devices and their scenario in one go:</p>
	<pre class="command" tabindex="0"><code><?cs var:Command ?></code></pre>
</section>
<?cs /if ?>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
