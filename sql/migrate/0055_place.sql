-- Where a device stands says who may do what with it, so moving one is giving
-- rights, as moving an asset is (0049): whatever statement does it.
SET LOCAL ROLE fl_owner;

-- What was put nowhere yet and has never said anything may be put anywhere by
-- whoever may let it in: so far nobody could do anything with it.
CREATE FUNCTION flux.device_is_known(d flux.device) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.asset_id IS NOT NULL OR EXISTS (SELECT FROM flux.latest l
	        WHERE l.tenant_id = d.tenant_id AND l.device_id = d.device_id)
$$;

-- Without a context there is nobody who asks: no role of a program gets here.
CREATE FUNCTION flux.is_asked() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(current_setting('app.ctx', true), '') <> ''
$$;

CREATE FUNCTION flux.place_need(what text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT flux.import_may_move() THEN
		RAISE EXCEPTION 'moving % needs users:write', what
		    USING ERRCODE = 'FX003';
	END IF;
END $$;

CREATE FUNCTION flux.device_placed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT flux.is_asked() THEN
		RETURN NEW;
	END IF;
	IF flux.device_is_known(OLD) THEN
		PERFORM flux.place_need('device:' || OLD.key);
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER placed BEFORE UPDATE OF asset_id ON flux.device
    FOR EACH ROW WHEN (OLD.asset_id IS DISTINCT FROM NEW.asset_id)
    EXECUTE FUNCTION flux.device_placed();

CREATE FUNCTION flux.asset_placed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moved text;
BEGIN
	SELECT n.key INTO moved
	  FROM now_is n
	  JOIN was_at w ON w.tenant_id = n.tenant_id AND w.asset_id = n.asset_id
	 WHERE (n.parent_id, n.site_id)
	       IS DISTINCT FROM (w.parent_id, w.site_id)
	 LIMIT 1;
	IF FOUND AND flux.is_asked() THEN
		PERFORM flux.place_need('asset:' || moved);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER placed AFTER UPDATE ON flux.asset
    REFERENCING OLD TABLE AS was_at NEW TABLE AS now_is
    FOR EACH STATEMENT EXECUTE FUNCTION flux.asset_placed();

-- As in 0049: the lines of assets that are sound.  One statement makes those
-- that are new where they are to be, and moves the others.
CREATE OR REPLACE FUNCTION flux.import_parts(INOUT was text[], kinds text[],
    keys text[], names text[], places text[], parents text[], types text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	ids CONSTANT text := pg_get_serial_sequence('flux.asset', 'asset_id');
	changed text[];
	made text[];
BEGIN
	WITH line AS MATERIALIZED (
		SELECT x.*, a.asset_id IS NULL AS is_new, a.name AS old_name,
		       a.type AS old_type, a.site_id AS old_site,
		       a.parent_id AS old_parent,
		       substring(x.parent FROM '[^/]*$') AS above,
		       coalesce(a.asset_id, nextval(ids)::int) AS asset_id
		  FROM unnest(was, kinds, keys, names, places, parents, types)
		       x (was, kind, key, name, place, parent, type)
		  LEFT JOIN flux.asset a ON a.tenant_id = t AND a.key = x.key
		 WHERE x.was = '' AND x.kind = 'asset'
	), due AS MATERIALIZED (
		SELECT l.key, l.is_new, l.asset_id,
		       coalesce(nullif(l.name, ''), l.old_name, l.key) AS name,
		       coalesce(nullif(l.type, ''), l.old_type, 'asset')
		       AS type,
		       coalesce(s.site_id, l.old_site) AS site_id,
		       CASE l.parent WHEN '' THEN l.old_parent
		       WHEN '/' THEN NULL
		       ELSE coalesce(n.asset_id, p.asset_id) END AS parent_id
		  FROM line l
		  LEFT JOIN flux.site s ON s.tenant_id = t AND s.key = l.place
		  LEFT JOIN line n ON n.key = l.above
		  LEFT JOIN flux.asset p ON p.tenant_id = t AND p.key = l.above
	), m AS (
		INSERT INTO flux.asset (tenant_id, asset_id, site_id, parent_id,
		       key, name, type) OVERRIDING SYSTEM VALUE
		SELECT t, d.asset_id, d.site_id, d.parent_id, d.key, d.name,
		       d.type
		  FROM due d WHERE d.is_new AND d.site_id IS NOT NULL
		    ON CONFLICT (tenant_id, key) DO NOTHING
		RETURNING key
	), c AS (
		UPDATE flux.asset a SET name = d.name, type = d.type,
		       site_id = d.site_id, parent_id = d.parent_id
		  FROM due d
		 WHERE a.tenant_id = t AND a.asset_id = d.asset_id
		   AND NOT d.is_new AND (a.name, a.type, a.site_id, a.parent_id)
		       IS DISTINCT FROM (d.name, d.type, d.site_id, d.parent_id)
		RETURNING a.key
	)
	SELECT ARRAY(SELECT key FROM m), ARRAY(SELECT key FROM c)
	  INTO made, changed;
	was := ARRAY(SELECT CASE WHEN x.was <> '' OR x.kind <> 'asset'
	        THEN x.was WHEN m.key IS NOT NULL THEN 'made'
	        WHEN c.key IS NOT NULL THEN 'changed' ELSE 'same' END
	  FROM unnest(was, kinds, keys) WITH ORDINALITY x (was, kind, key, i)
	  LEFT JOIN unnest(made) m (key) ON m.key = x.key
	  LEFT JOIN unnest(changed) c (key) ON c.key = x.key
	 ORDER BY x.i);
END $$;

-- What is given comes as arrays, of which the planner expects a row or two.
ALTER FUNCTION flux.import_tree(text[], text[]) SET enable_nestloop = off;
ALTER FUNCTION flux.import_hang(text[], text[], text[], text[], text[], text[])
    SET enable_nestloop = off;
ALTER FUNCTION flux.import_moves(text[], text[], text[], text[], text[])
    SET enable_nestloop = off;
ALTER FUNCTION flux.import_sites(text[], text[], text[], text[], text[],
    text[], text[]) SET enable_nestloop = off;

-- Would this line of a list move a device from where it is?
CREATE FUNCTION flux.import_is_move(called text, part text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM flux.device d
	          JOIN flux.asset a ON a.tenant_id = d.tenant_id
	           AND a.key = part AND a.asset_id IS DISTINCT FROM d.asset_id
	         WHERE d.tenant_id = ctx.tenant() AND d.key = called
	           AND flux.device_is_known(d))
$$;

-- As in 0049, and a line that moves a device is for who may.
CREATE OR REPLACE FUNCTION flux.import_devices(id int, dry boolean,
    whole boolean, source int, keys text[], names text[], places text[],
    gateways text[], parts text[], kinds text[], makers text[])
RETURNS TABLE (place int, became text, col text, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n     CONSTANT int := coalesce(array_length(keys, 1), 0);
	may   CONSTANT boolean := flux.import_may_move();
	twice CONSTANT boolean[] := flux.import_twice(keys);
	was   text[] := array_fill(''::text, ARRAY[n]);
	cols  text[] := was;
	say   text[] := was;
	r     record;
	u     record;
BEGIN
	PERFORM ctx.need('devices:write');
	BEGIN
		FOR u IN SELECT * FROM unnest(keys, names, places, gateways,
		    parts, kinds, makers) WITH ORDINALITY x (key, name, place,
		    gateway, part, kind, maker, i)
		    ORDER BY (x.kind = 'gateway') DESC, x.i
		LOOP
			IF twice[u.i] THEN
				was[u.i] := 'twice';
				CONTINUE;
			ELSIF source <> 0 AND NOT flux.import_is_theirs(source,
			    u.key, u.gateway, u.kind) THEN
				was[u.i] := 'forbidden';
				say[u.i] := 'the key of a gateway lists devices'
				    ' that are new or behind it, with itself'
				    ' as their gateway';
				CONTINUE;
			ELSIF NOT may
			    AND flux.import_is_move(u.key, u.part) THEN
				was[u.i] := 'forbidden';
				cols[u.i] := 'asset';
				say[u.i] := 'somebody may do more at some'
				    ' assets than elsewhere; who moves a device'
				    ' must be allowed to change people''s'
				    ' rights';
				CONTINUE;
			END IF;
			SELECT * INTO r FROM flux.import_device(u.key, u.name,
			    u.place, u.gateway, u.part, u.kind, u.maker);
			was[u.i] := r.became;
			say[u.i] := r.detail;
		END LOOP;
		IF flux.import_undo(dry, whole, was) THEN
			RAISE EXCEPTION 'taken back' USING ERRCODE = 'FX009';
		END IF;
		PERFORM flux.import_said('device.import', id, was);
	EXCEPTION WHEN SQLSTATE 'FX009' THEN
		NULL;
	END;
	RETURN QUERY SELECT x.i::int, x.became, CASE
	       WHEN x.c <> '' THEN x.c
	       WHEN x.became IN ('bad_key', 'twice') THEN 'key'
	       WHEN x.became = 'unknown_site' THEN 'site'
	       WHEN x.became IN ('unknown_gateway', 'forbidden') THEN 'gateway'
	       WHEN x.became = 'unknown_asset' THEN 'asset'
	       WHEN x.became = 'bad_kind' THEN 'kind' ELSE '' END, x.detail
	  FROM unnest(was, cols, say) WITH ORDINALITY x (became, c, detail, i)
	 ORDER BY x.i;
END $$;
-- What who asks holds where the device is: the bits of flux.may.
CREATE FUNCTION flux.held(device int) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.wide() | (ctx.can() & coalesce((SELECT r.can
	  FROM flux.device d
	  JOIN flux.reach r ON r.tenant_id = d.tenant_id
	   AND r.user_id = ctx.user_id() AND r.asset_id = d.asset_id
	 WHERE d.tenant_id = ctx.tenant() AND d.device_id = device), 0))
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
