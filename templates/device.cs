<?cs #
	device.cs - one device: what it is, what it says now, what it said.

	Dataset: head.cs, and
	Device                  device of macros.cs, and
	Device.SiteName         "North works"
	Here.commands_send, .debug_read, .devices_write   present: he may, here
	Device.Commands         where something is asked of it; absent: nobody polls it
	Device.Rules            where what is believed of it is
	Device.Counters         where its counters are; absent: it has none
	Device.Facts.N.Name .Value   what else is known, in order: "Manufacturer",
	                        "Profile", "Gateway", "Reports every", "Address" ...
	Sensors.K               sensor of macros.cs, and
	Sensors.K.Chart         chart of macros.cs
	Spans.N.Href .Text .Current  "?span=24h", "24 h", 1 for the one shown:
	                        1 h, 24 h, 7 d, 30 d, 1 y, 5 y; Href begins with "/"
	Span.From .To           for the form: "2026-03-01T14:05", time of the site;
	                        what the form sends back as ?from=&to=
	Span.FromText .ToText   "28 Feb 14:05", "1 Mar 14:05"; of a year and more
	                        "28 Feb 2025", "1 Mar 2026"
	Span.Zone               IANA name of the site's zone
	Span.Error              what was wrong with the asked span; absent: nothing
	Rows.N.Time             newest first, "1 Mar 14:05:07", time of the site
	Rows.N.Iso              the same, ISO 8601 UTC
	Rows.N.Sensor .Value .Unit   names and numbers, formatted
	Rows.N.Why              where it says how it came to be; begins with "/"
	Rows.N.Quality .QualityWord  0 .. 100; good | uncertain | bad
	RowsMore                1: there are more readings in the span than rows
	Agent.Name              of the gateway whose agent polls it and is silent;
	                        absent: none is
	Agent.Age .Iso          since it was heard
	Agent.Release           where it is taken back by a POST of csrf
	Bus.Line                "tcp 10.0.0.5:502 unit 1"; absent: it is not polled
	Bus.Age .Iso            of what the poller said last; absent: nothing yet
	Bus.Problems.N.Text     what somebody should do about the line
	Bus.Facts.N.Name .Value counts and times: "No answer in time", "12"
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/">Overview</a> <span aria-hidden="true">›</span> <span><?cs var:Device.SiteName ?></span></nav>
<div class="title" data-device="<?cs var:Device.Key ?>" data-state="<?cs var:Device.State ?>" data-seen="<?cs var:Device.Seen ?>" data-offline-after="<?cs var:Device.OfflineAfter ?>">
	<h1><?cs var:Device.Name ?></h1>
	<?cs call:status(Device.State, Device.StateText) ?>
	<?cs if:Device.Simulated ?><?cs call:simulated(Device.SimText) ?><?cs /if ?>
	<p class="seen"><?cs if:Device.Seen ?>seen <time datetime="<?cs var:Device.Seen ?>"><?cs var:Device.Age ?></time> ago<?cs else ?>no data yet<?cs /if ?></p>
</div>

<?cs if:Agent.Name ?>
<section class="card" aria-labelledby="agent">
	<h2 id="agent">Edge agent</h2>
	<p class="problem"><i class="shape" aria-hidden="true"></i>The agent of <?cs var:Agent.Name ?> was last heard <time datetime="<?cs var:Agent.Iso ?>"><?cs var:Agent.Age ?></time> ago. Nobody polls what is behind it.</p>
	<?cs if:Can.devices_write ?>
	<p class="note">If it is gone for good, its devices can be polled from here. Their addresses must be the same machines here; an agent that asks again takes them back.</p>
	<form class="ways" method="post" action="<?cs var:url_validate(Agent.Release) ?>"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button type="submit">Poll from here</button></form>
	<?cs /if ?>
</section>
<?cs /if ?>

<div class="split">
<section class="card now" aria-labelledby="now">
	<h2 id="now">Now</h2>
	<?cs if:Device.Simulated ?><?cs call:watermark() ?><?cs /if ?>
	<?cs if:subcount(Sensors) ?>
	<ul class="readings" aria-labelledby="now">
		<?cs each:sensor = Sensors ?><?cs call:telemetry(sensor) ?><?cs /each ?>
	</ul>
	<?cs else ?><p class="none"><?cs var:Device.None ?></p><?cs /if ?>
