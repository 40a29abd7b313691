<?cs #
	import.cs - one file: what it seems to be, what is open, what became of it.

	Dataset: head.cs, and
	Error               a sentence; may be empty
	Import.Id .Name .Kind        "readings", "devices", "assets" or "users"
	Import.State .StateText      online | offline | never; "dry run made"
	Import.Why                   why it stopped, or what it asks; may be empty
	Import.Rows .DoneRows .Share of the file, done, and that in percent
	Import.Readings .Stored .Duplicate .Missing .Bad   Counted: 1: they mean
	                             something
	Import.Open                  1: answers are taken
	Import.Busy                  1: the worker is at it, or will be
	Import.Waiting               batches that the ledger does not have yet
	Import.Tried                 1: the numbers are those of a dry run
	Import.Cancellable           1
	Asked                        1: answers were sent already
	Questions.N.Field .Ask       what is open
	Columns.N.Index .Name .Samples .Key .Unit .Low .High   Bounded: 1: it has
	                             a bound
	Columns.N.Uses.M.Value .Text .Chosen
	Plan.Order .Zone .Decimal .Start .Same .Device   "" when not said
	Plan.Skip .Make              1 or 0
	Sites.N.Key .Name .Zone .Chosen
	Errors.N.Line .Column .Code .Detail .Cell        Column may be empty
	Lines.N.Line .What .State .Became   of a list: what becomes of each line;
	                             State is online | offline | never
	LinesMore                    1: the file has more lines
	Whole .Changes               1: these boxes were ticked; Mails: 1: an
	                             invitation goes by mail
	The forms post to /admin/imports/ID/dry, run (of users invite) and cancel,
	with csrf.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:choice(value, text, now) ?><option value="<?cs var:value ?>"<?cs if:value == now ?> selected<?cs /if ?>><?cs var:text ?></option><?cs /def ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <a href="/admin/imports">Imports</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<?cs if:Error ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
<section class="card" aria-labelledby="became">
	<h2 id="became">What became of it</h2>
	<p role="status"><?cs call:status(Import.State, Import.StateText) ?><?cs if:Import.Busy ?> <progress max="100" value="<?cs var:Import.Share ?>" aria-label="Rows done"><?cs var:Import.Share ?> %</progress> <?cs var:Import.DoneRows ?> of <?cs var:Import.Rows ?> rows<?cs /if ?></p>
	<?cs if:Import.Why ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i><?cs var:Import.Why ?></p><?cs /if ?>
	<?cs if:Import.Counted ?>
	<?cs if:Import.Tried ?><p>Nothing is stored yet. This is what a run would do:</p><?cs /if ?>
	<dl class="facts">
		<div><dt>Rows of the file</dt><dd><?cs var:Import.Rows ?></dd></div>
		<div><dt><?cs if:Import.Kind != "readings" ?>Made or changed<?cs else ?>Stored<?cs /if ?></dt><dd><?cs var:Import.Stored ?></dd></div>
		<div><dt>There already</dt><dd><?cs var:Import.Duplicate ?></dd></div>
		<?cs if:Import.Missing ?><div><dt>Without a value</dt><dd><?cs var:Import.Missing ?></dd></div><?cs /if ?>
		<div><dt>Wrong</dt><dd><?cs var:Import.Bad ?></dd></div>
	</dl>
	<?cs if:Import.Waiting ?><p class="note">The last of it is still being counted.</p><?cs /if ?>
	<?cs else ?><p><?cs var:Import.Rows ?> rows; nothing is stored yet.</p><?cs /if ?>
	<?cs if:Import.Cancellable ?>
	<form method="post" action="/admin/imports/<?cs var:url_validate(Import.Id) ?>/cancel"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button class="quiet" type="submit">Cancel the import</button></form>
	<?cs /if ?>
