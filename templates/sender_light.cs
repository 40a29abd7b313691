<?cs #
	sender_light.cs - has anything come?  It loads itself anew.

	Dataset: head.cs, and
	Sender.Name .Back         whose light it is; where the choice is
	Light.State .Word .Text   online | offline | never; "refused"; a sentence
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="<?cs var:url_validate(Sender.Back) ?>">Set up a sender</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Sender.Name ?></h1>
<div class="setup">
<p class="light"><?cs call:status(Light.State, Light.Word) ?> <span class="text"><?cs var:Light.Text ?></span></p>
<p class="note">This page loads itself anew every 5 seconds.</p>
</div>
<?cs include:"layout/foot.cs" ?>
