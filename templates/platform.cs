<?cs #
	platform.cs - the tenants of this platform, and how much each has.

	Dataset: head.cs, and
	Tenants.N.Id .Name .Slug   "7", "Waterworks", "waterworks"
	Tenants.N.Since            "1 Mar 2026"
	Tenants.N.State .StateText online | offline; "active", "suspended", "leaving"
	Tenants.N.Own              1: the platform's, which stays
	Tenants.N.Active .Erased   1: it is
	Tenants.N.Due              when it will be erased, "1 Apr 2026"; may be empty
	Tenants.N.Users .Devices .Readings .Most  "12"; .Most: a day, may be empty
	Tenants.N.Seen             "4 min"; empty: nothing has come in yet
	After                      there are more, behind this number
	Find                       what was looked for; may be empty
	Form.Name .Slug .Email .Person  what was typed
	Form.Error                 what is wrong with it, by its field; may be empty
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:tenant_act(tenant, act, text) ?><form method="post" action="/platform/tenants/<?cs var:url_validate(tenant.Id) ?>/<?cs var:url_validate(act) ?>"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button type="submit"><?cs var:text ?><span class="hidden"> <?cs var:tenant.Name ?></span></button></form><?cs /def ?>
<h1><?cs var:Page.Title ?></h1>
<form class="find" method="get" action="/platform" role="search">
	<label for="find">Name</label>
	<input id="find" name="find" type="search" value="<?cs var:Find ?>">
	<button type="submit">Find</button>
</form>
<section class="card" aria-label="Tenants">
	<?cs if:subcount(Tenants) ?>
	<div class="scroll" tabindex="0" role="group" aria-label="Tenants, a row each">
	<table>
		<thead><tr><th scope="col">Tenant</th><th scope="col">State</th><th scope="col" class="number">People</th><th scope="col" class="number">Devices</th><th scope="col" class="number">Readings today</th><th scope="col" class="number">Quota a day</th><th scope="col">Last reading</th><th scope="col">Change</th></tr></thead>
		<tbody>
		<?cs each:tenant = Tenants ?>
		<tr id="tenant-<?cs var:tenant.Id ?>">
			<th scope="row"><?cs var:tenant.Name ?><br><span class="note"><?cs if:tenant.Slug ?><code><?cs var:tenant.Slug ?></code>, <?cs /if ?>since <?cs var:tenant.Since ?></span></th>
			<td><?cs call:status(tenant.State, tenant.StateText) ?><?cs if:tenant.Due ?><br><span class="note">erased from <?cs var:tenant.Due ?> on</span><?cs /if ?></td>
			<td class="number"><?cs var:tenant.Users ?></td>
			<td class="number"><?cs var:tenant.Devices ?></td>
			<td class="number"><?cs var:tenant.Readings ?></td>
			<td class="number"><?cs if:tenant.Most ?><?cs var:tenant.Most ?><?cs else ?><span class="note">none</span><?cs /if ?></td>
			<td><?cs if:tenant.Seen ?><?cs var:tenant.Seen ?> ago<?cs else ?><span class="note">never</span><?cs /if ?></td>
			<td><?cs if:tenant.Own ?><span class="note">your own</span><?cs elif:tenant.Active ?><?cs call:tenant_act(tenant, "suspend", "Suspend") ?><?cs elif:!tenant.Erased ?><?cs call:tenant_act(tenant, "resume", "Resume") ?><?cs /if ?></td>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:After ?><form class="ways" method="get" action="/platform"><input type="hidden" name="find" value="<?cs var:Find ?>"><input type="hidden" name="after" value="<?cs var:After ?>"><button type="submit">More tenants</button></form><?cs /if ?>
	<?cs else ?><p class="none">There is no tenant of that name.</p><?cs /if ?>
</section>
<section class="card" aria-labelledby="new">
	<h2 id="new">New tenant</h2>
	<?cs if:Form.Error ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i><?cs var:Form.Error ?></p><?cs /if ?>
	<form class="tall" method="post" action="/platform/tenants">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="name">Name</label>
		<input id="name" name="name" required maxlength="100" value="<?cs var:Form.Name ?>">
		<label for="slug">Short name, in small letters</label>
		<input id="slug" name="slug" required maxlength="40" pattern="[a-z0-9][a-z0-9\-]*" spellcheck="false" autocapitalize="none" value="<?cs var:Form.Slug ?>">
		<label for="person">Its first administrator</label>
		<input id="person" name="person" required maxlength="100" value="<?cs var:Form.Person ?>">
		<label for="email">and the administrator's e-mail</label>
		<input id="email" name="email" type="email" required maxlength="254" value="<?cs var:Form.Email ?>">
		<button class="main" type="submit">Make the tenant</button>
	</form>
</section>
<?cs include:"layout/foot.cs" ?>
