<?cs #
	confirm.cs - the password once more, before something dangerous.

	Dataset: head.cs, and
	Login.Email   of who is signed in
	Login.Error   a sentence; may be empty.  The form posts password, next and
	              csrf to /confirm.
	Provider.Href .Name  "/oidc/t7?again=1&next=/", "Example login": where he may
	              show it instead; absent: nowhere
	Login.Next    local path to go to afterwards; may be empty
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<h1>Confirm it is you</h1>
	<p>What you are about to do needs your password. For ten minutes you are not asked again; then send the form once more.</p>
	<?cs if:Login.Error ?><p class="problem" role="alert" id="confirm-error"><i class="shape" aria-hidden="true"></i><?cs var:Login.Error ?></p><?cs /if ?>
	<?cs if:Provider.Href ?><p class="ways"><a class="button" href="<?cs var:url_validate(Provider.Href) ?>">Sign in again with <?cs var:Provider.Name ?></a></p><?cs /if ?>
	<form method="post" action="/confirm">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="next" value="<?cs var:Login.Next ?>">
		<label for="email">E-mail</label>
		<input id="email" type="email" value="<?cs var:Login.Email ?>" autocomplete="username" readonly>
		<label for="password">Password</label>
		<input id="password" name="password" type="password" autocomplete="current-password" required<?cs if:Login.Error ?> aria-describedby="confirm-error"<?cs /if ?>>
		<button class="main" type="submit">Confirm</button>
	</form>
	<p class="note"><a href="<?cs var:url_validate(Login.Next) ?>">Back, and leave it</a></p>
</div>
<?cs include:"layout/foot.cs" ?>
