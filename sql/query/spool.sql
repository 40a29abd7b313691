-- name: spool_drain  (tenant, ids, creds, devices, ats) -> ordinal, held
-- roles: fl_worker
-- Which of these bodies were never stored, and whether their keys held when
-- they came.
WITH asked AS (
	SELECT n, id, cred, device, at
	  FROM unnest($2::bytea[], $3::bigint[], $4::int[], $5::timestamptz[])
	  WITH ORDINALITY AS a (id, cred, device, at, n)
), fresh AS (
	INSERT INTO flux.drained (tenant_id, spool_id)
	SELECT $1, id FROM asked
	    ON CONFLICT DO NOTHING
	RETURNING spool_id
)
SELECT a.n::int, ctx.cred_held(a.cred, a.device, a.at)
  FROM asked a
  JOIN fresh f ON f.spool_id = a.id
 ORDER BY a.n;

-- name: spool_forget  (tenant, before)
-- roles: fl_worker
DELETE FROM flux.drained WHERE tenant_id = $1 AND at < $2;

-- name: health_look  () -> months
-- roles: fl_worker
-- open
SELECT ctx.health();
