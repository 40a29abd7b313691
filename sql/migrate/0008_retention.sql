-- How long data are kept, and the proof of what was deleted.
--
-- Three classes: raw readings, rollups, events.  A rule is a tenant's, for
-- one metric (a capability, or a kind of sensor) or for all of them ('*');
-- where a tenant has none, its plan decides.  Nothing here touches ingest.
SET LOCAL ROLE fl_owner;

ALTER TABLE flux.tenant ADD plan text NOT NULL DEFAULT 'standard'
	CHECK (plan IN ('basic', 'standard', 'premium'));

-- What each plan keeps where the tenant says nothing.
CREATE FUNCTION flux.retention_plan()
RETURNS TABLE (plan text, class text, keep interval, archive boolean)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES ('basic',    'raw',    interval '7 days',   false),
	       ('basic',    'rollup', interval '6 months', false),
	       ('basic',    'event',  interval '2 years',  false),
	       ('standard', 'raw',    interval '30 days',  false),
	       ('standard', 'rollup', interval '24 months', false),
	       ('standard', 'event',  interval '5 years',  false),
	       ('premium',  'raw',    interval '90 days',  true),
	       ('premium',  'rollup', interval '60 months', false),
	       ('premium',  'event',  interval '10 years', false)
$$;

-- keep NULL: for ever.  Only raw readings go into an archive.
CREATE TABLE flux.retention (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	class     text NOT NULL CHECK (class IN ('raw', 'rollup', 'event')),
	metric    text NOT NULL DEFAULT '*',
	keep      interval CHECK (keep >= interval '1 day'
	                          AND keep <= interval '100 years'),
	archive   boolean NOT NULL DEFAULT false
	          CHECK (class = 'raw' OR NOT archive),
	PRIMARY KEY (tenant_id, class, metric)
);

-- Spans that are not deleted before `until`: what came back from an archive.
CREATE TABLE flux.hold (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	hold_id   bigint GENERATED ALWAYS AS IDENTITY,
	t_min     timestamptz NOT NULL,
	t_max     timestamptz NOT NULL,
	until     timestamptz NOT NULL,
	why       text NOT NULL,
	PRIMARY KEY (tenant_id, hold_id)
);

-- The certificate of each deletion.  The arrays run in parallel, an element a
-- sensor; they are of raw readings only.
CREATE TABLE flux.deletion (
	tenant_id   int NOT NULL REFERENCES flux.tenant,
	deletion_id bigint GENERATED ALWAYS AS IDENTITY,
	at          timestamptz NOT NULL DEFAULT now(),
	deleted_by  text NOT NULL,
	class       text NOT NULL,
	relation    text NOT NULL,
	metric      text NOT NULL,
	month       date NOT NULL,
	t_min       timestamptz NOT NULL,
	t_max       timestamptz NOT NULL,
	rows        bigint NOT NULL,
	readings    bigint NOT NULL DEFAULT 0,
	bytes       bigint NOT NULL,
	sensor      int[] NOT NULL DEFAULT '{}',
	first       timestamptz[] NOT NULL DEFAULT '{}',
	last        timestamptz[] NOT NULL DEFAULT '{}',
	n           bigint[] NOT NULL DEFAULT '{}',
	file        text, -- within the archive's folder; NULL: no archive
	sha256      text,
	PRIMARY KEY (tenant_id, deletion_id),
	CHECK ((file IS NULL) = (sha256 IS NULL))
);
CREATE INDEX deletion_of_file ON flux.deletion (tenant_id, sha256)
    WHERE sha256 IS NOT NULL;

-- When retention last went through the tenant's data to the end.
CREATE TABLE flux.retained (
	tenant_id int PRIMARY KEY REFERENCES flux.tenant,
	ran_at    timestamptz NOT NULL DEFAULT '1970-01-01Z'
);

-- Below a sensor's floor raw readings are gone, and rollups stay as they are.
CREATE TABLE IF NOT EXISTS flux.raw_floor (
	tenant_id int NOT NULL,
	sensor_id int NOT NULL,
	floor     timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, sensor_id)
);

-- The tenant's rules, and its plan's where it has none of its own.
CREATE FUNCTION flux.retention_rule(t int)
RETURNS TABLE (class text, metric text, keep interval, archive boolean,
    origin text)
