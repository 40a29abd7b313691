<?cs #
	commands.cs - what was asked of devices, the newest first.

	Dataset: head.cs, and
	Here.commands_send      present: he may ask this device for something
	Form.Device .Name       the device that something is asked of; absent: none
	Form.Once               what makes two clicks one command
	Form.None               why nothing can be, a sentence; absent: it can
	Form.Points.N           what may be written:
	  .Key .Name .Unit      .Unit may be empty
	  .Range                "0 to 100"
	Form.Twice              those that are asked once more, "Position, Limit"; absent:
	                        none
	Commands.N              command, as in command.cs
	Older                   the number to go on from; absent: no more
	The form posts csrf, device, once, point, value, seconds and reason to /commands.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">A command goes to the poller, which writes the register and reads it back. Until it was read back, nobody says that it is done.</p>
<?cs if:Form.Device && Here.commands_send ?>
<section class="card" aria-labelledby="ask">
	<h2 id="ask"><?cs if:Form.Name ?><?cs var:Form.Name ?><?cs else ?><?cs var:Form.Device ?><?cs /if ?></h2>
	<?cs if:Form.None ?><p class="none"><?cs var:Form.None ?></p>
	<?cs elif:!subcount(Form.Points) ?><p class="none">Its profile has no point that may be written.</p>
	<?cs else ?>
	<form class="tall" method="post" action="/commands">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="device" value="<?cs var:Form.Device ?>">
		<input type="hidden" name="once" value="<?cs var:Form.Once ?>">
		<label>What <select name="point" required><?cs each:p = Form.Points ?><option value="<?cs var:p.Key ?>"><?cs var:p.Name ?>, <?cs var:p.Range ?> <?cs var:p.Unit ?></option><?cs /each ?></select></label>
		<?cs if:Form.Twice ?><p class="note">Asked once more before it is written: <?cs var:Form.Twice ?>.</p><?cs /if ?>
		<label>Value <input name="value" inputmode="decimal" required autocomplete="off"></label>
		<label>Within <select name="seconds"><option value="120">2 minutes</option><option value="3600">1 hour</option><option value="86400">1 day</option></select></label>
		<label>Why <input name="reason" maxlength="200" placeholder="for the record"></label>
		<p class="ways"><button class="main" type="submit">Ask for it</button></p>
	</form>
	<?cs /if ?>
</section>
<?cs /if ?>
<?cs if:subcount(Commands) ?>
<section class="card" aria-label="Commands">
	<div class="scroll" tabindex="0" role="region" aria-label="Table of the commands">
	<table>
		<thead><tr><th scope="col">Asked</th><th scope="col">Device</th><th scope="col">What</th><th scope="col">State</th><th scope="col">By</th></tr></thead>
		<tbody>
		<?cs each:c = Commands ?>
		<tr>
			<td><a href="<?cs var:url_validate(c.Href) ?>"><time datetime="<?cs var:c.Asked.Iso ?>"><?cs var:c.Asked.Text ?></time></a></td>
			<td><?cs var:c.DeviceName ?></td>
			<td><code><?cs var:c.Point ?></code> = <?cs var:c.Value ?> <?cs var:c.Unit ?></td>
			<td><?cs call:status(c.Drawn, c.Said) ?><?cs if:c.Why ?><br><span class="note"><?cs var:c.Why ?></span><?cs /if ?></td>
			<td><?cs if:c.By ?><?cs var:c.By ?><?cs else ?>a program<?cs /if ?></td>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:Older ?>
	<form class="ways" method="get" action="/commands">
		<?cs if:Form.Device ?><input type="hidden" name="device" value="<?cs var:Form.Device ?>"><?cs /if ?>
		<button type="submit" name="before" value="<?cs var:Older ?>">Older commands</button>
	</form>
	<?cs /if ?>
</section>
<?cs else ?><p class="none">Nothing was asked<?cs if:Form.Device ?> of this device<?cs /if ?> yet. Open a device and choose “Commands”.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
