<?cs #
	ledger.cs - what each gateway sent, and what became of it.

	Dataset: head.cs, and
	Here                    "/ledger"
	Spans, Span             as in device.cs; times are UTC
	Total                   an account, all gateways together
	Sources.N               an account, and
	Sources.N.Name .Key     of the gateway; no Key: the poller
	Sources.N.Href          of its page, begins with "/"; absent: it has none
	Sources.N.Last .Age     of the newest batch: ISO 8601 UTC, "4 min"
	An account: .Batches .Sent .Stored .Duplicate .Rejected .Thinned .Lost
	.Waiting .Bytes, formatted; .Recovered where it is not 0
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<h1><?cs var:Page.Title ?></h1>
<?cs call:data_pages("ledger") ?>
<?cs call:span_choice("Span of the ledger") ?>
<?cs if:subcount(Sources) ?>
<div class="scroll" tabindex="0" role="region" aria-label="Table of the ledger">
<table>
	<thead><tr><th scope="col">Gateway</th><?cs call:account_heads() ?><th scope="col">Last batch</th></tr></thead>
	<tbody>
	<?cs each:x = Sources ?>
	<tr>
		<th scope="row"><?cs if:x.Href ?><a href="<?cs var:url_validate(x.Href) ?>"><?cs var:x.Name ?></a><br><code><?cs var:x.Key ?></code><?cs else ?><?cs var:x.Name ?><?cs /if ?></th>
		<?cs call:account_cells(x) ?>
		<td><time datetime="<?cs var:x.Last ?>"><?cs var:x.Age ?></time> ago</td>
	</tr>
	<?cs /each ?>
	</tbody>
	<tfoot><tr><th scope="row">All</th><?cs call:account_cells(Total) ?><td></td></tr></tfoot>
</table>
</div>
<p class="note">Sent is stored, duplicate, rejected, thinned, lost and waiting together. What was rejected is kept as a dead letter.</p>
<?cs else ?><p class="none">Nothing was sent in this span.</p><?cs /if ?>
<?cs include:"layout/foot.cs" ?>
