<?cs #
	previews.cs - a profile or register map that is tried on a device.

	Dataset: head.cs, layout/pasted.cs, and
	Form.device        as it was sent; may be empty
	Devices.N.Key .Name .Line   "tcp 10.0.0.5:502 unit 3"; whom a poller asks
	Edge               1: an edge agent polls some, which are not among these
	The form posts csrf, device and what pasted.cs has to /admin/previews, in parts.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <?cs if:Can.devices_read ?><a href="/admin/profiles">Device profiles</a> <span aria-hidden="true">›</span> <?cs /if ?><span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">The poller reads the registers of every point from a device once, and the next page shows what they say. Nothing is kept for longer than an hour, nothing is written into the device, and it goes on being polled as before.</p>
<?cs if:!subcount(Devices) && Edge ?><p class="none">These devices are polled by an edge agent, which cannot read them for you. <a href="/admin/words">Paste their registers</a> instead.</p>
<?cs elif:!subcount(Devices) ?><?cs call:empty("There is no device to try it on", "A device needs a Modbus address and any profile; then the poller can read it.", "fluxctl CONF device TENANT SITE KEY NAME PROFILE --modbus tcp:10.0.0.5:502:1") ?>
<?cs else ?>
<section class="card" aria-labelledby="try">
	<h2 id="try">What, and on which device</h2>
	<?cs if:Error ?><p class="problem" role="alert" id="draft-error"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
	<form class="tall" method="post" action="/admin/previews" enctype="multipart/form-data">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="device">Device</label>
		<input id="device" name="device" list="devices" maxlength="64" required autocapitalize="none" autocomplete="off" spellcheck="false" value="<?cs var:Form.device ?>"<?cs if:Error ?> aria-describedby="draft-error"<?cs /if ?>>
		<datalist id="devices"><?cs each:d = Devices ?><option value="<?cs var:d.Key ?>"><?cs var:d.Name ?>, <?cs var:d.Line ?></option><?cs /each ?></datalist>
		<?cs include:"layout/pasted.cs" ?>
		<button class="main" type="submit">Read it</button>
	</form>
	<p class="note">A device is read ten times a minute at most, 64 registers each time; what does not fit can be read a minute later.<?cs if:Edge ?> Devices that an edge agent polls are not among these.<?cs /if ?></p>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
