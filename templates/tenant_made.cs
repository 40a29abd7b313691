<?cs #
	tenant_made.cs - the link by which a new tenant's first administrator sets a
	password; it is shown here and nowhere else.

	Dataset: head.cs, and
	Link.Href    "https://fluxline.example/invite/0123..."; absent: it goes by
	             mail
	Link.Email   of whom it is for
	Link.Tenant  "Waterworks"
	Link.Until   "24 Nov 2026 18:40 UTC"
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/platform">Tenants</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Link.Tenant ?> is there</h1>
<?cs if:Link.Href ?><p>Give this link to <?cs var:Link.Email ?>, its first administrator. It sets a password, once, until <?cs var:Link.Until ?>. It is not shown again.</p>
<pre class="command" tabindex="0" aria-label="Link"><code id="link"><?cs var:Link.Href ?></code></pre>
<?cs else ?><p><?cs var:Link.Email ?>, its first administrator, gets a mail with a link that sets a password.</p><?cs /if ?>
<p class="ways"><a class="button" href="/platform">To the tenants</a></p>
<?cs include:"layout/foot.cs" ?>
