<?cs #
	quota.cs - what the tenant uses, and may use.

	Dataset: head.cs, and
	Quotas.N.Name .Used .Most .Share  "Readings a day", "80,100", "100,000", "80"
	Quotas.N.State .StateText   online | offline | never; "fine", "nearly used up"
	Limits.Requests .Readings   of the tenant, a minute; "no limit"
	Over                        1: readings are refused until there is more to have
	Days.N.Day .Requests .Readings .Refused .Bytes .Devices .Alarms
	                            newest first, UTC's days; numbers, formatted
	Sites.N.Name .Direct .Behind .Polled  sites that have devices; numbers of these
	Sites.N.Way                 direct | gateway | polled | mixed
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<?cs if:Over ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i>The quota of the day is used up: readings are refused with 429, and counted here as refused, until midnight UTC.</p><?cs /if ?>
<section class="card" aria-labelledby="quotas">
	<h2 id="quotas">Quotas</h2>
	<?cs if:subcount(Quotas) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="quotas">
	<table>
		<thead><tr><th scope="col">What</th><th scope="col" class="number">Used</th><th scope="col" class="number">Of</th><th scope="col" class="number">Share</th><th scope="col">State</th></tr></thead>
		<tbody>
		<?cs each:quota = Quotas ?><tr><th scope="row"><?cs var:quota.Name ?></th><td class="number"><?cs var:quota.Used ?></td><td class="number"><?cs var:quota.Most ?></td><td class="number"><?cs var:quota.Share ?> %</td><td><?cs call:status(quota.State, quota.StateText) ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">There are no quotas.</p><?cs /if ?>
	<dl class="facts">
		<div><dt>Requests a minute</dt><dd><?cs var:Limits.Requests ?></dd></div>
		<div><dt>Readings a minute</dt><dd><?cs var:Limits.Readings ?></dd></div>
	</dl>
</section>
<section class="card" aria-labelledby="days">
	<h2 id="days">Used a day</h2>
	<?cs if:subcount(Days) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="days">
	<table>
		<thead><tr><th scope="col">Day (UTC)</th><th scope="col" class="number">Requests</th><th scope="col" class="number">Readings</th><th scope="col" class="number">Refused</th><th scope="col" class="number">Bytes</th><th scope="col" class="number">Devices</th><th scope="col" class="number">Alarms</th></tr></thead>
		<tbody>
		<?cs each:day = Days ?><tr><th scope="row"><?cs var:day.Day ?></th><td class="number"><?cs var:day.Requests ?></td><td class="number"><?cs var:day.Readings ?></td><td class="number"><?cs var:day.Refused ?></td><td class="number"><?cs var:day.Bytes ?></td><td class="number"><?cs var:day.Devices ?></td><td class="number"><?cs var:day.Alarms ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">Nothing has been counted yet; it is once a minute.</p><?cs /if ?>
	<p class="note">Readings and refused together are what the ledger says was sent.</p>
</section>
<section class="card" aria-labelledby="ways">
	<h2 id="ways">How devices reach us</h2>
	<?cs if:subcount(Sites) ?>
	<div class="scroll" tabindex="0" role="group" aria-labelledby="ways">
	<table>
		<thead><tr><th scope="col">Site</th><th scope="col">Way</th><th scope="col" class="number">Direct</th><th scope="col" class="number">By a gateway</th><th scope="col" class="number">Polled</th></tr></thead>
		<tbody>
		<?cs each:site = Sites ?><tr><th scope="row"><?cs var:site.Name ?></th><td><?cs var:site.Way ?></td><td class="number"><?cs var:site.Direct ?></td><td class="number"><?cs var:site.Behind ?></td><td class="number"><?cs var:site.Polled ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs else ?><p class="none">There are no devices yet.</p><?cs /if ?>
	<p class="note">Who is polled sends nothing: the poller asks it over Modbus.</p>
</section>
<?cs include:"layout/foot.cs" ?>
