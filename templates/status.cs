<?cs #
	status.cs - how all of it is, while there may be no database.

	Dataset: head.cs with Page.Title ("Status") and Page.Version only, and
	Say         one sentence when nothing is wrong; else empty
	Faults.N.Say  what is wrong, a sentence each
	Told        how old this is, "1 s ago"; absent: nobody has ever told
	Lines.N.Name, .Value  what was told; absent while nobody tells
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate" id="status">
	<h1>Status</h1>
	<?cs if:Say ?><p role="status"><?cs var:Say ?></p><?cs /if ?>
	<?cs each:fault = Faults ?><p class="problem" role="alert"><i class="shape" aria-hidden="true"></i><?cs var:fault.Say ?></p>
	<?cs /each ?>
	<dl class="facts">
	<?cs each:line = Lines ?><div><dt><?cs var:line.Name ?></dt><dd><?cs var:line.Value ?></dd></div>
	<?cs /each ?></dl>
	<p class="note"><?cs if:Told ?>Told by the worker <?cs var:Told ?>.<?cs else ?>The worker has not told anything yet.<?cs /if ?></p>
	<p class="ways"><a class="button" href="/status">Look again</a> <a class="button" href="/">To the overview</a></p>
</div>
<?cs include:"layout/foot.cs" ?>
