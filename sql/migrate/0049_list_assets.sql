-- A list of sites and assets, which make a tree together.
SET LOCAL ROLE fl_owner;

-- What is wrong with a line for itself: {code, column, why}; NULL: nothing.
CREATE FUNCTION flux.import_place_fault(kind text, key text, called text,
    place text, parent text, sort text, north text, east text, zone text)
RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
	WHEN kind NOT IN ('site', 'asset') THEN
	     ARRAY['bad_kind', 'kind', 'want site or asset']
	WHEN key !~ '^[A-Za-z0-9._:-]{1,64}$' THEN ARRAY['bad_key', 'key',
	     'letters, digits and . _ : - only, up to 64']
	WHEN called ~ '[[:cntrl:]]' OR length(called) > 100 THEN
	     ARRAY['bad_name', 'name', 'up to 100 letters']
	WHEN sort ~ '[[:cntrl:]]' OR length(sort) > 40 THEN
	     ARRAY['bad_type', 'type', 'up to 40 letters']
	WHEN kind = 'site' AND place <> '' THEN
	     ARRAY['not_of_a_site', 'site', 'only an asset is at a site']
	WHEN kind = 'site' AND parent <> '' THEN
	     ARRAY['not_of_a_site', 'parent', 'only an asset has a parent']
	WHEN kind = 'site' AND sort <> '' THEN
	     ARRAY['not_of_a_site', 'type', 'only an asset has a type']
	WHEN kind = 'asset' AND north <> '' THEN
	     ARRAY['not_of_an_asset', 'latitude', 'its site has it']
	WHEN kind = 'asset' AND east <> '' THEN
	     ARRAY['not_of_an_asset', 'longitude', 'its site has it']
	WHEN kind = 'asset' AND zone <> '' THEN
	     ARRAY['not_of_an_asset', 'zone', 'its site has it']
	WHEN north !~ '^(-?[0-9]{1,2}([.][0-9]{1,15})?)?$'
	     OR abs(nullif(north, '')::float8) > 90 THEN
	     ARRAY['bad_latitude', 'latitude', 'degrees from -90 to 90']
	WHEN east !~ '^(-?[0-9]{1,3}([.][0-9]{1,15})?)?$'
	     OR abs(nullif(east, '')::float8) > 180 THEN
	     ARRAY['bad_longitude', 'longitude', 'degrees from -180 to 180']
	END
$$;

