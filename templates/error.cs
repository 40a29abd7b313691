<?cs #
	error.cs - a request that came to nothing.

	Dataset: head.cs (User and Tenant where they are known, no Live), and
	Error.Status   "404"
	Error.Say      a sentence for people, "There is no such thing here."
	Error.Request  id of the request, to name when asking for help; may be empty
	Error.Retry    href to try the same again; empty: no use in trying
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<p class="code"><?cs var:Error.Status ?></p>
	<h1><?cs var:Error.Say ?></h1>
	<p class="ways"><?cs if:Error.Retry ?><a class="button" href="<?cs var:url_validate(Error.Retry) ?>">Try again</a> <?cs /if ?><a class="button" href="/">To the overview</a></p>
	<?cs if:Error.Request ?><p class="note">When you ask for help, name this request: <code><?cs var:Error.Request ?></code></p><?cs /if ?>
</div>
<?cs include:"layout/foot.cs" ?>
