<?cs #
	letter.cs - one dead letter: what came, and why it was refused.

	Dataset: head.cs, and
	Letter                  letter of letters.cs, and
	Letter.Measured         ISO 8601 UTC, when it says it was measured; or ""
	Letter.Body             its bytes as text
	Letter.Size .Shown      bytes of it; of them shown, absent: all
	Letter.Figures          the bytes in hexadecimal; absent: it is a text
	Letter.Query            of the address that it was posted to; may be empty
	Letter.Fix              what would mend it, a sentence
	Letter.Mapping .Waiting href of where that is done; may be absent
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <a href="/admin/letters">Dead letters</a> <span aria-hidden="true">›</span> <span><?cs var:Letter.Id ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<section class="card" aria-labelledby="why">
	<h2 id="why">Why it was refused</h2>
	<p><code><?cs var:Letter.Code ?></code> <?cs var:Letter.Detail ?></p>
	<?cs if:Letter.Open ?><p><?cs var:Letter.Fix ?></p><?cs else ?><p>It was <?cs var:Letter.State ?>.</p><?cs /if ?>
	<?cs if:!Letter.Whole ?><p class="note">It was not kept as a whole, so it cannot be replayed.</p><?cs /if ?>
	<div class="ways">
		<?cs if:Letter.Waiting ?><a class="button" href="<?cs var:url_validate(Letter.Waiting) ?>">Names that wait</a><?cs /if ?>
		<?cs if:Letter.Mapping ?><a class="button" href="<?cs var:url_validate(Letter.Mapping) ?>">Mapping</a><?cs /if ?>
	</div>
	<?cs if:Letter.Open && Can.devices_write ?>
	<form class="ways" method="post" action="/admin/letters/replay">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="id" value="<?cs var:Letter.Id ?>">
		<?cs if:Letter.Whole ?><button class="main" type="submit">Replay</button><?cs /if ?>
		<button type="submit" formaction="/admin/letters/drop">Drop</button>
	</form>
	<?cs /if ?>
</section>
<section class="card" aria-labelledby="what">
	<h2 id="what">What came</h2>
	<dl class="facts">
		<div><dt>Received</dt><dd><time datetime="<?cs var:Letter.Iso ?>"><?cs var:Letter.Time ?></time> UTC</dd></div>
		<div><dt>Gateway</dt><dd><?cs var:Letter.Gateway ?></dd></div>
		<?cs if:Letter.Place ?><div><dt>Where</dt><dd><code><?cs var:Letter.Place ?></code></dd></div><?cs /if ?>
		<?cs if:Letter.Device ?><div><dt>Device</dt><dd><code><?cs var:Letter.Device ?></code></dd></div><?cs /if ?>
		<?cs if:Letter.Sensor ?><div><dt>Sensor</dt><dd><code><?cs var:Letter.Sensor ?></code></dd></div><?cs /if ?>
		<?cs if:Letter.Measured ?><div><dt>Measured</dt><dd><?cs var:Letter.Measured ?></dd></div><?cs /if ?>
		<?cs if:Letter.Value ?><div><dt>Value</dt><dd><code><?cs var:Letter.Value ?></code> <?cs var:Letter.Unit ?></dd></div><?cs /if ?>
		<?cs if:Letter.Query ?><div><dt>Query</dt><dd><code><?cs var:Letter.Query ?></code></dd></div><?cs /if ?>
	</dl>
	<pre class="command folded" tabindex="0"><code><?cs var:Letter.Body ?></code></pre>
	<p class="note"><?cs if:Letter.Shown ?>The first <?cs var:Letter.Shown ?> of <?cs var:Letter.Size ?> bytes.<?cs else ?><?cs var:Letter.Size ?> bytes.<?cs /if ?></p>
	<?cs if:Letter.Figures ?><pre class="command" tabindex="0" aria-label="The bytes in hexadecimal"><code><?cs var:Letter.Figures ?></code></pre><?cs /if ?>
</section>
<?cs include:"layout/foot.cs" ?>
