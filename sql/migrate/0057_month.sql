-- A month is made, and dropped, under a lock that every reader of its table
-- waits for; so each is a transaction of its own, with a lock on one table
-- only.  Years of late readings had all their months made in one, and whoever
-- wanted to read meanwhile waited until he gave up.
SET LOCAL ROLE fl_owner;

DROP FUNCTION flux.partition_chunk(timestamptz[]),
    flux.partition_rollup(timestamptz[]),
    flux.partition_drop_empty();

-- The month in which that is, of a table that late readings reach; answers how
-- many were made.  The clock's plausible range bounds how many there can be.
CREATE FUNCTION flux.partition_at(parent text, at timestamptz) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(sum(flux.partition_month(parent,
	           date_trunc('month', at AT TIME ZONE 'UTC'))), 0)::int
	 WHERE parent IN ('chunk', 'rollup_hour', 'rollup_day')
	   AND at >= '1970-01-01Z' AND at < now() + interval '1 month'
$$;

-- Make one month that is missing of this and the next three; is there one?
CREATE FUNCTION flux.partition_next() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT parent, month
	           FROM flux.partition_parents() AS parent
	          CROSS JOIN generate_series(
	                date_trunc('month', now() AT TIME ZONE 'UTC'),
	                now() AT TIME ZONE 'UTC' + interval '3 months',
	                interval '1 month') AS month
	          WHERE to_regclass('flux.' || parent
	                    || to_char(month, '_YYYY_MM')) IS NULL
	          ORDER BY month, parent
	LOOP
		IF flux.partition_month(p.parent, p.month) > 0 THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

-- Drop one month's partition in which nothing of any tenant is left; is there
-- one?  Row-level security would show its owner an empty table, so it is lifted
-- where nobody else can see it, and a look at one that is used is undone with
-- its lock.  Whoever uses the table goes first; young ones are left (0030).
CREATE FUNCTION flux.partition_drop_next() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '200ms' AS $$
DECLARE
	p record;
	is_used boolean;
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
			IF is_used THEN
				RAISE raise_exception;
			END IF;
			EXECUTE format('DROP TABLE %s', p.name);
			RETURN true;
		EXCEPTION WHEN raise_exception OR lock_not_available
		    OR deadlock_detected THEN
		END;
	END LOOP;
	RETURN false;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.partition_at(text, timestamptz),
    flux.partition_next(), flux.partition_drop_next() TO fl_worker;
