-- What readings are besides values of a sensor: windows that were aggregated
-- before they came, and news about the past.
SET LOCAL ROLE fl_owner;

-- A window (min, max, avg, count, stddev) is kept as readings of one instant:
-- the average is the sensor's own reading, the others are readings of its
-- facets.  A facet is a series of its own for the store; its number comes
-- from the same sequence as a sensor's.
CREATE TABLE flux.facet (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	sensor_id int NOT NULL,
	what      text NOT NULL
	          CHECK (what IN ('min', 'max', 'count', 'stddev')),
	facet_id  int NOT NULL,
	PRIMARY KEY (tenant_id, sensor_id, what),
	UNIQUE (tenant_id, facet_id),
	FOREIGN KEY (tenant_id, sensor_id) REFERENCES flux.sensor
);

-- Give these sensors of the context's tenant their facets.
CREATE FUNCTION flux.facets_ensure(t int, sensors int[]) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH made AS (
		INSERT INTO flux.facet (tenant_id, sensor_id, what, facet_id)
		SELECT t, s.sensor_id, w,
		       nextval('flux.sensor_sensor_id_seq')::int
		  FROM flux.sensor s
		 CROSS JOIN unnest(ARRAY['min', 'max', 'count', 'stddev']) AS w
		 WHERE s.tenant_id = t AND s.sensor_id = ANY (sensors)
		   AND NOT EXISTS (SELECT FROM flux.facet f
		        WHERE f.tenant_id = t AND f.sensor_id = s.sensor_id)
		    ON CONFLICT DO NOTHING
		RETURNING 1)
	SELECT count(*)::int FROM made
$$;

-- Spans in which derive stored readings that were not newer than the newest
-- of their sensor; appended by derive, consumed by the rollups.  The arrays
-- run in parallel.
CREATE TABLE flux.mark (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	mark_id   bigint GENERATED ALWAYS AS IDENTITY,
	sensor    int[] NOT NULL,
	t_min     timestamptz[] NOT NULL,
	t_max     timestamptz[] NOT NULL,
	PRIMARY KEY (tenant_id, mark_id)
);
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
