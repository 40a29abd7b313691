-- The way of a reading: landing, fresh, latest; and the accounts of it.
-- Column "block" is the format of lib/store/README.md.  The two tables that a
-- post writes have no foreign key to the tenant: the policy lets in no other
-- than the context's, and the check would cost a look-up a row.
SET LOCAL ROLE fl_owner;

-- The ledger: sent = stored + duplicate + rejected.  stored is NULL until
-- derive has consumed the batch.
CREATE TABLE flux.ingest_batch (
	tenant_id int NOT NULL,
	at        timestamptz NOT NULL,
	batch_id  bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	source_id int NOT NULL, -- the credential's gateway or device; 0: poller
	seq       text,         -- the sender's own number of the batch
	sent      int NOT NULL,
	rejected  int NOT NULL,
	stored    int,
	duplicate int,
	PRIMARY KEY (tenant_id, at, batch_id),
	CHECK (stored IS NULL OR sent = stored + duplicate + rejected)
) PARTITION BY RANGE (at);
CREATE INDEX ingest_batch_of_source
    ON flux.ingest_batch (tenant_id, source_id, at DESC);

-- What could not be taken, as it came, and why.
CREATE TABLE flux.dead_letter (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	at        timestamptz NOT NULL,
	dead_id   bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	source_id int NOT NULL,
	place     text NOT NULL, -- readings[7].values.flow_rate
	code      text NOT NULL, -- out_of_range
	detail    text NOT NULL,
	body      bytea NOT NULL,
	PRIMARY KEY (tenant_id, at, dead_id)
) PARTITION BY RANGE (at);

-- The answer to a batch that carried a key, given again to its repeats.
CREATE TABLE flux.replay (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	source_id int NOT NULL,
	key       text NOT NULL,
	at        timestamptz NOT NULL DEFAULT now(),
	status    int NOT NULL,
	reply     text NOT NULL,
	PRIMARY KEY (tenant_id, source_id, key)
);
CREATE INDEX replay_by_age ON flux.replay (tenant_id, at);

-- One coded row a batch; durable when its COMMIT returns.  This is the queue.
CREATE TABLE flux.landing (
	tenant_id  int NOT NULL,
	landing_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	at         timestamptz NOT NULL,
	batch_id   bigint NOT NULL,
	source_id  int NOT NULL,
	duplicate  int NOT NULL, -- found inside the batch itself
	t_min      timestamptz NOT NULL,
	t_max      timestamptz NOT NULL,
	n          int NOT NULL,
	block      bytea NOT NULL,
	PRIMARY KEY (tenant_id, landing_id)
);
ALTER TABLE flux.landing ALTER block SET STORAGE EXTERNAL;

-- Merged, all sensors together; 16 rows of a tier become one of the next.
-- Run i of the block is sensor[i], bytes offset_[i] .. offset_[i + 1].
CREATE TABLE flux.fresh (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	tier      smallint NOT NULL,
	fresh_id  bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	t_min     timestamptz NOT NULL,
	t_max     timestamptz NOT NULL,
	n         int NOT NULL,
	sensor    int[] NOT NULL,
	offset_   int[] NOT NULL,
	block     bytea NOT NULL,
	PRIMARY KEY (tenant_id, tier, fresh_id)
);
ALTER TABLE flux.fresh ALTER block SET STORAGE EXTERNAL;

-- The newest reading of each sensor by event time, one row a device; the
-- arrays run in parallel.  version says in which cycle the row last changed.
CREATE TABLE flux.latest (
	tenant_id int NOT NULL,
	device_id int NOT NULL,
	version   bigint NOT NULL,
	seen      timestamptz NOT NULL, -- when something last came in
	sensor    int[] NOT NULL,
	time      timestamptz[] NOT NULL,
	value     float8[] NOT NULL,
	quality   smallint[] NOT NULL,
	rev       int[] NOT NULL,
	PRIMARY KEY (tenant_id, device_id),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device
) WITH (fillfactor = 50);

-- A limit on a sensor, and what came of it.
CREATE TABLE flux.rule (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	rule_id   int GENERATED ALWAYS AS IDENTITY,
	sensor_id int NOT NULL,
	name      text NOT NULL,
	above     boolean NOT NULL, -- alarm above the limit, or below it
	threshold float8 NOT NULL,
	severity  smallint NOT NULL CHECK (severity BETWEEN 1 AND 4),
	enabled   boolean NOT NULL DEFAULT true,
	-- Judged up to this event time; older readings come too late.
	judged_at timestamptz NOT NULL DEFAULT '1970-01-01Z',
	PRIMARY KEY (tenant_id, rule_id),
	FOREIGN KEY (tenant_id, sensor_id) REFERENCES flux.sensor
);

