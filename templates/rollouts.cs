<?cs #
	rollouts.cs - signed plans of edge agents, a form for one more version, and
	how far each is.

	Dataset: head.cs, and
	Error               a sentence about what was sent; may be empty
	Note                as it was sent; may be empty
	Gateways.N.Key .Name .Version   that have devices to poll; .Version is what
	                    its agent has confirmed last, absent: nothing
	After               the key behind which these begin; may be empty
	More                href of the next gateways; absent: these are the last
	PlanKey             the public key, PEM; absent: there is none yet
	Rollouts.N          the newest first:
	  .Id .Href .Note .By .Age      .Href begins with "/"; .Note, .By may be empty
	  .Held .Offered    1: some gateway is; absent: none
	  .Gateways.M       .Key .Name .Version .Changes .Said .Drawn .Why .Age
	                    .Why and .Age may be empty
	Older               href of the rollouts before these; absent: there are none
	The form posts csrf, note, after and gateway:KEY (now, held or nothing) to
	/admin/rollouts; others post csrf to .Href/pause and .Href/resume.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">A version is what the devices behind a gateway are now: where they are, their profiles, how often they are asked. It is signed; an agent that was set up with the key takes nothing else, tries it, and goes back by itself when the link is lost or a unit falls silent.</p>
<?cs if:Can.devices_write ?>
<section class="card" aria-labelledby="make">
	<h2 id="make">A new version</h2>
	<?cs if:Error ?><p class="problem" role="alert" id="make-error"><i class="shape" aria-hidden="true"></i><?cs var:Error ?></p><?cs /if ?>
	<?cs if:subcount(Gateways) ?>
	<form class="tall" method="post" action="/admin/rollouts">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<input type="hidden" name="after" value="<?cs var:After ?>">
		<?cs each:g = Gateways ?>
		<label><?cs var:g.Name ?> <span class="note"><?cs var:g.Key ?><?cs if:g.Version ?>, has version <?cs var:g.Version ?><?cs /if ?></span> <select name="gateway:<?cs var:g.Key ?>"<?cs if:Error ?> aria-describedby="make-error"<?cs /if ?>><option value="">not this time</option><option value="now">at once</option><option value="held">held back for now</option></select></label>
		<?cs /each ?>
		<label>What for <input name="note" maxlength="200" value="<?cs var:Note ?>" placeholder="for the record"></label>
		<p class="ways"><button class="main" type="submit">Sign and roll out</button></p>
	</form>
	<?cs if:More ?><p class="note">A rollout is made of the gateways of one page.</p><?cs /if ?>
	<?cs elif:After ?><p class="none">There are no more gateways.</p>
	<?cs else ?><p class="none">There is no gateway with Modbus devices behind it.</p><?cs /if ?>
	<?cs if:More || After ?><p class="ways"><?cs if:After ?><a class="button" href="/admin/rollouts">First gateways</a><?cs /if ?><?cs if:More ?> <a class="button" href="<?cs var:url_validate(More) ?>">More gateways</a><?cs /if ?></p><?cs /if ?>
</section>
<?cs /if ?>
<?cs each:r = Rollouts ?>
<section class="card" aria-labelledby="r<?cs var:r.Id ?>">
	<h2 id="r<?cs var:r.Id ?>">Rollout <?cs var:r.Id ?><?cs if:r.Note ?>: <?cs var:r.Note ?><?cs /if ?></h2>
	<p class="note"><?cs if:r.By ?><?cs var:r.By ?>, <?cs /if ?><?cs var:r.Age ?> ago</p>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="r<?cs var:r.Id ?>">
	<table>
		<thead><tr><th scope="col">Gateway</th><th scope="col" class="number">Version</th><th scope="col">State</th><th scope="col">What changed</th></tr></thead>
		<tbody>
		<?cs each:g = r.Gateways ?><tr><th scope="row"><?cs var:g.Name ?></th><td class="number"><?cs var:g.Version ?></td><td><?cs call:status(g.Drawn, g.Said) ?><?cs if:g.Age ?> <span class="note"><?cs var:g.Age ?> ago</span><?cs /if ?><?cs if:g.Why ?><br><span class="note"><?cs var:g.Why ?></span><?cs /if ?></td><td><?cs var:g.Changes ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:Can.devices_write ?>
	<?cs if:r.Held ?><form class="ways" method="post" action="<?cs var:url_validate(r.Href) ?>/resume"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button type="submit">Go on with those held back</button></form><?cs /if ?>
	<?cs if:r.Offered ?><form class="ways" method="post" action="<?cs var:url_validate(r.Href) ?>/pause"><input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>"><button type="submit">Pause</button></form><?cs /if ?>
	<?cs /if ?>
</section>
<?cs /each ?>
<?cs if:Older ?><p class="ways"><a class="button" href="<?cs var:url_validate(Older) ?>">Older rollouts</a></p><?cs /if ?>
<?cs if:!subcount(Rollouts) ?><p class="none">No version has been made yet. An agent without the key has what is set here at once.</p><?cs /if ?>
<?cs if:PlanKey ?>
<section class="card" aria-labelledby="key">
	<h2 id="key">The key that signs</h2>
	<p class="note">Its public half belongs on each agent, in the file of its setting plan_key. A device that enrols gets it with its certificate.</p>
	<pre class="scroll" tabindex="0"><?cs var:PlanKey ?></pre>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
