<?cs #
	claim.cs - a label was scanned: where is the device, and may it come in?

	Dataset: head.cs, and
	Claim.State    waiting | open | used
	Claim.Key      of the device
	Claim.Href     of this page, begins with "/"
	Claim.Name     what the device is called, or was typed
	Claim.Till     open until, "1 Mar 2026, 14:05 UTC"
	Claim.Used     when the device came in, the same form
	Claim.Error    a sentence that begins with a field's name; absent: nothing
	Sites.N.Key .Name .Chosen          all sites; 1 for the one that is chosen
	Assets.N.Key .Name .Site .Chosen   all assets; Site is a name
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<h1>Let a device in</h1>
	<p><code><?cs var:Claim.Key ?></code></p>
	<?cs if:Claim.State == "used" ?>
	<p role="status">This device came in on <?cs var:Claim.Used ?>. To let it in again, print a new label.</p>
	<?cs else ?>
	<?cs if:Claim.State == "open" ?><p role="status"><b>Open until <?cs var:Claim.Till ?>.</b> The device can fetch its key now. If it was too slow, confirm again.</p><?cs /if ?>
	<?cs if:Claim.Error ?><p class="problem" role="alert" id="claim-error"><i class="shape" aria-hidden="true"></i><?cs var:Claim.Error ?></p><?cs /if ?>
	<form method="post" action="<?cs var:url_validate(Claim.Href) ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="name">Name</label>
		<input id="name" name="name" value="<?cs var:Claim.Name ?>" maxlength="100" required<?cs if:Claim.Error ?> aria-describedby="claim-error"<?cs /if ?>>
		<label for="site">Site</label>
		<select id="site" name="site" required<?cs if:Claim.Error ?> aria-describedby="claim-error"<?cs /if ?>>
			<?cs each:site = Sites ?><option value="<?cs var:site.Key ?>"<?cs if:site.Chosen ?> selected<?cs /if ?>><?cs var:site.Name ?></option><?cs /each ?>
		</select>
		<label for="asset">Asset</label>
		<select id="asset" name="asset"<?cs if:Claim.Error ?> aria-describedby="claim-error"<?cs /if ?>>
			<option value="">none</option>
			<?cs each:asset = Assets ?><option value="<?cs var:asset.Key ?>"<?cs if:asset.Chosen ?> selected<?cs /if ?>><?cs var:asset.Site ?>: <?cs var:asset.Name ?></option><?cs /each ?>
		</select>
		<button class="main" type="submit">Confirm and let it in</button>
	</form>
	<p class="note">The device then has 15 minutes to come, once.</p>
	<?cs /if ?>
</div>
<?cs include:"layout/foot.cs" ?>
