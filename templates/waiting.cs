<?cs #
	waiting.cs - names that gateways send and nobody knows.

	Dataset: head.cs, and
	Done                     adopted | ignored: what was just done; or ""
	Gateway                  key of the one that is asked for; "": all
	Gateways.N.Key .Name     who sends
	Gateways.N.Waiting .Mapped  how many of its names wait, and lead somewhere
	Gateways.N.Href          of its mapping, begins with "/"
	Gateways.N.Current       1: it is the one that is asked for
	Names.N.Gateway .GatewayName  key and name of who sends it
	Names.N.Mapping          href of that one's mapping, the name in its form
	Names.N.Device .Sensor   as the sender calls them; Device may be empty
	Names.N.Iso .Age         when it came last, "4 min"
	Names.N.Count            how often it came
	Names.N.Sample .Unit     its last value and unit, as sent; may be empty
	Names.N.Named            1: it has a name; else these are more names than
	                         are kept, and what follows is absent
	Names.N.ToDevice .Key .Title   what it would be called here
	NamesMore                1: there are more
	The forms post gateway, device, sensor, to_device, key, name, unit, kind and
	csrf to /admin/waiting/adopt, the first three to /admin/waiting/ignore.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<?cs if:Done == "adopted" ?><p class="done" role="status">Adopted. What was refused of it is being stored now.</p><?cs elif:Done == "ignored" ?><p class="done" role="status">Ignored from the next message on. What was refused of it is dropped.</p><?cs /if ?>
<p class="note">What gateways send under names that lead to no sensor is kept as dead letters. Adopt a name to make a sensor of it, or let it lead to one that is there.</p>
<?cs if:subcount(Gateways) ?>
<form class="find" method="get" action="/admin/waiting" role="search">
	<label>Gateway <select name="gateway"><option value="">all</option><?cs each:g = Gateways ?><option value="<?cs var:g.Key ?>"<?cs if:g.Current ?> selected<?cs /if ?>><?cs var:g.Name ?></option><?cs /each ?></select></label>
	<button type="submit">Show</button>
</form>
<?cs /if ?>
<?cs if:subcount(Names) ?>
<ul class="people" aria-label="Names that wait">
	<?cs each:n = Names ?>
	<li class="card">
		<div class="card-head">
			<h2><?cs if:n.Named ?><?cs if:n.Device ?><?cs var:n.Device ?> <span aria-hidden="true">›</span> <?cs /if ?><?cs var:n.Sensor ?><?cs else ?>Other names<?cs /if ?></h2>
			<p class="note"><?cs var:n.Count ?> times, <time datetime="<?cs var:n.Iso ?>"><?cs var:n.Age ?></time> ago</p>
		</div>
		<p class="note">from <?cs var:n.GatewayName ?><?cs if:n.Sample ?> · last value <code><?cs var:n.Sample ?></code> <?cs var:n.Unit ?><?cs /if ?></p>
		<?cs if:!n.Named ?><p>A gateway has 2,000 names here; more are only counted. Adopt or ignore some first.</p><?cs /if ?>
		<?cs if:n.Named && Can.devices_write ?>
		<div class="desk">
		<form method="post" action="/admin/waiting/adopt">
			<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
			<input type="hidden" name="gateway" value="<?cs var:n.Gateway ?>">
			<input type="hidden" name="device" value="<?cs var:n.Device ?>">
			<input type="hidden" name="sensor" value="<?cs var:n.Sensor ?>">
			<button class="main" type="submit">Adopt<span class="hidden"> <?cs var:n.Device ?> <?cs var:n.Sensor ?></span></button>
			<button type="submit" formaction="/admin/waiting/ignore" formnovalidate>Ignore<span class="hidden"> <?cs var:n.Device ?> <?cs var:n.Sensor ?></span></button>
			<a class="button" href="<?cs var:url_validate(n.Mapping) ?>">Lead to a sensor<span class="hidden">: <?cs var:n.Device ?> <?cs var:n.Sensor ?></span></a>
			<details>
				<summary>as <?cs var:n.ToDevice ?> / <?cs var:n.Key ?></summary>
				<label>Device <input name="to_device" value="<?cs var:n.ToDevice ?>" maxlength="64" autocapitalize="none" autocomplete="off" spellcheck="false" required></label>
				<label>Key <input name="key" value="<?cs var:n.Key ?>" maxlength="64" autocapitalize="none" autocomplete="off" spellcheck="false" required></label>
				<label>Name <input name="name" value="<?cs var:n.Title ?>" maxlength="80" autocomplete="off" required></label>
				<label>Unit <input name="unit" value="<?cs var:n.Unit ?>" maxlength="40" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
				<label>Kind <select name="kind"><option value="gauge">gauge</option><option value="counter">counter</option><option value="state">state</option></select></label>
			</details>
		</form>
		</div>
		<?cs /if ?>
	</li>
	<?cs /each ?>
</ul>
<?cs if:NamesMore ?><p class="note">There are more; these came last.</p><?cs /if ?>
<?cs else ?><p class="none">No name waits.</p><?cs /if ?>
<?cs if:subcount(Gateways) ?>
<section class="card" aria-labelledby="gateways">
	<h2 id="gateways">Gateways</h2>
	<div class="scroll" tabindex="0" role="region" aria-label="Table of the gateways">
	<table>
		<thead><tr><th scope="col">Gateway</th><th scope="col" class="number">Names that wait</th><th scope="col" class="number">Mapped names</th></tr></thead>
		<tbody>
		<?cs each:g = Gateways ?>
		<tr><td><a href="<?cs var:url_validate(g.Href) ?>"><?cs var:g.Name ?></a></td><td class="number"><?cs var:g.Waiting ?></td><td class="number"><?cs var:g.Mapped ?></td></tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
