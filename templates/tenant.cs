<?cs #
	tenant.cs - what there is of a tenant; taking it along, and its end.

	Dataset: head.cs, and
	Own.Name .Since          "Waterworks", "1 Mar 2026"
	Own.Users .Devices .Sensors  "12"
	Own.Readings .Bytes      of today, "86 400"
	Own.Seen                 "4 min"; empty: nothing has come in yet
	Kept.N.Class .Metric .Keep  "raw", "*", "30 days"
	Exports.N.Id .Asked      "7", "1 Mar 2026 08:30 UTC"; the newest first
	Exports.N.State .StateText  online | offline | never; "ready"
	Exports.N.Place .Bytes   what is being written, or why not; "1 024"
	Exports.N.Ready          1: he may fetch it
	Grace                    days before a deleted tenant is erased
	Can.tenant_export, Can.tenant_delete   present: he may
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Own.Name ?></h1>
<section class="card" aria-labelledby="has">
	<h2 id="has">What there is</h2>
	<dl class="facts">
		<div><dt>Here since</dt><dd><?cs var:Own.Since ?></dd></div>
		<div><dt>People</dt><dd><?cs var:Own.Users ?></dd></div>
		<div><dt>Devices</dt><dd><?cs var:Own.Devices ?></dd></div>
		<div><dt>Sensors</dt><dd><?cs var:Own.Sensors ?></dd></div>
		<div><dt>Readings today</dt><dd><?cs var:Own.Readings ?></dd></div>
		<div><dt>Bytes today</dt><dd><?cs var:Own.Bytes ?></dd></div>
		<div><dt>Last reading</dt><dd><?cs if:Own.Seen ?><?cs var:Own.Seen ?> ago<?cs else ?>none yet<?cs /if ?></dd></div>
	</dl>
</section>
<section class="card" aria-labelledby="kept">
	<h2 id="kept">How long it is kept</h2>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="kept">
	<table>
		<thead><tr><th scope="col">What</th><th scope="col">Of</th><th scope="col">For</th></tr></thead>
		<tbody>
		<?cs each:rule = Kept ?><tr><th scope="row"><?cs var:rule.Class ?></th><td><?cs if:rule.Metric == "*" ?>everything<?cs else ?><?cs var:rule.Metric ?><?cs /if ?></td><td><?cs var:rule.Keep ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
</section>
<section class="card" aria-labelledby="exports">
	<h2 id="exports">Take everything along</h2>
	<p>One file with all rows and readings, each part with its SHA-256, and our signature under the list. Secrets are not in it. It is kept for 7 days.</p>
	<?cs if:subcount(Exports) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="exports">
	<table>
		<thead><tr><th scope="col">Asked for</th><th scope="col">State</th><th scope="col" class="number">Bytes</th><th scope="col">File</th></tr></thead>
		<tbody>
		<?cs each:export = Exports ?><tr><th scope="row"><?cs var:export.Asked ?></th><td><?cs call:status(export.State, export.StateText) ?><?cs if:export.Place ?><br><span class="note"><?cs var:export.Place ?></span><?cs /if ?></td><td class="number"><?cs var:export.Bytes ?></td><td><?cs if:export.Ready ?><a href="/admin/tenant/export/<?cs var:url_validate(export.Id) ?>">Download<span class="hidden"> the one of <?cs var:export.Asked ?></span></a><?cs else ?><span class="note">none</span><?cs /if ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">Nothing was taken along yet.</p><?cs /if ?>
	<?cs if:Can.tenant_export ?>
	<form method="post" action="/admin/tenant/export">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<button class="main" type="submit">Make a file of everything</button>
	</form>
	<?cs /if ?>
</section>
<?cs if:Can.tenant_delete ?>
<section class="card" aria-labelledby="end">
	<h2 id="end">Delete this tenant</h2>
	<p>Nobody gets in from that moment on. After <?cs var:Grace ?> days everything is erased, for good; until then the platform can undo it. A signed record stays of what went, and when.</p>
	<form class="tall" method="post" action="/admin/tenant/delete">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="name">Type <b><?cs var:Own.Name ?></b> to confirm</label>
		<input id="name" name="name" required autocomplete="off" spellcheck="false">
		<button type="submit">Delete <?cs var:Own.Name ?></button>
	</form>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
