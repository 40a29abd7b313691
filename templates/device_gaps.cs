<?cs #
	device_gaps.cs - how complete the days of one device are, by sensor.

	Dataset: head.cs, and
	Device                  device of macros.cs
	Period                  its longest time between two readings, "5 min"
	Zone                    IANA name of its site's zone
	Days.K.Text             "1 Mar", oldest first
	Sensors.N.Name .Key
	Sensors.N.Cells.K       a cell of gaps.cs, and where there is one
	  .Silent .Longest      "35 min": how long no value held in all, and the
	                        longest time between two readings
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/gaps">Completeness</a> <span aria-hidden="true">›</span> <a href="<?cs var:url_validate(Device.Href) ?>"><?cs var:Device.Name ?></a></nav>
<div class="title">
	<h1><?cs var:Page.Title ?></h1>
	<?cs call:status(Device.State, Device.StateText) ?>
</div>
<p class="note">A reading is expected at least every <?cs var:Period ?>. Days are those of <?cs var:Zone ?>. Silent is the time for which there is no value, as each holds for three periods.</p>
<?cs if:subcount(Sensors) ?>
<div class="scroll" tabindex="0" role="region" aria-label="Table of the sensors and days">
<table>
	<thead><tr><th scope="col">Sensor</th><?cs each:day = Days ?><th scope="col" class="number"><?cs var:day.Text ?></th><?cs /each ?></tr></thead>
	<tbody>
	<?cs each:s = Sensors ?><tr><th scope="row"><?cs var:s.Name ?></th><?cs each:cell = s.Cells ?><?cs call:complete_cell(cell) ?><?cs /each ?></tr><?cs /each ?>
	</tbody>
</table>
</div>
<?cs else ?><p class="none"><?cs var:Device.None ?></p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
