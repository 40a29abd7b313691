<?cs #
	why.cs - why one number is here: what was sent, what was done to it and why,
	and with what it came.

	Dataset: head.cs, and
	Device.Name .Href      of the device; Href begins with "/"
	Zone                   IANA name of the site's zone
	Payloads               where the last payloads are, for who may see them
	Reading.Sensor .Value .Unit   names and numbers, formatted
	Reading.Quality .QualityWord  0 .. 100; good | uncertain | bad
	Reading.Revision       of a correction; absent: none
	Reading.Time.Text .Iso when it was measured, "1 Mar 2026 14:05:07"
	Reasons.N.Text         why it is not quite as it was sent; none: it is
	Reasons.N.Was.Text .Iso  the time that its sender gave; absent: the same
	Reasons.N.WasValue     the value that its sender gave, "14.5 psi"
	Batches.N.Number .Seq  our number and the sender's, which may be empty
	Batches.N.Source       key of the gateway or device; empty: our poller
	Batches.N.How          posted | polled | imported | replayed ...
	Batches.N.Format       "native"; may be empty
	Batches.N.Came.Text .Iso  when
	Registers.Profile      "nivus-generic-seed 1.0"; absent: it has none
	Registers.Place .Words "holding register 10", "0x4236 0xCCCD"
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/">Overview</a> <span aria-hidden="true">›</span> <a href="<?cs var:url_validate(Device.Href) ?>"><?cs var:Device.Name ?></a> <span aria-hidden="true">›</span> <span>Why</span></nav>
<h1><?cs var:Page.Title ?></h1>
<section class="card" aria-labelledby="reading">
	<h2 id="reading"><?cs var:Reading.Sensor ?></h2>
	<?cs if:Page.Simulated ?><?cs call:watermark() ?><?cs /if ?>
	<dl class="facts">
		<div><dt>Value</dt><dd><span class="figure"><span class="value"><?cs var:Reading.Value ?></span> <span class="unit"><?cs var:Reading.Unit ?></span></span></dd></div>
		<div data-quality="<?cs var:Reading.QualityWord ?>"><dt>Quality</dt><dd><span class="quality"><i class="shape" aria-hidden="true"></i><span class="word"><?cs var:Reading.QualityWord ?></span> <?cs var:Reading.Quality ?></span></dd></div>
		<div><dt>Measured</dt><dd><time datetime="<?cs var:Reading.Time.Iso ?>"><?cs var:Reading.Time.Text ?></time></dd></div>
		<?cs if:Reading.Revision ?><div><dt>Revision</dt><dd><?cs var:Reading.Revision ?></dd></div><?cs /if ?>
	</dl>
	<p class="note">Times are those of <?cs var:Zone ?>.</p>
</section>
<section class="card" aria-labelledby="reasons">
	<h2 id="reasons">What was done to it</h2>
	<?cs if:subcount(Reasons) ?>
	<?cs each:reason = Reasons ?>
	<p><?cs var:reason.Text ?></p>
	<?cs if:reason.Was.Iso || reason.WasValue ?>
	<dl class="facts">
		<?cs if:reason.WasValue ?><div><dt>Sent as</dt><dd><?cs var:reason.WasValue ?></dd></div><?cs /if ?>
		<?cs if:reason.Was.Iso ?><div><dt>Sent for</dt><dd><time datetime="<?cs var:reason.Was.Iso ?>"><?cs var:reason.Was.Text ?></time></dd></div><?cs /if ?>
	</dl>
	<?cs /if ?>
	<?cs /each ?>
	<?cs else ?><p class="none">Nothing: it is as it was sent.</p><?cs /if ?>
</section>
<section class="card" aria-labelledby="batches">
	<h2 id="batches">How it came</h2>
	<?cs if:subcount(Batches) ?>
	<?cs each:batch = Batches ?>
	<dl class="facts">
		<div><dt>Received</dt><dd><time datetime="<?cs var:batch.Came.Iso ?>"><?cs var:batch.Came.Text ?></time></dd></div>
		<div><dt>From</dt><dd><?cs if:batch.Source ?><code><?cs var:batch.Source ?></code>, <?cs /if ?><?cs var:batch.How ?><?cs if:batch.Format ?> as <?cs var:batch.Format ?><?cs /if ?></dd></div>
		<div><dt>Batch</dt><dd><?cs var:batch.Number ?><?cs if:batch.Seq ?>, its sender's <code><?cs var:batch.Seq ?></code><?cs /if ?></dd></div>
	</dl>
	<?cs /each ?>
	<?cs if:subcount(Batches) > 1 ?><p class="note">Each of these held its time; the first that had it is the one that counts.</p><?cs /if ?>
	<?cs if:Can.debug_read ?><p><a href="<?cs var:url_validate(Payloads) ?>">Its last payloads</a></p><?cs /if ?>
	<?cs else ?><p class="none">Its batch is not known: it came more than two days after its time, or through a gateway that you do not see.</p><?cs /if ?>
</section>
<?cs if:Registers.Words ?>
<section class="card" aria-labelledby="registers">
	<h2 id="registers">In the device</h2>
	<dl class="facts">
		<div><dt>Profile</dt><dd><?cs var:Registers.Profile ?></dd></div>
		<div><dt>Place</dt><dd><?cs var:Registers.Place ?>, counted from 0</dd></div>
		<div><dt>Words</dt><dd><code><?cs var:Registers.Words ?></code></dd></div>
	</dl>
	<p class="note">The words are computed back from the value; it need not have come as registers.</p>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