-- The tree as it would be with these lines: of each asset that hangs together
-- from a root downwards the path of keys, and which ones are below themselves.
CREATE FUNCTION flux.import_tree(keys text[], parents text[])
RETURNS TABLE (key text, path text, is_circle boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE own AS (
		SELECT a.key, p.key AS parent
		  FROM flux.asset a
		  LEFT JOIN flux.asset p ON p.tenant_id = a.tenant_id
		   AND p.asset_id = a.parent_id
		 WHERE a.tenant_id = ctx.tenant()
	), said AS (
		SELECT u.key, CASE u.parent WHEN '' THEN o.parent
		       WHEN '/' THEN NULL
		       ELSE substring(u.parent FROM '[^/]*$') END AS parent
		  FROM unnest(keys, parents) u (key, parent)
		  LEFT JOIN own o ON o.key = u.key
	), node AS MATERIALIZED (
		SELECT * FROM said
		 UNION ALL
		SELECT o.* FROM own o
		 WHERE NOT EXISTS (SELECT FROM said s WHERE s.key = o.key)
	), hung AS (
		SELECT n.key, n.key AS path FROM node n WHERE n.parent IS NULL
		 UNION ALL
		SELECT n.key, h.path || '/' || n.key
		  FROM hung h JOIN node n ON n.parent = h.key
	), up AS (
		SELECT n.key, n.parent AS at FROM node n
		 WHERE NOT EXISTS (SELECT FROM hung h WHERE h.key = n.key)
		 UNION
		SELECT u.key, n.parent FROM up u JOIN node n ON n.key = u.at
	)
	SELECT h.key, h.path, false FROM hung h
	 UNION ALL
	SELECT u.key, NULL, true FROM up u WHERE u.at = u.key
$$;

-- Lines of assets against the tree that they make together: was, col and say
-- get what is wrong.  A line that is left out leaves its asset where it is, so
-- the rest is looked at again.
CREATE FUNCTION flux.import_hang(INOUT was text[], INOUT col text[],
    INOUT say text[], kinds text[], keys text[], parents text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	u record;
	n int;
	how text;
BEGIN
	FOREACH how IN ARRAY ARRAY['unknown', 'other'] LOOP LOOP
		n := 0;
		FOR u IN WITH line AS (
			SELECT x.i, x.key, x.parent
			  FROM unnest(was, kinds, keys, parents)
			       WITH ORDINALITY x (was, kind, key, parent, i)
			 WHERE x.was = '' AND x.kind = 'asset'
		), tree AS MATERIALIZED (
			SELECT * FROM flux.import_tree(
			       ARRAY(SELECT key FROM line ORDER BY i),
			       ARRAY(SELECT parent FROM line ORDER BY i))
		)
		SELECT l.i, l.parent, t.path, t.is_circle,
		       l.parent NOT IN ('', '/') AND NOT EXISTS (
		           SELECT FROM line o WHERE o.key = e.parent)
		       AND NOT EXISTS (SELECT FROM flux.asset a
		           WHERE a.tenant_id = ctx.tenant()
		             AND a.key = e.parent) AS is_unknown
		  FROM line l
		 CROSS JOIN LATERAL (SELECT substring(l.parent FROM '[^/]*$')
		       AS parent) e
		  LEFT JOIN tree t ON t.key = l.key
		LOOP
			IF u.is_unknown THEN
				was[u.i] := 'unknown_parent';
				say[u.i] := 'there is no asset of this key';
			ELSIF how = 'other' AND u.is_circle THEN
				was[u.i] := 'circle';
				say[u.i] := 'it would be below itself';
			ELSIF how = 'other' AND strpos(u.parent, '/') > 0
			    AND u.parent <> '/' AND right('/' || u.path,
			        length(u.parent) + length(keys[u.i]) + 2)
			        <> '/' || u.parent || '/' || keys[u.i] THEN
				was[u.i] := 'other_path';
				say[u.i] := 'it would be at ' || u.path;
			ELSE
				CONTINUE;
			END IF;
			col[u.i] := 'parent';
			n := n + 1;
		END LOOP;
		EXIT WHEN n = 0;
	END LOOP; END LOOP;
END $$;

-- The lines of sites that are sound: made, changed or the same.
CREATE FUNCTION flux.import_sites(INOUT was text[], kinds text[], keys text[],
    names text[], norths text[], easts text[], zones text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
	        WHEN x.key = ANY (made) THEN 'made'
	        WHEN x.key = ANY (changed) THEN 'changed' ELSE 'same' END
	  FROM unnest(was, kinds, keys) WITH ORDINALITY x (was, kind, key, i)
	 ORDER BY x.i);
END $$;

-- The same of assets: first all that are new, then what they are and where.
CREATE FUNCTION flux.import_parts(INOUT was text[], kinds text[], keys text[],
    names text[], places text[], parents text[], types text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	changed text[];
	made text[];
BEGIN
	WITH m AS (
		INSERT INTO flux.asset (tenant_id, site_id, key, name, type)
		SELECT t, s.site_id, x.key, coalesce(nullif(x.name, ''), x.key),
		       coalesce(nullif(x.type, ''), 'asset')
		  FROM unnest(was, kinds, keys, names, places, types)
		       x (was, kind, key, name, place, type)
		  JOIN flux.site s ON s.tenant_id = t AND s.key = x.place
		 WHERE x.was = '' AND x.kind = 'asset'
		    ON CONFLICT (tenant_id, key) DO NOTHING
		RETURNING key
	)
	SELECT ARRAY(SELECT key FROM m) INTO made;
	WITH line AS (
		SELECT a.asset_id, coalesce(nullif(x.name, ''), a.name) AS name,
		       coalesce(nullif(x.type, ''), a.type) AS type,
		       coalesce(s.site_id, a.site_id) AS site_id,
		       CASE x.parent WHEN '' THEN a.parent_id WHEN '/' THEN NULL
		       ELSE p.asset_id END AS parent_id
		  FROM unnest(was, kinds, keys, names, places, parents, types)
		       x (was, kind, key, name, place, parent, type)
		  JOIN flux.asset a ON a.tenant_id = t AND a.key = x.key
		  LEFT JOIN flux.site s ON s.tenant_id = t AND s.key = x.place
		  LEFT JOIN flux.asset p ON p.tenant_id = t
		   AND p.key = substring(x.parent FROM '[^/]*$')
		 WHERE x.was = '' AND x.kind = 'asset'
	), c AS (
		UPDATE flux.asset a SET name = l.name, type = l.type,
		       site_id = l.site_id, parent_id = l.parent_id
		  FROM line l
		 WHERE a.tenant_id = t AND a.asset_id = l.asset_id
		   AND (a.name, a.type, a.site_id, a.parent_id)
		       IS DISTINCT FROM (l.name, l.type, l.site_id, l.parent_id)
		RETURNING a.key
	)
	SELECT ARRAY(SELECT key FROM c) INTO changed;
	was := ARRAY(SELECT CASE WHEN x.was <> '' OR x.kind <> 'asset'
	        THEN x.was WHEN x.key = ANY (made) THEN 'made'
	        WHEN x.key = ANY (changed) THEN 'changed' ELSE 'same' END
	  FROM unnest(was, kinds, keys) WITH ORDINALITY x (was, kind, key, i)
	 ORDER BY x.i);
END $$;

-- The lines, of those that are sound so far, that put an asset elsewhere.
CREATE FUNCTION flux.import_moves(was text[], kinds text[], keys text[],
    places text[], parents text[])
RETURNS TABLE (place int, key text, col text, old text, new text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH line AS (
		SELECT x.i::int, x.key, x.place, s.key AS site, x.parent,
		       CASE x.parent WHEN '/' THEN NULL
		       ELSE substring(x.parent FROM '[^/]*$') END AS above,
		       p.key AS was_above
		  FROM unnest(was, kinds, keys, places, parents)
		       WITH ORDINALITY x (was, kind, key, place, parent, i)
		  JOIN flux.asset a ON a.tenant_id = ctx.tenant()
		   AND a.key = x.key
		  JOIN flux.site s ON s.tenant_id = a.tenant_id
		   AND s.site_id = a.site_id
		  LEFT JOIN flux.asset p ON p.tenant_id = a.tenant_id
		   AND p.asset_id = a.parent_id
		 WHERE x.was = '' AND x.kind = 'asset'
	)
	SELECT i, key, 'parent', was_above, above FROM line
	 WHERE parent <> '' AND above IS DISTINCT FROM was_above
	 UNION ALL
	SELECT i, key, 'site', site, place FROM line
	 WHERE place <> '' AND place <> site
	 ORDER BY 1
$$;

-- May who asks put assets elsewhere?  That moves what others may do there with
-- them, so that where somebody has a grant at a place, it is giving rights.
CREATE FUNCTION flux.import_may_move() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.wide() & ctx.can_of(ARRAY['users:write']) <> 0
	    OR NOT EXISTS (SELECT FROM flux.grant_ g
	        WHERE g.tenant_id = ctx.tenant() AND g.asset_id <> 0)
$$;

-- For the audit: the first thousand that were moved, from where to where.
CREATE FUNCTION flux.import_moved(was text[], kinds text[], keys text[],
    places text[], parents text[]) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('moved', jsonb_agg(jsonb_build_object(
	       'key', m.key, 'what', m.col, 'from', m.old, 'to', m.new)
	       ORDER BY m.place, m.col))
	  FROM (SELECT * FROM flux.import_moves(was, kinds, keys, places,
	               parents) LIMIT 1000) m
	HAVING count(*) > 0
$$;

-- A file of sites and assets, as import_devices; the lines may stand in any
-- order.  parent: a key, or a path of keys with / between; "/" is no parent.
CREATE FUNCTION flux.import_assets(id int, dry boolean, whole boolean,
    kinds text[], keys text[], names text[], places text[], parents text[],
    types text[], norths text[], easts text[], zones text[])
RETURNS TABLE (place int, became text, col text, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t     CONSTANT int := ctx.tenant();
	n     CONSTANT int := coalesce(array_length(keys, 1), 0);
	known CONSTANT text[] := ARRAY(SELECT z.name FROM pg_timezone_names z
	    WHERE z.name = ANY (zones));
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
