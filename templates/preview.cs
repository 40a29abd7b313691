<?cs #
	preview.cs - what a profile reads of a device just now.

	Dataset: head.cs, and
	Preview.Id
	Profile.Id .Version
	Device.Key .Name .Simulated
	Iso Time           when it was asked for, the last time
	Body               the profile as JSON
	Error              why the rest cannot be read now; may be empty
	Blocks.All .Done .Open .Wanted   numbers of requests
	Count.Points .Read .Odd .Texts   numbers of points; of texts, which are not read
	Notes.N.Text       what the import could not take over
	Failed.N.Register .From .To .Why   blocks that did not come
	Points.N.Key .Name .Register .Address .Unit   by their place
	Points.N.Lack      why there is nothing; else absent, and there are
	Points.N.Refused   1: the device refuses just this one
	Points.N.Words     "0x42F7 0x0000"
	Points.N.Value     "–" when it is none
	Points.N.Odd .Order   sentences; may be empty
	The forms post csrf to /admin/previews/ID, and csrf, format and text to
	/admin/previews and /admin/profiles.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<?cs def:draft(action, class, text) ?><form method="post" action="<?cs var:url_validate(action) ?>" enctype="multipart/form-data">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="format" value="json">
		<input type="hidden" name="text" value="<?cs var:Body ?>">
		<button class="<?cs var:class ?>" type="submit"><?cs var:text ?></button>
	</form><?cs /def ?>
<?cs def:odd(text) ?><span data-quality="uncertain"><span class="quality"><i class="shape" aria-hidden="true"></i><span class="word">odd</span></span></span> <?cs var:text ?><?cs /def ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <?cs if:Can.devices_read ?><a href="/admin/profiles">Device profiles</a> <span aria-hidden="true">›</span> <?cs /if ?><a href="/admin/previews">Try a profile</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<div class="title">
	<h1><?cs var:Profile.Id ?> <?cs var:Profile.Version ?> on <?cs var:Device.Name ?></h1>
	<?cs if:Device.Simulated ?><?cs call:simulated("") ?><?cs /if ?>
</div>
<section class="card" aria-labelledby="state">
	<h2 id="state"><?cs var:Count.Read ?> of <?cs var:Count.Points ?> points read<?cs if:Count.Odd ?>, <?cs var:Count.Odd ?> odd<?cs /if ?></h2>
	<?cs if:Error ?><p class="problem" role="alert" id="rest-error"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
	<?cs if:Blocks.Open ?>
	<p role="status"><?cs call:status("never", "Waiting for the poller") ?></p>
	<p><progress max="<?cs var:Blocks.All ?>" value="<?cs var:Blocks.Done ?>" aria-label="Requests answered"></progress> <?cs var:Blocks.Done ?> of <?cs var:Blocks.All ?> requests. This page looks again every second. <a href="/admin/previews/<?cs var:url_validate(Preview.Id) ?>">Look now</a></p>
	<?cs else ?>
	<p role="status"><?cs if:Blocks.Wanted ?><?cs call:status("offline", "Not all is here") ?><?cs else ?><?cs call:status("online", "Read") ?><?cs /if ?> <time datetime="<?cs var:Iso ?>"><?cs var:Time ?></time>, <?cs if:Blocks.All == 1 ?>one request<?cs else ?><?cs var:Blocks.All ?> requests<?cs /if ?></p>
	<?cs /if ?>
	<?cs if:subcount(Failed) ?><ul><?cs each:f = Failed ?><li><?cs var:f.Register ?> <?cs var:f.From ?><?cs if:f.From != f.To ?> to <?cs var:f.To ?><?cs /if ?>: <?cs var:f.Why ?></li><?cs /each ?></ul><?cs /if ?>
	<div class="ways">
	<?cs if:Blocks.Wanted && !Blocks.Open ?>
	<form method="post" action="/admin/previews/<?cs var:url_validate(Preview.Id) ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button class="main" type="submit"<?cs if:Error ?> aria-describedby="rest-error"<?cs /if ?>>Read what is missing</button>
	</form>
	<?cs /if ?>
	<?cs if:Can.devices_write ?><?cs call:draft("/admin/profiles", "", "Keep this version") ?><?cs /if ?>
	<?cs call:draft("/admin/previews", "quiet", "Change it, or try it again") ?>
	</div>
	<p class="note">What a device refuses as one request is asked for in halves the next time, until the points are found that it does not have.<?cs if:Count.Texts ?> Texts, as serial numbers are, are not read here.<?cs /if ?></p>
</section>
<?cs if:subcount(Notes) ?>
<section class="card" aria-labelledby="notes">
	<h2 id="notes">Not taken over</h2>
	<ul><?cs each:n = Notes ?><li><?cs var:n.Text ?></li><?cs /each ?></ul>
</section>
<?cs /if ?>
<section class="card" aria-labelledby="points">
	<h2 id="points">Points</h2>
	<?cs if:Device.Simulated ?><?cs call:watermark() ?><?cs /if ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="points">
	<table>
		<thead><tr><th scope="col">Point</th><th scope="col" class="number">Value</th><th scope="col">What is odd</th><th scope="col">Register</th><th scope="col">Words</th></tr></thead>
		<tbody>
		<?cs each:p = Points ?><tr><th scope="row"><?cs var:p.Name ?> <code><?cs var:p.Key ?></code></th><?cs if:p.Lack ?><td class="number">–</td><td><?cs if:p.Refused ?><?cs call:odd(p.Lack) ?><?cs else ?><?cs var:p.Lack ?><?cs /if ?></td><?cs else ?><td class="number"><?cs var:p.Value ?> <?cs var:p.Unit ?></td><td><?cs if:p.Odd || p.Order ?><?cs call:odd(p.Odd) ?> <?cs var:p.Order ?><?cs /if ?></td><?cs /if ?><td><?cs var:p.Register ?> <?cs var:p.Address ?></td><td><code><?cs var:p.Words ?></code></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
</section>
<?cs include:"layout/foot.cs" ?>
