<?cs #
	gaps.cs - how complete the days of each device are.

	Dataset: head.cs, and
	Sites.N.Key .Name .Zone
	Sites.N.Days.K.Text     "1 Mar", of the site's clocks, oldest first
	Sites.N.Devices.M.Name .Key .Href   Href of its own page, begins with "/"
	Sites.N.Devices.M.Cells.K           a cell for each day:
	  .Text .Word           "97 %", good | uncertain | bad; "–" where nothing
	                        was expected
	  .Counts               "1 397 of 1 440"; absent where nothing was expected
	GivenUp.N               what edge agents had and gave up, newest first
	  .Name .Href           the device's, or "The poller" without Href
	  .Sensors .From .To    how many, "all"; in UTC
	  .Text                 "354 readings thinned to one a minute, ..."
	More                    href of the next devices; absent: these are the last
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<h1><?cs var:Page.Title ?></h1>
<?cs call:data_pages("gaps") ?>
<p class="note">Of the readings that were expected a day, at least one in each device's own period, so many came. Days are those of the site.</p>
<?cs if:subcount(GivenUp) ?>
<section class="site" aria-labelledby="given-up">
	<div class="site-head"><h2 id="given-up">Given up on the way</h2><p>UTC</p></div>
	<p class="note">Readings that a poller or gateway had and could not keep until they were sent.</p>
	<div class="scroll" tabindex="0" role="region" aria-labelledby="given-up">
	<table>
		<thead><tr><th scope="col">Device</th><th scope="col" class="number">Sensors</th><th scope="col">From</th><th scope="col">To</th><th scope="col">What</th></tr></thead>
		<tbody>
		<?cs each:g = GivenUp ?><tr><th scope="row"><?cs if:g.Href ?><a href="<?cs var:url_validate(g.Href) ?>"><?cs var:g.Name ?></a><?cs else ?><?cs var:g.Name ?><?cs /if ?></th><td class="number"><?cs var:g.Sensors ?></td><td><?cs var:g.From ?></td><td><?cs var:g.To ?></td><td><?cs var:g.Text ?></td></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
</section>
<?cs /if ?>
<?cs if:subcount(Sites) ?>
<?cs each:site = Sites ?>
<section class="site" aria-labelledby="site-<?cs var:site.Key ?>">
	<div class="site-head"><h2 id="site-<?cs var:site.Key ?>"><?cs var:site.Name ?></h2><p><?cs var:site.Zone ?></p></div>
	<div class="scroll" tabindex="0" role="region" aria-labelledby="site-<?cs var:site.Key ?>">
	<table>
		<thead><tr><th scope="col">Device</th><?cs each:day = site.Days ?><th scope="col" class="number"><?cs var:day.Text ?></th><?cs /each ?></tr></thead>
		<tbody>
		<?cs each:d = site.Devices ?><tr><th scope="row"><a href="<?cs var:url_validate(d.Href) ?>"><?cs var:d.Name ?></a></th><?cs each:cell = d.Cells ?><?cs call:complete_cell(cell) ?><?cs /each ?></tr><?cs /each ?>
		</tbody>
	</table>
	</div>
</section>
<?cs /each ?>
<?cs if:More ?><p class="ways"><a class="button" href="<?cs var:url_validate(More) ?>">More devices</a></p><?cs /if ?>
<?cs else ?><p class="none">There are no devices with sensors here.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
