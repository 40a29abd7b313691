<?cs #
	login.cs - sign in; also shown again with what went wrong.

	Dataset: head.cs without User, Tenant and Live, and
	Login.Email   what was typed before, to show again; may be empty
	Login.Error   a sentence, "That e-mail and password do not match."; may be
	              empty.  The form posts email, password, tenant, next and csrf
	              to /login.
	Login.Done    a sentence about what was done just now; may be empty
	Login.Next    local path to go to afterwards, "/devices/pump-1"; may be empty
	Provider.Href .Name  "/oidc/t7?next=/", "Example login": the tenant's own
	              way to sign in; absent: none
	Tenants.N.Id .Name  to be chosen from; absent: there is no choice
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<svg class="stream" viewBox="0 0 400 60" aria-hidden="true" focusable="false"><path d="M0 38c50 0 50-24 100-24s50 32 100 32 50-26 100-26 40 12 68 12"/><circle cx="376" cy="32" r="7"/></svg>
	<h1>Sign in</h1>
	<?cs if:Login.Done ?><p class="done" role="status"><?cs var:Login.Done ?></p><?cs /if ?>
	<?cs if:Login.Error ?><p class="problem" role="alert" id="login-error"><i class="shape" aria-hidden="true"></i><?cs var:Login.Error ?></p><?cs /if ?>
	<?cs if:Provider.Href ?><p class="ways"><a class="button" href="<?cs var:url_validate(Provider.Href) ?>">Sign in with <?cs var:Provider.Name ?></a></p><?cs /if ?>
	<form method="post" action="/login">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="next" value="<?cs var:Login.Next ?>">
		<label for="email">E-mail</label>
		<input id="email" name="email" type="email" value="<?cs var:Login.Email ?>" autocomplete="username" autocapitalize="none" spellcheck="false" required<?cs if:Login.Error ?> aria-describedby="login-error"<?cs /if ?>>
		<?cs if:Tenants.0.Id ?>
		<p class="note">You belong to several. Choose one, and type the password once more.</p>
		<label for="tenant">Tenant</label>
		<select id="tenant" name="tenant" required><?cs each:t = Tenants ?><option value="<?cs var:t.Id ?>"><?cs var:t.Name ?></option><?cs /each ?></select>
		<?cs /if ?>
		<label for="password">Password</label>
		<input id="password" name="password" type="password" autocomplete="current-password" required<?cs if:Login.Error ?> aria-describedby="login-error"<?cs /if ?>>
		<button class="main" type="submit">Sign in</button>
	</form>
	<p class="note"><a href="/forgot">Password forgotten?</a></p>
</div>
<?cs include:"layout/foot.cs" ?>
