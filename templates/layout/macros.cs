<?cs #
	macros.cs - the components, one macro each; include it before head.cs.

	A macro's arguments are nodes or text of the calling page's dataset.  What
	script may change later carries data-sensor or data-device; docs/pages.md
	says which element means what.

	Common nodes:

	sensor    a latest value:
	  .Id           number of the sensor, "17"
	  .Key .Name    "flow_rate", "Flow rate"
	  .Value        formatted, or "—" when there is none yet
	  .Unit         for people, "m³/h"; may be empty
	  .Time         of the reading, ISO 8601 UTC; empty when there is none
	  .Age          of the reading, "12 s" "4 min" "3 h" "2 d" (below 60 s, below
	                60 min, below 48 h, days; rounded down); empty if none
	  .Quality      0 .. 100; empty if none
	  .QualityWord  good | uncertain | bad; empty if none
	  .Stale        1: older than StaleAfter
	  .StaleAfter   whole seconds after which it is stale

	device    what a machine is and whether it talks:
	  .Key .Name
	  .Href         of its page, "/devices/pump-1"
	  .State        online | offline | never
	  .StateText    "online", "offline", "never seen"
	  .Seen         when something last came in, ISO 8601 UTC; empty: never
	  .Age          of that, as above
	  .OfflineAfter whole seconds of silence that make it offline
	  .Simulated    1: simulated
	  .SimText      why or by what, "built-in simulator"; may be empty
	  .None         what to say when it has no sensors, "No sensors."
	  .Detail       one short line, "NivuFlow 750 · via North gateway"; may be empty
?>
<?cs # StatusIndicator: state as shape, word and colour. ?>
<?cs def:status(state, text) ?><span class="status" data-state="<?cs var:state ?>"><i class="shape" aria-hidden="true"></i><span class="word"><?cs var:text ?></span></span><?cs /def ?>

<?cs # Quality of a value: shape and word; nothing when there is no value. ?>
<?cs def:quality(sensor) ?><span class="quality"><?cs if:sensor.QualityWord ?><i class="shape" aria-hidden="true"></i><span class="word"><?cs var:sensor.QualityWord ?></span><?cs /if ?></span><?cs /def ?>

<?cs # Age of a value; script counts it on. ?>
<?cs def:age(sensor) ?><span class="age"><?cs if:sensor.Time ?><span class="stale-word">stale · </span><time datetime="<?cs var:sensor.Time ?>"><?cs var:sensor.Age ?></time> ago<?cs else ?>no data yet<?cs /if ?></span><?cs /def ?>

<?cs # The attributes by which script finds a sensor's place. ?>
<?cs def:sensor_place(sensor) ?>data-sensor="<?cs var:sensor.Id ?>" data-time="<?cs var:sensor.Time ?>" data-quality="<?cs var:sensor.QualityWord ?>" data-stale="<?cs var:sensor.Stale ?>" data-stale-after="<?cs var:sensor.StaleAfter ?>"<?cs /def ?>

<?cs #
	TelemetryDisplay: one value with unit, age and quality; where the page has
	a chart of the sensor, its name leads there.
?>
<?cs def:telemetry(sensor) ?>
<li class="reading" <?cs call:sensor_place(sensor) ?>>
	<span class="name"><?cs if:sensor.Chart.Line ?><a href="#sensor-<?cs var:url_validate(sensor.Id) ?>"><?cs var:sensor.Name ?></a><?cs else ?><?cs var:sensor.Name ?><?cs /if ?></span>
	<span class="figure"><span class="value"><?cs var:sensor.Value ?></span> <span class="unit"><?cs var:sensor.Unit ?></span></span>
	<?cs call:quality(sensor) ?>
	<?cs call:age(sensor) ?>
</li>
<?cs /def ?>

<?cs # SimulationIndicator: the badge beside a name. ?>
<?cs def:simulated(text) ?><span class="sim"><i class="shape" aria-hidden="true"></i>Simulated<?cs if:text ?><span class="sim-text"> · <?cs var:text ?></span><?cs /if ?></span><?cs /def ?>

<?cs # SimulationIndicator: drawn across whatever shows simulated values. ?>
<?cs def:watermark() ?><svg class="watermark" width="100%" height="100%" aria-hidden="true" focusable="false"><rect width="100%" height="100%" fill="url(#simulated)"/></svg><?cs /def ?>

