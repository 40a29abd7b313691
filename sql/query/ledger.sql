-- name: ledger_load  (tenant, from, till, limit) -> source, name, batches, sent, stored, duplicate, rejected, thinned, lost, waiting, recovered, bytes, last_at
-- roles: fl_page fl_api
-- What each gateway sent in the span, and what became of it.  Readings that
-- derive has not consumed yet are waiting; recovered are those that were
-- refused first and came again from the dead letters.
SELECT d.key, d.name, count(*), sum(b.sent), coalesce(sum(b.stored), 0),
       coalesce(sum(b.duplicate), 0), sum(b.rejected), sum(b.thinned),
       sum(b.lost),
       coalesce(sum(b.sent - b.rejected - b.thinned)
           FILTER (WHERE b.stored IS NULL), 0),
       coalesce(sum(b.stored) FILTER (WHERE b.kind = 1), 0), sum(b.bytes),
       max(b.at)
  FROM flux.ingest_batch b
  LEFT JOIN flux.device d
    ON d.tenant_id = $1 AND d.device_id = b.source_id
 WHERE b.tenant_id = $1 AND b.at >= $2 AND b.at < $3
 GROUP BY d.key, d.name
 ORDER BY d.key NULLS LAST
 LIMIT $4;

-- name: ledger_days  (tenant, device, from, till) -> day, batches, sent, stored, duplicate, rejected, thinned, lost, waiting, recovered, bytes
-- roles: fl_page fl_api
-- The same of one gateway, or with "" of all, a day of UTC.
SELECT date_trunc('day', b.at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC',
       count(*), sum(b.sent), coalesce(sum(b.stored), 0),
       coalesce(sum(b.duplicate), 0), sum(b.rejected), sum(b.thinned),
       sum(b.lost),
       coalesce(sum(b.sent - b.rejected - b.thinned)
           FILTER (WHERE b.stored IS NULL), 0),
       coalesce(sum(b.stored) FILTER (WHERE b.kind = 1), 0), sum(b.bytes)
  FROM flux.ingest_batch b
 WHERE b.tenant_id = $1 AND b.at >= $3 AND b.at < $4
   AND ($2 = '' OR b.source_id = (SELECT device_id FROM flux.device d
           WHERE d.tenant_id = $1 AND d.key = $2))
 GROUP BY 1
 ORDER BY 1 DESC;

-- name: ledger_batches  (tenant, device, from, till, limit) -> at, seq, format, kind, sent, stored, duplicate, rejected, thinned, lost, is_waiting
-- roles: fl_page
-- The newest batches of a gateway.
SELECT b.at, coalesce(b.seq, ''), b.format, b.kind, b.sent,
       coalesce(b.stored, 0), coalesce(b.duplicate, 0), b.rejected, b.thinned,
       b.lost, b.stored IS NULL
  FROM flux.ingest_batch b
  JOIN flux.device d
    ON d.tenant_id = $1 AND d.device_id = b.source_id AND d.key = $2
 WHERE b.tenant_id = $1 AND b.at >= $3 AND b.at < $4
 ORDER BY b.at DESC, b.batch_id DESC
 LIMIT $5;

-- name: ledger_numbered  (tenant, device, from, till, limit) -> seq_of, seq_no, at
-- roles: fl_page fl_api
-- The batches of a gateway that are numbered, by what stands before their
-- numbers and in order of arrival.
SELECT b.seq_of, b.seq_no, b.at
  FROM flux.ingest_batch b
  JOIN flux.device d
    ON d.tenant_id = $1 AND d.device_id = b.source_id AND d.key = $2
 WHERE b.tenant_id = $1 AND b.at >= $3 AND b.at < $4 AND b.seq_of IS NOT NULL
 ORDER BY b.seq_of COLLATE "C", b.at, b.batch_id
 LIMIT $5;
