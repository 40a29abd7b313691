-- What a gateway's own names lead to, names that wait for somebody to say so,
-- and what was refused meanwhile, to be given in once more.
SET LOCAL ROLE fl_owner;

-- Letters are named by their number, and shown the newest first.
CREATE INDEX dead_letter_numbered ON flux.dead_letter (tenant_id, dead_id);

-- To give in again: what was refused of one name, or these letters.  The
-- worker goes through them in their order and writes down how far it is.
CREATE TABLE flux.replay_order (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	order_id  int GENERATED ALWAYS AS IDENTITY,
	source_id int NOT NULL,
	device    text,
	sensor    text,
	dead      bigint[],
	asked_by  bigint NOT NULL,
	asked_at  timestamptz NOT NULL DEFAULT now(),
	state     text NOT NULL DEFAULT 'waiting'
	          CHECK (state IN ('waiting', 'done')),
	tries     int NOT NULL DEFAULT 0, -- since it last got further
	behind    bigint NOT NULL DEFAULT 0, -- the last letter it looked at
	taken     int NOT NULL DEFAULT 0, -- letters
	recovered int NOT NULL DEFAULT 0, -- readings
	refused   int NOT NULL DEFAULT 0, -- letters, once more
	PRIMARY KEY (tenant_id, order_id),
	CHECK ((dead IS NULL) = (sensor IS NOT NULL AND device IS NOT NULL))
);
CREATE INDEX replay_order_waiting ON flux.replay_order (tenant_id, order_id)
    WHERE state = 'waiting';

-- --- names that nobody knows -----------------------------------------------

-- Each name waits once, however often it comes.  A gateway has 2,000 of them;
-- what comes under others is counted in the row without names.  All take the
-- rows in the same order, so nobody waits for one who waits for him.
CREATE FUNCTION flux.stranger_note(source int, coded smallint,
    devices text[], sensors text[], samples text[], units text[])
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH given AS (
		SELECT u.device, u.sensor, count(*) AS n,
		       (array_agg(u.sample ORDER BY u.i DESC))[1] AS sample,
		       (array_agg(u.unit ORDER BY u.i DESC))[1] AS unit
		  FROM unnest(devices, sensors, samples, units)
		       WITH ORDINALITY AS u (device, sensor, sample, unit, i)
		 GROUP BY u.device, u.sensor
	), met AS (
		SELECT g.*, s.tenant_id IS NULL AND row_number() OVER (PARTITION
		       BY s.tenant_id IS NULL ORDER BY g.device, g.sensor)
		       > 2000 - (SELECT count(*) FROM flux.stranger o
		                  WHERE o.tenant_id = ctx.tenant()
		                    AND o.source_id = source) AS is_much
		  FROM given g
		  LEFT JOIN flux.stranger s ON s.tenant_id = ctx.tenant()
		   AND s.source_id = source AND s.device = g.device
		   AND s.sensor = g.sensor
	), kept AS (
		SELECT m.device, m.sensor, m.n, m.sample, m.unit
		  FROM met m WHERE NOT m.is_much
		 UNION ALL
		SELECT '', '', sum(m.n), NULL, NULL
		  FROM met m WHERE m.is_much HAVING count(*) > 0
	)
	INSERT INTO flux.stranger AS s (tenant_id, source_id, device, sensor,
	       format, first_at, last_at, count, sample, unit)
	SELECT ctx.tenant(), source, k.device, k.sensor, coded, now(), now(),
	       sum(k.n), max(k.sample), max(k.unit)
	  FROM kept k
	 GROUP BY k.device, k.sensor
	 ORDER BY k.device, k.sensor
	    ON CONFLICT (tenant_id, source_id, device, sensor) DO UPDATE
	   SET count = s.count + EXCLUDED.count, last_at = EXCLUDED.last_at,
	       sample = EXCLUDED.sample, unit = EXCLUDED.unit,
	       format = EXCLUDED.format
$$;

-- --- giving in again -------------------------------------------------------