<?cs # SimulationIndicator: the band under the header, and the watermark's ink. ?>
<?cs def:simulation_band() ?>
<aside class="sim-band" aria-label="Simulation"><i class="shape" aria-hidden="true"></i><b>Simulated data.</b> What is marked so comes from a model, not from a machine.</aside>
<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs><pattern id="simulated" width="300" height="180" patternUnits="userSpaceOnUse" patternTransform="rotate(-18)"><text class="watermark-ink" x="20" y="60">SIMULATED</text><text class="watermark-ink" x="-130" y="150">SIMULATED</text><text class="watermark-ink" x="170" y="150">SIMULATED</text></pattern></defs></svg>
<?cs /def ?>

<?cs # StatsCard: a number that matters and its name; key is its name in /live. ?>
<?cs def:stat(key, label, value, note) ?>
<div class="stat" data-key="<?cs var:key ?>" data-value="<?cs var:value ?>">
	<dt><i class="shape" aria-hidden="true"></i><?cs var:label ?></dt>
	<dd><span class="value" data-stat="<?cs var:key ?>"><?cs var:value ?></span><?cs if:note ?> <span class="note"><?cs var:note ?></span><?cs /if ?></dd>
</div>
<?cs /def ?>

<?cs # DeviceCard: a device, whether it talks, and what it last said. ?>
<?cs def:device_card(device) ?>
<li class="card device" data-device="<?cs var:device.Key ?>" data-state="<?cs var:device.State ?>" data-seen="<?cs var:device.Seen ?>" data-offline-after="<?cs var:device.OfflineAfter ?>"<?cs if:device.Simulated ?> data-simulated="1"<?cs /if ?>>
	<div class="card-head">
		<h3><a href="<?cs var:url_validate(device.Href) ?>"><?cs var:device.Name ?></a></h3>
		<?cs call:status(device.State, device.StateText) ?>
		<p class="key"><code><?cs var:device.Key ?></code><?cs if:device.Detail ?> <span><?cs var:device.Detail ?></span><?cs /if ?></p>
		<p class="seen"><?cs if:device.Seen ?>seen <time datetime="<?cs var:device.Seen ?>"><?cs var:device.Age ?></time> ago<?cs else ?>no data yet<?cs /if ?></p>
		<?cs if:device.Simulated ?><?cs call:simulated(device.SimText) ?><?cs /if ?>
	</div>
	<?cs if:device.Simulated ?><?cs call:watermark() ?><?cs /if ?>
	<?cs if:subcount(device.Sensors) ?>
	<ul class="readings" aria-label="Latest values of <?cs var:device.Name ?>">
		<?cs each:sensor = device.Sensors ?><?cs call:telemetry(sensor) ?><?cs /each ?>
	</ul>
	<?cs else ?>
	<p class="none"><?cs var:device.None ?></p>
	<?cs /if ?>
</li>
<?cs /def ?>

<?cs # DeviceList: the cards of one site. ?>
<?cs def:device_list(devices) ?>
<ul class="cards">
	<?cs each:device = devices ?><?cs call:device_card(device) ?><?cs /each ?>
</ul>
<?cs /def ?>

<?cs # EmptyState: what is missing and the command that brings it. ?>
<?cs def:empty(title, text, command) ?>
<div class="empty">
	<svg viewBox="0 0 120 48" width="120" height="48" aria-hidden="true" focusable="false"><path d="M4 24h28m8 0h8m8 0h8m8 0h8"/><circle cx="104" cy="24" r="8"/></svg>
	<h2><?cs var:title ?></h2>
	<p><?cs var:text ?></p>
	<?cs if:command ?><pre class="command" tabindex="0"><code><?cs var:command ?></code></pre><?cs /if ?>
</div>
<?cs /def ?>

