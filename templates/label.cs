<?cs #
	label.cs - how one device is to enrol.

	Dataset: head.cs, and
	Device.Key .Name .Site   of the device; Site is a name
	Device.Href              of this page, begins with "/"
	Label.Till .Used         until when its label waits, when it was used, "1 Mar
	                         2026, 14:05 UTC" or ""; absent: it has none
	Expected.Till .Used      the same, when it is expected with a certificate
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin/devices">Devices</a> <span aria-hidden="true">›</span> <span><?cs var:Device.Name ?></span></nav>
<h1>Enrol <?cs var:Device.Name ?></h1>
<p class="note"><code><?cs var:Device.Key ?></code>, <?cs var:Device.Site ?></p>
<div class="enrol">
<section class="card" aria-labelledby="by-label">
	<h2 id="by-label">By its label</h2>
	<?cs if:Label.Used ?><p>The device enrolled by its label on <?cs var:Label.Used ?>.</p>
	<?cs elif:Label.Till ?><p>A label was printed and waits until <?cs var:Label.Till ?>. A new one makes it worthless.</p>
	<?cs else ?><p>No label was printed yet.</p><?cs /if ?>
	<p class="note">Stick the label on the device. Whoever installs it scans it, signs in and says where it is; then the device has 15 minutes to fetch its key or certificate, once.</p>
	<form method="post" action="<?cs var:url_validate(Device.Href) ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="kind" value="label">
		<button class="main" type="submit">Print a new label</button>
	</form>
</section>
<section class="card" aria-labelledby="by-maker">
	<h2 id="by-maker">By its maker’s certificate</h2>
	<?cs if:Expected.Used ?><p>The device enrolled by its certificate on <?cs var:Expected.Used ?>.</p>
	<?cs elif:Expected.Till ?><p>The device is expected until <?cs var:Expected.Till ?>.</p>
	<?cs else ?><p>The device is not expected.</p><?cs /if ?>
	<p class="note">A device whose maker is trusted enrols by itself, once, when its certificate bears the name <code><?cs var:Device.Key ?></code>.</p>
	<form method="post" action="<?cs var:url_validate(Device.Href) ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="kind" value="expect">
		<button type="submit">Expect this device</button>
	</form>
</section>
</div>
<?cs include:"layout/foot.cs" ?>
