<?cs #
	provider.cs - by which provider a tenant's people sign in.

	Dataset: head.cs, and
	Provider.Set        1: there is one
	Provider.Name       "Example login"; may be empty, as the next four
	Provider.Issuer     "https://login.example.com/realms/plant"
	Provider.Client     "fluxline"
	Provider.Claim      "groups"
	Provider.Groups     "pumps = operator", a line each
	Provider.Creates    1: people come whom nobody has invited
	Provider.Back       the address that the provider sends people back to
	Provider.Login      the page of signing in that offers it
	Provider.Error      a sentence; may be empty
	Provider.Saved      1: it was saved just now
	Roles.N.Name        the roles that a group may give
	Can.settings_write  present: he may change it
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<?cs if:Provider.Saved ?><p role="status">Saved.</p><?cs /if ?>
<section class="card" aria-labelledby="provider">
	<h2 id="provider">OpenID Connect</h2>
	<?cs if:Provider.Error ?><p class="problem" role="alert" id="provider-error"><i class="shape" aria-hidden="true"></i><?cs var:Provider.Error ?></p><?cs /if ?>
	<?cs if:Provider.Set ?>
	<p>People sign in with it at <code><?cs var:Provider.Login ?></code>.</p>
	<?cs else ?>
	<p class="none">There is none yet: people sign in with passwords.</p>
	<?cs /if ?>
	<p class="note">Tell the provider to send people back to <code><?cs var:Provider.Back ?></code>.</p>
	<form class="tall" method="post" action="/admin/provider">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="name">Name, as people know it</label>
		<input id="name" name="name" required maxlength="40" value="<?cs var:Provider.Name ?>"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
		<label for="issuer">Issuer</label>
		<input id="issuer" name="issuer" type="url" required spellcheck="false" placeholder="https://login.example.com/realms/plant" value="<?cs var:Provider.Issuer ?>"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
		<label for="client">Client</label>
		<input id="client" name="client" required spellcheck="false" autocapitalize="none" autocomplete="off" value="<?cs var:Provider.Client ?>"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
		<label for="secret">Secret of the client</label>
		<input id="secret" name="secret" type="password" autocomplete="off"<?cs if:!Provider.Set ?> required<?cs /if ?><?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
		<p class="note">It is kept sealed and never shown.<?cs if:Provider.Set ?> Leave it empty to keep the one there is; another issuer needs its own.<?cs /if ?></p>
		<label for="claim">Claim with the groups</label>
		<input id="claim" name="claim" spellcheck="false" autocapitalize="none" value="<?cs var:Provider.Claim ?>"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
		<label for="groups">Groups and the role that each gives, a line each</label>
		<textarea id="groups" name="groups" rows="5" spellcheck="false" autocapitalize="none" placeholder="pump-team = operator"<?cs if:Provider.Error ?> aria-describedby="provider-error"<?cs /if ?><?cs if:!Can.settings_write ?> disabled<?cs /if ?>><?cs var:Provider.Groups ?></textarea>
		<p class="note">Roles: <?cs each:role = Roles ?><?cs if:!first(role) ?>, <?cs /if ?><?cs var:role.Name ?><?cs /each ?>. A role that stands here is given and taken by the provider at each sign-in; other roles stay as you give them.</p>
		<label class="tick"><input type="checkbox" name="creates" value="1"<?cs if:Provider.Creates ?> checked<?cs /if ?><?cs if:!Can.settings_write ?> disabled<?cs /if ?>> Also people whom nobody has invited, if a group gives them a role</label>
		<?cs if:Can.settings_write ?><button class="main" type="submit">Save</button><?cs /if ?>
	</form>
</section>
<?cs if:Provider.Set && Can.settings_write ?>
<section class="card" aria-labelledby="drop">
	<h2 id="drop">Without it</h2>
	<p>People then sign in with their passwords only. Who came by the provider and has none needs a link from you.</p>
	<form method="post" action="/admin/provider/drop">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button type="submit">Remove the provider</button>
	</form>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
