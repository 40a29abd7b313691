<?cs #
	roles.cs - what each role may do, and forms for the tenant's own.

	Dataset: head.cs, and
	Roles.N.Id .Name
	Roles.N.Builtin   1: the same in every tenant
	Roles.N.Holders   "3 people"
	Roles.N.Held      1: somebody holds it, so it cannot be removed
	Roles.N.Says      "see readings, see devices"
	Roles.N.Manage    1: may be changed, and then
	Roles.N.Permissions.M.Name .Text .Ticked   "alerts:write", "set alarm
	                  limits", 1; those that one may give
	Make.Name .Error  of the form for a new one: as it was sent, and what was
	                  wrong, beginning with the field's name; may be empty
	Make.Permissions.M  as above
	The forms post name, may (several) and csrf to /admin/roles, /admin/roles/ID
	and /admin/roles/ID/drop.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:ticks(list) ?><fieldset><legend>May</legend><?cs each:permission = list ?><label class="tick"><input type="checkbox" name="may" value="<?cs var:permission.Name ?>"<?cs if:permission.Ticked ?> checked<?cs /if ?>> <?cs var:permission.Text ?></label><?cs /each ?></fieldset><?cs /def ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<ul class="people" aria-label="Roles">
	<?cs each:role = Roles ?>
	<li class="card" id="role-<?cs var:role.Id ?>">
		<div class="card-head">
			<h2><?cs var:role.Name ?></h2>
			<p class="note"><?cs var:role.Holders ?><?cs if:role.Builtin ?> · in every tenant<?cs /if ?></p>
		</div>
		<p>May <?cs var:role.Says ?>.</p>
		<?cs if:role.Manage ?>
		<details class="desk">
			<summary>Change <span class="hidden"><?cs var:role.Name ?></span></summary>
			<form method="post" action="/admin/roles/<?cs var:url_validate(role.Id) ?>">
				<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
				<label>Name <input name="name" value="<?cs var:role.Name ?>" maxlength="40" required></label>
				<?cs call:ticks(role.Permissions) ?>
				<button type="submit">Save</button>
			</form>
			<?cs if:role.Held ?><p class="note">Who has it loses what is taken away at the next click.</p><?cs else ?>
			<form method="post" action="/admin/roles/<?cs var:url_validate(role.Id) ?>/drop"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button class="quiet" type="submit">Remove<span class="hidden"> <?cs var:role.Name ?></span></button></form><?cs /if ?>
		</details>
		<?cs /if ?>
	</li>
	<?cs /each ?>
</ul>
<?cs if:Can.roles_write ?>
<section class="card desk" aria-labelledby="make">
	<h2 id="make">A role of your own</h2>
	<?cs if:Make.Error ?><p class="problem" role="alert" id="make-error"><i class="shape" aria-hidden="true"></i><?cs var:Make.Error ?></p><?cs /if ?>
	<form method="post" action="/admin/roles">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label>Name <input name="name" value="<?cs var:Make.Name ?>" maxlength="40" required<?cs if:Make.Error ?> aria-describedby="make-error"<?cs /if ?>></label>
		<?cs call:ticks(Make.Permissions) ?>
		<button class="main" type="submit">Make role</button>
	</form>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
