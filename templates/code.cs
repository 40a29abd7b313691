<?cs #
	code.cs - the second step of signing in.

	Dataset: head.cs without User, Tenant and Live, and
	Login.Error   a sentence; may be empty.  The form posts code, recovery, next
	              and csrf to /login/code.
	Login.Next    local path to go to afterwards; may be empty
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<h1>One more step</h1>
	<?cs if:Login.Error ?><p class="problem" role="alert" id="code-error"><i class="shape" aria-hidden="true"></i><?cs var:Login.Error ?></p><?cs /if ?>
	<form method="post" action="/login/code">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="next" value="<?cs var:Login.Next ?>">
		<label for="code">Code of your authenticator</label>
		<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="12"<?cs if:Login.Error ?> aria-describedby="code-error"<?cs /if ?>>
		<details>
			<summary>The telephone is not at hand</summary>
			<label for="recovery">A recovery code instead</label>
			<input id="recovery" name="recovery" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40">
			<p class="note">Each counts once.</p>
		</details>
		<button class="main" type="submit">Sign in</button>
	</form>
	<p class="note"><a href="/login">Sign in as somebody else</a></p>
</div>
<?cs include:"layout/foot.cs" ?>
