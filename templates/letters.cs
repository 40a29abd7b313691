<?cs #
	letters.cs - what was refused, the newest first.

	Dataset: head.cs, and
	Search.Gateway .Code .State   what is asked for; may be empty
	Codes.N.Code .N .Current   why letters were refused, how many, 1: asked for
	States.N.State .Current    open | replayed | dropped
	Letters.N                  letter:
	  .Id .Href                its number, its page
	  .Iso .Time               when it came, "1 Mar 2026 13:05:10", UTC
	  .Gateway                 name of who sent it
	  .Place                   "readings[7].values.flow_rate"; "": all of it
	  .Code .Detail            "out_of_range", a sentence
	  .Device .Sensor          as the sender calls them; may be empty
	  .Value .Unit             as sent; may be empty
	  .State .Open .Whole      1: it can be replayed or dropped; 1: all is kept
	Older                      the number to go on from; absent: no more
	Orders.N.Iso .Time .Gateway .State   what was given in again last:
	                           waiting | done
	Orders.N.Device .Sensor    of this name; Sensor "": chosen letters
	Orders.N.Taken .Recovered .Refused   letters, readings, letters
	The form posts id (several) and csrf to /admin/letters/replay and drop.
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<p class="note">What was refused is kept here with its reason. Mend what is wrong, and replay it: it is stored as if it came now, at its own time. Times are UTC.</p>
<form class="find" method="get" action="/admin/letters" role="search">
	<label>Gateway <input name="gateway" value="<?cs var:Search.Gateway ?>" autocapitalize="none" spellcheck="false" placeholder="all"></label>
	<label>Reason <select name="code"><option value="">all</option><?cs each:c = Codes ?><option value="<?cs var:c.Code ?>"<?cs if:c.Current ?> selected<?cs /if ?>><?cs var:c.Code ?> (<?cs var:c.N ?>)</option><?cs /each ?></select></label>
	<label>State <select name="state"><option value="">all</option><?cs each:s = States ?><option value="<?cs var:s.State ?>"<?cs if:s.Current ?> selected<?cs /if ?>><?cs var:s.State ?></option><?cs /each ?></select></label>
	<button type="submit">Show</button>
</form>
<?cs if:subcount(Orders) ?>
<section class="card" aria-labelledby="orders">
	<h2 id="orders">Replayed last</h2>
	<ul class="reasons"><?cs each:o = Orders ?><li><time datetime="<?cs var:o.Iso ?>"><?cs var:o.Time ?></time> · <?cs var:o.Gateway ?> · <?cs if:o.Sensor ?><?cs if:o.Device ?><?cs var:o.Device ?> › <?cs /if ?><?cs var:o.Sensor ?><?cs else ?>chosen letters<?cs /if ?> · <?cs if:o.State == "waiting" ?>at work, <?cs /if ?><?cs var:o.Taken ?> letters: <?cs var:o.Recovered ?> readings recovered, <?cs var:o.Refused ?> refused once more</li><?cs /each ?></ul>
</section>
<?cs /if ?>
<?cs if:subcount(Letters) ?>
<section class="card" aria-label="Dead letters">
	<form method="post" action="/admin/letters/replay">
	<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
	<div class="scroll" tabindex="0" role="region" aria-label="Table of the dead letters">
	<table>
		<thead><tr><?cs if:Can.devices_write ?><th scope="col">Choose</th><?cs /if ?><th scope="col">Time</th><th scope="col">Gateway</th><th scope="col">Where</th><th scope="col">Value</th><th scope="col">Reason</th></tr></thead>
		<tbody>
		<?cs each:l = Letters ?>
		<tr>
			<?cs if:Can.devices_write ?><td><?cs if:l.Open ?><label class="tick"><input type="checkbox" name="id" value="<?cs var:l.Id ?>" checked><span class="hidden">Letter <?cs var:l.Id ?></span></label><?cs /if ?></td><?cs /if ?>
			<td><a href="<?cs var:url_validate(l.Href) ?>"><time datetime="<?cs var:l.Iso ?>"><?cs var:l.Time ?></time></a></td>
			<td><?cs var:l.Gateway ?></td>
			<td><?cs if:l.Place ?><code><?cs var:l.Place ?></code><?cs else ?>the whole body<?cs /if ?></td>
			<td><?cs if:l.Value ?><code><?cs var:l.Value ?></code> <?cs var:l.Unit ?><?cs /if ?></td>
			<td><code><?cs var:l.Code ?></code><?cs if:!l.Open ?> <span class="tag"><?cs var:l.State ?></span><?cs /if ?><br><span class="note"><?cs var:l.Detail ?></span></td>
		</tr>
		<?cs /each ?>
		</tbody>
	</table>
	</div>
	<?cs if:Can.devices_write ?><p class="ways"><button class="main" type="submit">Replay the chosen</button> <button type="submit" formaction="/admin/letters/drop">Drop the chosen</button></p><?cs /if ?>
	</form>
	<?cs if:Older ?>
	<form class="ways" method="get" action="/admin/letters">
		<input type="hidden" name="gateway" value="<?cs var:Search.Gateway ?>">
		<input type="hidden" name="code" value="<?cs var:Search.Code ?>">
		<input type="hidden" name="state" value="<?cs var:Search.State ?>">
		<button type="submit" name="before" value="<?cs var:Older ?>">Older letters</button>
	</form>
	<?cs /if ?>
</section>
<?cs else ?><p class="none">No letter is like that.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
