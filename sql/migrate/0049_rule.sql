-- What is believed of a sensor, what is computed, and what a device is told.
SET LOCAL ROLE fl_owner;

-- The device of that key, if who asks may change it; NULL: there is none.
CREATE FUNCTION flux.device_to_change(device text) RETURNS int
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF ctx.can() & ctx.can_of('{devices:write}') = 0 THEN
		RAISE EXCEPTION 'needs devices:write' USING ERRCODE = 'FX003';
	END IF;
	RETURN (SELECT d.device_id FROM flux.device d
	         WHERE d.tenant_id = ctx.tenant() AND d.key = device
	           AND flux.may('devices:write', d.device_id));
END $$;

-- What is believed of a sensor, and what becomes of the rest; stuck: seconds
-- that a value may stay the same, NULL: as long as it likes.  False: there is
-- no such sensor.
CREATE FUNCTION flux.sensor_rule(device text, sensor text, lowest float8,
    highest float8, outside text, stuck float8) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	d CONSTANT int := flux.device_to_change(device);
BEGIN
	IF lowest > highest THEN
		RAISE EXCEPTION 'low: the lowest is above the highest.'
		    USING ERRCODE = 'FX006';
	ELSIF (outside IN ('refuse', 'flag')) IS NOT TRUE THEN
		RAISE EXCEPTION 'beyond: want refuse or flag.'
		    USING ERRCODE = 'FX006';
	ELSIF stuck <= 0 OR stuck > 31536000 THEN
		RAISE EXCEPTION 'stuck: want a time of up to a year.'
		    USING ERRCODE = 'FX006';
	END IF;
	UPDATE flux.sensor s SET low = lowest, high = highest, beyond = outside,
	       stuck_after = stuck * interval '1 s'
	 WHERE s.tenant_id = t AND s.device_id = d AND s.key = sensor;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM flux.audit_put('sensor.rule', 'device:' || device,
	    jsonb_build_object('sensor', sensor, 'low', lowest, 'high', highest,
	    'beyond', outside, 'stuck_s', stuck));
	RETURN true;
END $$;

