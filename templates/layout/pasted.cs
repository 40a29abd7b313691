<?cs #
	pasted.cs - the fields of a profile or a register map, in a form that is tall.

	Dataset:
	Error              a sentence about them, in an element draft-error; may be empty
	Formats.N.Value .Text
	Form.format .text .id .version .vendor .model .addressing .part .base .count
	                   as they were sent; may be empty
?><label for="format">What it is</label>
		<select id="format" name="format"><?cs each:f = Formats ?><option value="<?cs var:f.Value ?>"<?cs if:f.Value == Form.format ?> selected<?cs /if ?>><?cs var:f.Text ?></option><?cs /each ?></select>
		<label for="text">Text</label>
		<textarea id="text" name="text" rows="12" spellcheck="false" autocapitalize="none" required aria-describedby="text-note<?cs if:Error ?> draft-error<?cs /if ?>"><?cs var:Form.text ?></textarea>
		<p class="note" id="text-note">Columns pasted from a data sheet may be separated by tabs, commas or semicolons.</p>
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
