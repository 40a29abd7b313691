<?cs #
	setup.cs - who must have a second factor sets it up.

	Dataset: head.cs without User, Tenant and Live, and
	Setup.Tenant  who asks for it
	Setup.Begun   1: there is a secret: see layout/secret.cs
	Login.Error   a sentence; may be empty.  The forms post code, next and csrf
	              to /login/factor; without code they ask for a secret.
	Login.Next    local path to go to afterwards; may be empty
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<h1>A second factor</h1>
	<p><b><?cs var:Setup.Tenant ?></b> asks you for more than a password: for a code that your telephone shows. Nothing else opens before.</p>
	<?cs if:Login.Error ?><p class="problem" role="alert" id="code-error"><i class="shape" aria-hidden="true"></i><?cs var:Login.Error ?></p><?cs /if ?>
	<?cs if:Setup.Begun ?>
	<?cs include:"layout/secret.cs" ?>
	<form method="post" action="/login/factor">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="next" value="<?cs var:Login.Next ?>">
		<label for="code">Code</label>
		<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required<?cs if:Login.Error ?> aria-describedby="code-error"<?cs /if ?>>
		<button class="main" type="submit">Turn it on</button>
	</form>
	<?cs /if ?>
	<form method="post" action="/login/factor">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="next" value="<?cs var:Login.Next ?>">
		<?cs if:Setup.Begun ?><button class="quiet" type="submit">Make another secret</button><?cs else ?><button class="main" type="submit">Set it up</button><?cs /if ?>
	</form>
	<form method="post" action="/logout">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button class="quiet" type="submit">Sign in as somebody else</button>
	</form>
</div>
<?cs include:"layout/foot.cs" ?>
