-- Readings that an edge agent had and gave up.
SET LOCAL ROLE fl_owner;

-- A gap grows until its agent has told all of it; lib/intake/gap.h.
CREATE TABLE flux.gap (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	source_id int NOT NULL, -- the gateway; 0: the poller of this cell
	gap_id    bigint NOT NULL, -- the agent's own
	sensor_id int NOT NULL, -- 0: any that the agent reads
	t_from    timestamptz NOT NULL,
	t_to      timestamptz NOT NULL,
	count     bigint NOT NULL CHECK (count >= 0), -- 0: nobody can say
	reason    smallint NOT NULL CHECK (reason BETWEEN 1 AND 4),
	at        timestamptz NOT NULL DEFAULT now(), -- when it was last told
	PRIMARY KEY (tenant_id, source_id, gap_id),
	CHECK (t_from <= t_to)
);
CREATE INDEX gap_of_sensor ON flux.gap (tenant_id, sensor_id, t_to);

-- What an agent tells, and how many readings of it were not known to be
-- missing.  Told again, a gap only grows; a sensor of another tenant is none.
CREATE FUNCTION flux.gap_put(t int, source int, ids bigint[], sensors int[],
    froms timestamptz[], tos timestamptz[], counts bigint[], reasons int[])
RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH told AS (
		SELECT DISTINCT ON (u.id) u.id, u.f, u.o, u.n, u.reason,
		       coalesce(s.sensor_id, 0) AS sensor
		  FROM unnest(ids, sensors, froms, tos, counts, reasons)
		       AS u (id, sensor, f, o, n, reason)
		  LEFT JOIN flux.sensor s
		    ON s.tenant_id = t AND s.sensor_id = u.sensor
		 ORDER BY u.id, u.n DESC
	), was AS (
		SELECT g.gap_id, g.count
		  FROM flux.gap g
		 WHERE g.tenant_id = t AND g.source_id = source
		   AND g.gap_id = ANY (ids)
	), is_now AS (
		INSERT INTO flux.gap AS g (tenant_id, source_id, gap_id,
		       sensor_id, t_from, t_to, count, reason)
		SELECT t, source, id, sensor, f, o, n, reason
		  FROM told
		    ON CONFLICT (tenant_id, source_id, gap_id) DO UPDATE
		   SET t_from = least(g.t_from, excluded.t_from),
		       t_to = greatest(g.t_to, excluded.t_to),
		       count = greatest(g.count, excluded.count), at = now()
		RETURNING g.gap_id, g.count
	)
	SELECT coalesce(least(sum(n.count - coalesce(w.count, 0)), 1e9), 0)
	       ::bigint -- the ledger has no more in one batch
	  FROM is_now n
	  LEFT JOIN was w USING (gap_id)
$$;

-- What is kept for a time, and gaps.
DO $$
DECLARE
	old text := (SELECT p.prosrc FROM pg_proc p
	    WHERE p.oid = 'flux.retention_target()'::regprocedure);
BEGIN
	EXECUTE format('CREATE OR REPLACE FUNCTION flux.retention_target()
	    RETURNS TABLE (class text, relation text, at text, series text)
	    LANGUAGE sql IMMUTABLE AS %L', old || '
	UNION ALL VALUES (''event'', ''gap'', ''at'', NULL)');
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
