-- What the ledger, the dead letters and the mapping of a gateway know more:
-- which format a batch had and how it came, what a refused reading said, what
-- a sender's names lead to, and why a reading is not quite as it was sent.
SET LOCAL ROLE fl_owner;

-- format: lib/intake/format.h.  kind: 0 posted, 1 replayed from dead letters,
-- 2 imported, 3 polled, 4 drained after an outage.  seq_of, seq_no: the
-- sender's number of the batch where it counts, "gw7-" and 183.
ALTER TABLE flux.ingest_batch
	ADD format  smallint NOT NULL DEFAULT 0,
	ADD kind    smallint NOT NULL DEFAULT 0,
	ADD thinned int NOT NULL DEFAULT 0,
	ADD t_min   timestamptz,
	ADD t_max   timestamptz,
	ADD seq_of  text,
	ADD seq_no  bigint,
	DROP CONSTRAINT ingest_batch_balance,
	ADD CONSTRAINT ingest_batch_balance CHECK (stored IS NULL
	    OR sent = stored + duplicate + rejected + lost + thinned);

-- A refused reading in its parts; of a body that nobody could read they are
-- NULL.  whole: false for one that was too long to be kept to its end.
ALTER TABLE flux.dead_letter
	ADD format  smallint NOT NULL DEFAULT 0,
	ADD device  text,
	ADD sensor  text,
	ADD time    timestamptz,
	ADD value   text,
	ADD unit    text,
	ADD quality smallint,
	ADD rev     int,
	ADD query   text, -- of the address it was posted to
	ADD whole   boolean NOT NULL DEFAULT true,
	ADD state   text NOT NULL DEFAULT 'open'
	    CHECK (state IN ('open', 'replayed', 'dropped'));
CREATE INDEX dead_letter_named
    ON flux.dead_letter (tenant_id, source_id, device, sensor)
    WHERE state = 'open';

-- What a gateway's names lead to: value * scale + shift.  device '': the
-- sensor's name says it all.
CREATE TABLE flux.mapping (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	source_id int NOT NULL, -- the gateway or device
	device    text NOT NULL CHECK (length(device) <= 128),
	sensor    text NOT NULL CHECK (length(sensor) <= 128),
	sensor_id int,          -- NULL: it is let go
	scale     float8 NOT NULL DEFAULT 1 CHECK (scale <> 0),
	shift     float8 NOT NULL DEFAULT 0,
	made_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, source_id, device, sensor),
	FOREIGN KEY (tenant_id, source_id) REFERENCES flux.device,
	FOREIGN KEY (tenant_id, sensor_id) REFERENCES flux.sensor
);

-- How a gateway's bodies are read.
CREATE TABLE flux.intake_rule (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	source_id int NOT NULL,
	clock     text NOT NULL DEFAULT 'shift'
	          CHECK (clock IN ('shift', 'refuse')),
	zone      text, -- of times without one; NULL: the site's
	home      int,  -- the device of bodies that name none
	metric    text NOT NULL DEFAULT 'auto'
	          CHECK (metric IN ('auto', 'field', 'measurement')),
	PRIMARY KEY (tenant_id, source_id),
	FOREIGN KEY (tenant_id, source_id) REFERENCES flux.device,
	FOREIGN KEY (tenant_id, home) REFERENCES flux.device
);

-- Names that lead nowhere, and how often they came.
CREATE TABLE flux.stranger (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	source_id int NOT NULL,
	device    text NOT NULL,
	sensor    text NOT NULL,
	format    smallint NOT NULL,
	first_at  timestamptz NOT NULL DEFAULT now(),
	last_at   timestamptz NOT NULL DEFAULT now(),
	count     bigint NOT NULL,
	sample    text, -- the newest value, as sent
	unit      text,
	PRIMARY KEY (tenant_id, source_id, device, sensor),
	FOREIGN KEY (tenant_id, source_id) REFERENCES flux.device
);

-- Why readings of a batch are not quite as they were sent; the arrays run in
-- parallel, and was_time or was_value is NULL where the reading has its own.
-- reason: lib/intake/reason.h.  t_min and t_max are of time.
CREATE TABLE flux.remark (
	tenant_id int NOT NULL,
	at        timestamptz NOT NULL, -- when the batch came
	remark_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
	source_id int NOT NULL,
	reason    smallint NOT NULL,
	t_min     timestamptz NOT NULL,
	t_max     timestamptz NOT NULL,
	sensor    int[] NOT NULL,
	time      timestamptz[] NOT NULL,
	was_time  timestamptz[],
	was_value float8[],
	was_unit  text,
	PRIMARY KEY (tenant_id, at, remark_id)
) PARTITION BY RANGE (at);
CREATE INDEX remark_by_time ON flux.remark (tenant_id, t_max, t_min);

-- beyond: what becomes of a reading outside of low and high.  stuck_after: so
-- long the same value, and it is doubted.
ALTER TABLE flux.sensor
	ADD beyond text NOT NULL DEFAULT 'refuse'
	    CHECK (beyond IN ('refuse', 'flag')),
	ADD stuck_after interval CHECK (stuck_after > interval '0');

DO $$
DECLARE
	t text;
	e text;
BEGIN
	FOREACH t IN ARRAY ARRAY['mapping', 'intake_rule'] LOOP
		FOREACH e IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
			EXECUTE format('CREATE TRIGGER registry_%s
			    AFTER %s ON flux.%I REFERENCING %s TABLE AS changed
			    FOR EACH STATEMENT
			    EXECUTE FUNCTION ctx.registry_changed()', lower(e),
			    e, t,
			    CASE e WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END);
		END LOOP;
		EXECUTE format('CREATE TRIGGER registry_taken
		    BEFORE INSERT OR UPDATE OR DELETE ON flux.%I
		    FOR EACH STATEMENT
		    EXECUTE FUNCTION ctx.registry_taken()', t);
	END LOOP;
END $$;

-- As in 0008, and what else is kept for a time.
CREATE OR REPLACE FUNCTION flux.retention_target()
RETURNS TABLE (class text, relation text, at text, series text)
LANGUAGE sql IMMUTABLE AS $$
	VALUES ('rollup', 'rollup_hour',  'start',    'sensor_id'),
	       ('rollup', 'rollup_day',   'start',    'sensor_id'),
	       ('event',  'alert',        'ended_at', 'sensor_id'),
	       ('event',  'dead_letter',  'at',       NULL),
	       ('event',  'ingest_batch', 'at',       NULL),
	       ('event',  'quarantine',   'at',       NULL),
	       ('event',  'remark',       'at',       NULL),
	       ('event',  'stranger',     'last_at',  NULL)
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
SELECT flux.partition_ahead();
