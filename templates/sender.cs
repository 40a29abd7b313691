<?cs #
	sender.cs - how a sender is set up: what to paste, and whether it came.

	Dataset: head.cs, and
	Devices.N.Key .Name .On   who may send, gateways first; 1: chosen
	Kinds.N.Word .Name .About .On   "telegraf", "Telegraf", one line
	Sender.Key .Name .Kind    who is set up, as what; absent: nothing is chosen
	Sender.Action             where the form goes that makes a key
	Sender.Light              the page of its light
	Blocks.N.Where .Text      "In telegraf.conf", and what to put there
	Samples.N.Name .Href      whole programs to take: "sender.py"; may be none
	HasCa                     1: a file with our authority is offered
	Made                      1: the key in the texts was made just now
	Can.keys_write            present: he may make one
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <?cs if:Sender.Key ?><a href="/setup">Set up a sender</a> <span aria-hidden="true">›</span> <?cs /if ?><span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<div class="setup">
<?cs if:Sender.Key ?>
<p><?cs var:Sender.Name ?> <code><?cs var:Sender.Key ?></code></p>
<?cs if:Made ?>
<p>A key was made and stands in the texts below. Copy them now: it is not kept, and nobody can show it again.</p>
<?cs elif:Can.keys_write ?>
<form method="post" action="<?cs var:url_validate(Sender.Action) ?>">
	<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
	<input type="hidden" name="for" value="<?cs var:Sender.Kind ?>">
	<p>Where the texts say <code>THE-KEY</code> its key belongs.</p>
	<button class="main" type="submit">Make a key and show the texts with it</button>
</form>
<?cs else ?>
<p>Where the texts say <code>THE-KEY</code> its key belongs. Ask somebody who may make one.</p>
<?cs /if ?>
<section class="card" aria-labelledby="light">
	<h2 id="light">Is it coming?</h2>
	<p class="light" data-light="<?cs var:url_validate(Sender.Light) ?>" role="status"><?cs call:status("never", "not looked yet") ?> <span class="text"></span></p>
	<p><a href="<?cs var:url_validate(Sender.Light) ?>" target="_blank" rel="noopener">Its light on a page of its own</a></p>
</section>
<?cs if:HasCa ?>
<section class="card" aria-labelledby="ca">
	<h2 id="ca">Our certificate authority</h2>
	<p>The sender must trust it: put this file where the texts say <code>fluxline-ca.pem</code>.</p>
	<p><a class="button" href="/setup/ca" download>fluxline-ca.pem</a></p>
</section>
<?cs /if ?>
<?cs each:block = Blocks ?>
<section class="card">
	<h2><?cs var:block.Where ?></h2>
	<pre class="command" tabindex="0" aria-label="<?cs var:block.Where ?>"><code><?cs var:block.Text ?></code></pre>
</section>
<?cs /each ?>
<?cs if:subcount(Samples) ?>
<section class="card" aria-labelledby="samples">
	<h2 id="samples">To go on with</h2>
	<p>The same as a whole program: it keeps what cannot be sent yet, numbers its batches so that none counts twice, and tries again, slower and slower. What it wants to know stands at its top.</p>
	<p class="ways"><?cs each:s = Samples ?><a class="button" href="<?cs var:url_validate(s.Href) ?>" download><?cs var:s.Name ?></a> <?cs /each ?></p>
</section>
<?cs /if ?>
<?cs elif:subcount(Devices) ?>
<form class="card tall" method="get" action="/setup">
	<label for="to">Gateway or device</label>
	<select id="to" name="to" required>
		<?cs each:device = Devices ?><option value="<?cs var:device.Key ?>"<?cs if:device.On ?> selected<?cs /if ?>><?cs var:device.Name ?> (<?cs var:device.Key ?>)</option><?cs /each ?>
	</select>
	<fieldset>
		<legend>What it is</legend>
		<?cs each:kind = Kinds ?><label class="tick"><input type="radio" name="for" value="<?cs var:kind.Word ?>" required<?cs if:kind.On ?> checked<?cs /if ?>> <span><b><?cs var:kind.Name ?></b> <span class="note"><?cs var:kind.About ?></span></span></label><?cs /each ?>
	</fieldset>
	<button class="main" type="submit">Show what to paste</button>
</form>
<?cs else ?>
<?cs call:empty("No devices yet", "A sender is a gateway or a device that is registered here.", "fluxctl device") ?>
<?cs /if ?>
</div>
<?cs include:"layout/foot.cs" ?>