-- Whether one more computed sensor, or this one, can be kept as it is said.
CREATE FUNCTION flux.formula_fits(device int, sensor text, called text,
    measured text, what text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	have text[];
BEGIN
	IF length(called) > 100 THEN
		RAISE EXCEPTION 'name: want up to 100 letters.'
		    USING ERRCODE = 'FX006';
	ELSIF length(measured) > 32 THEN
		RAISE EXCEPTION 'unit: want up to 32 letters.'
		    USING ERRCODE = 'FX006';
	ELSIF length(what) > 512 THEN
		RAISE EXCEPTION 'formula: want up to 512 letters.'
		    USING ERRCODE = 'FX006';
	END IF;
	-- Two at once do not both take the last place.
	PERFORM FROM flux.device d WHERE d.tenant_id = t
	    AND d.device_id = device FOR NO KEY UPDATE;
	have := ARRAY(SELECT s.key FROM flux.virtual v
	    JOIN flux.sensor s ON s.tenant_id = t AND s.sensor_id = v.sensor_id
	   WHERE v.tenant_id = t AND s.device_id = device);
	IF cardinality(have) >= 100 AND sensor <> ALL (have) THEN
		RAISE EXCEPTION 'sensor: 100 of a device are computed at most, '
		    'with those that have ended.' USING ERRCODE = 'FX006';
	END IF;
END $$;

-- A computed sensor, made where there is none of that key; what: '' ends it,
-- and its readings stay.  named: what the formula names.  False: there is no
-- such device, or nothing to end.
CREATE FUNCTION flux.formula_put(device text, sensor text, called text,
    measured text, what text, named text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	d CONSTANT int := flux.device_to_change(device);
	own int;
	x text;
BEGIN
	IF d IS NULL THEN
		RETURN false;
	END IF;
	PERFORM flux.formula_fits(d, sensor, called, measured, what);
	FOREACH x IN ARRAY named LOOP
		IF NOT EXISTS (SELECT FROM flux.sensor s WHERE s.tenant_id = t
		    AND s.device_id = d AND s.key = x AND x <> sensor) THEN
			RAISE EXCEPTION 'formula: the device has no other '
			    'sensor "%".', x USING ERRCODE = 'FX006';
		ELSIF EXISTS (SELECT FROM flux.virtual v JOIN flux.sensor s
		    ON s.tenant_id = t AND s.sensor_id = v.sensor_id
		 WHERE v.tenant_id = t AND v.formula <> '' AND s.device_id = d
		   AND s.key = x) THEN
			RAISE EXCEPTION 'formula: "%" is computed itself.', x
			    USING ERRCODE = 'FX006';
		END IF;
	END LOOP;
	SELECT s.sensor_id INTO own FROM flux.sensor s
	 WHERE s.tenant_id = t AND s.device_id = d AND s.key = sensor;
	IF what = '' THEN
		UPDATE flux.virtual v SET formula = ''
		 WHERE v.tenant_id = t AND v.sensor_id = own
		   AND v.formula <> '';
		IF NOT FOUND THEN
			RETURN false;
		END IF;
	ELSE
		IF own IS NOT NULL AND NOT EXISTS (SELECT FROM flux.virtual v
		    WHERE v.tenant_id = t AND v.sensor_id = own) THEN
			RAISE EXCEPTION 'sensor: this one is measured, and '
			    'cannot be computed as well.'
			    USING ERRCODE = 'FX006';
		END IF;
		INSERT INTO flux.sensor (tenant_id, device_id, key, code, name,
		       unit, position)
		VALUES (t, d, sensor, device || '/' || sensor,
		        coalesce(nullif(called, ''), sensor), measured, 1000)
		    ON CONFLICT (tenant_id, device_id, key) DO UPDATE
		   SET name = EXCLUDED.name, unit = EXCLUDED.unit
		RETURNING sensor_id INTO own;
		INSERT INTO flux.virtual (tenant_id, sensor_id, formula)
		VALUES (t, own, what)
		    ON CONFLICT (tenant_id, sensor_id) DO UPDATE
		   SET formula = EXCLUDED.formula;
	END IF;
	PERFORM flux.audit_put(CASE what WHEN '' THEN 'formula.drop'
	    ELSE 'formula.put' END, 'device:' || device,
	    jsonb_build_object('sensor', sensor, 'formula', what));
	RETURN true;
END $$;

-- ---- what a device is told ----

-- A value for the device, as JSON, which it can ask for; NULL: not any more.
-- It may open something, so the audit has its name alone.
-- False: there is no such device, or nothing to take away.
CREATE FUNCTION flux.shared_put(device text, called text, said jsonb)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	id CONSTANT int := flux.device_to_change(device);
	had jsonb;
BEGIN
	SELECT CASE jsonb_typeof(d.metadata -> 'shared') WHEN 'object'
	       THEN d.metadata -> 'shared' ELSE '{}' END
	  INTO had FROM flux.device d
	 WHERE d.tenant_id = t AND d.device_id = id FOR UPDATE;
	IF NOT FOUND OR said IS NULL AND NOT had ? called THEN
		RETURN false;
	ELSIF (called ~ '^[^[:cntrl:],]{1,128}$') IS NOT TRUE THEN
		RAISE EXCEPTION 'name: want up to 128 letters without a comma.'
		    USING ERRCODE = 'FX006';
	ELSIF length(said::text) > 4096 THEN
		RAISE EXCEPTION 'value: want up to 4,096 letters.'
		    USING ERRCODE = 'FX006';
	ELSIF NOT had ? called
	    AND (SELECT count(*) FROM jsonb_object_keys(had)) >= 100 THEN
		RAISE EXCEPTION 'name: a device is told 100 values at most.'
		    USING ERRCODE = 'FX006';
	END IF;
	UPDATE flux.device d SET metadata = jsonb_set(d.metadata, '{shared}',
	       CASE WHEN said IS NULL THEN had - called
	       ELSE had || jsonb_build_object(called, said) END)
	 WHERE d.tenant_id = t AND d.device_id = id;
	PERFORM flux.audit_put('device.tell', 'device:' || device,
	    jsonb_build_object('name', called, 'told', said IS NOT NULL));
	RETURN true;
END $$;

-- What the device of the credential is told, and no other.
CREATE FUNCTION flux.shared_own(source int)
RETURNS TABLE (name text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT x.key, x.value::text
	  FROM flux.device d
	 CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(d.metadata -> 'shared')
	       WHEN 'object' THEN d.metadata -> 'shared' ELSE '{}' END) x
	 WHERE d.tenant_id = ctx.tenant() AND d.device_id = source
	 ORDER BY x.key COLLATE "C" LIMIT 100
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
