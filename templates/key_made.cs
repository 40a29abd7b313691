<?cs #
	key_made.cs - a new key, shown this once.

	Dataset: head.cs, and
	Made.Key       the whole key
	Made.Secret    what its requests are signed with; empty: they are not
	Made.Replaces  id of the key that it follows; empty: it follows none
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<h1><?cs var:Page.Title ?></h1>
	<p>Copy it now: it is not kept, and nobody can show it again.</p>
	<pre class="command" tabindex="0" aria-label="The key"><code id="key"><?cs var:Made.Key ?></code></pre>
	<?cs if:Made.Secret ?>
	<p>Its requests must be signed with this secret, which is shown this once, too:</p>
	<pre class="command" tabindex="0" aria-label="The secret"><code id="secret"><?cs var:Made.Secret ?></code></pre>
	<?cs /if ?>
	<?cs if:Made.Replaces ?><p>The key <code><?cs var:Made.Replaces ?></code> goes on working until a week after the new one was used first.</p><?cs /if ?>
	<p class="ways"><a class="button" href="/admin/keys">To the keys</a></p>
</div>
<?cs include:"layout/foot.cs" ?>
