-- name: ledger_load  (tenant, from, till, limit) -> source, batches, sent, stored, duplicate, rejected, lost, waiting, last_at
-- roles: fl_api
-- What each gateway sent in the span, and what became of it.  Readings that
-- derive has not consumed yet are waiting.
SELECT d.key, count(*), sum(b.sent), coalesce(sum(b.stored), 0),
       coalesce(sum(b.duplicate), 0), sum(b.rejected), sum(b.lost),
       coalesce(sum(b.sent - b.rejected) FILTER (WHERE b.stored IS NULL), 0),
       max(b.at)
  FROM flux.ingest_batch b
  LEFT JOIN flux.device d
    ON d.tenant_id = $1 AND d.device_id = b.source_id
 WHERE b.tenant_id = $1 AND b.at >= $2 AND b.at < $3
 GROUP BY d.key
 ORDER BY d.key NULLS LAST
 LIMIT $4;
