<?cs #
	keys.cs - the tenant's API keys: whose, since when, until when, last used.

	Dataset: head.cs, and
	Keys.N.Id               "1f2e3d4c"; the key itself is nowhere
	Keys.N.Device .DeviceName  "pump-1", "Pump 1"
	Keys.N.Name             what it was called; may be empty
	Keys.N.Permissions      "telemetry:write"
	Keys.N.Made             "1 Mar 2026"
	Keys.N.Ends             "1 Mar 2027", "in 6 days"; empty: it does not
	Keys.N.State .StateText online | offline | never; "live", "ended 1 Mar 2026"
	Keys.N.Used .From       "4 min ago", "192.0.2.7"; empty: it was not used
	Keys.N.Nets             "192.0.2.0/24"; empty: from anywhere
	Keys.N.Signs            1: its requests are signed
	Keys.N.Requests .Readings  a minute; 0: no limit
	Keys.N.Replaces         id of the key that it follows; may be empty
	Keys.N.Warning          "Older than 30 days: rotate it."; may be empty
	Keys.N.Lives            1: it can be rotated, ended and limited
	KeysMore                1: there are more than are shown
	Devices.N.Key .Name     whom a key can be made for
	Rights.N.Word .On       what a key may be given; 1: was chosen
	Form.Device .Name .Days .Nets .Requests .Readings .Signs .Short  what was typed
	Form.Error              what is wrong with it, by its field; may be empty
	Can.keys_write          present: he may change them
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:key_act(key, act, text) ?><form method="post" action="/admin/keys/<?cs var:url_validate(key.Id) ?>/<?cs var:url_validate(act) ?>"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button type="submit"><?cs var:text ?><span class="hidden"> <?cs var:key.Id ?></span></button></form><?cs /def ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<?cs if:subcount(Keys) ?>
<section class="card" aria-label="Keys">
	<div class="scroll" tabindex="0" role="group" aria-label="Keys, a row each">
	<table>
		<thead><tr><th scope="col">Key</th><th scope="col">Device</th><th scope="col">Permissions</th><th scope="col">State</th><th scope="col">Last used</th><th scope="col">Ends</th><?cs if:Can.keys_write ?><th scope="col">Change</th><?cs /if ?></tr></thead>
		<tbody>
		<?cs each:key = Keys ?>
		<tr data-key="<?cs var:key.Id ?>">
			<th scope="row"><code><?cs var:key.Id ?></code><?cs if:key.Name ?> <?cs var:key.Name ?><?cs /if ?><br><span class="note">made <?cs var:key.Made ?><?cs if:key.Replaces ?>, follows <code><?cs var:key.Replaces ?></code><?cs /if ?></span></th>
			<td><?cs var:key.DeviceName ?><br><code><?cs var:key.Device ?></code></td>
			<td><?cs var:key.Permissions ?><?cs if:key.Nets ?><br><span class="note">from <?cs var:key.Nets ?></span><?cs /if ?><?cs if:key.Signs ?><br><span class="note">signed requests</span><?cs /if ?><?cs if:key.Requests ?><br><span class="note">at most <?cs var:key.Requests ?> requests a minute</span><?cs /if ?><?cs if:key.Readings ?><br><span class="note">at most <?cs var:key.Readings ?> readings a minute</span><?cs /if ?></td>
			<td><?cs call:status(key.State, key.StateText) ?></td>
			<td><?cs if:key.Used ?><?cs var:key.Used ?><?cs if:key.From ?><br><span class="note">from <?cs var:key.From ?></span><?cs /if ?><?cs else ?><span class="note">never</span><?cs /if ?></td>
			<td><?cs if:key.Ends ?><?cs var:key.Ends ?><?cs else ?><span class="note">no end</span><?cs /if ?><?cs if:key.Warning ?><p class="problem"><i class="shape" aria-hidden="true"></i><?cs var:key.Warning ?></p><?cs /if ?></td>
			<?cs if:Can.keys_write ?>
			<td><?cs if:key.Lives ?>
				<details class="desk">
					<summary>Change<span class="hidden"> <?cs var:key.Id ?></span></summary>
					<?cs call:key_act(key, "rotate", "Rotate") ?>
					<?cs call:key_act(key, "end", "End now") ?>
					<form method="post" action="/admin/keys/<?cs var:url_validate(key.Id) ?>/limits">
						<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
						<label>Requests a minute <input name="requests" inputmode="numeric" value="<?cs var:key.Requests ?>" autocomplete="off"></label>
						<label>Readings a minute <input name="readings" inputmode="numeric" value="<?cs var:key.Readings ?>" autocomplete="off"></label>
						<button type="submit">Set limits<span class="hidden"> of <?cs var:key.Id ?></span></button>
					</form>
				</details>
			<?cs /if ?></td>
			<?cs /if ?>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:KeysMore ?><p class="note">Older keys are not shown.</p><?cs /if ?>
</section>
<?cs else ?>
<?cs call:empty("No keys yet", "A gateway or a program needs a key of its own to send readings or to read them.", "") ?>
<?cs /if ?>
<?cs if:Can.keys_write ?>
<section class="card desk" aria-labelledby="make">
	<h2 id="make">Make a key</h2>
	<?cs if:Form.Error ?><p class="problem" role="alert" id="form-error"><i class="shape" aria-hidden="true"></i><?cs var:Form.Error ?></p><?cs /if ?>
	<form method="post" action="/admin/keys">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label>Device <input name="device" list="devices" value="<?cs var:Form.Device ?>" autocapitalize="none" autocomplete="off" spellcheck="false" required<?cs if:Form.Error ?> aria-describedby="form-error"<?cs /if ?>></label>
		<label>Name <input name="name" maxlength="64" value="<?cs var:Form.Name ?>" autocomplete="off"></label>
		<label>Ends after days <input name="days" inputmode="numeric" value="<?cs var:Form.Days ?>" autocomplete="off" placeholder="no end"></label>
		<label>Only from networks <input name="nets" value="<?cs var:Form.Nets ?>" autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="from anywhere"></label>
		<label>Requests a minute <input name="requests" inputmode="numeric" value="<?cs var:Form.Requests ?>" autocomplete="off" placeholder="no limit"></label>
		<label>Readings a minute <input name="readings" inputmode="numeric" value="<?cs var:Form.Readings ?>" autocomplete="off" placeholder="no limit"></label>
		<fieldset>
			<legend>It may</legend>
			<?cs each:right = Rights ?><label class="tick"><input type="checkbox" name="may.<?cs var:right.Word ?>" value="1"<?cs if:right.On ?> checked<?cs /if ?>> <?cs var:right.Word ?></label><?cs /each ?>
		</fieldset>
		<label class="tick"><input type="checkbox" name="signs" value="1"<?cs if:Form.Signs ?> checked<?cs /if ?>> Its requests must be signed</label>
		<label class="tick"><input type="checkbox" name="short" value="1"<?cs if:Form.Short ?> checked<?cs /if ?>> Short, 20 characters, for ThingsBoard's forms</label>
		<button class="main" type="submit">Make the key</button>
	</form>
	<p class="note">A device has two live keys at most. A key is shown once, when it is made.</p>
</section>
<datalist id="devices"><?cs each:device = Devices ?><option value="<?cs var:device.Key ?>"><?cs var:device.Name ?></option><?cs /each ?></datalist>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