</section>
<?cs if:subcount(Errors) ?>
<section class="card" aria-labelledby="wrong">
	<h2 id="wrong">Lines to look at</h2>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="wrong">
	<table>
		<thead><tr><th scope="col" class="number">Line</th><th scope="col">Column</th><th scope="col">Cell</th><th scope="col">Why</th></tr></thead>
		<tbody>
		<?cs each:x = Errors ?><tr><th scope="row" class="number"><?cs var:x.Line ?></th><td><?cs var:x.Column ?></td><td><code><?cs var:x.Cell ?></code></td><td><?cs if:x.Detail ?><?cs var:x.Detail ?><?cs else ?><?cs var:x.Code ?><?cs /if ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<p class="note">The first 200 are shown; <code>/api/v1/imports/<?cs var:Import.Id ?>/errors</code> has the first thousand.</p>
</section>
<?cs /if ?>
<?cs if:subcount(Lines) ?>
<section class="card" aria-labelledby="lines">
	<h2 id="lines">Line by line</h2>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="lines">
	<table>
		<thead><tr><th scope="col" class="number">Line</th><th scope="col">What</th><th scope="col">What becomes of it</th></tr></thead>
		<tbody>
		<?cs each:l = Lines ?><tr><th scope="row" class="number"><?cs var:l.Line ?></th><td><?cs var:l.What ?></td><td><?cs call:status(l.State, l.Became) ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:LinesMore ?><p class="note">These are the first of them; the counts above are of all.</p><?cs /if ?>
</section>
<?cs /if ?>
<?cs if:Import.Open && Import.Kind != "readings" ?>
<section class="card" aria-labelledby="go">
	<h2 id="go">Go on</h2>
	<form class="tall" method="post" action="/admin/imports/<?cs var:url_validate(Import.Id) ?>/dry">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<?cs if:Import.Kind == "users" ?><label class="tick"><input type="checkbox" name="changes" value="1"<?cs if:Changes ?> checked<?cs /if ?>> Change the roles of people who are there already</label><?cs /if ?>
		<label class="tick"><input type="checkbox" name="whole" value="1"<?cs if:Whole ?> checked<?cs /if ?>> Import nothing if any line is wrong</label>
		<div class="acts">
			<button type="submit">Dry run</button>
			<button class="main" type="submit" formaction="/admin/imports/<?cs var:url_validate(Import.Id) ?>/<?cs if:Import.Kind == "users" ?>invite<?cs else ?>run<?cs /if ?>"><?cs if:Import.Kind == "users" ?>Invite<?cs else ?>Import<?cs /if ?></button>
		</div>
	</form>
	<?cs if:Import.Kind == "users" ?>
	<p class="note"><?cs if:Mails ?>Whoever is new gets an invitation by mail, and chooses a password by it.<?cs else ?>No mail is set up here: whoever is new gets a link from you, on the page of <a href="/admin/users">users</a>.<?cs /if ?> You give no more than you may yourself. Nobody is removed, and names stay as they are.</p>
	<?cs else ?>
	<p class="note">What is there already is changed where the file says something else; an empty cell changes nothing, and nothing is removed.</p>
	<?cs /if ?>
