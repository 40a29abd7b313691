<?cs #
	secret.cs - the secret of a second factor, for the program that shows its
	codes; part of a page.

	Dataset:
	Factor.Secret    base32 in groups
	Factor.Uri       otpauth:...
	Factor.Qr        the path of its QR code, Factor.Side modules wide
?>	<p>Scan this with an authenticator program, or type the secret into it; then type the code that it shows.</p>
	<svg class="qr" viewBox="0 0 <?cs var:Factor.Side ?> <?cs var:Factor.Side ?>" role="img" aria-label="QR code of the secret"><path d="<?cs var:Factor.Qr ?>"/></svg>
	<p><code id="secret"><?cs var:Factor.Secret ?></code></p>
	<p class="note"><code><?cs var:Factor.Uri ?></code></p>