CREATE TABLE flux.alert (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	alert_id  bigint GENERATED ALWAYS AS IDENTITY,
	rule_id   int NOT NULL,
	sensor_id int NOT NULL,
	raised_at timestamptz NOT NULL, -- event time of the reading
	value     float8 NOT NULL,
	ended_at  timestamptz,
	PRIMARY KEY (tenant_id, alert_id),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES flux.rule,
	FOREIGN KEY (tenant_id, sensor_id) REFERENCES flux.sensor
);
-- At most one active alert a rule.
CREATE UNIQUE INDEX alert_active ON flux.alert (tenant_id, rule_id)
    WHERE ended_at IS NULL;

-- A partition is under forced RLS from its first moment.  A month whose rows
-- the default partition holds already stays there.
CREATE FUNCTION flux.partition_make(parent text, child text, bounds text)
RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regclass('flux.' || child) IS NOT NULL THEN
		RETURN 0;
	END IF;
	EXECUTE format('CREATE TABLE flux.%I PARTITION OF flux.%I %s',
	    child, parent, bounds);
	EXECUTE format('ALTER TABLE flux.%I ENABLE ROW LEVEL SECURITY,
	    FORCE ROW LEVEL SECURITY', child);
	RETURN 1;
EXCEPTION WHEN check_violation THEN
	RETURN 0;
END $$;

-- Partitions are made three months ahead by the worker; the default one
-- takes what nobody has prepared for, so that ingest never fails for it.
-- Answers how many it made.
CREATE FUNCTION flux.partition_ahead() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parent text;
	month  timestamp;
	made   int := 0;
BEGIN
	FOREACH parent IN ARRAY ARRAY['ingest_batch', 'dead_letter'] LOOP
		made := made + flux.partition_make(parent, parent || '_other',
		    'DEFAULT');
		FOR i IN 0..3 LOOP
			month := date_trunc('month', now() AT TIME ZONE 'UTC')
			    + i * interval '1 month';
			made := made + flux.partition_make(parent,
			    parent || to_char(month, '_YYYY_MM'),
			    format('FOR VALUES FROM (%L) TO (%L)',
			        month::text || ' UTC',
			        (month + interval '1 month')::text || ' UTC'));
		END LOOP;
	END LOOP;
	RETURN made;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
SELECT flux.partition_ahead();

-- latest, unpacked: a row a sensor.
CREATE VIEW flux.latest_value
WITH (security_invoker = true, security_barrier = true) AS
SELECT l.tenant_id, l.device_id, u.sensor_id, u.time, u.value, u.quality,
       u.rev, l.seen, l.version
  FROM flux.latest l,
       unnest(l.sensor, l.time, l.value, l.quality, l.rev)
       AS u (sensor_id, time, value, quality, rev);

-- Each device with its state: online while its last sign of life is younger
-- than three of its own periods.
CREATE VIEW flux.device_state
WITH (security_invoker = true, security_barrier = true) AS
SELECT d.tenant_id, d.device_id, l.seen,
       CASE WHEN l.seen IS NULL THEN 'never'
            WHEN l.seen > now() - 3 * d.period THEN 'online'
            ELSE 'offline' END AS state
  FROM flux.device d
  LEFT JOIN flux.latest l USING (tenant_id, device_id);

-- The name and meaning of the FluxIO document; there the join with alerts
-- counted a device once for each of its alerts.
CREATE VIEW flux.dashboard_summary
WITH (security_invoker = true, security_barrier = true) AS
SELECT t.tenant_id,
       (SELECT count(*) FROM flux.device d
         WHERE d.tenant_id = t.tenant_id AND d.kind = 'device')
       AS total_devices,
       (SELECT count(*) FROM flux.latest l
          JOIN flux.device d USING (tenant_id, device_id)
         WHERE l.tenant_id = t.tenant_id AND d.kind = 'device'
           AND l.seen > now() - interval '15 min') AS online_devices,
       (SELECT count(*) FROM flux.alert a
         WHERE a.tenant_id = t.tenant_id AND a.ended_at IS NULL)
       AS active_alerts
  FROM flux.tenant t;
