<?cs #
	profiles.cs - the device profiles that a tenant keeps, and a form for one
	more version.

	Dataset: head.cs, and
	Error              a sentence about what was sent; may be empty
	Profiles.N.Id .Version .Vendor .Model .Href   .Href begins with "/"
	Profiles.N.Points .Devices   numbers
	Profiles.N.Age     "3 min" ago
	Formats.N.Value .Text
	Form.format .text .id .version .vendor .model .addressing .part .base .count
	                   as they were sent; may be empty
	The forms post csrf and these to /admin/profiles, and a file to
	/admin/profiles/sheets.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">A profile says which registers a device model has and what they mean. Those that come with Fluxline can be used at once; here are your own. <a href="/admin/words">Read registers</a> finds the type and word order of a value.</p>
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
	<?cs if:Error ?><p class="problem" role="alert" id="add-error"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
	<form class="tall" method="post" action="/admin/profiles">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="format">What it is</label>
		<select id="format" name="format"><?cs each:f = Formats ?><option value="<?cs var:f.Value ?>"<?cs if:f.Value == Form.format ?> selected<?cs /if ?>><?cs var:f.Text ?></option><?cs /each ?></select>
		<label for="text">Text</label>
		<textarea id="text" name="text" rows="12" spellcheck="false" autocapitalize="none" required aria-describedby="text-note<?cs if:Error ?> add-error<?cs /if ?>"><?cs var:Form.text ?></textarea>
		<p class="note" id="text-note">Columns pasted from a data sheet may be separated by tabs, commas or semicolons. Nothing reads a device by it before you say so on the next page.</p>
		<details<?cs if:Form.id || Form.version || Form.addressing || Form.part || Form.base ?> open<?cs /if ?>>
			<summary>For register maps of others</summary>
			<div class="tall">
			<label for="id">Profile</label>
			<input id="id" name="id" maxlength="64" value="<?cs var:Form.id ?>" autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="maker-model">
			<label for="version">Version</label>
			<input id="version" name="version" maxlength="64" value="<?cs var:Form.version ?>" autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="1">
			<label for="vendor">Maker</label>
			<input id="vendor" name="vendor" maxlength="80" value="<?cs var:Form.vendor ?>" autocomplete="off">
			<label for="model">Model</label>
			<input id="model" name="model" maxlength="80" value="<?cs var:Form.model ?>" autocomplete="off">
			<label for="addressing">Registers are counted</label>
			<select id="addressing" name="addressing"><option value="">from 0</option><option value="one"<?cs if:Form.addressing == "one" ?> selected<?cs /if ?>>from 1</option><option value="modicon"<?cs if:Form.addressing == "modicon" ?> selected<?cs /if ?>>as 30001, 40001</option></select>
			<label for="part">Which device of the file</label>
			<input id="part" name="part" maxlength="80" value="<?cs var:Form.part ?>" autocapitalize="none" autocomplete="off" spellcheck="false">
			<label for="base">SunSpec: register of the model’s ID</label>
			<input id="base" name="base" inputmode="numeric" value="<?cs var:Form.base ?>" autocomplete="off" placeholder="40070">
			<label for="count">SunSpec: how often a group repeats</label>
			<input id="count" name="count" inputmode="numeric" value="<?cs var:Form.count ?>" autocomplete="off" placeholder="1">
			</div>
		</details>
		<button class="main" type="submit">Look at it</button>
	</form>
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
