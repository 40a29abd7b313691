<?cs #
	words.cs - registers, read from a device or pasted, under every type and
	order.

	Dataset: head.cs, and
	Read.Devices.N.Key .Name .Line   "tcp 10.0.0.5:502 unit 3"; whom a poller asks
	Read.Edge          1: an edge agent polls some, which are not among these
	Read.Kinds.N.Value
	Read.Device .Kind .Address .Quantity   as they were typed or read; may be empty
	Read.Error         a sentence about that; may be empty
	Probe.Id .Device .DeviceName .Kind .From .To   absent: nothing was read
	Probe.State        queued | sent | answered | failed | expired
	Probe.Open         1: there is no answer yet
	Probe.Why          why there will be none; may be empty
	Probe.Iso .Time    of the answer, or of the asking
	Error              a sentence about what was typed; may be empty
	Form.Words .Value .First   as they were typed
	Sought             1: a value was looked for
	Hits.N.At .Type .Order .Raw .Scale .Value   what reads as it
	Hits.N.Point       as CSV of a register map; absent: nobody knows its kind
	Rows.N.At .Type    of the first register, and
	Rows.N.ABCD .CDAB .BADC .DCBA   the value; absent: the same as ABCD or BADC
	Rows.N.Hit.ABCD ...  1: it is the one that was looked for
	Bits.N.At .On      of coils and discrete inputs; 1 or 0
	The forms get /admin/words, and post csrf, device, kind, address and quantity to
	it; that of a hit gets /admin/profiles.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:read(value, hit) ?><td class="number"><?cs if:hit ?><strong><?cs var:value ?></strong><?cs else ?><?cs var:value ?><?cs /if ?></td><?cs /def ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <?cs if:Can.devices_read ?><a href="/admin/profiles">Device profiles</a> <span aria-hidden="true">›</span> <?cs /if ?><span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">Which type and word order does a device have? Read its registers, or paste them as a test tool or a dead letter shows them, and say what the device’s display shows.</p>
<?cs if:Probe.Id ?>
<section class="card" aria-labelledby="probe">
	<h2 id="probe"><?cs var:Probe.DeviceName ?>, <?cs var:Probe.Kind ?> <?cs var:Probe.From ?><?cs if:Probe.From != Probe.To ?> to <?cs var:Probe.To ?><?cs /if ?></h2>
	<?cs if:Probe.Open ?>
	<p role="status"><?cs call:status("never", "Waiting for the poller") ?></p>
	<p class="note">This page looks again every second. <a href="/admin/words?probe=<?cs var:url_validate(Probe.Id) ?>">Look now</a></p>
	<?cs elif:Probe.State == "answered" ?>
	<p role="status"><?cs call:status("online", "Read") ?> <time datetime="<?cs var:Probe.Iso ?>"><?cs var:Probe.Time ?></time></p>
	<?cs if:!subcount(Bits) ?>
	<form method="get" action="/admin/words">
		<input type="hidden" name="probe" value="<?cs var:Probe.Id ?>">
		<?cs if:Error ?><p class="problem" role="alert" id="sought-error"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
		<label>Which one reads <input name="value" inputmode="decimal" autocomplete="off" placeholder="45.7" value="<?cs var:Form.Value ?>"<?cs if:Error ?> aria-describedby="sought-error"<?cs /if ?>></label>
		<button type="submit">Find it</button>
	</form>
	<?cs /if ?>
	<?cs else ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i><?cs var:Probe.Why ?></p><?cs /if ?>
</section>
<?cs /if ?>
<?cs if:Sought && !Error && (!Probe.Id || subcount(Rows)) ?>
<section class="card" aria-labelledby="hits">
	<h2 id="hits">Reads as <?cs var:Form.Value ?></h2>
	<?cs if:subcount(Hits) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="hits">
	<table>
		<thead><tr><th scope="col" class="number">Address</th><th scope="col">Type</th><th scope="col">Order</th><th scope="col" class="number">Raw</th><th scope="col" class="number">Scale</th><th scope="col" class="number">Value</th><?cs if:Probe.Id && Can.devices_write ?><th scope="col">Profile</th><?cs /if ?></tr></thead>
		<tbody><?cs each:h = Hits ?><tr><th scope="row" class="number"><?cs var:h.At ?></th><td><?cs var:h.Type ?></td><td><?cs var:h.Order ?></td><td class="number"><?cs var:h.Raw ?></td><td class="number"><?cs var:h.Scale ?></td><td class="number"><?cs var:h.Value ?></td><?cs if:h.Point && Can.devices_write ?><td><form method="get" action="/admin/profiles"><input type="hidden" name="format" value="csv"><input type="hidden" name="text" value="<?cs var:h.Point ?>"><button class="quiet" type="submit">Make a point of it</button></form></td><?cs /if ?></tr><?cs /each ?></tbody>
	</table>
	</div>
	<?cs else ?><p class="none">None of these registers reads so, in any type, order or power of ten.</p><?cs /if ?>