<?cs #
	TimeSeriesChart: one sensor over one span, drawn by the server.

	chart.Width   units of X in Band, Line and Gaps; the picture is stretched to
	              its place, so this is only a scale ("1000")
	chart.Height  in pixels, which are the units of every Y ("200"); 0 is above
	chart.Band    path data of min..max, closed; one sub-path per unbroken run
	chart.Line    path data of the mean; one sub-path per unbroken run
	chart.Gaps.N.X .W    where there are no data
	chart.Bad.N.X .Y     readings of bad or uncertain quality; X in percent of
	                     the width without the sign ("34.2"), Y in pixels
	chart.YTicks.N.Y .Text         grid lines, from the top; Y in pixels
	chart.XTicks.N.X .Text .Anchor X in percent without the sign; Anchor is
	                               start | middle | end of the text; at round
	                               times of the site, 3 to 8 of them: a narrow
	                               page shows every second one
	chart.Min .Mean .Max           formatted; absent for a state
	chart.Count                    formatted
	chart.BadCount                 formatted, "3"; absent or 0: none
	chart.GivenUp.N.X .W .Text  what an edge agent had and gave up, as a
	              sentence: "1 Mar 06:00 to 1 Mar 07:00: 354 readings thinned
	              ..."; X and W as of a gap
	chart.Lost    how many spans of it are damaged and not shown; absent: none
	chart.Empty   1: no reading in the span; then only Width and Height are used
	chart.Alt     the picture in one sentence for those who cannot see it
	chart.Series  href of the same data as JSON, for a closer look: "/devices/
	              KEY/series?sensor=17&from=..&to=.."; empty: none
?>
<?cs def:chart(sensor, chart, simulated) ?>
<figure class="chart" id="sensor-<?cs var:sensor.Id ?>"<?cs if:chart.Series ?> data-series="<?cs var:chart.Series ?>" data-unit="<?cs var:sensor.Unit ?>" data-name="<?cs var:sensor.Name ?>"<?cs /if ?>>
	<figcaption>
		<h3><?cs var:sensor.Name ?> <span class="unit"><?cs var:sensor.Unit ?></span></h3>
		<?cs if:simulated ?><?cs call:simulated("") ?><?cs /if ?>
		<?cs if:!chart.Empty ?>
		<dl class="summary">
			<?cs if:chart.Min ?>
			<div><dt>min</dt><dd><?cs var:chart.Min ?></dd></div>
			<div><dt>mean</dt><dd><?cs var:chart.Mean ?></dd></div>
			<div><dt>max</dt><dd><?cs var:chart.Max ?></dd></div>
			<?cs /if ?>
			<div><dt>readings</dt><dd><?cs var:chart.Count ?></dd></div>
			<?cs if:chart.BadCount ?><div class="not-good"><dt>not good</dt><dd>× <?cs var:chart.BadCount ?></dd></div><?cs /if ?>
		</dl>
		<?cs /if ?>
	</figcaption>
	<?cs if:chart.Lost ?><p class="problem" role="note"><i class="shape" aria-hidden="true"></i>A part of these data is damaged and not shown.</p><?cs /if ?>
	<?cs if:subcount(chart.GivenUp) ?><ul class="note given-up" aria-label="Given up on the way"><?cs each:gap = chart.GivenUp ?><li><?cs var:gap.Text ?></li><?cs /each ?></ul><?cs /if ?>
	<?cs if:chart.Empty ?>
	<p class="none">No readings in this span.</p>
	<?cs else ?>
	<div class="plot">
	<svg class="axes" role="img" aria-label="<?cs var:chart.Alt ?>" width="100%" height="<?cs var:chart.Height ?>" focusable="false">
		<?cs each:tick = chart.YTicks ?><line class="grid" x1="0" x2="100%" y1="<?cs var:tick.Y ?>" y2="<?cs var:tick.Y ?>"/><?cs /each ?>
		<svg width="100%" height="<?cs var:chart.Height ?>" viewBox="0 0 <?cs var:chart.Width ?> <?cs var:chart.Height ?>" preserveAspectRatio="none">
			<?cs each:gap = chart.Gaps ?><rect class="gap" fill="url(#hatch)" x="<?cs var:gap.X ?>" y="0" width="<?cs var:gap.W ?>" height="<?cs var:chart.Height ?>"/><?cs /each ?>
			<?cs each:gap = chart.GivenUp ?><rect class="gap given-up" x="<?cs var:gap.X ?>" y="0" width="<?cs var:gap.W ?>" height="<?cs var:chart.Height ?>"><title><?cs var:gap.Text ?></title></rect><?cs /each ?>
			<path class="band" d="<?cs var:chart.Band ?>"/>
			<path class="line" d="<?cs var:chart.Line ?>" vector-effect="non-scaling-stroke"/>
		</svg>
		<?cs if:simulated ?><rect width="100%" height="100%" fill="url(#simulated)"/><?cs /if ?>
		<?cs each:bad = chart.Bad ?><text class="bad" x="<?cs var:bad.X ?>%" y="<?cs var:bad.Y ?>" dy=".35em" text-anchor="middle">×</text><?cs /each ?>
		<?cs each:tick = chart.YTicks ?><text class="tick" x="0" y="<?cs var:tick.Y ?>" dy="-4"><?cs var:tick.Text ?></text><?cs /each ?>
	</svg>
	<svg class="ticks" aria-hidden="true" width="100%" height="20" focusable="false">
		<?cs each:tick = chart.XTicks ?><text class="tick" x="<?cs var:tick.X ?>%" y="14" text-anchor="<?cs var:tick.Anchor ?>"><?cs var:tick.Text ?></text><?cs /each ?>
	</svg>
	</div>
	<?cs /if ?>
