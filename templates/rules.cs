<?cs #
	rules.cs - what is believed of a device's sensors, what is computed from
	them, and what the device is told.

	Dataset: head.cs, and
	Device.Name .Href       Href begins with "/"
	Device.Mine             1: who looks may change it
	Sensors.N.Index .Key .Name .Unit   measured and computed
	Sensors.N.Low .High .Stuck   numbers as typed, Stuck in minutes; may be empty
	Sensors.N.Beyond             refuse | flag
	Sensors.N.Value .Age         the newest, "3 min"; Age absent: there is none
	Sensors.N.Field .Error       what is wrong with what was sent; absent: nothing
	Computed.N                   the same, and
	Computed.N.Formula .Ended    Ended: 1: it is computed no more
	Computed.N.Uses.M.Key .Unit .Value .Age .Missing   what the formula names;
	                             Missing: 1: the device has no such sensor
	Computed.N.Result            of the newest values; absent: no sound formula
	More                         as Computed.N: the form for one more
	Told.N.Name .Value           Value is JSON; absent for who may not change it
	Tell.Name .Value .Field .Error   the form for one more
	The forms post to Href/rules, formula and told, with csrf;
	the formula's also gets rules, to try it.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:wrong(x, field, id) ?><?cs if:x.Error && x.Field == field ?><span class="problem" role="alert" id="<?cs var:id ?>"><i class="shape" aria-hidden="true"></i><?cs var:x.Error ?></span><?cs /if ?><?cs /def ?>
<?cs def:marks(x, field, id) ?><?cs if:x.Error && x.Field == field ?> aria-invalid="true" aria-describedby="<?cs var:id ?>"<?cs /if ?><?cs /def ?>
<?cs def:comes(x) ?><?cs if:x.Result ?><p class="note">Of the newest values it is <b><?cs var:x.Result ?><?cs if:x.Unit ?> <?cs var:x.Unit ?><?cs /if ?></b>, from <?cs each:u = x.Uses ?><?cs if:!first(u) ?>, <?cs /if ?><code><?cs var:u.Key ?></code> <?cs if:u.Missing ?>(the device has no such sensor)<?cs else ?><?cs var:u.Value ?> <?cs var:u.Unit ?><?cs if:u.Age ?> (<?cs var:u.Age ?> ago)<?cs /if ?><?cs /if ?><?cs /each ?><?cs if:!subcount(x.Uses) ?>no sensor<?cs /if ?>.</p><?cs /if ?><?cs /def ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <a href="/admin/devices">Devices</a> <span aria-hidden="true">›</span> <span><?cs var:Device.Name ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<section class="card desk" aria-labelledby="rule">
	<h2 id="rule">What is believed</h2>
	<p class="note">Bounds are in the sensor's unit. A value beyond them is refused and waits among the dead letters, or it is put aside: its reading is kept without it and says why. A sensor that stands still for longer is told of in the audit.</p>
	<?cs if:subcount(Sensors) ?>
	<?cs each:s = Sensors ?>
	<div class="rule">
	<h3><?cs var:s.Name ?> <code><?cs var:s.Key ?></code></h3>
	<p class="note"><?cs if:s.Age ?>Now <?cs var:s.Value ?><?cs if:s.Unit ?> <?cs var:s.Unit ?><?cs /if ?>, <?cs var:s.Age ?> ago<?cs else ?>No value yet<?cs /if ?></p>
	<?cs if:Device.Mine ?>
	<form method="post" action="<?cs var:url_validate(Device.Href) ?>/rules" aria-label="<?cs var:s.Name ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="sensor" value="<?cs var:s.Key ?>">
		<label>Lowest<?cs if:s.Unit ?>, <?cs var:s.Unit ?><?cs /if ?> <input name="low" value="<?cs var:s.Low ?>" maxlength="32" inputmode="decimal" autocomplete="off" placeholder="none"<?cs call:marks(s, "low", "low-wrong") ?>><?cs call:wrong(s, "low", "low-wrong") ?></label>
		<label>Highest<?cs if:s.Unit ?>, <?cs var:s.Unit ?><?cs /if ?> <input name="high" value="<?cs var:s.High ?>" maxlength="32" inputmode="decimal" autocomplete="off" placeholder="none"<?cs call:marks(s, "high", "high-wrong") ?>><?cs call:wrong(s, "high", "high-wrong") ?></label>
		<label>A value beyond <select name="beyond"<?cs call:marks(s, "beyond", "beyond-wrong") ?>><option value="refuse">is refused</option><option value="flag"<?cs if:s.Beyond == "flag" ?> selected<?cs /if ?>>is put aside</option></select><?cs call:wrong(s, "beyond", "beyond-wrong") ?></label>
		<label>May stand still, minutes <input name="stuck" value="<?cs var:s.Stuck ?>" maxlength="32" inputmode="decimal" autocomplete="off" placeholder="for ever"<?cs call:marks(s, "stuck", "stuck-wrong") ?>><?cs call:wrong(s, "stuck", "stuck-wrong") ?></label>
		<button type="submit">Save<span class="hidden"> <?cs var:s.Name ?></span></button>
	</form>
	<?cs else ?>
	<dl class="facts">
		<div><dt>Lowest</dt><dd><?cs if:s.Low ?><?cs var:s.Low ?> <?cs var:s.Unit ?><?cs else ?>none<?cs /if ?></dd></div>
		<div><dt>Highest</dt><dd><?cs if:s.High ?><?cs var:s.High ?> <?cs var:s.Unit ?><?cs else ?>none<?cs /if ?></dd></div>
		<div><dt>A value beyond</dt><dd><?cs if:s.Beyond == "flag" ?>is put aside<?cs else ?>is refused<?cs /if ?></dd></div>
		<div><dt>May stand still</dt><dd><?cs if:s.Stuck ?><?cs var:s.Stuck ?> min<?cs else ?>for ever<?cs /if ?></dd></div>
	</dl>
	<?cs /if ?>
	</div>
	<?cs /each ?>
	<?cs else ?><p class="none">This device has no sensors yet.</p><?cs /if ?>
