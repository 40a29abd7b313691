<?cs #
	overview.cs - the fleet: every site, its devices, their latest values.

	Dataset: head.cs, and
	Stats.Total .Online .Offline .Alerts   whole numbers, formatted; Offline
	                                       counts devices never seen, too
	Sites.N.Key .Name                      "north", "North works"
	Sites.N.Zone                           IANA name, "Europe/Berlin"
	Sites.N.Clock                          time there now, "14:05"
	Sites.N.Count                          "12 devices"
	Sites.N.Devices.M                      device of macros.cs, and
	Sites.N.Devices.M.Sensors.K            sensor of macros.cs
	A site without devices is listed; no Sites: the tenant has none yet.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<h1><?cs var:Page.Title ?></h1>
<dl class="stats">
	<?cs call:stat("total", "Devices", Stats.Total, "") ?>
	<?cs call:stat("online", "Online", Stats.Online, "") ?>
	<?cs call:stat("offline", "Offline", Stats.Offline, "") ?>
	<?cs call:stat("alerts", "Alerts", Stats.Alerts, "active") ?>
</dl>
<?cs if:subcount(Sites) ?>
<?cs each:site = Sites ?>
<section class="site" aria-labelledby="site-<?cs var:site.Key ?>">
	<div class="site-head">
		<h2 id="site-<?cs var:site.Key ?>"><?cs var:site.Name ?></h2>
		<p><?cs var:site.Count ?><?cs if:site.Clock ?> · <?cs var:site.Clock ?> <?cs var:site.Zone ?><?cs /if ?></p>
	</div>
	<?cs if:subcount(site.Devices) ?><?cs call:device_list(site.Devices) ?><?cs else ?><p class="none">No devices at this site yet.</p><?cs /if ?>
</section>
<?cs /each ?>
<?cs else ?>
<?cs call:empty("No devices yet", "A site comes first, then a device with its profile. On the server:",
'fluxctl fluxctl.conf site TENANT works "Works" Europe/Berlin
fluxctl fluxctl.conf device TENANT works pump-1 "Pump 1" PROFILE --modbus tcp:10.0.0.5:502:1') ?>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
