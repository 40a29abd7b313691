-- Lists of ten thousand lines, each kind in one statement: a statement a line
-- counted all devices of the tenant at each, and took longer than a page waits.
SET LOCAL ROLE fl_owner;

-- What may be wrong with a line of devices, and what is said of it.
CREATE FUNCTION flux.import_machine_faults()
RETURNS TABLE (code text, became text, col text, say text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES
	('twice', 'twice', 'key', 'an earlier line has it'),
	('theirs', 'forbidden', 'gateway', 'the key of a gateway lists devices'
	    ' that are new or behind it, with itself as their gateway'),
	('move', 'forbidden', 'asset', 'somebody may do more at some assets'
	    ' than elsewhere; who moves a device must be allowed to change'
	    ' people''s rights'),
	('key', 'bad_key', 'key', 'letters, digits and . _ : - only, up to 64'),
	('site', 'unknown_site', 'site',
	    'there is no site of this key; a new device needs one'),
	('gateway', 'unknown_gateway', 'gateway',
	    'there is no gateway of this key'),
	('asset', 'unknown_asset', 'asset', 'there is no asset of this key'),
	('kind', 'bad_kind', 'kind', 'want device or gateway'),
	('stays', 'bad_kind', 'kind', 'a device stays what it is')
$$;

-- Lines of devices with what they name, or their fault.  What is new has its
-- number before it is there, so that the lines may stand in any order; of
-- gateways that would be behind each other none is known.  under: whether the
-- gateway is simulated.
CREATE FUNCTION flux.import_machine_lines(was text[], source int, keys text[],
    names text[], places text[], gateways text[], parts text[], kinds text[],
    makers text[])
RETURNS TABLE (i bigint, device_id int, is_new boolean, key text, name text,
    kind text, maker text, site_id int, asset_id int, gateway_id int,
    under boolean, fault text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
	t   CONSTANT int := ctx.tenant();
	may CONSTANT boolean := flux.import_may_move();
	ids CONSTANT text := pg_get_serial_sequence('flux.device', 'device_id');
BEGIN
	RETURN QUERY WITH RECURSIVE line AS MATERIALIZED (
		SELECT x.*, coalesce(d.device_id, nextval(ids)::int)
		       AS device_id, d.device_id IS NULL AS is_new,
		       d.simulated, s.site_id, a.asset_id,
		       g.device_id AS gateway_id, g.simulated AS under,
		       CASE WHEN x.was <> '' THEN x.was
		       WHEN source <> 0 AND (g.device_id = source
		            AND x.kind IN ('', 'device')
		            AND (d.device_id IS NULL OR d.gateway_id = source))
		            IS NOT TRUE THEN 'theirs'
		       WHEN NOT may AND d.device_id IS NOT NULL
		            AND a.asset_id <> coalesce(d.asset_id, 0)
		            AND flux.device_is_known(d) THEN 'move'
		       WHEN x.key !~ '^[A-Za-z0-9._:-]{1,64}$' THEN 'key'
		       WHEN s.site_id IS NULL
		            AND (x.place <> '' OR d.device_id IS NULL)
		            THEN 'site'
		       WHEN a.asset_id IS NULL AND x.part <> '' THEN 'asset'
		       WHEN x.kind NOT IN ('', 'device', 'gateway') THEN 'kind'
		       WHEN x.kind <> '' AND x.kind <> d.kind THEN 'stays'
		       END AS fault
		  FROM unnest(was, keys, names, places, gateways, parts, kinds,
		       makers) WITH ORDINALITY x (was, key, name, place,
		       gateway, part, kind, maker, i)
		  LEFT JOIN flux.device d ON d.tenant_id = t AND d.key = x.key
		  LEFT JOIN flux.device g ON g.tenant_id = t
		   AND g.key = x.gateway AND g.kind = 'gateway'
		  LEFT JOIN flux.site s ON s.tenant_id = t AND s.key = x.place
		  LEFT JOIN flux.asset a ON a.tenant_id = t AND a.key = x.part
	), made AS (
		SELECT l.key, l.device_id, coalesce(l.under, false) AS simulated
		  FROM line l
		 WHERE l.fault IS NULL AND l.is_new AND l.kind = 'gateway'
		   AND (l.gateway = '' OR l.gateway_id IS NOT NULL)
		 UNION ALL
		SELECT l.key, l.device_id, m.simulated
		  FROM made m
		  JOIN line l ON l.gateway = m.key
		 WHERE l.fault IS NULL AND l.is_new AND l.kind = 'gateway'
	)
	SELECT l.i, l.device_id, l.is_new, l.key, l.name, l.kind, l.maker,
	       l.site_id, l.asset_id, g.gateway_id, g.under,
	       CASE WHEN l.fault IS NOT NULL THEN l.fault
	       WHEN l.gateway <> '' AND g.gateway_id IS NULL THEN 'gateway'
	       WHEN g.under <> l.simulated THEN 'stays' END
	  FROM line l
	  LEFT JOIN made m ON m.key = l.gateway
	 CROSS JOIN LATERAL (SELECT coalesce(l.gateway_id, m.device_id),
	       coalesce(l.under, m.simulated)) g (gateway_id, under);
END $$;

-- The lines of devices that are sound so far.  One statement makes those that
-- are new, and changes the others.
CREATE FUNCTION flux.import_machines(INOUT was text[], OUT cols text[],
    OUT say text[], source int, keys text[], names text[], places text[],
    gateways text[], parts text[], kinds text[], makers text[])
LANGUAGE sql SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
	WITH due AS MATERIALIZED (
		SELECT * FROM flux.import_machine_lines(was, source, keys,
		       names, places, gateways, parts, kinds, makers)
	), n AS (
		INSERT INTO flux.device (tenant_id, device_id, site_id,
		       asset_id, key, name, kind, mode, gateway_id,
		       manufacturer, simulated) OVERRIDING SYSTEM VALUE
		SELECT ctx.tenant(), d.device_id, d.site_id, d.asset_id, d.key,
		       coalesce(nullif(d.name, ''), d.key),
		       coalesce(nullif(d.kind, ''), 'device'),
		       CASE WHEN d.gateway_id IS NULL THEN 'direct'
		       ELSE 'gateway' END, d.gateway_id,
		       nullif(d.maker, ''), coalesce(d.under, false)
		  FROM due d WHERE d.fault IS NULL AND d.is_new
	), c AS (
		UPDATE flux.device x
		   SET name = coalesce(nullif(d.name, ''), x.name),
		       site_id = coalesce(d.site_id, x.site_id),
		       asset_id = coalesce(d.asset_id, x.asset_id),
		       gateway_id = coalesce(d.gateway_id, x.gateway_id),
		       mode = CASE WHEN d.gateway_id IS NULL THEN x.mode
		              ELSE 'gateway' END,
		       manufacturer = coalesce(nullif(d.maker, ''),
		              x.manufacturer)
		  FROM due d
		 WHERE d.fault IS NULL AND NOT d.is_new
		   AND x.tenant_id = ctx.tenant() AND x.device_id = d.device_id
		   AND (x.name, x.site_id, x.asset_id, x.gateway_id,
		        x.manufacturer) IS DISTINCT FROM
		       (coalesce(nullif(d.name, ''), x.name),
		        coalesce(d.site_id, x.site_id),
		        coalesce(d.asset_id, x.asset_id),
		        coalesce(d.gateway_id, x.gateway_id),
		        coalesce(nullif(d.maker, ''), x.manufacturer))
		RETURNING x.device_id
	)
	SELECT array_agg(CASE WHEN f.code IS NOT NULL THEN f.became
	       WHEN d.is_new THEN 'made' WHEN c.device_id IS NOT NULL
	       THEN 'changed' ELSE 'same' END ORDER BY d.i),
	       array_agg(coalesce(f.col, '') ORDER BY d.i),
	       array_agg(coalesce(f.say, '') ORDER BY d.i)
	  FROM due d
	  LEFT JOIN flux.import_machine_faults() f ON f.code = d.fault
	  LEFT JOIN c ON c.device_id = d.device_id
$$;

-- As in 0055.
CREATE OR REPLACE FUNCTION flux.import_devices(id int, dry boolean,
    whole boolean, source int, keys text[], names text[], places text[],
    gateways text[], parts text[], kinds text[], makers text[])
RETURNS TABLE (place int, became text, col text, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	m record;
BEGIN
	PERFORM ctx.need('devices:write');
	BEGIN
		SELECT * INTO m FROM flux.import_machines(ARRAY(SELECT
		    CASE WHEN twice THEN 'twice' ELSE '' END
		    FROM unnest(flux.import_twice(keys))
		    WITH ORDINALITY u (twice, i) ORDER BY i), source, keys,
		    names, places, gateways, parts, kinds, makers);
		IF flux.import_undo(dry, whole, m.was) THEN
			RAISE EXCEPTION 'taken back' USING ERRCODE = 'FX009';
		END IF;
		PERFORM flux.import_said('device.import', id, m.was);
	EXCEPTION WHEN SQLSTATE 'FX009' THEN
		NULL;
	END;
	RETURN QUERY SELECT x.i::int, x.became, x.c, x.d
	  FROM unnest(m.was, m.cols, m.say)
	       WITH ORDINALITY x (became, c, d, i)
	 ORDER BY x.i;
END $$;
DROP FUNCTION flux.import_device(text, text, text, text, text, text, text);
DROP FUNCTION flux.import_is_theirs(int, text, text, text);
DROP FUNCTION flux.import_is_move(text, text);

-- Which of these are names of zones.  The list of all is a file each to be
-- read, so that nobody asks for it who names none.
CREATE FUNCTION flux.zones_known(zones text[]) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT ARRAY(SELECT z.name FROM pg_timezone_names z
	              WHERE z.name = ANY (zones)
	                AND EXISTS (SELECT FROM unnest(zones) u WHERE u <> ''))
$$;

-- As part of the statement that asks: import_assets, which sets the path.
ALTER FUNCTION flux.import_place_fault(text, text, text, text, text, text, text,
    text, text) RESET search_path;

-- As in 0049, and no line is looked for among thousands of keys one after the
-- other.
CREATE OR REPLACE FUNCTION flux.import_sites(INOUT was text[], kinds text[],
    keys text[], names text[], norths text[], easts text[], zones text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	changed text[];
	made text[];
BEGIN
	WITH line AS (
		SELECT * FROM unnest(was, kinds, keys, names, norths, easts,
		       zones) x (was, kind, key, name, north, east, zone)
		 WHERE x.was = '' AND x.kind = 'site'
	), c AS (
		UPDATE flux.site s SET name = coalesce(nullif(l.name, ''),
		       s.name), zone = coalesce(nullif(l.zone, ''), s.zone),
		       latitude = coalesce(nullif(l.north, '')::float8,
		           s.latitude),
		       longitude = coalesce(nullif(l.east, '')::float8,
		           s.longitude)
		  FROM line l
		 WHERE s.tenant_id = t AND s.key = l.key
		   AND (nullif(l.name, '') <> s.name
		        OR nullif(l.zone, '') <> s.zone
		        OR nullif(l.north, '')::float8 IS DISTINCT FROM
		           s.latitude AND l.north <> ''
		        OR nullif(l.east, '')::float8 IS DISTINCT FROM
		           s.longitude AND l.east <> '')
		RETURNING s.key
	), m AS (
		INSERT INTO flux.site (tenant_id, key, name, zone, latitude,
		       longitude)
		SELECT t, l.key, coalesce(nullif(l.name, ''), l.key),
		       coalesce(nullif(l.zone, ''), 'UTC'),
		       nullif(l.north, '')::float8, nullif(l.east, '')::float8
		  FROM line l
		    ON CONFLICT (tenant_id, key) DO NOTHING
		RETURNING key
	)
	SELECT ARRAY(SELECT key FROM c), ARRAY(SELECT key FROM m)
	  INTO changed, made;
	was := ARRAY(SELECT CASE WHEN x.was <> '' OR x.kind <> 'site' THEN x.was
	        WHEN m.key IS NOT NULL THEN 'made'
	        WHEN c.key IS NOT NULL THEN 'changed' ELSE 'same' END
	  FROM unnest(was, kinds, keys) WITH ORDINALITY x (was, kind, key, i)
	  LEFT JOIN unnest(made) m (key) ON m.key = x.key
	  LEFT JOIN unnest(changed) c (key) ON c.key = x.key
	 ORDER BY x.i);
END $$;

-- As in 0049.
CREATE OR REPLACE FUNCTION flux.import_assets(id int, dry boolean,
    whole boolean, kinds text[], keys text[], names text[], places text[],
    parents text[], types text[], norths text[], easts text[], zones text[])
RETURNS TABLE (place int, became text, col text, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
DECLARE
	t     CONSTANT int := ctx.tenant();
	n     CONSTANT int := coalesce(array_length(keys, 1), 0);
	known CONSTANT text[] := flux.zones_known(zones);
	what  text[] := ARRAY(SELECT coalesce(nullif(k, ''), 'asset')
	    FROM unnest(kinds) WITH ORDINALITY x (k, i) ORDER BY i);
	twice CONSTANT boolean[] := flux.import_twice(ARRAY(SELECT k || ' ' || y
	    FROM unnest(what, keys) WITH ORDINALITY x (k, y, i) ORDER BY i));
	was   text[] := array_fill(''::text, ARRAY[n]);
	cols  text[] := was;
	say   text[] := was;
	f     text[];
	moved jsonb;
	u     record;
BEGIN
	PERFORM ctx.need('devices:write');
	FOR i IN 1 .. n LOOP
		f := flux.import_place_fault(what[i], keys[i], names[i],
		    places[i], parents[i], types[i], norths[i], easts[i],
		    zones[i]);
		IF f IS NULL AND twice[i] THEN
			f := ARRAY['twice', 'key', 'an earlier line has it'];
		ELSIF f IS NULL AND zones[i] <> ''
		    AND zones[i] <> ALL (known) THEN
			f := ARRAY['bad_zone', 'zone',
			    'want a name such as Europe/Berlin'];
		END IF;
		was[i] := coalesce(f[1], '');
		cols[i] := coalesce(f[2], '');
		say[i] := coalesce(f[3], '');
	END LOOP;
	BEGIN
		was := flux.import_sites(was, what, keys, names, norths, easts,
		    zones);
		FOR u IN SELECT x.i, x.place FROM unnest(was, what, keys,
		    places) WITH ORDINALITY x (was, kind, key, place, i)
		    LEFT JOIN flux.asset a ON a.tenant_id = t AND a.key = x.key
		    LEFT JOIN flux.site s ON s.tenant_id = t
		     AND s.key = x.place
		 WHERE x.was = '' AND x.kind = 'asset' AND s.site_id IS NULL
		   AND (x.place <> '' OR a.asset_id IS NULL)
		LOOP
			was[u.i] := 'unknown_site';
			cols[u.i] := 'site';
			say[u.i] := CASE u.place WHEN ''
			    THEN 'a new asset needs its site'
			    ELSE 'there is no site of this key' END;
		END LOOP;
		FOR u IN SELECT m.place, m.col FROM flux.import_moves(was, what,
		    keys, places, parents) m WHERE NOT flux.import_may_move()
		LOOP
			was[u.place] := 'forbidden';
			cols[u.place] := u.col;
			say[u.place] := 'somebody may do more at some assets'
			    ' than elsewhere; who moves one must be allowed to'
			    ' change people''s rights';
		END LOOP;
		SELECT h.was, h.col, h.say INTO was, cols, say
		  FROM flux.import_hang(was, cols, say, what, keys, parents) h;
		moved := flux.import_moved(was, what, keys, places, parents);
		was := flux.import_parts(was, what, keys, names, places,
		    parents, types);
		IF flux.import_undo(dry, whole, was) THEN
			RAISE EXCEPTION 'taken back' USING ERRCODE = 'FX009';
		END IF;
		PERFORM flux.import_said('asset.import', id, was,
		    coalesce(moved, '{}'));
	EXCEPTION WHEN SQLSTATE 'FX009' THEN
		NULL;
	END;
	RETURN QUERY SELECT x.i::int, x.became, x.c, x.d
	  FROM unnest(was, cols, say) WITH ORDINALITY x (became, c, d, i)
	 ORDER BY x.i;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
