-- fixture_end.sql - when every table has its rows: what the probe works with.

-- What it tries to give another tenant: one row of each table.
CREATE SCHEMA probe;
CREATE TABLE probe.sample (relation text PRIMARY KEY, sample jsonb NOT NULL);
DO $$
DECLARE
	r regclass;
BEGIN
	FOR r IN SELECT oid FROM pg_class
	          WHERE relnamespace = 'flux'::regnamespace
	            AND relkind IN ('r', 'p', 'v')
	LOOP
		EXECUTE format('INSERT INTO probe.sample
		    SELECT %L, to_jsonb(x) FROM %s x WHERE tenant_id = 8
		    LIMIT 1', r, r);
	END LOOP;
END $$;
-- A mistake that FORCE ROW LEVEL SECURITY has to make up for.
CREATE VIEW probe.owners_view AS SELECT tenant_id FROM flux.device;
ALTER VIEW probe.owners_view OWNER TO fl_owner;
GRANT SELECT ON probe.owners_view TO PUBLIC;
GRANT USAGE ON SCHEMA probe TO PUBLIC;
GRANT SELECT ON probe.sample TO PUBLIC;

ANALYZE;
