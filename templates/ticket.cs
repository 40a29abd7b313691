<?cs #
	ticket.cs - who has the link sets a password.

	Dataset: head.cs without Live, and
	Ticket.Invited  1: the first password, 0: a new one
	Ticket.Path     of this page; the form posts password, again and csrf to it
	Ticket.Email .Name .Tenant  whose password it will be; Email is
	                            empty when the tenant's keys were destroyed
	Ticket.Least    characters that it has at least
	Ticket.Error    a sentence; may be empty
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<h1><?cs if:Ticket.Invited ?>Welcome, <?cs var:Ticket.Name ?><?cs else ?>A new password<?cs /if ?></h1>
	<p><?cs if:Ticket.Invited ?>You are invited to <b><?cs var:Ticket.Tenant ?></b>. Choose a password, then sign in with it.<?cs else ?>For <b><?cs if:Ticket.Email ?><?cs var:Ticket.Email ?><?cs else ?><?cs var:Ticket.Name ?><?cs /if ?></b> at <?cs var:Ticket.Tenant ?>. Everything that is signed in as you ends.<?cs /if ?></p>
	<?cs if:Ticket.Error ?><p class="problem" role="alert" id="ticket-error"><i class="shape" aria-hidden="true"></i><?cs var:Ticket.Error ?></p><?cs /if ?>
	<form method="post" action="<?cs var:url_validate(Ticket.Path) ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="email">E-mail</label>
		<input id="email" type="email" value="<?cs var:Ticket.Email ?>" autocomplete="username" readonly>
		<label for="password">Password</label>
		<input id="password" name="password" type="password" autocomplete="new-password" minlength="<?cs var:Ticket.Least ?>" required aria-describedby="password-note<?cs if:Ticket.Error ?> ticket-error<?cs /if ?>">
		<p class="note" id="password-note">At least <?cs var:Ticket.Least ?> characters. A few words that do not belong together are good; long is welcome.</p>
		<label for="again">The same again</label>
		<input id="again" name="again" type="password" autocomplete="new-password" required>
		<button class="main" type="submit">Set the password</button>
	</form>
</div>
<?cs include:"layout/foot.cs" ?>