-- What was refused of one name; nothing when nothing was.
CREATE FUNCTION flux.replay_name(source int, named text, sensed text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO flux.replay_order (tenant_id, source_id, device, sensor,
	       asked_by)
	SELECT ctx.tenant(), source, named, sensed, ctx.user_id()
	 WHERE EXISTS (SELECT FROM flux.dead_letter l
	        WHERE l.tenant_id = ctx.tenant() AND l.source_id = source
	          AND l.device = named AND l.sensor = sensed
	          AND l.state = 'open' AND l.whole)
$$;

-- These letters, an order a gateway; answers how many of them can be.
CREATE FUNCTION flux.replay_ask(ids bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM ctx.need('devices:write');
	IF cardinality(ids) > 1000 THEN
		RAISE EXCEPTION 'ids: want at most 1000.'
		    USING ERRCODE = 'FX006';
	END IF;
	WITH made AS (
		INSERT INTO flux.replay_order (tenant_id, source_id, dead,
		       asked_by)
		SELECT ctx.tenant(), l.source_id,
		       array_agg(l.dead_id ORDER BY l.dead_id), ctx.user_id()
		  FROM flux.dead_letter l
		 WHERE l.tenant_id = ctx.tenant() AND l.dead_id = ANY (ids)
		   AND l.state = 'open' AND l.whole
		 GROUP BY l.source_id
		RETURNING dead
	)
	SELECT coalesce(sum(cardinality(m.dead)), 0) INTO n FROM made m;
	IF n > 0 THEN
		PERFORM flux.audit_put('letter.replay', 'letters',
		    jsonb_build_object('n', n, 'ids', ids[1:20]));
	END IF;
	RETURN n;
END $$;

-- What became of them: without a code they are given in, else they are refused
-- once more.
CREATE FUNCTION flux.dead_judge(ids bigint[], codes text[], details text[])
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE flux.dead_letter l
	   SET state = CASE WHEN u.code IS NULL THEN 'replayed' ELSE 'open' END,
	       code = coalesce(u.code, l.code),
	       detail = coalesce(u.detail, l.detail)
	  FROM unnest(ids, codes, details) AS u (id, code, detail)
	 WHERE l.tenant_id = ctx.tenant() AND l.dead_id = u.id
	   AND l.state = 'open'
$$;

-- Nobody wants these any more; answers how many there were.
CREATE FUNCTION flux.dead_drop(ids bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM ctx.need('devices:write');
	UPDATE flux.dead_letter l SET state = 'dropped'
	 WHERE l.tenant_id = ctx.tenant() AND l.dead_id = ANY (ids)
	   AND l.state = 'open';
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n > 0 THEN
		PERFORM flux.audit_put('letter.drop', 'letters',
		    jsonb_build_object('n', n, 'ids', ids[1:20]));
	END IF;
	RETURN n;
END $$;

-- --- what a name leads to --------------------------------------------------

-- The gateway or device that sends; NULL: there is none of that key.
CREATE FUNCTION flux.source_of(called text) RETURNS flux.device
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d FROM flux.device d
	 WHERE d.tenant_id = ctx.tenant() AND d.key = called
$$;

-- Write it down, without a sensor: it is to be ignored.  It waits no longer.
CREATE FUNCTION flux.mapping_set(source flux.device, named text, sensed text,
    target int, scaled float8, shifted float8) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
BEGIN
	PERFORM ctx.need('devices:write');
	IF sensed = '' OR octet_length(sensed) > 128
	    OR octet_length(named) > 128 THEN
		RAISE EXCEPTION 'sensor: want a name of at most 128 bytes.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF scaled IN (0, 'NaN') OR abs(scaled) = 'Infinity' THEN
		RAISE EXCEPTION 'scale: want a number, and not 0.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF shifted = 'NaN' OR abs(shifted) = 'Infinity' THEN
		RAISE EXCEPTION 'shift: want a number.' USING ERRCODE = 'FX006';
	END IF;
	IF (SELECT count(*) FROM flux.mapping m WHERE m.tenant_id = t
	       AND m.source_id = source.device_id
	       AND (m.device, m.sensor) <> (named, sensed)) >= 10000 THEN
		RAISE EXCEPTION 'A gateway has at most 10000 mapped names.'
		    USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO flux.mapping AS m (tenant_id, source_id, device, sensor,
	       sensor_id, scale, shift, made_at)
	VALUES (t, source.device_id, named, sensed, target, scaled, shifted,
	        now())
	    ON CONFLICT (tenant_id, source_id, device, sensor) DO UPDATE
	   SET sensor_id = EXCLUDED.sensor_id, scale = EXCLUDED.scale,
	       shift = EXCLUDED.shift, made_at = EXCLUDED.made_at;
	DELETE FROM flux.stranger s
	 WHERE s.tenant_id = t AND s.source_id = source.device_id
	   AND s.device = named AND s.sensor = sensed;
END $$;

-- A name leads to a sensor of the gateway or of a device behind it, "key/key";
-- what was refused of it is given in again.  "" : it is ignored, and what was
-- refused of it is dropped.  False: there is no such gateway.
CREATE FUNCTION flux.mapping_put(gateway text, named text, sensed text,
    target text, scaled float8, shifted float8) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	g CONSTANT flux.device := flux.source_of(gateway);
	id int;
BEGIN
	PERFORM ctx.need('devices:write');
	IF g.device_id IS NULL THEN
		RETURN false;
	END IF;
	IF target <> '' THEN
		SELECT s.sensor_id INTO id
		  FROM flux.device d
		  JOIN flux.sensor s
		    ON s.tenant_id = d.tenant_id AND s.device_id = d.device_id
		 WHERE d.tenant_id = t AND d.key || '/' || s.key = target
		   AND g.device_id IN (d.device_id, d.gateway_id);
		IF NOT FOUND THEN
			RAISE EXCEPTION
			    'target: no such sensor is behind the gateway.'
			    USING ERRCODE = 'FX006';
		END IF;
	END IF;
	PERFORM flux.mapping_set(g, named, sensed, id, scaled, shifted);
	IF id IS NOT NULL THEN
		PERFORM flux.replay_name(g.device_id, named, sensed);
	ELSE
		UPDATE flux.dead_letter l SET state = 'dropped'
		 WHERE l.tenant_id = t AND l.source_id = g.device_id
		   AND l.device = named AND l.sensor = sensed
		   AND l.state = 'open';
	END IF;
	PERFORM flux.audit_put(CASE WHEN id IS NULL THEN 'mapping.ignore'
	    ELSE 'mapping.put' END, 'device:' || gateway, jsonb_build_object(
	    'device', named, 'sensor', sensed, 'target', target,
	    'scale', scaled, 'shift', shifted));
	RETURN true;
END $$;

-- False: there is no such mapping.
CREATE FUNCTION flux.mapping_drop(gateway text, named text, sensed text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	g CONSTANT flux.device := flux.source_of(gateway);
BEGIN
	PERFORM ctx.need('devices:write');
	DELETE FROM flux.mapping m
	 WHERE m.tenant_id = ctx.tenant() AND m.source_id = g.device_id
	   AND m.device = named AND m.sensor = sensed;
	IF FOUND THEN
		PERFORM flux.audit_put('mapping.drop', 'device:' || gateway,
		    jsonb_build_object('device', named, 'sensor', sensed));
	END IF;
	RETURN FOUND;
END $$;

-- --- adopting --------------------------------------------------------------

-- The device of that key: the gateway, one behind it, or a new one there.
CREATE FUNCTION flux.adopt_device(g flux.device, called text, named text)
RETURNS flux.device
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d flux.device := flux.source_of(called);
BEGIN
	PERFORM ctx.need('devices:write');
	IF g.device_id IN (d.device_id, d.gateway_id) THEN
		RETURN d;
	END IF;
	IF d.device_id IS NOT NULL THEN
		RAISE EXCEPTION
		    'to_device: this is a device of another gateway.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF g.kind <> 'gateway' THEN
		RAISE EXCEPTION 'to_device: nothing is behind a device.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF called !~ '^[A-Za-z0-9._:-]{1,64}$' THEN
		RAISE EXCEPTION
		    'to_device: want 1 to 64 of A-Z a-z 0-9 . _ : -'
		    USING ERRCODE = 'FX006';
	END IF;
	INSERT INTO flux.device (tenant_id, key, name, mode, gateway_id,
	       site_id, asset_id, simulated)
	VALUES (g.tenant_id, called, named, 'gateway', g.device_id, g.site_id,
	        g.asset_id, g.simulated)
	RETURNING * INTO d;
	PERFORM flux.audit_put('device.adopt', 'device:' || called,
	    jsonb_build_object('gateway', g.key));
	RETURN d;
END $$;

-- The device's sensor of that key, or a new one.  code: what senders call it
-- who know no device; taken already: with its gateway before it.
CREATE FUNCTION flux.adopt_sensor(d flux.device, called text, coded text,
    titled text, measured text, sort text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	id int;
BEGIN
	PERFORM ctx.need('devices:write');
	SELECT s.sensor_id INTO id FROM flux.sensor s
	 WHERE s.tenant_id = t AND s.device_id = d.device_id AND s.key = called;
	IF FOUND THEN
		RETURN id;
	END IF;
	IF called !~ '^[A-Za-z0-9._:-]{1,64}$' THEN
		RAISE EXCEPTION 'key: want 1 to 64 of A-Z a-z 0-9 . _ : -'
		    USING ERRCODE = 'FX006';
	END IF;
	IF titled = '' OR length(titled) > 80 THEN
		RAISE EXCEPTION 'name: want 1 to 80 letters.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF length(measured) > 40 THEN
		RAISE EXCEPTION 'unit: want at most 40 letters.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF sort NOT IN ('gauge', 'counter', 'state') THEN
		RAISE EXCEPTION 'kind: want gauge, counter or state.'
		    USING ERRCODE = 'FX006';
	END IF;
	INSERT INTO flux.sensor (tenant_id, device_id, key, code, name, unit,
	       kind, position)
	VALUES (t, d.device_id, called,
	        CASE WHEN EXISTS (SELECT FROM flux.sensor s
	            WHERE s.tenant_id = t AND s.code = coded)
	        THEN d.key || '.' || called || '.' || d.device_id
	        ELSE coded END,
	        titled, measured, sort,
	        (SELECT count(*) FROM flux.sensor s
	          WHERE s.tenant_id = t AND s.device_id = d.device_id))
	RETURNING sensor_id INTO id;
	RETURN id;
END $$;

-- A name that waits becomes a sensor, and what was refused of it is given in
-- again.  NULL: there is no such gateway.
CREATE FUNCTION flux.adopt(gateway text, named text, sensed text,
    to_device text, called text, titled text, measured text, sort text)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	g CONSTANT flux.device := flux.source_of(gateway);
	d flux.device;
	id int;
BEGIN
	PERFORM ctx.need('devices:write');
	IF g.device_id IS NULL THEN
		RETURN NULL;
	END IF;
	d := flux.adopt_device(g, to_device,
	    coalesce(nullif(named, ''), to_device));
	id := flux.adopt_sensor(d, called, CASE WHEN named = '' THEN sensed
	    ELSE d.key || '.' || called END, titled, measured, sort);
	IF EXISTS (SELECT FROM flux.sensor s
	            WHERE s.tenant_id = t AND s.sensor_id = id
	              AND (named, sensed) IN (('', s.code), (d.key, s.key)))
	THEN
		DELETE FROM flux.stranger s
		 WHERE s.tenant_id = t AND s.source_id = g.device_id
		   AND s.device = named AND s.sensor = sensed;
	ELSE
		PERFORM flux.mapping_set(g, named, sensed, id, 1, 0);
	END IF;
	PERFORM flux.replay_name(g.device_id, named, sensed);
	PERFORM flux.audit_put('sensor.adopt', 'device:' || gateway,
	    jsonb_build_object('device', named, 'sensor', sensed, 'target',
	    d.key || '/' || called));
	RETURN id;
END $$;

-- How the gateway's bodies are read.  False: there is no such gateway.
CREATE FUNCTION flux.intake_rule_put(gateway text, timed text, zoned text,
    homed text, measured text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	g CONSTANT flux.device := flux.source_of(gateway);
	h CONSTANT flux.device := flux.source_of(homed);
BEGIN
	PERFORM ctx.need('devices:write');
	IF g.device_id IS NULL THEN
		RETURN false;
	END IF;
	IF timed NOT IN ('shift', 'refuse') THEN
		RAISE EXCEPTION 'clock: want shift or refuse.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF measured NOT IN ('auto', 'field', 'measurement') THEN
		RAISE EXCEPTION 'metric: want auto, field or measurement.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF zoned <> '' AND NOT EXISTS (SELECT FROM pg_timezone_names z
	                                WHERE z.name = zoned) THEN
		RAISE EXCEPTION 'zone: want a name such as Europe/Berlin.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF homed <> '' AND (g.device_id IN (h.device_id, h.gateway_id)) IS NOT
	    TRUE THEN
		RAISE EXCEPTION 'home: there is no such device behind it.'
		    USING ERRCODE = 'FX006';
	END IF;
	INSERT INTO flux.intake_rule AS r (tenant_id, source_id, clock, zone,
	       home, metric)
	VALUES (g.tenant_id, g.device_id, timed, nullif(zoned, ''),
	        h.device_id, measured)
	    ON CONFLICT (tenant_id, source_id) DO UPDATE
	   SET clock = EXCLUDED.clock, zone = EXCLUDED.zone,
	       home = EXCLUDED.home, metric = EXCLUDED.metric;
	PERFORM flux.audit_put('intake.rule', 'device:' || gateway,
	    jsonb_build_object('clock', timed, 'zone', zoned, 'home', homed,
	    'metric', measured));
	RETURN true;
END $$;

-- Orders go as the letters do.
DO $$
DECLARE
	old CONSTANT text := (SELECT p.prosrc FROM pg_proc p
	    WHERE p.oid = 'flux.retention_target()'::regprocedure);
BEGIN
	EXECUTE format('CREATE OR REPLACE FUNCTION flux.retention_target()
	    RETURNS TABLE (class text, relation text, at text, series text)
	    LANGUAGE sql IMMUTABLE AS %L', old || '
	UNION ALL VALUES (''event'', ''replay_order'', ''asked_at'', NULL)');
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
