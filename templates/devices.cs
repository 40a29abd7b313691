<?cs #
	devices.cs - the devices, to enrol them.

	Dataset: head.cs, and
	Devices.N.Key .Name .Site   of the device; Site is a name
	Devices.N.Till   day until which its certificate holds, "2027-03-01"; or ""
	Devices.N.Href .Rules   of its label's page and of its rules', begin with "/"
	Can.devices_enroll   present: he may make a label
	More             href of the next devices; absent: these are the last
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1>Devices</h1>
<?cs if:subcount(Devices) ?>
<div class="scroll" tabindex="0" role="region" aria-label="Table of the devices">
<table>
	<thead><tr><th scope="col">Device</th><th scope="col">Site</th><th scope="col">Certificate until</th><?cs if:Can.devices_enroll ?><th scope="col">Enrolment</th><?cs /if ?><th scope="col">Sensors</th></tr></thead>
	<tbody>
	<?cs each:d = Devices ?>
	<tr>
		<td><?cs var:d.Name ?><br><code><?cs var:d.Key ?></code></td>
		<td><?cs var:d.Site ?></td>
		<td><?cs if:d.Till ?><?cs var:d.Till ?><?cs else ?>–<?cs /if ?></td>
		<?cs if:Can.devices_enroll ?><td><a href="<?cs var:url_validate(d.Href) ?>" aria-label="Label of <?cs var:d.Name ?>">Label</a></td><?cs /if ?>
		<td><a href="<?cs var:url_validate(d.Rules) ?>" aria-label="Rules of <?cs var:d.Name ?>">Rules</a></td>
	</tr>
	<?cs /each ?>
	</tbody>
</table>
</div>
<?cs if:More ?><p class="ways"><a class="button" href="<?cs var:url_validate(More) ?>">More devices</a></p><?cs /if ?>
<?cs else ?><p class="none">There are no devices here.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
