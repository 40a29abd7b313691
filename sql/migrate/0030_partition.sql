-- A month that was made for rows which are about to come is empty at first.
-- Whoever drops empty months leaves the young ones, or those rows would go
-- to the default partition and the month could never be made again.  The
-- catalogue keeps no time of making, so the comment of a month does.
SET LOCAL ROLE fl_owner;

CREATE OR REPLACE FUNCTION flux.partition_make(parent text, child text,
    bounds text) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regclass('flux.' || child) IS NOT NULL THEN
		RETURN 0;
	END IF;
	EXECUTE format('CREATE TABLE flux.%I PARTITION OF flux.%I %s',
	    child, parent, bounds);
	EXECUTE format('ALTER TABLE flux.%I ENABLE ROW LEVEL SECURITY,
	    FORCE ROW LEVEL SECURITY', child);
	EXECUTE format('COMMENT ON TABLE flux.%I IS %L', child,
	    'made ' || to_char(now() AT TIME ZONE 'UTC',
	        'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
	RETURN 1;
EXCEPTION WHEN check_violation OR duplicate_table OR unique_violation THEN
	RETURN 0;
END $$;

-- When a partition was made; -infinity for one of before this migration.
CREATE FUNCTION flux.partition_made(child oid) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(substring(obj_description(child, 'pg_class')
	    FROM '^made (.*)$')::timestamptz, '-infinity')
$$;

-- Drop the months' partitions in which nothing of any tenant is left; answers
-- how many.  As it was in 0008, but for the young.
CREATE OR REPLACE FUNCTION flux.partition_drop_empty() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '200ms' AS $$
DECLARE
	p record;
	is_used boolean;
	dropped int := 0;
BEGIN
	FOR p IN SELECT c.oid::regclass AS name
	           FROM pg_inherits i
	           JOIN pg_class c ON c.oid = i.inhrelid
	           JOIN pg_class o ON o.oid = i.inhparent
	          WHERE o.relnamespace = 'flux'::regnamespace
	            AND o.relkind = 'p'
	            AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
	            AND to_date(right(c.relname, 7), 'YYYY_MM')
	                + interval '2 months' < now() AT TIME ZONE 'UTC'
	            AND flux.partition_made(c.oid)
	                < now() - interval '1 hour'
	          ORDER BY c.relname
	LOOP
		BEGIN
			EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE',
			    p.name);
			EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL
			    SECURITY', p.name);
			EXECUTE format('SELECT EXISTS (SELECT FROM %s)',
			    p.name) INTO is_used;
			EXECUTE CASE WHEN is_used
			    THEN format('ALTER TABLE %s FORCE ROW LEVEL
			        SECURITY', p.name)
			    ELSE format('DROP TABLE %s', p.name) END;
			dropped := dropped + (NOT is_used)::int;
		EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
		END;
	END LOOP;
	RETURN dropped;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
