-- Device profiles that a tenant keeps beside the ones that are shipped.  A
-- version never changes: what is new is another version, and a device is given
-- one of them by name.
SET LOCAL ROLE fl_owner;

CREATE TABLE flux.profile (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	id        text NOT NULL
	          CHECK (id ~ '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$'),
	version   text NOT NULL
	          CHECK (version ~ '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$'),
	body      text NOT NULL CHECK (octet_length(body) <= 262144), -- JSON
	-- What an import could not take over, a line each.
	notes     text NOT NULL DEFAULT '' CHECK (length(notes) <= 65536),
	made_by   bigint, -- NULL: a program
	made_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id, version)
);
CREATE INDEX device_profile ON flux.device (tenant_id, profile, profile_version)
    WHERE profile IS NOT NULL;

-- A new version.  Whether it is a profile the caller has found out.
CREATE FUNCTION flux.profile_put(named text, numbered text, written text,
    noted text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('devices:write');
	IF (SELECT count(*) FROM flux.profile p
	     WHERE p.tenant_id = ctx.tenant()) >= 500 THEN
		RAISE EXCEPTION 'There are at most 500 versions of profiles.'
		    USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO flux.profile (tenant_id, id, version, body, notes, made_by)
	VALUES (ctx.tenant(), named, numbered, written, noted, ctx.user_id())
	    ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'version: % % is there, and stays as it is.',
		    named, numbered USING ERRCODE = 'FX005';
	END IF;
	-- A device that has it decodes by the shipped one, and would by this.
	IF EXISTS (SELECT FROM flux.device d
	            WHERE d.tenant_id = ctx.tenant() AND d.profile = named
	              AND d.profile_version = numbered) THEN
		RAISE EXCEPTION 'version: devices have % % as shipped.',
		    named, numbered USING ERRCODE = 'FX005';
	END IF;
	PERFORM flux.audit_put('profile.put', 'profile:' || named,
	    jsonb_build_object('version', numbered));
END $$;

-- False: there is no such version.  One that a device uses stays.
CREATE FUNCTION flux.profile_drop(named text, numbered text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('devices:write');
	PERFORM FROM flux.profile p
	  WHERE p.tenant_id = ctx.tenant() AND p.id = named
	    AND p.version = numbered FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF EXISTS (SELECT FROM flux.device d
	            WHERE d.tenant_id = ctx.tenant() AND d.profile = named
	              AND d.profile_version = numbered) THEN
		RAISE EXCEPTION 'Devices use this version.'
		    USING ERRCODE = 'FX005';
	END IF;
	DELETE FROM flux.profile p WHERE p.tenant_id = ctx.tenant()
	   AND p.id = named AND p.version = numbered;
	PERFORM flux.audit_put('profile.drop', 'profile:' || named,
	    jsonb_build_object('version', numbered));
	RETURN true;
END $$;

-- The sensors that a profile makes: all points but texts and mere scales.
CREATE FUNCTION flux.profile_sensors(profile jsonb)
RETURNS TABLE (key text, name text, unit text, kind text, capability text,
    low float8, high float8, digits int, states jsonb, place int,
    suspect boolean, wrap float8, windowed boolean)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT o.v ->> 'key', coalesce(o.v ->> 'name', o.v ->> 'key'),
	       coalesce(o.v ->> 'unit', ''), coalesce(o.v ->> 'kind', 'gauge'),
	       o.v ->> 'capability', (o.v #>> '{range,0}')::float8,
	       (o.v #>> '{range,1}')::float8,
	       coalesce((o.v ->> 'precision')::int, 2), o.v -> 'enum',
	       o.i::int - 1, coalesce(profile -> 'zero_frame' ->
	       'suspect_if_all_zero' ? (o.v ->> 'key'), false),
	       (o.v ->> 'rollover')::float8,
	       coalesce((o.v ->> 'window_s')::float8, 0) > 0
	           AND o.v ->> 'type' <> 'BIT'
	           AND coalesce(o.v ->> 'kind', 'gauge') = 'gauge'
	  FROM jsonb_array_elements(profile -> 'points')
	       WITH ORDINALITY AS o (v, i)
	 WHERE o.v ->> 'type' <> 'STRING'
	   AND coalesce(o.v ->> 'kind', 'gauge') <> 'scale'
$$;

-- The longest that a point is silent while all is well: its poll, its report
-- or its window.  poll_s: the device's, instead of its points'; 0: none.
CREATE FUNCTION flux.profile_silence_s(profile jsonb, poll_s float8)
RETURNS float8
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT greatest(1, poll_s, max(greatest(
	       CASE WHEN poll_s > 0 THEN 0
	            ELSE coalesce((o.v ->> 'poll_s')::float8,
	                 (profile #>> '{defaults,poll_s}')::float8, 10) END,
	       (o.v #>> '{report,max_s}')::float8,
	       (o.v ->> 'window_s')::float8)))
	  FROM jsonb_array_elements(profile -> 'points') AS o (v)
	 WHERE o.v ->> 'type' <> 'STRING'
$$;

-- Give a version to one device, or ('') to all that have the profile in
-- another one: sensors that are new are made, the others are shown and judged
-- as it says; none goes.  What was stored keeps its meaning: a version in
-- which a sensor has another unit or is of another kind is refused.  Answers
-- how many devices it was given to; NULL: there is no such version.
CREATE FUNCTION flux.profile_apply(named text, numbered text, called text)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	body jsonb;
	ids int[];
	other text;
BEGIN
	PERFORM ctx.need('devices:write');
	SELECT p.body::jsonb INTO body FROM flux.profile p
	 WHERE p.tenant_id = t AND p.id = named AND p.version = numbered
	   FOR SHARE;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	SELECT array_agg(x.device_id) INTO ids
	  FROM (SELECT d.device_id FROM flux.device d
	         WHERE d.tenant_id = t AND d.kind = 'device'
	           AND (d.key = called OR called = '' AND d.profile = named
	                AND d.profile_version IS DISTINCT FROM numbered)
	         ORDER BY d.device_id FOR NO KEY UPDATE) x;
	IF ids IS NULL THEN
		RETURN 0;
	END IF;
	SELECT min(s.key) INTO other
	  FROM flux.sensor s
	  JOIN flux.profile_sensors(body) p ON p.key = s.key
	 WHERE s.tenant_id = t AND s.device_id = ANY (ids)
	   AND (s.unit, s.kind) IS DISTINCT FROM (p.unit, p.kind);
	IF other IS NOT NULL THEN
		RAISE EXCEPTION
		    'version: % has another unit, or is of another kind.',
		    other USING ERRCODE = 'FX006';
	END IF;
	UPDATE flux.sensor s
	   SET name = p.name, capability = p.capability, low = p.low,
	       high = p.high, precision = p.digits, states = p.states,
	       zero_suspect = p.suspect, wrap = coalesce(p.wrap, s.wrap)
	  FROM flux.profile_sensors(body) p
	 WHERE s.tenant_id = t AND s.device_id = ANY (ids) AND s.key = p.key;
	INSERT INTO flux.sensor (tenant_id, device_id, key, code, name, unit,
	       kind, capability, low, high, precision, states, position,
	       zero_suspect, wrap)
	SELECT t, d.device_id, p.key, d.key || '/' || p.key, p.name, p.unit,
	       p.kind, p.capability, p.low, p.high, p.digits, p.states, p.place,
	       p.suspect, p.wrap
	  FROM flux.device d
	 CROSS JOIN flux.profile_sensors(body) p
	 WHERE d.tenant_id = t AND d.device_id = ANY (ids)
	   AND NOT EXISTS (SELECT FROM flux.sensor s WHERE s.tenant_id = t
	           AND s.device_id = d.device_id AND s.key = p.key);
	UPDATE flux.device d
	   SET profile = named, profile_version = numbered,
	       -- At most a year: a report may say any number.
	       period = greatest(d.period, least(31536000,
	           flux.profile_silence_s(body,
	           CASE WHEN jsonb_typeof(d.metadata -> 'poll_ms') = 'number'
	                THEN least((d.metadata -> 'poll_ms')::float8, 86400000)
	                     / 1000
	                ELSE 0 END)) * interval '1 s')
	 WHERE d.tenant_id = t AND d.device_id = ANY (ids);
	-- What is told in windows has series for their figures.
	PERFORM flux.facets_ensure(t, ARRAY(
	    SELECT s.sensor_id FROM flux.sensor s
	      JOIN flux.profile_sensors(body) p ON p.key = s.key
	     WHERE s.tenant_id = t AND s.device_id = ANY (ids)
	       AND p.windowed));
	PERFORM flux.audit_put('profile.apply', 'profile:' || named,
	    jsonb_build_object('version', numbered, 'device', called,
	    'devices', cardinality(ids)));
	RETURN cardinality(ids);
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
