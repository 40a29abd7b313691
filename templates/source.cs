<?cs #
	source.cs - the ledger of one gateway.

	Dataset: head.cs, and
	Here                    its address, begins with "/"
	Device                  device of macros.cs
	Spans, Span             as in device.cs; times are UTC
	Total                   an account, see ledger.cs
	Days.N                  an account, and
	Days.N.Day              of UTC, "1 Mar 2026", newest first
	Holes.N.Numbers .Count  batches that never came: "gw7-12 to gw7-14", "3"
	Holes.N.After .Before   when the batches around them came
	HolesMore               how many further holes there are; absent: none
	HolesCut                1: there were too many batches to look at all
	Batches.N.Time .Iso     the newest first
	Batches.N.Number .Format .Kind   "gw7-183", "native", "posted"; maybe ""
	Batches.N.Sent .Rejected .Thinned .Stored .Duplicate .Lost
	Batches.N.Waiting       1: the last three are not known yet
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/ledger">Ledger</a> <span aria-hidden="true">›</span> <span><?cs var:Device.Name ?></span></nav>
<div class="title">
	<h1><?cs var:Page.Title ?></h1>
	<?cs call:status(Device.State, Device.StateText) ?>
</div>
<?cs call:span_choice("Span of the ledger") ?>
<?cs if:subcount(Days) ?>
<section class="card" aria-labelledby="holes">
	<h2 id="holes">Batches that never came</h2>
	<?cs if:subcount(Holes) ?>
	<div class="scroll" tabindex="0" role="region" aria-labelledby="holes">
	<table>
		<thead><tr><th scope="col">Numbers</th><th scope="col" class="number">Batches</th><th scope="col">After the one of</th><th scope="col">Before the one of</th></tr></thead>
		<tbody>
		<?cs each:hole = Holes ?><tr><th scope="row"><code><?cs var:hole.Numbers ?></code></th><td class="number"><?cs var:hole.Count ?></td><td><?cs var:hole.After ?></td><td><?cs var:hole.Before ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:HolesMore ?><p class="note">and <?cs var:HolesMore ?> more</p><?cs /if ?>
	<?cs else ?><p class="none">None that is known: no number was left out, or the batches are not numbered.</p><?cs /if ?>
	<?cs if:HolesCut ?><p class="note">The span has more numbered batches than are looked at; a shorter one shows the others.</p><?cs /if ?>
</section>
<section class="card" aria-labelledby="days">
	<h2 id="days">Days</h2>
	<div class="scroll" tabindex="0" role="region" aria-labelledby="days">
	<table>
		<thead><tr><th scope="col">Day (UTC)</th><?cs call:account_heads() ?></tr></thead>
		<tbody><?cs each:day = Days ?><tr><th scope="row"><?cs var:day.Day ?></th><?cs call:account_cells(day) ?></tr><?cs /each ?></tbody>
		<tfoot><tr><th scope="row">All</th><?cs call:account_cells(Total) ?></tr></tfoot>
	</table>
	</div>
</section>
<section class="card" aria-labelledby="batches">
	<h2 id="batches">Newest batches</h2>
	<div class="scroll" tabindex="0" role="region" aria-labelledby="batches">
	<table>
		<thead><tr><th scope="col">Received (UTC)</th><th scope="col">Number</th><th scope="col">Format</th><th scope="col">Came</th><th scope="col" class="number">Sent</th><th scope="col" class="number">Stored</th><th scope="col" class="number">Duplicate</th><th scope="col" class="number">Rejected</th></tr></thead>
		<tbody>
		<?cs each:b = Batches ?><tr><th scope="row"><time datetime="<?cs var:b.Iso ?>"><?cs var:b.Time ?></time></th><td><?cs if:b.Number ?><code><?cs var:b.Number ?></code><?cs else ?>–<?cs /if ?></td><td><?cs var:b.Format ?></td><td><?cs var:b.Kind ?></td><td class="number"><?cs var:b.Sent ?></td><?cs if:b.Waiting ?><td colspan="2">waiting</td><?cs else ?><td class="number"><?cs var:b.Stored ?></td><td class="number"><?cs var:b.Duplicate ?></td><?cs /if ?><td class="number"><?cs var:b.Rejected ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
</section>
<?cs else ?><p class="none">This gateway sent nothing in this span.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
