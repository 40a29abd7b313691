<?cs #
	sheets.cs - the sheets of a spreadsheet, one of which may become a profile.

	Dataset: head.cs, and
	Error                   why it cannot be read; may be empty
	Sheets.N.Id .Name .Count   a number; of the rows with anything in them
	Sheets.N.Cut            1: it has more than is read
	Sheets.N.Rows.M.Line .Cells.K.Text   the first ones
	Sheets.N.Text           all of it, as the form of a profile takes it
	The forms post csrf, format, text, id, vendor and addressing to /admin/profiles
	or /admin/previews, in parts: as one line, a long text would be longer than a body may be.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <a href="/admin/profiles">Device profiles</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<?cs if:Error ?>
<p class="problem" role="alert"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p>
<p class="ways"><a class="button" href="/admin/profiles">Bring another one</a></p>
<?cs else ?><p class="note">Which sheet has the registers? Nothing of the file is kept; what you choose you see once more before any device is read by it.</p><?cs /if ?>
<?cs each:s = Sheets ?>
<section class="card" aria-labelledby="s<?cs var:s.Id ?>">
	<h2 id="s<?cs var:s.Id ?>"><?cs var:s.Name ?></h2>
	<?cs if:!s.Count ?><p class="none">This sheet is empty.</p>
	<?cs else ?>
	<p class="note"><?cs if:s.Count == 1 ?>1 row<?cs else ?><?cs var:s.Count ?> rows<?cs /if ?><?cs if:s.Cut ?>; there are more, which are left out<?cs /if ?>. The first of them:</p>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="s<?cs var:s.Id ?>">
	<table>
		<tbody><?cs each:r = s.Rows ?><tr><th scope="row" class="number"><?cs var:r.Line ?></th><?cs each:c = r.Cells ?><td><?cs var:c.Text ?></td><?cs /each ?></tr><?cs /each ?></tbody>
	</table>
	</div>
	<form class="tall" method="post" action="/admin/profiles" enctype="multipart/form-data">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="text" value="<?cs var:s.Text ?>">
		<label for="format<?cs var:s.Id ?>">What it is</label>
		<select id="format<?cs var:s.Id ?>" name="format"><option value="csv">eight columns: key, name, register, address, type, order, scale, unit</option><option value="teltonika">the requests of a Teltonika router</option><option value="victron">the register list of a Victron GX</option></select>
		<label for="id<?cs var:s.Id ?>">Profile</label>
		<input id="id<?cs var:s.Id ?>" name="id" maxlength="64" required autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="maker-model">
		<label for="vendor<?cs var:s.Id ?>">Maker</label>
		<input id="vendor<?cs var:s.Id ?>" name="vendor" maxlength="80" autocomplete="off">
		<label for="addressing<?cs var:s.Id ?>">Registers are counted</label>
		<select id="addressing<?cs var:s.Id ?>" name="addressing"><option value="">from 0</option><option value="one">from 1</option><option value="modicon">as 30001, 40001</option></select>
		<button class="main" type="submit">Look at it</button>
		<?cs if:Local.debug_read ?><button type="submit" formaction="/admin/previews">Try it on a device</button><?cs /if ?>
	</form>
	<?cs /if ?>
</section>
<?cs /each ?>
<?cs include:"layout/foot.cs" ?>