</section>
<section class="card desk" aria-labelledby="formula">
	<h2 id="formula">What is computed</h2>
	<p class="note">A formula has numbers, keys of sensors of this device (<code>"flow-rate"</code> in quotes where there is a minus), + - * / ( ), comparisons, and <code>when(dc &gt; 5, ac / dc)</code>. There is a reading wherever one message has all that it names.</p>
	<?cs def:formula(x, known) ?>
	<?cs if:known || Device.Mine ?>
	<div class="rule">
	<h3><?cs if:known ?><?cs var:x.Name ?> <code><?cs var:x.Key ?></code><?cs if:x.Ended ?> (computed no more)<?cs /if ?><?cs else ?>One more<?cs /if ?></h3>
	<?cs if:Device.Mine ?>
	<form method="post" action="<?cs var:url_validate(Device.Href) ?>/formula" aria-label="<?cs if:known ?><?cs var:x.Name ?><?cs else ?>One more<?cs /if ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<?cs if:known ?><input type="hidden" name="sensor" value="<?cs var:x.Key ?>"><?cs call:wrong(x, "sensor", "sensor-wrong") ?><?cs else ?><label>Key <input name="sensor" value="<?cs var:x.Key ?>" maxlength="64" required autocapitalize="none" autocomplete="off" spellcheck="false"<?cs call:marks(x, "sensor", "sensor-wrong") ?>><?cs call:wrong(x, "sensor", "sensor-wrong") ?></label><?cs /if ?>
		<label>Name <input name="name" value="<?cs var:x.Name ?>" maxlength="100" autocomplete="off"<?cs call:marks(x, "name", "called-wrong") ?>><?cs call:wrong(x, "name", "called-wrong") ?></label>
		<label>Unit <input name="unit" value="<?cs var:x.Unit ?>" maxlength="32" autocapitalize="none" autocomplete="off" spellcheck="false"<?cs call:marks(x, "unit", "unit-wrong") ?>><?cs call:wrong(x, "unit", "unit-wrong") ?></label>
		<label class="wide">Formula <input name="formula" value="<?cs var:x.Formula ?>" maxlength="512" autocapitalize="none" autocomplete="off" spellcheck="false"<?cs call:marks(x, "formula", "formula-wrong") ?>><?cs call:wrong(x, "formula", "formula-wrong") ?></label>
		<button type="submit" formmethod="get" formaction="<?cs var:url_validate(Device.Href) ?>/rules">Try</button>
		<button class="main" type="submit" name="act" value="put">Save</button>
		<?cs if:known && !x.Ended ?><button class="quiet" type="submit" name="act" value="end">End<span class="hidden"> <?cs var:x.Name ?></span></button><?cs /if ?>
	</form>
	<?cs else ?>
	<p><code><?cs var:x.Formula ?></code></p>
	<?cs /if ?>
	<?cs call:comes(x) ?>
	</div>
	<?cs /if ?>
	<?cs /def ?>
	<?cs each:x = Computed ?><?cs call:formula(x, 1) ?><?cs /each ?>
	<?cs if:!subcount(Computed) ?><p class="none">Nothing is computed here yet.</p><?cs /if ?>
	<?cs call:formula(More, 0) ?>
</section>
<section class="card desk" aria-labelledby="told">
	<h2 id="told">What the device is told</h2>
	<p class="note">A device that speaks as ThingsBoard's do asks for these as its shared attributes, with its own key. No other device gets them, and only who may change it sees their values.</p>
	<?cs if:subcount(Told) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="told">
	<table>
		<thead><tr><th scope="col">Name</th><?cs if:Device.Mine ?><th scope="col">Value</th><th scope="col">Change</th><?cs /if ?></tr></thead>
		<tbody>
		<?cs each:t = Told ?><tr><th scope="row"><code><?cs var:t.Name ?></code></th><?cs if:Device.Mine ?><td><code><?cs var:t.Value ?></code></td><td><form method="post" action="<?cs var:url_validate(Device.Href) ?>/told"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><input type="hidden" name="name" value="<?cs var:t.Name ?>"><button class="quiet" type="submit" name="act" value="drop">Remove<span class="hidden"> <?cs var:t.Name ?></span></button></form></td><?cs /if ?></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">It is told nothing yet.</p><?cs /if ?>
	<?cs if:Device.Mine ?>
	<form method="post" action="<?cs var:url_validate(Device.Href) ?>/told">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label>Name <input name="name" value="<?cs var:Tell.Name ?>" maxlength="128" required autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="uploadFrequency"<?cs call:marks(Tell, "name", "name-wrong") ?>><?cs call:wrong(Tell, "name", "name-wrong") ?></label>
		<label>Value <input name="value" value="<?cs var:Tell.Value ?>" maxlength="4096" required autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="30"<?cs call:marks(Tell, "value", "value-wrong") ?>><?cs call:wrong(Tell, "value", "value-wrong") ?></label>
		<button class="main" type="submit">Tell</button>
	</form>
	<p class="note">Numbers, true, false and JSON are sent as such, everything else as a text.</p>
	<?cs /if ?>
</section>
<?cs include:"layout/foot.cs" ?>
