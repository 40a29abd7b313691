-- The next export is chosen once: a subquery with LIMIT 1 that locks may be
-- run once a row by the planner, and what was marked along with it waited for
-- two minutes.
SET LOCAL ROLE fl_ctx;

CREATE OR REPLACE FUNCTION ctx.export_next()
RETURNS TABLE (tenant_id int, export_id int)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH n AS MATERIALIZED (
		SELECT x.tenant_id, x.export_id FROM ctx.export x
		  JOIN ctx.tenant_home h ON h.tenant_id = x.tenant_id
		 WHERE (x.state = 'waits' OR x.state = 'runs'
		       AND x.seen_at < now() - interval '2 min')
		   AND NOT ctx.is_erased(x.tenant_id)
		   AND h.dsn IS NULL AND h.moving IS NULL
		 ORDER BY x.asked_at LIMIT 1 FOR UPDATE OF x SKIP LOCKED
	)
	UPDATE ctx.export y SET state = 'runs', seen_at = now()
	  FROM n
	 WHERE y.tenant_id = n.tenant_id AND y.export_id = n.export_id
	RETURNING y.tenant_id, y.export_id
$$;
