<?cs #
	audit.cs - who did what, the newest first.

	Dataset: head.cs, and
	Search.Act .Object .Person .Since .Till   what was asked for; may be empty
	Search.Any               1: something was asked for
	Search.Error             what was wrong with it; absent: nothing
	People.N.Id .Name .Current   whom one may ask for; 1: he is
	Entries.N.Seq            the entry's number
	Entries.N.Iso .Time      "2026-03-01T13:05:10Z", "1 Mar 2026 13:05:10"
	Entries.N.Who            a person, a device, or a part of ours
	Entries.N.Act .Object    "key.make", "key:1a2b3c4d"
	Entries.N.Detail         JSON; may be empty
	Older                    the number to go on from; absent: there are no more
	Sealed.Seq .Iso .Time .Kid   the last signed head; absent: there is none
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">Every entry holds the hash of the one before it. <?cs if:Sealed.Seq ?>Signed up to entry <?cs var:Sealed.Seq ?> at <time datetime="<?cs var:Sealed.Iso ?>"><?cs var:Sealed.Time ?></time> UTC, key <code><?cs var:Sealed.Kid ?></code>.<?cs else ?>No head of it is signed yet.<?cs /if ?> Times are UTC.</p>
<section class="card" aria-labelledby="search">
	<h2 id="search">Search</h2>
	<?cs if:Search.Error ?><p class="problem" role="alert" id="search-error"><i class="shape" aria-hidden="true"></i><?cs var:Search.Error ?></p><?cs /if ?>
	<form class="range" method="get" action="/admin/audit">
		<label>Act begins with <input name="act" list="acts" value="<?cs var:Search.Act ?>" autocapitalize="none" spellcheck="false"></label>
		<datalist id="acts"><option value="auth."><option value="alert."><option value="audit."><option value="debug."><option value="device."><option value="export."><option value="key."><option value="role."><option value="site."><option value="token."><option value="user."></datalist>
		<label>Object <input name="object" value="<?cs var:Search.Object ?>" autocapitalize="none" spellcheck="false"></label>
		<label>Person <select name="person"><option value="">Anybody</option><?cs each:person = People ?><option value="<?cs var:person.Id ?>"<?cs if:person.Current ?> selected<?cs /if ?>><?cs var:person.Name ?></option><?cs /each ?></select></label>
		<label>Since <input type="datetime-local" name="since" value="<?cs var:Search.Since ?>"<?cs if:Search.Error ?> aria-describedby="search-error"<?cs /if ?>></label>
		<label>till <input type="datetime-local" name="till" value="<?cs var:Search.Till ?>"<?cs if:Search.Error ?> aria-describedby="search-error"<?cs /if ?>></label>
		<button type="submit">Search</button>
		<?cs if:Search.Any ?><a class="button" href="/admin/audit">Show all</a><?cs /if ?>
	</form>
</section>
<section class="card" aria-labelledby="entries">
	<h2 id="entries">Entries</h2>
	<?cs if:subcount(Entries) ?>
	<div class="scroll" tabindex="0" role="region" aria-label="Table of the entries">
	<table>
		<thead><tr><th scope="col" class="number">No.</th><th scope="col">Time</th><th scope="col">Who</th><th scope="col">Act</th><th scope="col">Object</th><th scope="col">More</th></tr></thead>
		<tbody>
		<?cs each:entry = Entries ?>
		<tr>
			<td class="number"><?cs var:entry.Seq ?></td>
			<td><time datetime="<?cs var:entry.Iso ?>"><?cs var:entry.Time ?></time></td>
			<td><?cs var:entry.Who ?></td>
			<td><code><?cs var:entry.Act ?></code></td>
			<td><code><?cs var:entry.Object ?></code></td>
			<td><?cs if:entry.Detail ?><code><?cs var:entry.Detail ?></code><?cs /if ?></td>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:Older ?>
	<form class="ways" method="get" action="/admin/audit">
		<input type="hidden" name="act" value="<?cs var:Search.Act ?>">
		<input type="hidden" name="object" value="<?cs var:Search.Object ?>">
		<input type="hidden" name="person" value="<?cs var:Search.Person ?>">
		<input type="hidden" name="since" value="<?cs var:Search.Since ?>">
		<input type="hidden" name="till" value="<?cs var:Search.Till ?>">
		<button type="submit" name="before" value="<?cs var:Older ?>">Older entries</button>
	</form>
	<?cs /if ?>
	<?cs else ?><p class="none"><?cs if:Search.Any ?>No entry is like that.<?cs else ?>Nothing was done yet.<?cs /if ?></p><?cs /if ?>
</section>
<?cs if:Can.audit_export ?>
<section class="card" aria-labelledby="export">
	<h2 id="export">Export</h2>
	<p>The whole chain as JSON lines with its hashes and signed heads. <code>fluxctl audit verify FILE</code> checks it without a database.</p>
	<form class="ways" method="get" action="/admin/audit/export"><button type="submit">Download all entries</button></form>
</section>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
