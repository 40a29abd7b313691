<?cs #
	label_print.cs - a label, shown once and to be printed.

	Dataset: head.cs, and
	Device.Key .Name .Site   of the device; Site is a name
	Device.Href              of its label's page, begins with "/"
	Print.Path .Side         of the QR code: a path, the side of its view box
	Print.Code               the same to be typed, "7D2K-..."
	Print.Origin             "https://host:port"
	Print.Till               until when it waits, "1 Mar 2026, 14:05 UTC"
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="label">
	<svg class="qr" viewBox="0 0 <?cs var:Print.Side ?> <?cs var:Print.Side ?>" role="img" aria-label="QR code of the claim address" focusable="false"><rect class="paper" width="100%" height="100%"/><path d="<?cs var:Print.Path ?>"/></svg>
	<div>
		<h1><?cs var:Device.Name ?></h1>
		<p><code><?cs var:Device.Key ?></code>, <?cs var:Device.Site ?></p>
		<p>Scan to let this device in, or go to <code><?cs var:Print.Origin ?>/claim/</code> and add</p>
		<p class="code"><code><?cs var:Print.Code ?></code></p>
		<p class="note">Good until <?cs var:Print.Till ?>, once.</p>
	</div>
</div>
<p class="note apart">This is the only time that the code is shown: print this page now.</p>
<p class="ways apart"><a class="button" href="<?cs var:url_validate(Device.Href) ?>">Back to the device</a></p>
<?cs include:"layout/foot.cs" ?>