</figure>
<?cs /def ?>

<?cs # The pages about data as such; the one shown is "ledger" or "gaps". ?>
<?cs def:data_pages(shown) ?><nav class="spans" aria-label="Data"><a href="/ledger"<?cs if:shown == "ledger" ?> aria-current="true"<?cs /if ?>>Ledger</a><a href="/gaps"<?cs if:shown == "gaps" ?> aria-current="true"<?cs /if ?>>Completeness</a></nav><?cs /def ?>

<?cs # The spans to choose from, and what was wrong with the asked one. ?>
<?cs def:span_choice(label) ?>
<div class="span">
	<nav class="spans" aria-label="<?cs var:label ?>">
		<?cs each:span = Spans ?><a href="<?cs var:url_validate(span.Href) ?>"<?cs if:span.Current ?> aria-current="true"<?cs /if ?>><?cs var:span.Text ?></a><?cs /each ?>
	</nav>
	<form class="range" method="get" action="<?cs var:url_validate(Here) ?>">
		<label>From <input type="datetime-local" name="from" value="<?cs var:Span.From ?>" required></label>
		<label>to <input type="datetime-local" name="to" value="<?cs var:Span.To ?>" required></label>
		<button type="submit">Show</button>
	</form>
</div>
<?cs if:Span.Error ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i><?cs var:Span.Error ?></p><?cs /if ?>
<p class="note"><?cs var:Span.FromText ?> to <?cs var:Span.ToText ?>, <?cs var:Span.Zone ?></p>
<?cs /def ?>

<?cs # The numbers of a line of the ledger, each in its cell. ?>
<?cs def:account_cells(x) ?><td class="number"><?cs var:x.Sent ?></td><td class="number"><?cs var:x.Stored ?></td><td class="number"><?cs var:x.Duplicate ?></td><td class="number"><?cs var:x.Rejected ?><?cs if:x.Recovered ?><br><span class="note"><?cs var:x.Recovered ?> recovered</span><?cs /if ?></td><td class="number"><?cs var:x.Thinned ?></td><td class="number"><?cs var:x.Lost ?></td><td class="number"><?cs var:x.Waiting ?></td><?cs /def ?>
<?cs def:account_heads() ?><th scope="col" class="number">Sent</th><th scope="col" class="number">Stored</th><th scope="col" class="number">Duplicate</th><th scope="col" class="number">Rejected</th><th scope="col" class="number">Thinned</th><th scope="col" class="number">Lost</th><th scope="col" class="number">Waiting</th><?cs /def ?>

<?cs # How complete a day is: shape, percent, and the counts behind it. ?>
<?cs def:complete_cell(cell) ?><td class="number" data-quality="<?cs var:cell.Word ?>"><span class="quality"><?cs if:cell.Counts ?><i class="shape" aria-hidden="true"></i><?cs /if ?><span class="word"><?cs var:cell.Text ?></span></span><?cs if:cell.Counts ?><br><span class="note"><?cs var:cell.Counts ?></span><?cs /if ?><?cs if:cell.Silent ?><br><span class="note">silent <?cs var:cell.Silent ?></span><?cs /if ?><?cs if:cell.Longest ?><br><span class="note">longest <?cs var:cell.Longest ?></span><?cs /if ?></td><?cs /def ?>
