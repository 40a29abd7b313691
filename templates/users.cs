<?cs #
	users.cs - the people of a tenant, what they hold, and forms to change it.

	Dataset: head.cs, and
	Find             what was looked for in names and addresses; may be empty
	More             1: there are more people than are shown
	Mailed           1: an invitation is on its way
	Failed           how many mails could not be sent; absent: none.  The
	                 newest: Failures.N.Name .Mail .Why, "Ina", "an
	                 invitation", a sentence
	Users.N.Id .Name
	Users.N.Email               empty: the tenant's keys were destroyed
	Users.N.State .StateText    online, "active"; never, "invited"; offline,
	                            "suspended"
	Users.N.Invited .Suspended  1 or 0
	Users.N.Seen                "3 min" ago; absent: signed in nowhere
	Users.N.Self                1: the one who looks
	Users.N.Manage              1: may be changed by the one who looks
	Users.N.Grants.M.Value .Role .Place   "3.17", "viewer", "Hall 1"; Place is
	                            empty: in the whole tenant
	Roles.N.Id .Name .Chosen    roles that one may give; Chosen: as sent before
	Places.N.Key .Text          where, "HALL-1", "Hall 1, North works"
	Invite.Email .Name .Place   what was typed before, to show again
	Invite.Error                a sentence that begins with the field's name;
	                            may be empty
	The forms post to /admin/invitations (email, name, role, place; or user) and
	/admin/users/ID/roles (grant, role, place), .../suspend, resume, sessions,
	factor, remove; each with csrf.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:user_act(user, act, text) ?><form method="post" action="/admin/users/<?cs var:url_validate(user.Id) ?>/<?cs var:url_validate(act) ?>"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button class="quiet" type="submit"><?cs var:text ?><span class="hidden"> <?cs var:user.Name ?></span></button></form><?cs /def ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<?cs if:Mailed ?><p class="done" role="status">The invitation is on its way. Its link counts once, for three days.</p><?cs /if ?>
<?cs if:Failed ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i>Mails of the last week that could not be sent: <?cs var:Failed ?>.<?cs each:f = Failures ?> To <?cs var:f.Name ?>, <?cs var:f.Mail ?>: <?cs var:f.Why ?><?cs /each ?></p><?cs /if ?>

<?cs if:Can.users_write ?>
<section class="card desk" aria-labelledby="invite">
	<h2 id="invite">Invite somebody</h2>
	<?cs if:Invite.Error ?><p class="problem" role="alert" id="invite-error"><i class="shape" aria-hidden="true"></i><?cs var:Invite.Error ?></p><?cs /if ?>
	<form method="post" action="/admin/invitations">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label>E-mail <input name="email" type="email" value="<?cs var:Invite.Email ?>" autocomplete="off" autocapitalize="none" maxlength="254" required<?cs if:Invite.Error ?> aria-describedby="invite-error"<?cs /if ?>></label>
		<label>Name <input name="name" value="<?cs var:Invite.Name ?>" autocomplete="off" maxlength="100" required<?cs if:Invite.Error ?> aria-describedby="invite-error"<?cs /if ?>></label>
		<label>Role <select name="role" required><option value="">choose</option><?cs each:role = Roles ?><option value="<?cs var:role.Id ?>"<?cs if:role.Chosen ?> selected<?cs /if ?>><?cs var:role.Name ?></option><?cs /each ?></select></label>
		<label>Place <input name="place" value="<?cs var:Invite.Place ?>" list="places" autocomplete="off" placeholder="the whole tenant"></label>
		<button class="main" type="submit">Invite</button>
	</form>
	<p class="note">A place is the key of an asset: the role holds there and below it, and nothing else is shown.</p>
</section>
<datalist id="places"><?cs each:place = Places ?><option value="<?cs var:place.Key ?>"><?cs var:place.Text ?></option><?cs /each ?></datalist>
<?cs /if ?>

<form class="find" method="get" action="/admin/users" role="search">
	<label>Name or address <input name="find" type="search" value="<?cs var:Find ?>"></label>
	<button type="submit">Find</button>
</form>
<?cs if:subcount(Users) ?>
<ul class="people" aria-label="Users">
	<?cs each:user = Users ?>
	<li class="card" id="user-<?cs var:user.Id ?>">
		<div class="card-head">
			<h2><?cs var:user.Name ?><?cs if:user.Self ?> (you)<?cs /if ?></h2>
			<?cs call:status(user.State, user.StateText) ?>
		</div>
		<p class="note"><?cs if:user.Email ?><?cs var:user.Email ?><?cs else ?>no address<?cs /if ?><?cs if:user.Seen ?> · seen <?cs var:user.Seen ?> ago<?cs /if ?></p>
		<p><?cs if:subcount(user.Grants) ?><?cs each:grant = user.Grants ?><span class="tag"><?cs var:grant.Role ?><?cs if:grant.Place ?> at <?cs var:grant.Place ?><?cs /if ?></span> <?cs /each ?><?cs else ?><span class="note">No roles: may sign in and see nothing.</span><?cs /if ?></p>
		<?cs if:user.Manage ?>
		<details class="desk">
			<summary>Change <span class="hidden"><?cs var:user.Name ?></span></summary>
			<form method="post" action="/admin/users/<?cs var:url_validate(user.Id) ?>/roles">
				<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
				<?cs each:grant = user.Grants ?><label class="tick"><input type="checkbox" name="grant" value="<?cs var:grant.Value ?>" checked> <?cs var:grant.Role ?><?cs if:grant.Place ?> at <?cs var:grant.Place ?><?cs /if ?></label><?cs /each ?>
				<label>And role <select name="role"><option value="">none</option><?cs each:role = Roles ?><option value="<?cs var:role.Id ?>"><?cs var:role.Name ?></option><?cs /each ?></select></label>
				<label>at place <input name="place" list="places" autocomplete="off" placeholder="the whole tenant"></label>
				<button type="submit">Save roles</button>
			</form>
			<div class="ways">
				<?cs if:user.Invited ?><form method="post" action="/admin/invitations"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><input type="hidden" name="user" value="<?cs var:user.Id ?>"><button class="quiet" type="submit">New link</button></form><?cs /if ?>
				<?cs if:user.Seen ?><?cs call:user_act(user, "sessions", "Sign out everywhere") ?><?cs /if ?>
				<?cs if:user.Invited ?><?cs else ?><?cs call:user_act(user, "factor", "Remove second factor") ?><?cs /if ?>
				<?cs if:user.Self ?><?cs else ?>
				<?cs if:user.Suspended ?><?cs call:user_act(user, "resume", "Let in again") ?><?cs else ?><?cs call:user_act(user, "suspend", "Suspend") ?><?cs /if ?>
				<?cs call:user_act(user, "remove", "Remove") ?>
				<?cs /if ?>
			</div>
		</details>
		<?cs /if ?>
	</li>
	<?cs /each ?>
</ul>
<?cs if:More ?><p class="note">There are more; look for a part of the name.</p><?cs /if ?>
<?cs else ?><p class="none">Nobody is called so.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
