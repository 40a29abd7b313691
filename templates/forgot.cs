<?cs #
	forgot.cs - how to come by a new password.

	Dataset: head.cs without Live, and
	Forgot.Mail   1: a link is sent by mail, 0: an administrator makes one
	Forgot.Done   1: it was asked for just now
	Forgot.Error  a sentence; may be empty.  The form posts email and csrf to
	              /forgot.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<h1>Password forgotten</h1>
	<?cs if:!Forgot.Mail ?>
	<p>Ask an administrator of your tenant. He can make a link by which you choose a new password; it counts once, for 15 minutes.</p>
	<?cs elif:Forgot.Done ?>
	<p role="status">If somebody signs in here with this address, a mail with a link is on its way. The link counts once, for 15 minutes; the newest one counts. Nothing after some minutes? Look among the unwanted mail, or ask an administrator of your tenant.</p>
	<?cs else ?>
	<?cs if:Forgot.Error ?><p class="problem" role="alert" id="forgot-error"><i class="shape" aria-hidden="true"></i><?cs var:Forgot.Error ?></p><?cs /if ?>
	<form method="post" action="/forgot">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="email">E-mail</label>
		<input id="email" name="email" type="email" autocomplete="username" autocapitalize="none" maxlength="254" required<?cs if:Forgot.Error ?> aria-describedby="forgot-error"<?cs /if ?>>
		<p class="note">A link by which you choose a new password is sent there.</p>
		<button class="main" type="submit">Send a link</button>
	</form>
	<?cs /if ?>
	<p>When you have lost the telephone with your codes, sign in with one of your recovery codes. When those are lost too, an administrator can remove the second factor.</p>
	<p class="ways"><a class="button" href="/login">To sign in</a></p>
</div>
<?cs include:"layout/foot.cs" ?>
