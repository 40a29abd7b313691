<?cs #
	login.cs - sign in; also shown again with what went wrong.

	Dataset: head.cs without User, Tenant and Live, and
	Login.Email   what was typed before, to show again; may be empty
	Login.Error   a sentence, "That e-mail and password do not match."; may be
	              empty.  The form posts email, password, next and csrf to /login.
	Login.Next    local path to go to afterwards, "/devices/pump-1"; may be empty
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<svg class="stream" viewBox="0 0 400 60" aria-hidden="true" focusable="false"><path d="M0 38c50 0 50-24 100-24s50 32 100 32 50-26 100-26 40 12 68 12"/><circle cx="376" cy="32" r="7"/></svg>
	<h1>Sign in</h1>
	<?cs if:Login.Error ?><p class="problem" role="alert" id="login-error"><i class="shape" aria-hidden="true"></i><?cs var:Login.Error ?></p><?cs /if ?>
	<form method="post" action="/login">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="next" value="<?cs var:Login.Next ?>">
		<label for="email">E-mail</label>
		<input id="email" name="email" type="email" value="<?cs var:Login.Email ?>" autocomplete="username" autocapitalize="none" spellcheck="false" required<?cs if:Login.Error ?> aria-describedby="login-error"<?cs /if ?>>
		<label for="password">Password</label>
		<input id="password" name="password" type="password" autocomplete="current-password" required<?cs if:Login.Error ?> aria-describedby="login-error"<?cs /if ?>>
		<button class="main" type="submit">Sign in</button>
	</form>
</div>
<?cs include:"layout/foot.cs" ?>
