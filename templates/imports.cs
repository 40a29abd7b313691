<?cs #
	imports.cs - files that were brought, and a form for one more.

	Dataset: head.cs, and
	Error              a sentence about the file that was sent; may be empty
	Imports.N.Id .Name .Kind     newest first; "readings", "devices", "assets",
	                             "users"
	Imports.N.State .StateText   online | offline | never; "done"
	Imports.N.Age                "3 min" ago
	Imports.N.Rows .Stored .Bad  numbers; Counted: 1 when they mean something
	The form posts to /admin/imports as multipart (file, kind, csrf).
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<section class="card" aria-labelledby="bring">
	<h2 id="bring">Bring a file</h2>
	<?cs if:Error ?><p class="problem" role="alert" id="bring-error"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
	<form class="tall" method="post" action="/admin/imports" enctype="multipart/form-data">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="file">File</label>
		<input id="file" name="file" type="file" required accept=".csv,.txt,.tsv,.json,.gz,text/csv,application/json,application/gzip"<?cs if:Error ?> aria-describedby="bring-error"<?cs /if ?>>
		<label for="kind">What is in it</label>
		<select id="kind" name="kind"><option value="readings">readings</option><?cs if:Can.devices_write ?><option value="devices">devices</option><option value="assets">sites and assets</option><?cs /if ?><?cs if:Can.users_write ?><option value="users">users</option><?cs /if ?></select>
		<button class="main" type="submit">Look at it</button>
	</form>
	<p class="note">CSV with any separator, or a JSON array of objects; either may be gzipped, up to 16 MB. Nothing is stored before you have seen what it would be.</p>
</section>
<?cs if:Can.devices_read ?>
<section class="card" aria-labelledby="lists">
	<h2 id="lists">Lists</h2>
	<p>The first row names the columns, in any order; other rows are found again by their key, so the same file twice changes nothing.</p>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="lists">
	<table>
		<thead><tr><th scope="col">What</th><th scope="col">Columns</th><th scope="col">File</th></tr></thead>
		<tbody>
		<tr><th scope="row">Devices</th><td><code>key name site gateway asset kind manufacturer</code></td><td><a href="/admin/lists/devices">as it is now<span class="hidden">: devices</span></a>, <a href="/admin/lists/devices?empty=1">empty<span class="hidden"> file of devices</span></a></td></tr>
		<tr><th scope="row">Sites and assets</th><td><code>kind key name site parent type latitude longitude zone</code></td><td><a href="/admin/lists/assets">as it is now<span class="hidden">: sites and assets</span></a>, <a href="/admin/lists/assets?empty=1">empty<span class="hidden"> file of sites and assets</span></a></td></tr>
		<?cs if:Can.users_read ?><tr><th scope="row">Users</th><td><code>email name role place</code></td><td><a href="/admin/lists/users">as it is now<span class="hidden">: users</span></a>, <a href="/admin/lists/users?empty=1">empty<span class="hidden"> file of users</span></a></td></tr><?cs /if ?>
		</tbody>
	</table>
	</div>
	<p class="note">A kind is <code>site</code> or <code>asset</code>; a parent is a key or a path of keys, such as <code>HALL-1/LINE-2</code>. Who holds two roles has two rows; a place is an asset's key, and without one the role holds everywhere.</p>
</section>
<?cs /if ?>
<section class="card" aria-labelledby="before">
	<h2 id="before">Imports</h2>
	<?cs if:subcount(Imports) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="before">
	<table>
		<thead><tr><th scope="col">File</th><th scope="col">What</th><th scope="col">State</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Stored</th><th scope="col" class="number">Wrong</th><th scope="col">Brought</th></tr></thead>
		<tbody>
		<?cs each:i = Imports ?><tr><th scope="row"><a href="/admin/imports/<?cs var:url_validate(i.Id) ?>"><?cs var:i.Name ?></a></th><td><?cs var:i.Kind ?></td><td><?cs call:status(i.State, i.StateText) ?></td><td class="number"><?cs var:i.Rows ?></td><td class="number"><?cs if:i.Counted ?><?cs var:i.Stored ?><?cs /if ?></td><td class="number"><?cs if:i.Counted ?><?cs var:i.Bad ?><?cs /if ?></td><td><?cs var:i.Age ?> ago</td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">No file was brought yet.</p><?cs /if ?>
	<p class="note">Files are kept until their import has ended, reports for 90 days.</p>
</section>
<?cs include:"layout/foot.cs" ?>
