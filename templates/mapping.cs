<?cs #
	mapping.cs - what a gateway's names lead to, and how its bodies are read.

	Dataset: head.cs, and
	Gateway.Key .Name .Action .RuleAction   where the forms go, begin with "/"
	Gateway.Clock            shift | refuse
	Gateway.Zone .SiteZone   IANA names; Zone "": the site's
	Gateway.Home             key of the device of bodies that name none; or ""
	Gateway.Metric           auto | field | measurement
	Mappings.N.Device .Sensor   as the gateway calls them; Device may be empty
	Mappings.N.Target        "pump-1/flow_rate"; absent: the name is ignored
	Mappings.N.Unit .Scale .Shift   of the target; "0.1", "0"
	MappingsMore             1: there are more
	Targets.N.Value .Name .Unit   what a name can lead to
	Form.Device .Form.Sensor what is to be mapped; may be empty
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <a href="/admin/waiting">Names that wait</a> <span aria-hidden="true">›</span> <span><?cs var:Gateway.Name ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">A name that is a device and sensor here needs no mapping. What is stored is value × scale + shift.</p>
<?cs if:Can.devices_write ?>
<section class="card desk" aria-labelledby="put">
	<h2 id="put">Map a name</h2>
	<form method="post" action="<?cs var:url_validate(Gateway.Action) ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label>Device, as sent <input name="device" value="<?cs var:Form.Device ?>" maxlength="128" autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="none"></label>
		<label>Sensor, as sent <input name="sensor" value="<?cs var:Form.Sensor ?>" maxlength="128" autocapitalize="none" autocomplete="off" spellcheck="false" required></label>
		<label>Leads to <input name="target" list="targets" autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="device/sensor"></label>
		<label>Scale <input name="scale" inputmode="decimal" value="1" autocomplete="off"></label>
		<label>Shift <input name="shift" inputmode="decimal" value="0" autocomplete="off"></label>
		<button class="main" type="submit" name="act" value="put">Map</button>
		<button type="submit" name="act" value="ignore">Ignore the name</button>
	</form>
	<p class="note">It counts from the next message on, and what was refused of this name is stored now.</p>
	<datalist id="targets"><?cs each:t = Targets ?><option value="<?cs var:t.Value ?>"><?cs var:t.Name ?> <?cs var:t.Unit ?></option><?cs /each ?></datalist>
</section>
<?cs /if ?>
<section class="card" aria-labelledby="mapped">
	<h2 id="mapped">Mapped names</h2>
	<?cs if:subcount(Mappings) ?>
	<div class="scroll" tabindex="0" role="region" aria-label="Table of the mapped names">
	<table>
		<thead><tr><th scope="col">Device</th><th scope="col">Sensor</th><th scope="col">Leads to</th><th scope="col" class="number">Scale</th><th scope="col" class="number">Shift</th><?cs if:Can.devices_write ?><th scope="col">Change</th><?cs /if ?></tr></thead>
		<tbody>
		<?cs each:m = Mappings ?>
		<tr>
			<td><?cs if:m.Device ?><code><?cs var:m.Device ?></code><?cs else ?>–<?cs /if ?></td>
			<td><code><?cs var:m.Sensor ?></code></td>
			<td><?cs if:m.Target ?><code><?cs var:m.Target ?></code> <?cs var:m.Unit ?><?cs else ?>ignored<?cs /if ?></td>
			<td class="number"><?cs var:m.Scale ?></td>
			<td class="number"><?cs var:m.Shift ?></td>
			<?cs if:Can.devices_write ?>
			<td><form method="post" action="<?cs var:url_validate(Gateway.Action) ?>"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><input type="hidden" name="device" value="<?cs var:m.Device ?>"><input type="hidden" name="sensor" value="<?cs var:m.Sensor ?>"><button class="quiet" type="submit" name="act" value="drop">Remove<span class="hidden"> <?cs var:m.Device ?> <?cs var:m.Sensor ?></span></button></form></td>
			<?cs /if ?>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:MappingsMore ?><p class="note">There are more.</p><?cs /if ?>
	<?cs else ?><p class="none">No name of this gateway is mapped.</p><?cs /if ?>
</section>
<section class="card desk" aria-labelledby="rule">
	<h2 id="rule">How its messages are read</h2>
	<?cs if:Can.devices_write ?>
	<form method="post" action="<?cs var:url_validate(Gateway.RuleAction) ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label>A clock that is wrong <select name="clock"><option value="shift"<?cs if:Gateway.Clock == "shift" ?> selected<?cs /if ?>>stored at the time of arrival</option><option value="refuse"<?cs if:Gateway.Clock == "refuse" ?> selected<?cs /if ?>>refused</option></select></label>
		<label>Zone of times without one <input name="zone" value="<?cs var:Gateway.Zone ?>" placeholder="<?cs var:Gateway.SiteZone ?>" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
		<label>Device of messages that name none <input name="home" value="<?cs var:Gateway.Home ?>" autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="none"></label>
		<label>Lines name a sensor by <select name="metric"><option value="auto"<?cs if:Gateway.Metric == "auto" ?> selected<?cs /if ?>>what fits</option><option value="field"<?cs if:Gateway.Metric == "field" ?> selected<?cs /if ?>>field</option><option value="measurement"<?cs if:Gateway.Metric == "measurement" ?> selected<?cs /if ?>>measurement</option></select></label>
		<button class="main" type="submit">Save</button>
	</form>
	<?cs else ?>
	<dl class="facts">
		<div><dt>A clock that is wrong</dt><dd><?cs if:Gateway.Clock == "refuse" ?>refused<?cs else ?>stored at the time of arrival<?cs /if ?></dd></div>
		<div><dt>Zone of times without one</dt><dd><?cs if:Gateway.Zone ?><?cs var:Gateway.Zone ?><?cs else ?><?cs var:Gateway.SiteZone ?><?cs /if ?></dd></div>
		<div><dt>Device of messages that name none</dt><dd><?cs if:Gateway.Home ?><?cs var:Gateway.Home ?><?cs else ?>none<?cs /if ?></dd></div>
		<div><dt>Lines name a sensor by</dt><dd><?cs var:Gateway.Metric ?></dd></div>
	</dl>
	<?cs /if ?>
</section>
<?cs include:"layout/foot.cs" ?>
