-- What an import makes has the range that its plan gives: what is beyond it is
-- put aside, and not refused.
SET LOCAL ROLE fl_owner;

DROP FUNCTION flux.import_make(text, int, text[], text[], text[], text[]);

-- Devices and sensors that are missing, at a site; behind this gateway, or 0.
-- Who speaks for one device makes none.
-- The arrays run in parallel: a device, a key of a sensor, its name, unit and
-- bounds, NaN where there is none.
CREATE FUNCTION flux.import_make(place text, source int, devices text[],
    keys text[], names text[], units text[], lows float8[], highs float8[],
    OUT devices_made int, OUT sensors_made int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t  CONSTANT int := ctx.tenant();
	at_ int;
	g  flux.device;
BEGIN
	PERFORM ctx.need('devices:write');
	SELECT s.site_id INTO at_ FROM flux.site s
	 WHERE s.tenant_id = t AND s.key = place;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'site: there is no site of this key.'
		    USING ERRCODE = 'FX006';
	END IF;
	SELECT * INTO g FROM flux.device d
	 WHERE d.tenant_id = t AND d.device_id = source
	   AND d.kind = 'gateway';
	IF source <> 0 AND NOT FOUND THEN
		RAISE EXCEPTION 'make: only the key of a gateway, or one of '
		    'no device, makes devices and sensors.'
		    USING ERRCODE = 'FX006';
	END IF;
	INSERT INTO flux.device (tenant_id, site_id, key, name, mode,
	       gateway_id, simulated)
	SELECT DISTINCT t, at_, d, d,
	       CASE WHEN g.device_id IS NULL THEN 'direct' ELSE 'gateway' END,
	       g.device_id, coalesce(g.simulated, false)
	  FROM unnest(devices) d
	 ORDER BY d
	    ON CONFLICT (tenant_id, key) DO NOTHING;
	GET DIAGNOSTICS devices_made = ROW_COUNT;
	INSERT INTO flux.sensor (tenant_id, device_id, key, code, name, unit,
	       position, low, high, beyond)
	SELECT t, d.device_id, u.key, d.key || '.' || u.key, u.name, u.unit,
	       u.n, nullif(u.low, 'NaN'), nullif(u.high, 'NaN'),
	       CASE WHEN u.low <> 'NaN' OR u.high <> 'NaN' THEN 'flag'
	       ELSE 'refuse' END
	  FROM unnest(devices, keys, names, units, lows, highs)
	       WITH ORDINALITY u (device, key, name, unit, low, high, n)
	  JOIN flux.device d ON d.tenant_id = t AND d.key = u.device
	 WHERE source = 0 OR d.device_id = source OR d.gateway_id = source
	 ORDER BY u.n
	    ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS sensors_made = ROW_COUNT;
	IF devices_made + sensors_made > 0 THEN
		PERFORM flux.audit_put('device.import', 'site:' || place,
		    jsonb_build_object('devices', devices_made, 'sensors',
		    sensors_made));
	END IF;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
