<?cs #
	counters.cs - what a device's counters counted, and exchanged meters.

	Dataset: head.cs, and
	Device                  device of macros.cs
	Zone                    IANA name of its site's zone; times are by its clocks
	Latest                  now, as a form has it: no exchange is later
	Meters.N.Key .Name .Unit
	Meters.N.Total .Counted what it comes to in all, and since .Since; absent:
	                        there is no reading
	Meters.N.Since.Iso .Text
	Meters.N.Now            what the meter shows; absent: nobody knows
	Meters.N.Exchanges.K    the newest first:
	  .At.Iso .At.Text      when, "1 Mar 2026 13:05:10"
	  .Last .First          the old meter's last value and the new one's first
	  .By .Told.Iso .Told.Text   who said so, and when; By may be empty
	Here.devices_write      present: he may say so of this device
	The forms post csrf, sensor, and at, old_last and new_first or only at to
	/admin/devices/KEY/exchange and /admin/devices/KEY/withdraw.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/">Overview</a> <span aria-hidden="true">›</span> <a href="<?cs var:url_validate(Device.Href) ?>"><?cs var:Device.Name ?></a></nav>
<div class="title">
	<h1><?cs var:Page.Title ?></h1>
	<?cs call:status(Device.State, Device.StateText) ?>
	<?cs if:Device.Simulated ?><?cs call:simulated(Device.SimText) ?><?cs /if ?>
</div>
<p class="note">In all is what the first meter would show now if it had never been exchanged. Going over the top and beginning anew are known from the readings; an exchange has to be told. Times are those of <?cs var:Zone ?>.</p>
<?cs if:subcount(Meters) ?>
<?cs each:m = Meters ?>
<section class="card" aria-labelledby="meter-<?cs var:m.Key ?>">
	<h2 id="meter-<?cs var:m.Key ?>"><?cs var:m.Name ?></h2>
	<?cs if:Device.Simulated ?><?cs call:watermark() ?><?cs /if ?>
	<?cs if:m.Total ?>
	<dl class="facts">
		<div><dt>In all</dt><dd><span class="figure"><span class="value"><?cs var:m.Total ?></span> <span class="unit"><?cs var:m.Unit ?></span></span></dd></div>
		<?cs if:m.Now ?><div><dt>The meter shows</dt><dd><?cs var:m.Now ?> <?cs var:m.Unit ?></dd></div><?cs /if ?>
		<div><dt>Counted</dt><dd><?cs var:m.Counted ?> <?cs var:m.Unit ?> since <time datetime="<?cs var:m.Since.Iso ?>"><?cs var:m.Since.Text ?></time></dd></div>
	</dl>
	<?cs else ?><p class="none">No readings yet.</p><?cs /if ?>
	<?cs if:subcount(m.Exchanges) ?>
	<h3>Exchanged</h3>
	<div class="scroll" tabindex="0" role="region" aria-label="Exchanges of <?cs var:m.Name ?>">
	<table>
		<thead><tr><th scope="col">When</th><th scope="col" class="number">Old meter’s last</th><th scope="col" class="number">New one’s first</th><th scope="col">Told by</th><?cs if:Here.devices_write ?><th scope="col"><span class="hidden">Take back</span></th><?cs /if ?></tr></thead>
		<tbody>
		<?cs each:x = m.Exchanges ?>
		<tr><td><time datetime="<?cs var:x.At.Iso ?>"><?cs var:x.At.Text ?></time></td><td class="number"><?cs var:x.Last ?> <?cs var:m.Unit ?></td><td class="number"><?cs var:x.First ?> <?cs var:m.Unit ?></td><td><?cs if:x.By ?><?cs var:x.By ?><?cs else ?>a program<?cs /if ?>, <time datetime="<?cs var:x.Told.Iso ?>"><?cs var:x.Told.Text ?></time></td><?cs if:Here.devices_write ?><td><form method="post" action="/admin<?cs var:url_validate(Device.Href) ?>/withdraw"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><input type="hidden" name="sensor" value="<?cs var:m.Key ?>"><input type="hidden" name="at" value="<?cs var:x.At.Iso ?>"><button type="submit" class="quiet" aria-label="Take back the exchange of <?cs var:x.At.Text ?>">Take back</button></form></td><?cs /if ?></tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs /if ?>
	<?cs if:Here.devices_write ?>
	<details class="desk">
		<summary>The meter was exchanged</summary>
		<form class="tall" method="post" action="/admin<?cs var:url_validate(Device.Href) ?>/exchange">
			<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
			<input type="hidden" name="sensor" value="<?cs var:m.Key ?>">
			<label>When <input type="datetime-local" name="at" max="<?cs var:Latest ?>" required></label>
			<label>Last value of the old meter, <?cs var:m.Unit ?> <input name="old_last" inputmode="decimal" required autocomplete="off"></label>
			<label>First value of the new meter, <?cs var:m.Unit ?> <input name="new_first" inputmode="decimal" value="0" required autocomplete="off"></label>
			<p class="ways"><button class="main" type="submit">It was exchanged</button></p>
		</form>
	</details>
	<?cs /if ?>
</section>
<?cs /each ?>
<?cs else ?><p class="none">This device has no counters.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
