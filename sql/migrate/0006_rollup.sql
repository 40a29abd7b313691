-- Hours and days of every sensor, by the clocks of its site; what they mean
-- is in lib/store/rollup.h.  No foreign key to the tenant, as for landing:
-- derive holds the tenant's row while rows come in here.
SET LOCAL ROLE fl_owner;

-- A counter's modulus in the sensor's unit; NULL: unknown.
ALTER TABLE flux.sensor ADD wrap float8 CHECK (wrap > 0);

-- NULL stands for "nothing": no reading with a value, no counter, no state.
-- mean, stddev and twa are what people ask for; the others are what further
-- readings and larger buckets are made from.
CREATE TABLE flux.rollup_hour (
	tenant_id int NOT NULL,
	sensor_id int NOT NULL,
	start     timestamptz NOT NULL,
	till      timestamptz NOT NULL,
	count     bigint NOT NULL,   -- readings with a value
	bad       bigint NOT NULL,   -- readings without
	resets    int,               -- of a counter
	quality   smallint NOT NULL, -- the worst
	min       float8,
	max       float8,
	sum       float8,
	m2        float8,            -- squared distances from the mean
	first     float8,
	last      float8,
	first_at  timestamptz,
	last_at   timestamptz,
	held      float8 NOT NULL,   -- seconds in which a value held
	area      float8 NOT NULL,   -- its integral but for the rest
	rest      float8 NOT NULL,   -- seconds that last holds on
	holds_to  timestamptz,       -- the end of that, beyond this bucket too
	good      float8,            -- what a counter counts from
	good_at   timestamptz,
	increase  float8,            -- of a counter
	state     float8[],          -- of a state: which, ascending,
	seconds   float8[],          -- and for how long
	mean      float8 GENERATED ALWAYS AS
	          (CASE WHEN count > 0 THEN sum / count END) STORED,
	stddev    float8 GENERATED ALWAYS AS
	          (CASE WHEN count > 0 THEN sqrt(m2 / count) END) STORED,
	twa       float8 GENERATED ALWAYS AS (CASE WHEN held > 0
	          THEN (area + CASE WHEN rest > 0 THEN last * rest ELSE 0 END)
	               / held END) STORED,
	PRIMARY KEY (tenant_id, sensor_id, start)
) PARTITION BY RANGE (start);

-- Composed of the hours.
CREATE TABLE flux.rollup_day
	(LIKE flux.rollup_hour INCLUDING GENERATED,
	PRIMARY KEY (tenant_id, sensor_id, start))
	PARTITION BY RANGE (start);

-- How far the sensors of a device are rolled up: everything up to and
-- including this time is in the buckets, or in flux.mark.  version is the
-- one of the row of latest that this comes from.
CREATE TABLE flux.rolled (
	tenant_id int NOT NULL,
	device_id int NOT NULL,
	version   bigint NOT NULL,
	sensor    int[] NOT NULL,
	upto      timestamptz[] NOT NULL,
	PRIMARY KEY (tenant_id, device_id),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device
) WITH (fillfactor = 50);

-- Who rolls a tenant up holds its row.
CREATE TABLE flux.rolling (
	tenant_id int PRIMARY KEY REFERENCES flux.tenant,
	rolled_at timestamptz NOT NULL DEFAULT '1970-01-01Z'
);

-- A meter was exchanged: between the readings before and after this instant
-- lie the old one's last value and the new one's first.
CREATE TABLE flux.meter_swap (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	sensor_id int NOT NULL,
	at        timestamptz NOT NULL,
	old_last  float8 NOT NULL,
	new_first float8 NOT NULL,
	PRIMARY KEY (tenant_id, sensor_id, at),
	FOREIGN KEY (tenant_id, sensor_id) REFERENCES flux.sensor
);

-- Readings before this instant may have been deleted; sensor_id 0: of every
-- sensor.  A bucket that starts before it stays as it is, whatever comes.
CREATE TABLE flux.raw_floor (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	sensor_id int NOT NULL,
	floor     timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, sensor_id)
);