</section>
<?cs /if ?>
<?cs if:subcount(Rows) ?>
<section class="card" aria-labelledby="all">
	<h2 id="all">All readings</h2>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="all">
	<table>
		<thead><tr><th scope="col" class="number">Address</th><th scope="col">Type</th><th scope="col" class="number">ABCD</th><th scope="col" class="number">CDAB</th><th scope="col" class="number">BADC</th><th scope="col" class="number">DCBA</th></tr></thead>
		<tbody><?cs each:r = Rows ?><tr><th scope="row" class="number"><?cs var:r.At ?></th><td><?cs var:r.Type ?></td><?cs call:read(r.ABCD, r.Hit.ABCD) ?><?cs call:read(r.CDAB, r.Hit.CDAB) ?><?cs call:read(r.BADC, r.Hit.BADC) ?><?cs call:read(r.DCBA, r.Hit.DCBA) ?></tr><?cs /each ?></tbody>
	</table>
	</div>
	<p class="note">A value of one register has two readings: as it is, and with its bytes swapped.</p>
</section>
<?cs /if ?>
<?cs if:subcount(Bits) ?>
<section class="card" aria-labelledby="bits">
	<h2 id="bits">Bits</h2>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="bits">
	<table>
		<thead><tr><th scope="col" class="number">Address</th><th scope="col">Is</th></tr></thead>
		<tbody><?cs each:b = Bits ?><tr><th scope="row" class="number"><?cs var:b.At ?></th><td><?cs if:b.On ?>1, on<?cs else ?>0, off<?cs /if ?></td></tr><?cs /each ?></tbody>
	</table>
	</div>
</section>
<?cs /if ?>
<?cs if:Local.debug_read ?>
<section class="card" aria-labelledby="from">
	<h2 id="from">Read a device</h2>
	<?cs if:Read.Error ?><p class="problem" role="alert" id="from-error"><i class="shape" aria-hidden="true"></i><?cs var:Read.Error ?></p><?cs /if ?>
	<?cs if:!subcount(Read.Devices) && Read.Edge ?><p class="none">These devices are polled by an edge agent, which cannot read them for you; read them with a tool beside it, and paste the registers below.</p>
	<?cs elif:!subcount(Read.Devices) ?><p class="none">No device has a Modbus address and a profile, so nothing is polled yet.</p>
	<?cs else ?>
	<form class="tall" method="post" action="/admin/words">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="device">Device</label>
		<input id="device" name="device" list="devices" maxlength="64" required autocapitalize="none" autocomplete="off" spellcheck="false" value="<?cs var:Read.Device ?>"<?cs if:Read.Error ?> aria-describedby="from-error"<?cs /if ?>>
		<datalist id="devices"><?cs each:d = Read.Devices ?><option value="<?cs var:d.Key ?>"><?cs var:d.Name ?>, <?cs var:d.Line ?></option><?cs /each ?></datalist>
		<label for="kind">Registers</label>
		<select id="kind" name="kind"><?cs each:k = Read.Kinds ?><option value="<?cs var:k.Value ?>"<?cs if:k.Value == Read.Kind ?> selected<?cs /if ?>><?cs var:k.Value ?></option><?cs /each ?></select>
		<label for="address">Address of the first, from 0</label>
		<input id="address" name="address" inputmode="numeric" required autocomplete="off" placeholder="0" value="<?cs var:Read.Address ?>">
		<label for="quantity">How many, at most 64</label>
		<input id="quantity" name="quantity" inputmode="numeric" required autocomplete="off" placeholder="10" value="<?cs var:Read.Quantity ?>">
		<button class="main" type="submit">Read</button>
	</form>
	<p class="note">The poller reads them once, between two polls of the line; the answer is kept for an hour.</p>
	<?cs /if ?>
</section>
<?cs /if ?>
<section class="card" aria-labelledby="ask">
	<h2 id="ask">Registers that you have</h2>
	<?cs if:Error && !Probe.Id ?><p class="problem" role="alert" id="ask-error"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
	<form class="tall" method="get" action="/admin/words">
		<label for="words">Registers, in the order they came</label>
		<textarea id="words" name="words" rows="3" spellcheck="false" autocapitalize="none" required placeholder="17132, 58982 or 0x42EC 0xE666"<?cs if:Error && !Probe.Id ?> aria-describedby="ask-error"<?cs /if ?>><?cs var:Form.Words ?></textarea>
		<label for="value">Which one reads</label>
		<input id="value" name="value" inputmode="decimal" autocomplete="off" placeholder="45.7"<?cs if:!Probe.Id ?> value="<?cs var:Form.Value ?>"<?cs /if ?>>
		<label for="first">Address of the first, from 0</label>
		<input id="first" name="first" inputmode="numeric" autocomplete="off" value="<?cs var:Form.First ?>">
		<button class="main" type="submit">Show them</button>
	</form>
</section>
<?cs include:"layout/foot.cs" ?>
