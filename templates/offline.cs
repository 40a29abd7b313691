<?cs #
	offline.cs - what the service worker shows when the network is away and it
	has kept nothing of the page asked for.  The same for everybody: it is stored.

	Dataset: head.cs with Page.Title ("Offline") and Page.Version only.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate" id="offline">
	<h1>You are offline</h1>
	<p>This page was not kept on this device. What was kept shows how things stood when you last had it open.</p>
	<ul class="kept" id="kept"></ul>
	<p class="ways"><a class="button" href="/">To the overview</a></p>
</div>
<?cs include:"layout/foot.cs" ?>
