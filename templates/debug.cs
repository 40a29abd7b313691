<?cs #
	debug.cs - the last payloads of a device, as they came.

	Dataset: head.cs, and
	Device.Key .Name .Href    of the device; Href begins with "/"
	Device.Action             where the form goes
	Device.Till .TillIso      until when all payloads are kept, UTC; absent: only
	                          what is refused
	Device.Gateway.Name .Href where its payloads may come from; absent: itself
	Payloads.N.Iso .Time      newest first; "1 Mar 2026 13:05:10", UTC
	Payloads.N.Status         of the answer, "202"
	Payloads.N.Reasons.M.Text what was refused and why; none: nothing was
	Payloads.N.Size .Body     bytes of all of it; its text
	Payloads.N.Shown          how many of them are shown; absent: all
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="<?cs var:url_validate(Device.Href) ?>"><?cs var:Device.Name ?></a> <span aria-hidden="true">›</span> <span>Payloads</span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note"><?cs if:Device.Till ?>All payloads are kept until <time datetime="<?cs var:Device.TillIso ?>"><?cs var:Device.Till ?></time>.<?cs else ?>Only refused payloads are kept.<?cs /if ?> There are 50 at most; the oldest goes first. Times are UTC.</p>
<?cs if:Device.Gateway.Name ?><p class="note">What comes through its gateway is kept there: <a href="<?cs var:url_validate(Device.Gateway.Href) ?>"><?cs var:Device.Gateway.Name ?></a>.</p><?cs /if ?>
<?cs if:Can.devices_write ?>
<section class="card" aria-labelledby="keep">
	<h2 id="keep">Keep all payloads</h2>
	<form class="range" method="post" action="<?cs var:url_validate(Device.Action) ?>">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label>For <select name="hours"><option value="1">1 hour</option><option value="4">4 hours</option><option value="24">24 hours</option><?cs if:Device.Till ?><option value="0">no longer</option><?cs /if ?></select></label>
		<button class="main" type="submit">Set</button>
	</form>
</section>
<?cs /if ?>
<?cs if:subcount(Payloads) ?>
<?cs each:payload = Payloads ?>
<section class="card payload">
	<h2><time datetime="<?cs var:payload.Iso ?>"><?cs var:payload.Time ?></time> · answered <?cs var:payload.Status ?></h2>
	<?cs if:subcount(payload.Reasons) ?>
	<ul class="reasons" aria-label="What was refused"><?cs each:reason = payload.Reasons ?><li><?cs var:reason.Text ?></li><?cs /each ?></ul>
	<?cs else ?><p class="note">Nothing was refused.</p><?cs /if ?>
	<pre class="command" tabindex="0"><code><?cs var:payload.Body ?></code></pre>
	<p class="note"><?cs if:payload.Shown ?>The first <?cs var:payload.Shown ?> of <?cs var:payload.Size ?> bytes.<?cs else ?><?cs var:payload.Size ?> bytes.<?cs /if ?></p>
</section>
<?cs /each ?>
<?cs else ?><p class="none">No payload is kept.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