</section>
<?cs elif:Import.Open ?>
<section class="card" aria-labelledby="means">
	<h2 id="means">What it means</h2>
	<?cs if:subcount(Questions) ?>
	<div class="problem" role="alert" id="open"><i class="shape" aria-hidden="true"></i><div><p>Still to be said:</p><ul><?cs each:q = Questions ?><li><b><?cs var:q.Field ?></b>: <?cs var:q.Ask ?></li><?cs /each ?></ul></div></div>
	<?cs /if ?>
	<form class="tall" method="post" enctype="multipart/form-data" action="/admin/imports/<?cs var:url_validate(Import.Id) ?>/dry">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<fieldset class="columns">
			<legend>Columns</legend>
			<?cs each:c = Columns ?>
			<div class="column">
				<p id="column-<?cs var:c.Index ?>"><b><?cs var:c.Name ?></b> <span class="note"><?cs var:c.Samples ?></span></p>
				<select name="as-<?cs var:c.Index ?>" aria-label="What it is" aria-describedby="column-<?cs var:c.Index ?>"><?cs each:u = c.Uses ?><option value="<?cs var:u.Value ?>"<?cs if:u.Chosen ?> selected<?cs /if ?>><?cs var:u.Text ?></option><?cs /each ?></select>
				<label>Sensor <input name="key-<?cs var:c.Index ?>" value="<?cs var:c.Key ?>" maxlength="64" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
				<label>Unit <input name="unit-<?cs var:c.Index ?>" value="<?cs var:c.Unit ?>" maxlength="32" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
				<details class="desk"<?cs if:c.Bounded ?> open<?cs /if ?>>
					<summary>Bounds</summary>
					<label>Lowest <input name="low-<?cs var:c.Index ?>" value="<?cs var:c.Low ?>" maxlength="32" inputmode="decimal" autocomplete="off" spellcheck="false"></label>
					<label>Highest <input name="high-<?cs var:c.Index ?>" value="<?cs var:c.High ?>" maxlength="32" inputmode="decimal" autocomplete="off" spellcheck="false"></label>
				</details>
			</div>
			<?cs /each ?>
		</fieldset>
		<p class="note">A value below the lowest or above the highest is put aside: its reading is kept without it and says why, and no sum has it. Sensors that are made have these bounds from then on. Seconds since the start are readings as well where they have a sensor.</p>
		<label for="device">Device, of rows that name none</label>
		<input id="device" name="device" value="<?cs var:Plan.Device ?>" maxlength="64" autocapitalize="none" autocomplete="off" spellcheck="false">
		<label for="order">Order of day, month and year</label>
		<select id="order" name="order"><?cs call:choice("", "as the file shows it", Plan.Order) ?><?cs call:choice("dmy", "day, month, year", Plan.Order) ?><?cs call:choice("mdy", "month, day, year", Plan.Order) ?><?cs call:choice("ymd", "year, month, day", Plan.Order) ?></select>
		<label for="zone">Zone of times that name none</label>
		<input id="zone" name="zone" value="<?cs var:Plan.Zone ?>" list="zones" placeholder="Europe/Berlin" autocapitalize="none" autocomplete="off" spellcheck="false">
		<label for="start">Start, where a column counts seconds</label>
		<input id="start" name="start" value="<?cs var:Plan.Start ?>" placeholder="2026-11-21T06:00:00Z" autocomplete="off" spellcheck="false">
		<label for="decimal">Decimal mark</label>
		<select id="decimal" name="decimal"><?cs call:choice("", "as the file shows it", Plan.Decimal) ?><?cs call:choice(".", "point", Plan.Decimal) ?><?cs call:choice(",", "comma", Plan.Decimal) ?></select>
		<label for="same">Rows of one device and instant with other values</label>
		<select id="same" name="same"><?cs call:choice("", "ask me if there are any", Plan.Same) ?><?cs call:choice("keep", "keep all, a microsecond apart", Plan.Same) ?><?cs call:choice("first", "keep the first", Plan.Same) ?></select>
		<label for="empty">Empty cells</label>
		<select id="empty" name="empty"><option value="missing">readings without a value</option><option value="skip"<?cs if:Plan.Skip ?> selected<?cs /if ?>>no readings</option></select>
		<label class="tick"><input type="checkbox" name="make" value="1"<?cs if:Plan.Make ?> checked<?cs /if ?>> Make devices and sensors that are missing</label>
		<label for="site">Where they are made</label>
		<select id="site" name="site"><option value="">choose</option><?cs each:s = Sites ?><option value="<?cs var:s.Key ?>"<?cs if:s.Chosen ?> selected<?cs /if ?>><?cs var:s.Name ?></option><?cs /each ?></select>
		<datalist id="zones"><option value="UTC"><?cs each:s = Sites ?><option value="<?cs var:s.Zone ?>"><?cs /each ?></datalist>
		<div class="acts">
			<button type="submit">Dry run</button>
			<button class="main" type="submit" formaction="/admin/imports/<?cs var:url_validate(Import.Id) ?>/run">Import</button>
		</div>
	</form>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