</section>
<section class="card" aria-labelledby="about">
	<h2 id="about">About</h2>
	<dl class="facts">
		<div><dt>Key</dt><dd><code><?cs var:Device.Key ?></code></dd></div>
		<div><dt>Site</dt><dd><?cs var:Device.SiteName ?></dd></div>
		<?cs each:fact = Device.Facts ?><div><dt><?cs var:fact.Name ?></dt><dd><?cs var:fact.Value ?></dd></div><?cs /each ?>
	</dl>
	<?cs if:Here.devices_write || Device.Counters || Device.Commands && (Here.commands_send || Here.debug_read) ?><p class="ways"><?cs if:Here.devices_write ?><a class="button" href="<?cs var:url_validate(Device.Rules) ?>">Rules</a><?cs /if ?><?cs if:Device.Counters ?> <a class="button" href="<?cs var:url_validate(Device.Counters) ?>">Counters</a><?cs /if ?><?cs if:Device.Commands && Here.commands_send ?> <a class="button" href="<?cs var:url_validate(Device.Commands) ?>">Commands</a><?cs /if ?><?cs if:Device.Commands && Here.debug_read ?> <a class="button" href="<?cs var:url_validate(Device.Words) ?>">Read registers</a><?cs /if ?></p><?cs /if ?>
</section>
</div>

<section aria-labelledby="history">
	<div class="span">
		<h2 id="history">History</h2>
		<nav class="spans" aria-label="Span of the charts">
			<?cs each:span = Spans ?><a href="<?cs var:url_validate(span.Href) ?>"<?cs if:span.Current ?> aria-current="true"<?cs /if ?>><?cs var:span.Text ?></a><?cs /each ?>
		</nav>
		<form class="range" method="get" action="<?cs var:url_validate(Device.Href) ?>">
			<label>From <input type="datetime-local" name="from" value="<?cs var:Span.From ?>" required></label>
			<label>to <input type="datetime-local" name="to" value="<?cs var:Span.To ?>" required></label>
			<button type="submit">Show</button>
		</form>
	</div>
	<?cs if:Span.Error ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i><?cs var:Span.Error ?></p><?cs /if ?>
	<p class="note"><?cs var:Span.FromText ?> – <?cs var:Span.ToText ?>, time of <?cs var:Span.Zone ?>. The line is the mean, the band reaches from the lowest to the highest reading; hatched: no data; ×: a reading that is not good.</p>
	<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs></svg>
	<div class="charts" data-zone="<?cs var:Span.Zone ?>" data-silence="<?cs var:Device.OfflineAfter ?>">
	<?cs each:sensor = Sensors ?><?cs call:chart(sensor, sensor.Chart, Device.Simulated) ?><?cs /each ?>
	</div>
</section>

<section class="card" aria-labelledby="readings">
	<h2 id="readings">Last readings</h2>
	<?cs if:Device.Simulated ?><?cs call:watermark() ?><?cs /if ?>
	<?cs if:subcount(Rows) ?>
	<div class="scroll" tabindex="0" role="region" aria-label="Table of the last readings">
	<table>
		<thead><tr><th scope="col">Time</th><th scope="col">Sensor</th><th scope="col" class="number">Value</th><th scope="col">Quality</th></tr></thead>
		<tbody>
		<?cs each:row = Rows ?>
		<tr data-quality="<?cs var:row.QualityWord ?>">
			<td><a href="<?cs var:url_validate(row.Why) ?>" title="Why this number"><time datetime="<?cs var:row.Iso ?>"><?cs var:row.Time ?></time></a></td>
			<td><?cs var:row.Sensor ?></td>
			<td class="number"><span class="figure"><span class="value"><?cs var:row.Value ?></span> <span class="unit"><?cs var:row.Unit ?></span></span></td>
			<td><span class="quality"><i class="shape" aria-hidden="true"></i><span class="word"><?cs var:row.QualityWord ?></span> <span class="percent"><?cs var:row.Quality ?></span></span></td>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:RowsMore ?><p class="note">The newest of the span; choose a shorter one to see earlier readings.</p><?cs /if ?>
	<?cs else ?><p class="none">No readings in this span.</p><?cs /if ?>
</section>
<?cs if:Bus.Line ?>
<section class="card" aria-labelledby="bus">
	<h2 id="bus">Bus</h2>
	<?cs each:problem = Bus.Problems ?><p class="problem"><i class="shape" aria-hidden="true"></i><?cs var:problem.Text ?></p><?cs /each ?>
	<?cs if:Bus.Age ?>
	<p class="note">What the poller counted in the last 48 h; told <time datetime="<?cs var:Bus.Iso ?>"><?cs var:Bus.Age ?></time> ago.</p>
	<dl class="facts">
		<div><dt>Line</dt><dd><?cs var:Bus.Line ?></dd></div>
		<?cs each:fact = Bus.Facts ?><div><dt><?cs var:fact.Name ?></dt><dd><?cs var:fact.Value ?></dd></div><?cs /each ?>
	</dl>
	<?cs else ?><p class="none">The poller has not yet said how <?cs var:Bus.Line ?> answers; it does once a minute.</p><?cs /if ?>
</section>
<?cs /if ?>
<script type="module" src="/static/js/chart.js?v=<?cs var:url_validate(Page.Version) ?>"></script>
<?cs include:"layout/foot.cs" ?>
