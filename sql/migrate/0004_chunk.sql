-- The last level of the store: readings packed by sensor, and what was found
-- damaged on the way.
SET LOCAL ROLE fl_owner;

-- One run of one sensor, of one UTC day; the chunks of a sensor never overlap
-- in time.  Column "run" is a run of lib/store/README.md.
CREATE TABLE flux.chunk (
	tenant_id int NOT NULL,
	sensor_id int NOT NULL,
	t_min     timestamptz NOT NULL,
	t_max     timestamptz NOT NULL,
	n         int NOT NULL,
	run       bytea NOT NULL,
	PRIMARY KEY (tenant_id, sensor_id, t_min)
) PARTITION BY RANGE (t_min);
ALTER TABLE flux.chunk ALTER run SET STORAGE EXTERNAL;

-- Who packs a tenant holds its row; the cycle's owner holds flux.tenant.
CREATE TABLE flux.packing (
	tenant_id int PRIMARY KEY REFERENCES flux.tenant,
	packed_at timestamptz NOT NULL DEFAULT '1970-01-01Z'
);

-- Bytes whose checksum is wrong, moved out of the way; the span they covered
-- is named in every answer about it.  sensor_id 0: of several sensors.
CREATE TABLE flux.quarantine (
	tenant_id     int NOT NULL REFERENCES flux.tenant,
	quarantine_id bigint GENERATED ALWAYS AS IDENTITY,
	at            timestamptz NOT NULL DEFAULT now(),
	level         text NOT NULL
	              CHECK (level IN ('landing', 'fresh', 'chunk')),
	sensor_id     int NOT NULL,
	t_min         timestamptz NOT NULL,
	t_max         timestamptz NOT NULL,
	n             int NOT NULL,
	why           text NOT NULL,
	bytes         bytea NOT NULL,
	PRIMARY KEY (tenant_id, quarantine_id)
);

-- A batch that was damaged while it lay in landing is neither stored nor
-- rejected; the ledger says so.
ALTER TABLE flux.ingest_batch
	ADD lost int NOT NULL DEFAULT 0,
	DROP CONSTRAINT ingest_batch_check,
	ADD CONSTRAINT ingest_batch_balance CHECK
	    (stored IS NULL OR sent = stored + duplicate + rejected + lost);

-- fresh: when the row was made, so that packing can go by age.
ALTER TABLE flux.fresh ADD at timestamptz NOT NULL DEFAULT now();

-- Make one month's partition of a table that is partitioned by month.
CREATE FUNCTION flux.partition_month(parent text, month timestamp) RETURNS int
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT flux.partition_make(parent, parent || to_char(month, '_YYYY_MM'),
	    format('FOR VALUES FROM (%L) TO (%L)', month::text || ' UTC',
	        (month + interval '1 month')::text || ' UTC'))
$$;

-- The tables that are partitioned by month.
CREATE FUNCTION flux.partition_parents() RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.relname::text FROM pg_partitioned_table p
	  JOIN pg_class c ON c.oid = p.partrelid
	 WHERE c.relnamespace = 'flux'::regnamespace
	 ORDER BY 1
$$;

CREATE OR REPLACE FUNCTION flux.partition_ahead() RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT sum(flux.partition_make(p, p || '_other', 'DEFAULT')
	    + (SELECT sum(flux.partition_month(p, date_trunc('month',
	           now() AT TIME ZONE 'UTC') + i * interval '1 month'))
	         FROM generate_series(0, 3) i))
	  FROM flux.partition_parents() p
$$;

-- The months of chunk that late readings need; the clock's plausible range
-- bounds how many there can be.
CREATE FUNCTION flux.partition_chunk(days timestamptz[]) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(sum(flux.partition_month('chunk', month)), 0)::int
	  FROM (SELECT DISTINCT date_trunc('month', day AT TIME ZONE 'UTC')
	          FROM unnest(days) AS day
	         WHERE day >= '2000-01-01Z'
	           AND day < now() + interval '1 month') m (month)
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
SELECT flux.partition_ahead();
