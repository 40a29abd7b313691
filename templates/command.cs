<?cs #
	command.cs - one command, and its second step.

	Dataset: head.cs, and
	Command.Id .Device .DeviceName .Point .Value .Unit .Reason
	Command.State .Said .Drawn   waiting | queued | sent | acknowledged |
	                        verified | failed | expired | withdrawn; in words;
	                        online | offline | never
	Command.Open            1: it is not over
	Command.Step            its second step: none | self | other
	Command.By .ConfirmedBy names; may be empty
	Command.Asked .Confirmed .Sent .Acknowledged .Ended .Expires
	  .Iso .Text            "1 Mar 2026 13:05:10 CET"; absent when not so yet
	Command.ReadBack .Why   may be absent
	Here.commands_send .commands_approve   present: he may, of this device
	Command.Back            where the device's commands are
	Command.Now .NowAt      what the point is worth now; absent: nobody knows
	The forms post csrf to /commands/:id/confirm, approve and withdraw.
?><?cs include:"layout/macros.cs" ?>
<?cs def:step(name, when) ?><?cs if:when.Iso ?><div><dt><?cs var:name ?></dt><dd><time datetime="<?cs var:when.Iso ?>"><?cs var:when.Text ?></time></dd></div><?cs /if ?><?cs /def ?>
<?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <a href="/commands">Commands</a> <span aria-hidden="true">›</span> <span><?cs var:Command.Id ?></span></nav>
<h1><?cs var:Command.DeviceName ?>: <?cs var:Command.Point ?> = <?cs var:Command.Value ?> <?cs var:Command.Unit ?></h1>
<section class="card" aria-labelledby="state">
	<h2 id="state">State</h2>
	<p><?cs call:status(Command.Drawn, Command.Said) ?></p>
	<?cs if:Command.Why ?><p><?cs var:Command.Why ?></p><?cs /if ?>
	<?cs if:Command.State == "waiting" ?>
	<p><?cs if:Command.Now ?>It is <b><?cs var:Command.Now ?> <?cs var:Command.Unit ?></b> now (<time datetime="<?cs var:Command.NowAt.Iso ?>"><?cs var:Command.NowAt.Text ?></time>) and is to become <b><?cs var:Command.Value ?> <?cs var:Command.Unit ?></b>.<?cs else ?>It is to become <b><?cs var:Command.Value ?> <?cs var:Command.Unit ?></b>; what it is now, nobody knows.<?cs /if ?></p>
	<?cs if:Command.Step == "other" ?><p class="note">Somebody else than who asked has to approve it.</p><?cs /if ?>
	<?cs /if ?>
	<?cs if:Command.State == "waiting" || Command.State == "queued" ?>
	<form class="ways" method="post" action="/commands/<?cs var:url_validate(Command.Id) ?>/withdraw">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<?cs if:Command.State == "waiting" && Command.Step == "self" && Here.commands_send ?><button class="main" type="submit" formaction="/commands/<?cs var:url_validate(Command.Id) ?>/confirm">Do it</button><?cs /if ?>
		<?cs if:Command.State == "waiting" && Command.Step == "other" && Here.commands_approve ?><button class="main" type="submit" formaction="/commands/<?cs var:url_validate(Command.Id) ?>/approve">Approve</button><?cs /if ?>
		<?cs if:Here.commands_send ?><button type="submit">Withdraw</button><?cs /if ?>
	</form>
	<?cs /if ?>
	<?cs if:Command.Open ?><p class="note">This page is as of its loading. <a href="/commands/<?cs var:url_validate(Command.Id) ?>">Load it anew</a></p><?cs /if ?>
</section>
<section class="card" aria-labelledby="steps">
	<h2 id="steps">Steps</h2>
	<dl class="facts">
		<div><dt>Asked by</dt><dd><?cs if:Command.By ?><?cs var:Command.By ?><?cs else ?>a program<?cs /if ?></dd></div>
		<?cs if:Command.Reason ?><div><dt>Why</dt><dd><?cs var:Command.Reason ?></dd></div><?cs /if ?>
		<?cs call:step("Asked", Command.Asked) ?>
		<?cs call:step("Confirmed", Command.Confirmed) ?>
		<?cs if:Command.ConfirmedBy ?><div><dt>Confirmed by</dt><dd><?cs var:Command.ConfirmedBy ?></dd></div><?cs /if ?>
		<?cs call:step("Sent to the poller", Command.Sent) ?>
		<?cs call:step("Taken by the device", Command.Acknowledged) ?>
		<?cs if:Command.ReadBack ?><div><dt>Read back</dt><dd><?cs var:Command.ReadBack ?> <?cs var:Command.Unit ?></dd></div><?cs /if ?>
		<?cs call:step("Over", Command.Ended) ?>
		<?cs if:Command.Open ?><?cs call:step("Not after", Command.Expires) ?><?cs /if ?>
	</dl>
</section>
<p class="ways"><a class="button" href="<?cs var:url_validate(Command.Back) ?>">Commands of this device</a></p>
<?cs include:"layout/foot.cs" ?>
