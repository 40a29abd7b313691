<?cs #
	account.cs - one's account: second factor, password, where one is signed in.

	Dataset: head.cs without Live, and
	Account.Email    empty: the tenant's keys were destroyed
	Account.Least    characters that a password has at least
	Account.Done     a sentence about what was done just now; may be empty
	Account.Form     the form that Account.Problem is about: factor | password
	Account.Problem  a sentence, with the field's name before it; may be empty
	Account.Others   1: there are more sessions than this one, or programs
	Factor.State     off | begun | on
	Factor.Secret .Uri .Qr .Side  when begun, see layout/secret.cs
	Factor.Codes     how many recovery codes are left
	Sessions.N.Id .Program .Addr .Since .Seen .Age
	Sessions.N.This  1: the one that asks
	Programs.N.Id .Since .Seen .Age .Till  signed in by a token; may be none
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="title"><h1>Your account</h1> <p class="seen"><?cs var:User.Name ?><?cs if:Account.Email ?> · <?cs var:Account.Email ?><?cs /if ?> · <?cs var:Tenant.Name ?></p></div>
<?cs if:Account.Done ?><p class="done" role="status"><?cs var:Account.Done ?></p><?cs /if ?>
<div class="account">
<section class="card" id="factor" aria-labelledby="factor-title">
	<h2 id="factor-title">Second factor</h2>
	<?cs if:Account.Form == "factor" ?><p class="problem" role="alert" id="factor-error"><i class="shape" aria-hidden="true"></i><?cs var:Account.Problem ?></p><?cs /if ?>
	<?cs if:Factor.State == "on" ?>
	<p>On: besides the password you are asked for a code. Recovery codes left: <b><?cs var:Factor.Codes ?></b>.</p>
	<form method="post" action="/account/codes">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button type="submit">Make new recovery codes</button>
	</form>
	<form method="post" action="/account/factor/remove">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button type="submit">Remove the second factor</button>
	</form>
	<?cs elif:Factor.State == "begun" ?>
	<?cs include:"layout/secret.cs" ?>
	<form method="post" action="/account/factor/confirm">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="code">Code</label>
		<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required<?cs if:Account.Form == "factor" ?> aria-describedby="factor-error"<?cs /if ?>>
		<button class="main" type="submit">Turn it on</button>
	</form>
	<form method="post" action="/account/factor">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button class="quiet" type="submit">Make another secret</button>
	</form>
	<?cs else ?>
	<p>Off. With it, a password alone lets nobody in.</p>
	<form method="post" action="/account/factor">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button class="main" type="submit">Set up a second factor</button>
	</form>
	<?cs /if ?>
</section>
<section class="card" id="password-card" aria-labelledby="password-title">
	<h2 id="password-title">Password</h2>
	<?cs if:Account.Form == "password" ?><p class="problem" role="alert" id="password-error"><i class="shape" aria-hidden="true"></i><?cs var:Account.Problem ?></p><?cs /if ?>
	<form method="post" action="/account/password">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="username" value="<?cs var:Account.Email ?>" autocomplete="username">
		<label for="old">Present password</label>
		<input id="old" name="old" type="password" autocomplete="current-password" required<?cs if:Account.Form == "password" ?> aria-describedby="password-error"<?cs /if ?>>
		<label for="password">New password</label>
		<input id="password" name="password" type="password" autocomplete="new-password" minlength="<?cs var:Account.Least ?>" required aria-describedby="password-note">
		<p class="note" id="password-note">At least <?cs var:Account.Least ?> characters. A few words that do not belong together are good; long is welcome.</p>
		<label for="again">The new one again</label>
		<input id="again" name="again" type="password" autocomplete="new-password" required>
		<button class="main" type="submit">Change the password</button>
	</form>
</section>
<section class="card wide" id="sessions" aria-labelledby="sessions-title">
	<h2 id="sessions-title">Where you are signed in</h2>
	<div class="scroll" role="region" aria-label="All sessions" tabindex="0">
	<table>
		<thead><tr><th scope="col">Program</th><th scope="col">Address</th><th scope="col">Since</th><th scope="col">Last seen</th><th scope="col">End</th></tr></thead>
		<tbody><?cs each:s = Sessions ?>
		<tr>
			<td><?cs var:s.Program ?></td>
			<td><?cs var:s.Addr ?></td>
			<td><?cs var:s.Since ?></td>
			<td><time datetime="<?cs var:s.Seen ?>"><?cs var:s.Age ?></time> ago</td>
			<td><?cs if:s.This ?><b>this one</b><?cs else ?><form method="post" action="/account/sessions/<?cs var:url_validate(s.Id) ?>/end"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button type="submit" aria-label="End the session of <?cs var:s.Program ?> since <?cs var:s.Since ?>">End</button></form><?cs /if ?></td>
		</tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:subcount(Programs) ?>
	<h3>Programs with a token of yours</h3>
	<div class="scroll" role="region" aria-label="All programs" tabindex="0">
	<table>
		<thead><tr><th scope="col">Since</th><th scope="col">Last renewed</th><th scope="col">Holds until</th><th scope="col">End</th></tr></thead>
		<tbody><?cs each:p = Programs ?>
		<tr>
			<td><?cs var:p.Since ?></td>
			<td><time datetime="<?cs var:p.Seen ?>"><?cs var:p.Age ?></time> ago</td>
			<td><?cs var:p.Till ?></td>
			<td><form method="post" action="/account/programs/<?cs var:url_validate(p.Id) ?>/end"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button type="submit" aria-label="End the program since <?cs var:p.Since ?>">End</button></form></td>
		</tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs /if ?>
	<?cs if:Account.Others ?>
	<form method="post" action="/account/sessions/others/end">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button type="submit">End all others</button>
	</form>
	<?cs /if ?>
</section>
</div>
<?cs include:"layout/foot.cs" ?>