LANGUAGE sql STABLE AS $$
	SELECT r.class, r.metric, r.keep, r.archive, 'tenant'
	  FROM flux.retention r WHERE r.tenant_id = t
	UNION ALL
	SELECT p.class, '*', p.keep, p.archive, 'plan ' || p.plan
	  FROM flux.tenant o JOIN flux.retention_plan() p ON p.plan = o.plan
	 WHERE o.tenant_id = t
	   AND NOT EXISTS (SELECT FROM flux.retention r WHERE r.tenant_id = t
	        AND r.class = p.class AND r.metric = '*')
$$;

-- What is older than this goes: a whole number of UTC days.
CREATE FUNCTION flux.retention_cutoff(keep interval, at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE AS $$
	SELECT date_trunc('day', at AT TIME ZONE 'UTC' - keep)
	       AT TIME ZONE 'UTC'
$$;

-- Each series (a sensor, or a facet of one) with the rule that it is under:
-- its capability's before its kind's before the one for all.
CREATE FUNCTION flux.retention_series(t int, of_class text)
RETURNS TABLE (series int, sensor int, metric text, keep interval,
    archive boolean)
LANGUAGE sql STABLE AS $$
	SELECT s.series, s.sensor, r.metric, r.keep, r.archive
	  FROM (SELECT s.sensor_id, s.sensor_id, s.capability, s.kind
	          FROM flux.sensor s WHERE s.tenant_id = t
	        UNION ALL
	        SELECT f.facet_id, s.sensor_id, s.capability, s.kind
	          FROM flux.facet f
	          JOIN flux.sensor s
	            ON s.tenant_id = t AND s.sensor_id = f.sensor_id
	         WHERE f.tenant_id = t) AS s (series, sensor, capability, kind),
	       LATERAL (SELECT r.metric, r.keep, r.archive
	          FROM flux.retention_rule(t) r
	         WHERE r.class = of_class
	           AND r.metric IN (s.capability, s.kind, '*')
	         ORDER BY CASE r.metric WHEN '*' THEN 2 WHEN s.kind THEN 1
	                  ELSE 0 END
	         LIMIT 1) r
$$;

-- Up to when each sensor's readings are in the rollups.
CREATE FUNCTION flux.retention_rolled(t int)
RETURNS TABLE (sensor int, upto timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF to_regclass('flux.rolled') IS NULL THEN
		RETURN QUERY SELECT s.sensor_id, timestamptz 'infinity'
		  FROM flux.sensor s WHERE s.tenant_id = t;
		RETURN;
	END IF;
	RETURN QUERY EXECUTE 'SELECT u.sensor, u.upto
	    FROM flux.rolled o, unnest(o.sensor, o.upto) AS u (sensor, upto)
	    WHERE o.tenant_id = $1' USING t;
END $$;

-- The chunks that may go: their UTC day is past, nobody holds them, and the
-- rollups have them, late readings too.
CREATE FUNCTION flux.retention_chunk(t int, at timestamptz)
RETURNS TABLE (sensor_id int, t_min timestamptz, t_max timestamptz, n int,
    bytes int, metric text, archive boolean, month timestamp)
LANGUAGE sql STABLE AS $$
	SELECT c.sensor_id, c.t_min, c.t_max, c.n, octet_length(c.run),
	       s.metric, s.archive,
	       date_trunc('month', c.t_min AT TIME ZONE 'UTC')
	  FROM flux.retention_series(t, 'raw') s
	  JOIN flux.retention_rolled(t) o ON o.sensor = s.sensor
	  JOIN flux.chunk c
	    ON c.tenant_id = t AND c.sensor_id = s.series
	   AND c.t_min < flux.retention_cutoff(s.keep, at)
	   AND c.t_max <= o.upto
	 WHERE NOT EXISTS (SELECT FROM flux.hold h
	        WHERE h.tenant_id = t AND h.until > at
	          AND h.t_min <= c.t_max AND h.t_max >= c.t_min)
	   AND NOT EXISTS (SELECT FROM flux.mark m
	        WHERE m.tenant_id = t
	          AND m.sensor && ARRAY[s.series, s.sensor])
$$;

-- Everything else that is kept for a time; series NULL: of no sensor.
CREATE FUNCTION flux.retention_target()
RETURNS TABLE (class text, relation text, at text, series text)
LANGUAGE sql IMMUTABLE AS $$
	VALUES ('rollup', 'rollup_hour',  'start',    'sensor_id'),
	       ('rollup', 'rollup_day',   'start',    'sensor_id'),
	       ('event',  'alert',        'ended_at', 'sensor_id'),
	       ('event',  'dead_letter',  'at',       NULL),
	       ('event',  'ingest_batch', 'at',       NULL),
	       ('event',  'quarantine',   'at',       NULL)
$$;

-- A target's rows that may go, as the text of "FROM ... WHERE ...", with $1
-- the tenant and $2 the time.  NULL: this installation has no such table.
CREATE FUNCTION flux.retention_where(class text, relation text, at text,
    series text)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT format('flux.%I x, %s r
	    WHERE x.tenant_id = $1 AND %s
	      AND x.%I < flux.retention_cutoff(r.keep, $2)', relation,
	    CASE WHEN series IS NULL
	    THEN format('(SELECT * FROM flux.retention_rule($1) o
	         WHERE o.class = %L AND o.metric = ''*'')', class)
	    ELSE format('flux.retention_series($1, %L)', class) END,
	    CASE WHEN series IS NULL THEN 'true'
	    ELSE format('x.%I = r.series', series) END, at)
	 WHERE to_regclass('flux.' || relation) IS NOT NULL
$$;

-- What of the targets would go.
CREATE FUNCTION flux.retention_due(t int, at timestamptz)
RETURNS TABLE (class text, relation text, metric text, month timestamp,
    rows bigint, bytes bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT o.*, flux.retention_where(o.class, o.relation, o.at,
	                o.series) AS due
	           FROM flux.retention_target() o
	LOOP
		CONTINUE WHEN g.due IS NULL;
		RETURN QUERY EXECUTE format('SELECT %L, %L, r.metric,
		    date_trunc(''month'', x.%I AT TIME ZONE ''UTC''),
		    count(*), sum(pg_column_size(x.*))::bigint
		    FROM %s GROUP BY 3, 4', g.class, g.relation, g.at, g.due)
		    USING t, at;
	END LOOP;
END $$;

-- Delete about so many of the oldest rows of each target and certify it;
-- answers how many it deleted.  The certificate goes by metric and month.
CREATE FUNCTION flux.retention_expire(t int, now_at timestamptz, most int,
    who text)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	g record;
	till timestamptz;
	n bigint;
	total bigint := 0;
BEGIN
	FOR g IN SELECT o.*, flux.retention_where(o.class, o.relation, o.at,
	                o.series) AS due
	           FROM flux.retention_target() o
	LOOP
		CONTINUE WHEN g.due IS NULL;
		EXECUTE format('SELECT max(at) FROM (SELECT x.%1$I AS at
		    FROM %2$s ORDER BY x.%1$I LIMIT $3) s', g.at, g.due)
		    INTO till USING t, now_at, most;
		CONTINUE WHEN till IS NULL;
		EXECUTE format('WITH gone AS (DELETE FROM %1$s AND x.%2$I <= $3
		    RETURNING r.metric, x.%2$I AS at,
		              pg_column_size(x.*) AS bytes),
		kept AS (INSERT INTO flux.deletion (tenant_id, deleted_by,
		    class, relation, metric, month, t_min, t_max, rows, bytes)
		SELECT $1, $4, %3$L, %4$L, metric,
		       date_trunc(''month'', at AT TIME ZONE ''UTC''),
		       min(at), max(at), count(*), sum(bytes)
		  FROM gone GROUP BY metric, 6 RETURNING rows)
		SELECT coalesce(sum(rows), 0) FROM kept',
		    replace(g.due, ' x, ', ' x USING '), g.at, g.class,
		    g.relation)
		    INTO n USING t, now_at, till, who;
		total := total + n;
	END LOOP;
	RETURN total;
END $$;

-- Drop the months' partitions in which nothing of any tenant is left; answers
-- how many.  Row-level security would show its owner an empty table, so it is
-- lifted from that partition, which nobody else can see meanwhile.  Whoever
-- uses the table goes first: then it is left for another day.
CREATE FUNCTION flux.partition_drop_empty() RETURNS int
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
