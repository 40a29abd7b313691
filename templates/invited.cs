<?cs #
	invited.cs - the link by which somebody who was invited sets a password; it
	is shown here and nowhere else.

	Dataset: head.cs, and
	Link.Href    "https://fluxline.example/invite/0123..."
	Link.Email   of whom it is for; empty: as before
	Link.Until   "24 Nov 2026 18:40 UTC"
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <a href="/admin/users">Users</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p>Give this link to <?cs if:Link.Email ?><?cs var:Link.Email ?><?cs else ?>the person<?cs /if ?>. It sets a password, once, until <?cs var:Link.Until ?>; links that were made before it are void. It is not shown again.</p>
<pre class="command" tabindex="0" aria-label="Link"><code id="link"><?cs var:Link.Href ?></code></pre>
<p class="ways"><a class="button" href="/admin/users">To the users</a></p>
<?cs include:"layout/foot.cs" ?>
