<?cs #
	codes.cs - recovery codes, shown this one time.

	Dataset: head.cs, and
	Codes.N.Text  a code, "ABCD EFGH IJKL MNOP"
	Next          local path to go to afterwards
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<div class="gate">
	<h1>Recovery codes</h1>
	<p>Your second factor is in force. When the telephone is not at hand, one of these takes its place; each counts once. <b>They are shown only now</b>: print them, or keep them with your passwords.</p>
	<ul class="command"><?cs each:c = Codes ?>
		<li><code><?cs var:c.Text ?></code></li><?cs /each ?>
	</ul>
	<p class="ways"><a class="button" href="<?cs var:url_validate(Next) ?>">I have kept them</a></p>
</div>
<?cs include:"layout/foot.cs" ?>
