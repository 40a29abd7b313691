<?cs #
	profile.cs - one version of a device profile, what it changes, and giving
	it to devices.

	Dataset: head.cs, and
	Profile.Id .Version .Vendor .Model .Source .Poll .Age
	Profile.Line       "9600 baud, 8N1"; may be empty
	Profile.Devices    how many have this version
	Profile.Body       the JSON as it was brought
	Points.N.Key .Name .Group .Register .Address .Number .Type .Order .Scale
	        .Unit .Shown .Kind .States .Write   texts; may be empty
	Notes.N.Text       what the import could not take over
	Against.Version .Devices   what most others have; absent: nobody has one
	Against.Known      1: it is known what that version says
	Changes.N.Key .What .Was .Is
	Targets.N.Value .Name   devices
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <a href="/admin/profiles">Device profiles</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p><?cs var:Profile.Vendor ?> <?cs var:Profile.Model ?> · <?cs if:Profile.Devices == 1 ?>1 device<?cs else ?><?cs var:Profile.Devices ?> devices<?cs /if ?> · polled every <?cs var:Profile.Poll ?><?cs if:Profile.Line ?> · <?cs var:Profile.Line ?><?cs /if ?> · added <?cs var:Profile.Age ?> ago</p>
<?cs if:Profile.Source ?><p class="note"><?cs var:Profile.Source ?></p><?cs /if ?>
<?cs if:subcount(Notes) ?>
<section class="card" aria-labelledby="notes">
	<h2 id="notes">Not taken over</h2>
	<ul><?cs each:n = Notes ?><li><?cs var:n.Text ?></li><?cs /each ?></ul>
</section>
<?cs /if ?>
<?cs if:Against.Version || Against.Devices ?>
<section class="card" aria-labelledby="changes">
	<h2 id="changes">What it changes</h2>
	<p class="note"><?cs if:Against.Devices == 1 ?>1 device has<?cs else ?><?cs var:Against.Devices ?> devices have<?cs /if ?> version <?cs var:Against.Version ?>.</p>
	<?cs if:subcount(Changes) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="changes">
	<table>
		<thead><tr><th scope="col">Point</th><th scope="col">What</th><th scope="col">Is now</th><th scope="col">Will be</th></tr></thead>
		<tbody><?cs each:c = Changes ?><tr><th scope="row"><code><?cs var:c.Key ?></code></th><td><?cs var:c.What ?></td><td><?cs var:c.Was ?></td><td><?cs var:c.Is ?></td></tr><?cs /each ?></tbody>
	</table>
	</div>
	<?cs elif:Against.Known ?><p class="none">The points are the same.</p>
	<?cs else ?><p class="none">What that version says is not known here.</p><?cs /if ?>
</section>
<?cs /if ?>
<?cs if:Local.debug_read ?>
<section class="card desk" aria-labelledby="try">
	<h2 id="try">Try it</h2>
	<form method="post" action="/admin/previews" enctype="multipart/form-data">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="format" value="json">
		<input type="hidden" name="text" value="<?cs var:Profile.Body ?>">
		<button type="submit">See live values of a device</button>
	</form>
	<p class="note">The poller reads every point once; the device goes on as it is.</p>
</section>
<?cs /if ?>
<?cs if:Can.devices_write ?>
<section class="card desk" aria-labelledby="use">
	<h2 id="use">Use it</h2>
	<form method="post" action="/admin/profile">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="id" value="<?cs var:Profile.Id ?>">
		<input type="hidden" name="version" value="<?cs var:Profile.Version ?>">
		<label>Device <input name="device" list="targets" maxlength="64" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
		<button class="main" type="submit" name="act" value="one">Use for this device</button>
		<?cs if:Against.Devices ?><button type="submit" name="act" value="all">Use for all of another version</button><?cs /if ?>
		<?cs if:!Profile.Devices ?><button class="quiet" type="submit" name="act" value="drop">Remove this version</button><?cs /if ?>
	</form>
	<p class="note">Sensors that are new are made; none is taken away. The poller reads by it within seconds.</p>
	<datalist id="targets"><?cs each:t = Targets ?><option value="<?cs var:t.Value ?>"><?cs var:t.Name ?></option><?cs /each ?></datalist>
</section>
<?cs /if ?>
<section class="card" aria-labelledby="points">
	<h2 id="points">Points</h2>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="points">
	<table>
		<thead><tr><th scope="col">Key</th><th scope="col">Name</th><th scope="col">Register</th><th scope="col" class="number">From 0</th><th scope="col" class="number">Number</th><th scope="col">Type</th><th scope="col">Order</th><th scope="col">Scale</th><th scope="col">Unit</th><th scope="col">Kind</th><th scope="col">Can be written</th></tr></thead>
		<tbody>
		<?cs each:p = Points ?><tr><th scope="row"><code><?cs var:p.Key ?></code></th><td><?cs if:p.Group ?><?cs var:p.Group ?>: <?cs /if ?><?cs var:p.Name ?></td><td><?cs var:p.Register ?></td><td class="number"><?cs var:p.Address ?></td><td class="number"><?cs var:p.Number ?></td><td><?cs var:p.Type ?></td><td><?cs var:p.Order ?></td><td><?cs var:p.Scale ?></td><td><?cs var:p.Unit ?><?cs if:p.Shown ?>, display <?cs var:p.Shown ?><?cs /if ?></td><td><?cs var:p.Kind ?><?cs if:p.States ?> <code><?cs var:p.States ?></code><?cs /if ?></td><td><?cs var:p.Write ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
</section>
<section class="card" aria-labelledby="body">
	<details>
		<summary id="body">As JSON</summary>
		<pre class="scroll" tabindex="0"><?cs var:Profile.Body ?></pre>
	</details>
</section>
<?cs include:"layout/foot.cs" ?>
