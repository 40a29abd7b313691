<?cs #
	certificates.cs - the devices' certificates, and whose are believed.

	Dataset: head.cs, and
	Certs.N.Device .Name     key and name of the device; the newest first
	Certs.N.Serial           hexadecimal
	Certs.N.State            valid | over | ended
	Certs.N.Till .Used       "1 Mar 2026, 14:05 UTC"; Used may be ""
	Certs.N.End              address that ends it, begins with "/"
	Cas.N.Id .Name .Till     of the authority; Id is a number
	Cas.N.Own                1: it signs for our devices; 0: a maker's
	Cas.N.Retired            since when it counts no more; may be ""
	Trust.Error .Name        what was wrong with the form, and what was typed
	Can.keys_write           1: may change
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1>Certificates</h1>
<div class="enrol">
<section aria-labelledby="certs">
	<h2 id="certs">Of devices</h2>
	<?cs if:subcount(Certs) ?>
	<div class="scroll" tabindex="0" role="region" aria-label="Table of the certificates">
	<table>
		<thead><tr><th scope="col">Device</th><th scope="col">State</th><th scope="col">Until</th><th scope="col">Last used</th><th scope="col">Serial</th><?cs if:Can.keys_write ?><th scope="col">Change</th><?cs /if ?></tr></thead>
		<tbody>
		<?cs each:c = Certs ?>
		<tr>
			<td><?cs var:c.Name ?><br><code><?cs var:c.Device ?></code></td>
			<td><?cs var:c.State ?></td>
			<td><?cs var:c.Till ?></td>
			<td><?cs if:c.Used ?><?cs var:c.Used ?><?cs else ?>never<?cs /if ?></td>
			<td><code><?cs var:c.Serial ?></code></td>
			<?cs if:Can.keys_write ?><td><?cs if:c.State == "valid" ?><form method="post" action="<?cs var:url_validate(c.End) ?>"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button type="submit" aria-label="End the certificate of <?cs var:c.Name ?>">End</button></form><?cs /if ?></td><?cs /if ?>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">No device has a certificate.</p><?cs /if ?>
</section>
<section aria-labelledby="cas">
	<h2 id="cas">Authorities</h2>
	<?cs if:subcount(Cas) ?>
	<div class="scroll" tabindex="0" role="region" aria-label="Table of the authorities">
	<table>
		<thead><tr><th scope="col">Name</th><th scope="col">Whose</th><th scope="col">Until</th><?cs if:Can.keys_write ?><th scope="col">Change</th><?cs /if ?></tr></thead>
		<tbody>
		<?cs each:ca = Cas ?>
		<tr>
			<td><?cs var:ca.Name ?></td>
			<td><?cs if:ca.Own ?>ours<?cs else ?>a maker’s<?cs /if ?></td>
			<td><?cs if:ca.Retired ?>retired on <?cs var:ca.Retired ?><?cs else ?><?cs var:ca.Till ?><?cs /if ?></td>
			<?cs if:Can.keys_write ?><td><?cs if:!ca.Retired ?><form method="post" action="/admin/ca"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><input type="hidden" name="retire" value="<?cs var:ca.Id ?>"><button type="submit" aria-label="Retire <?cs var:ca.Name ?>">Retire</button></form><?cs /if ?></td><?cs /if ?>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">There is no authority yet; the operator makes one with <code>fluxctl ca</code>.</p><?cs /if ?>
</section>
<?cs if:Can.keys_write ?>
<section class="card" aria-labelledby="trust">
	<h2 id="trust">Trust a maker</h2>
	<p class="note">Devices that are expected may enrol by themselves with a certificate that this authority has signed.</p>
	<?cs if:Trust.Error ?><p class="problem" role="alert" id="trust-error"><i class="shape" aria-hidden="true"></i><?cs var:Trust.Error ?></p><?cs /if ?>
	<form class="tall" method="post" action="/admin/ca">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="ca-name">Name</label>
		<input id="ca-name" name="name" value="<?cs var:Trust.Name ?>" maxlength="100" required<?cs if:Trust.Error ?> aria-describedby="trust-error"<?cs /if ?>>
		<label for="ca-pem">Certificate (PEM)</label>
		<textarea id="ca-pem" name="certificate" rows="8" spellcheck="false" required<?cs if:Trust.Error ?> aria-describedby="trust-error"<?cs /if ?>></textarea>
		<button class="main" type="submit">Trust this maker</button>
	</form>
</section>
<?cs /if ?>
</div>
<?cs include:"layout/foot.cs" ?>
