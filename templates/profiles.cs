<?cs #
	profiles.cs - the device profiles that a tenant keeps, and a form for one
	more version.

	Dataset: head.cs, and
	Error              a sentence about what was sent; may be empty
	Profiles.N.Id .Version .Vendor .Model .Href   .Href begins with "/"
	Profiles.N.Points .Devices   numbers
	Profiles.N.Age     "3 min" ago
	Formats, Form      as layout/pasted.cs has them
	The forms post csrf and these to /admin/profiles or /admin/previews, and a file
	to /admin/profiles/sheets.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">A profile says which registers a device model has and what they mean. Those that come with Fluxline can be used at once; here are your own. <a href="/admin/words">Read registers</a> finds the type and word order of a value<?cs if:Local.debug_read ?>, and <a href="/admin/previews">Try a profile</a> shows what all of its points read<?cs /if ?>.</p>
<section class="card" aria-labelledby="own">
	<h2 id="own">Your profiles</h2>
	<?cs if:subcount(Profiles) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="own">
	<table>
		<thead><tr><th scope="col">Profile</th><th scope="col">Version</th><th scope="col">Model</th><th scope="col" class="number">Points</th><th scope="col" class="number">Devices</th><th scope="col">Added</th></tr></thead>
		<tbody>
		<?cs each:p = Profiles ?><tr><th scope="row"><a href="<?cs var:url_validate(p.Href) ?>"><?cs var:p.Id ?></a></th><td><?cs var:p.Version ?></td><td><?cs var:p.Vendor ?> <?cs var:p.Model ?></td><td class="number"><?cs var:p.Points ?></td><td class="number"><?cs var:p.Devices ?></td><td><?cs var:p.Age ?> ago</td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">There is no profile of your own yet.</p><?cs /if ?>
</section>
<?cs if:Can.devices_write ?>
<section class="card" aria-labelledby="add">
	<h2 id="add">Add a version</h2>
	<?cs if:Error ?><p class="problem" role="alert" id="draft-error"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
	<form class="tall" method="post" action="/admin/profiles">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<?cs include:"layout/pasted.cs" ?>
		<button class="main" type="submit">Look at it</button>
		<?cs if:Local.debug_read ?><button type="submit" formaction="/admin/previews">Try it on a device</button><?cs /if ?>
	</form>
	<p class="note">Nothing reads a device by it before you say so on the next page<?cs if:Local.debug_read ?>; to try it shows what it would read<?cs /if ?>.</p>
</section>
<section class="card" aria-labelledby="sheets">
	<h2 id="sheets">Out of a spreadsheet</h2>
	<form class="tall" method="post" action="/admin/profiles/sheets" enctype="multipart/form-data">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="file">File</label>
		<input id="file" name="file" type="file" required accept=".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet">
		<button class="main" type="submit">Show its sheets</button>
	</form>
	<p class="note">XLSX, below 1 MB. The columns are those of the eight, in any order when the first row names them.</p>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