-- Which of these months have no partition yet, and making them.  Both ask
-- for instants within them.
CREATE FUNCTION flux.rollup_months(days timestamptz[]) RETURNS SETOF timestamp
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT DISTINCT date_trunc('month', day AT TIME ZONE 'UTC')
	  FROM unnest(days) AS day
	 WHERE day >= '1970-01-01Z' AND day < now() + interval '1 month'
$$;

CREATE FUNCTION flux.rollup_missing(days timestamptz[])
RETURNS SETOF timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT month AT TIME ZONE 'UTC'
	  FROM flux.rollup_months(days) AS month
	 WHERE to_regclass('flux.rollup_day'
	           || to_char(month, '_YYYY_MM')) IS NULL
$$;

CREATE FUNCTION flux.partition_rollup(days timestamptz[]) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(sum(flux.partition_month(parent, month)), 0)::int
	  FROM flux.rollup_months(days) AS month
	 CROSS JOIN unnest(ARRAY['rollup_hour', 'rollup_day']) AS parent
$$;

-- Somebody changed what the readings mean: the buckets of these sensors are
-- made anew, as if everything had come late.  Whoever may change it may
-- insert a mark.
CREATE FUNCTION flux.rollup_again(t int, sensors int[], since timestamptz,
    till timestamptz) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO flux.mark (tenant_id, sensor, t_min, t_max)
	SELECT t, sensors, array_fill(since, ARRAY[cardinality(sensors)]),
	       array_fill(till, ARRAY[cardinality(sensors)])
	 WHERE sensors <> '{}'
$$;

-- The sensors of a site, a device, or one, by the row that has changed.
CREATE FUNCTION flux.meaning_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	mine jsonb := to_jsonb(NEW);
BEGIN
	PERFORM flux.rollup_again(NEW.tenant_id, ARRAY(
	    SELECT s.sensor_id
	      FROM flux.sensor s
	      JOIN flux.device d USING (tenant_id, device_id)
	     WHERE s.tenant_id = NEW.tenant_id
	       AND CASE TG_TABLE_NAME
	           WHEN 'site' THEN d.site_id = (mine ->> 'site_id')::int
	           WHEN 'device' THEN d.device_id = (mine ->> 'device_id')::int
	           ELSE s.sensor_id = (mine ->> 'sensor_id')::int END
	     ORDER BY 1), '1900-01-01Z', '2200-01-01Z');
	RETURN NULL;
END $$;

CREATE TRIGGER zone_changed AFTER UPDATE OF zone ON flux.site
    FOR EACH ROW WHEN (OLD.zone <> NEW.zone)
    EXECUTE FUNCTION flux.meaning_changed();
CREATE TRIGGER period_changed AFTER UPDATE OF period, site_id ON flux.device
    FOR EACH ROW WHEN (OLD.period <> NEW.period OR OLD.site_id <> NEW.site_id)
    EXECUTE FUNCTION flux.meaning_changed();
CREATE TRIGGER kind_changed AFTER UPDATE OF kind, wrap ON flux.sensor
    FOR EACH ROW WHEN (OLD.kind <> NEW.kind
        OR OLD.wrap IS DISTINCT FROM NEW.wrap)
    EXECUTE FUNCTION flux.meaning_changed();

CREATE FUNCTION flux.meter_swapped() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		PERFORM flux.rollup_again(OLD.tenant_id, ARRAY[OLD.sensor_id],
		    OLD.at, OLD.at);
	END IF;
	IF TG_OP <> 'DELETE' THEN
		PERFORM flux.rollup_again(NEW.tenant_id, ARRAY[NEW.sensor_id],
		    NEW.at, NEW.at);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER meter_swapped AFTER INSERT OR UPDATE OR DELETE
    ON flux.meter_swap
    FOR EACH ROW EXECUTE FUNCTION flux.meter_swapped();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
SELECT flux.partition_ahead();
