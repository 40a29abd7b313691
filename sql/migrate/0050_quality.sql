-- How finely an edge agent tells, by what its uplink carries.
SET LOCAL ROLE fl_owner;

-- As its agent said last, of the gateway and of what it polls.
ALTER TABLE flux.device
	ADD COLUMN quality text NOT NULL DEFAULT 'full'
	    CHECK (quality IN ('full', 'standard', 'basic', 'minimal')),
	ADD COLUMN quality_since timestamptz,
	ADD COLUMN uplink_kbit bigint; -- measured then; 0: not known

-- decimals: to how many the sensor's readings are rounded, from the reading of
-- that instant on; 15: not at all.
ALTER TABLE flux.facet
	DROP CONSTRAINT facet_what_check,
	ADD CONSTRAINT facet_what_check
	    CHECK (what IN ('min', 'max', 'count', 'stddev', 'decimals'));

-- What the agent of a gateway or device of the context's tenant says; 0: there
-- is no such device or level.  Gauges that may come as windows from now on
-- have their series.
CREATE FUNCTION flux.quality_put(source int, level text, kbit bigint)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gauges int[];
BEGIN
	IF level IS NULL
	   OR level NOT IN ('full', 'standard', 'basic', 'minimal')
	   OR NOT EXISTS (SELECT FROM flux.device d
	       WHERE d.tenant_id = ctx.tenant() AND d.device_id = source)
	THEN
		RETURN 0;
	END IF;
	UPDATE flux.device d
	   SET quality = level, quality_since = now(), uplink_kbit = kbit
	 WHERE d.tenant_id = ctx.tenant()
	   AND (d.device_id = source
	        OR d.gateway_id = source AND d.modbus_host IS NOT NULL)
	   AND (d.quality <> level OR d.quality_since IS NULL);
	IF level = 'full' THEN
		RETURN 1;
	END IF;
	gauges := ARRAY(
	    SELECT s.sensor_id
	      FROM flux.sensor s
	      JOIN flux.device d
	        ON d.tenant_id = s.tenant_id AND d.device_id = s.device_id
	     WHERE s.tenant_id = ctx.tenant() AND s.kind = 'gauge'
	       AND source IN (d.device_id, d.gateway_id)
	       AND d.modbus_host IS NOT NULL
	     ORDER BY s.sensor_id);
	PERFORM flux.facets_ensure(ctx.tenant(), gauges);
	INSERT INTO flux.facet (tenant_id, sensor_id, what, facet_id)
	SELECT ctx.tenant(), g, 'decimals',
	       nextval('flux.sensor_sensor_id_seq')::int
	  FROM unnest(gauges) AS g
	 WHERE NOT EXISTS (SELECT FROM flux.facet f
	        WHERE f.tenant_id = ctx.tenant() AND f.sensor_id = g
	          AND f.what = 'decimals')
	    ON CONFLICT DO NOTHING;
	RETURN 1;
END
$$;

-- What an agent has said holds as long as the device is behind its gateway.
CREATE FUNCTION flux.quality_left() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	NEW.quality := 'full';
	NEW.quality_since := NULL;
	NEW.uplink_kbit := NULL;
	RETURN NEW;
END $$;
CREATE TRIGGER quality_left BEFORE UPDATE OF gateway_id ON flux.device
    FOR EACH ROW WHEN (NEW.gateway_id IS DISTINCT FROM OLD.gateway_id)
    EXECUTE FUNCTION flux.quality_left();
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
