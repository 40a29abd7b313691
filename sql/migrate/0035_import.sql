-- Imports: a file of readings or devices, what it is said to mean, and what
-- became of it.  The file is kept in parts until the import has ended.
SET LOCAL ROLE fl_owner;

-- state: looked (uploaded, nothing was said), dry (a dry run waits or runs),
-- tried (it was made), asked (a question came up), ready, running, and its
-- ends.  readings, stored and duplicate are of the dry run, or of what was
-- done so far; stored and duplicate of a run are in the ledger.
CREATE TABLE flux.import (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	import_id int GENERATED ALWAYS AS IDENTITY,
	source_id int NOT NULL DEFAULT 0, -- of who may see it; 0: the tenant
	name      text NOT NULL CHECK (length(name) <= 200),
	kind      text NOT NULL CHECK (kind IN ('readings', 'devices')),
	made_by   bigint NOT NULL,
	made_at   timestamptz NOT NULL DEFAULT now(),
	bytes     bigint NOT NULL,
	look      jsonb NOT NULL,
	plan      jsonb,
	state     text NOT NULL DEFAULT 'looked' CHECK (state IN ('looked',
	          'dry', 'tried', 'asked', 'ready', 'running', 'done',
	          'failed', 'cancelled')),
	why       text NOT NULL DEFAULT '',
	rows      bigint NOT NULL DEFAULT 0,
	readings  bigint NOT NULL DEFAULT 0,
	stored    bigint NOT NULL DEFAULT 0,
	duplicate bigint NOT NULL DEFAULT 0,
	missing   bigint NOT NULL DEFAULT 0, -- readings without a value
	bad       bigint NOT NULL DEFAULT 0, -- cells and rows that are refused
	done_rows bigint NOT NULL DEFAULT 0,
	began_at  timestamptz,
	ended_at  timestamptz,
	PRIMARY KEY (tenant_id, import_id)
);

CREATE TABLE flux.import_part (
	tenant_id int NOT NULL,
	import_id int NOT NULL,
	part      int NOT NULL,
	bytes     bytea NOT NULL CHECK (length(bytes) <= 1048576),
	PRIMARY KEY (tenant_id, import_id, part),
	FOREIGN KEY (tenant_id, import_id) REFERENCES flux.import
	    ON DELETE CASCADE
);
ALTER TABLE flux.import_part ALTER bytes SET STORAGE EXTERNAL;

-- What was wrong, and where.  The first thousand are kept, all are counted.
CREATE TABLE flux.import_error (
	tenant_id int NOT NULL,
	import_id int NOT NULL,
	place     int NOT NULL, -- in the order of the file
	line      bigint NOT NULL,
	col       text NOT NULL, -- '': the whole row
	code      text NOT NULL,
	detail    text NOT NULL,
	cell      text NOT NULL, -- as it stands there
	PRIMARY KEY (tenant_id, import_id, place),
	FOREIGN KEY (tenant_id, import_id) REFERENCES flux.import
	    ON DELETE CASCADE
);

-- Whose turn it is; the worker looks here, before it knows any tenant.
SET LOCAL ROLE fl_ctx;
CREATE TABLE ctx.import_due (
	tenant_id int NOT NULL REFERENCES ctx.tenant_home,
	import_id int NOT NULL,
	asked_at  timestamptz NOT NULL DEFAULT now(),
	seen_at   timestamptz,
	PRIMARY KEY (tenant_id, import_id)
);
CREATE INDEX import_due_next ON ctx.import_due (asked_at);

CREATE FUNCTION ctx.import_ask(id int) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.import_due (tenant_id, import_id)
	VALUES (ctx.tenant(), id)
	    ON CONFLICT (tenant_id, import_id) DO UPDATE
	   SET asked_at = now(), seen_at = NULL
$$;

-- The next one; who has not been heard of for two minutes has died.  It is
-- chosen once, so that no second one is marked along with it.
CREATE FUNCTION ctx.import_next() RETURNS TABLE (tenant_id int, import_id int)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH n AS MATERIALIZED (
		SELECT x.tenant_id, x.import_id FROM ctx.import_due x
		 WHERE (x.seen_at IS NULL
		       OR x.seen_at < now() - interval '2 min')
		   AND NOT ctx.is_erased(x.tenant_id)
		 ORDER BY x.asked_at LIMIT 1 FOR UPDATE SKIP LOCKED
	)
	UPDATE ctx.import_due y SET seen_at = now()
	  FROM n
	 WHERE y.tenant_id = n.tenant_id AND y.import_id = n.import_id
	RETURNING y.tenant_id, y.import_id
$$;

-- Somebody is at it still, or it is over; NULL: it is to be tried again.
-- False: it was asked anew meanwhile, and is no longer theirs.
CREATE FUNCTION ctx.import_seen(id int, over boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF over THEN
		DELETE FROM ctx.import_due d
		 WHERE d.tenant_id = ctx.tenant() AND d.import_id = id
		   AND d.seen_at IS NOT NULL;
	ELSE
		UPDATE ctx.import_due d
		   SET seen_at = CASE WHEN NOT over THEN now() END
		 WHERE d.tenant_id = ctx.tenant() AND d.import_id = id
		   AND d.seen_at IS NOT NULL;
	END IF;
	RETURN FOUND;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.import_ask(int) TO fl_owner;

SET LOCAL ROLE fl_owner;
-- A file that was looked at.  Twenty of a tenant's are kept at a time.
CREATE FUNCTION flux.import_open(called text, what text, source int,
    seen jsonb, pieces bytea[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t  CONSTANT int := ctx.tenant();
	id int;
BEGIN
	PERFORM ctx.need(CASE what WHEN 'devices' THEN 'devices:write'
	    ELSE 'telemetry:write' END);
	IF (SELECT count(*) FROM flux.import i WHERE i.tenant_id = t
	       AND i.state NOT IN ('done', 'failed', 'cancelled')) >= 20 THEN
		RAISE EXCEPTION 'Twenty imports are open: end one of them.'
		    USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO flux.import (tenant_id, source_id, name, kind, made_by,
	       bytes, look, rows)
	SELECT t, source, left(called, 200), what, ctx.user_id(),
	       coalesce(sum(length(p)), 0), seen, (seen ->> 'rows')::bigint
	  FROM unnest(pieces) p
	RETURNING import_id INTO id;
	INSERT INTO flux.import_part (tenant_id, import_id, part, bytes)
	SELECT t, id, n, p FROM unnest(pieces) WITH ORDINALITY u (p, n);
	PERFORM flux.audit_put('import.make', 'import:' || id,
	    jsonb_build_object('name', left(called, 200), 'kind', what));
	RETURN id;
END $$;

-- Imports, the newest first, behind a number; id: that one alone.  What a run
-- has stored, the ledger knows; waiting: batches that it does not know of yet.
CREATE FUNCTION flux.import_list(source int, id int, behind int, most int)
RETURNS TABLE (import_id int, name text, kind text, made_at timestamptz,
    bytes bigint, look text, plan text, state text, why text, rows bigint,
    readings bigint, stored bigint, duplicate bigint, missing bigint,
    bad bigint, done_rows bigint, waiting bigint, ended_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM ctx.need('telemetry:write');
	RETURN QUERY SELECT i.import_id, i.name, i.kind, i.made_at, i.bytes,
	       i.look::text, i.plan::text, i.state, i.why, i.rows, i.readings,
	       coalesce(b.stored, i.stored), coalesce(b.duplicate, i.duplicate),
	       i.missing, i.bad, i.done_rows, coalesce(b.waiting, 0),
	       i.ended_at
	  FROM (SELECT * FROM flux.import x
	         WHERE x.tenant_id = ctx.tenant()
	           AND (source = 0 OR x.source_id = source)
	           AND (import_list.id IS NULL
	                OR x.import_id = import_list.id)
	           AND (behind IS NULL OR x.import_id < behind)
	         ORDER BY x.import_id DESC LIMIT least(most, 200)) i
	  LEFT JOIN LATERAL (
	        SELECT sum(l.stored)::bigint AS stored,
	               sum(l.duplicate)::bigint AS duplicate,
	               count(*) FILTER (WHERE l.stored IS NULL) AS waiting
	          FROM flux.ingest_batch l
	         WHERE l.tenant_id = ctx.tenant() AND l.kind = 2
	           AND l.at >= i.began_at
	           AND l.at <= coalesce(i.ended_at, now())
	           AND l.seq = 'import:' || i.import_id || '.') b
	    ON i.kind = 'readings' AND i.began_at IS NOT NULL
	 ORDER BY i.import_id DESC;
END $$;

CREATE FUNCTION flux.import_errors(source int, id int, behind int, most int)
RETURNS TABLE (place int, line bigint, col text, code text, detail text,
    cell text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('telemetry:write');
	RETURN QUERY SELECT e.place, e.line, e.col, e.code, e.detail, e.cell
	  FROM flux.import_error e
	  JOIN flux.import i
	    ON i.tenant_id = ctx.tenant() AND i.import_id = e.import_id
	 WHERE e.tenant_id = ctx.tenant() AND e.import_id = import_errors.id
	   AND (source = 0 OR i.source_id = source) AND e.place > behind
	 ORDER BY e.place LIMIT least(most, 1000);
END $$;

-- The file, while it is kept.
CREATE FUNCTION flux.import_file(source int, id int) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('telemetry:write');
	RETURN (SELECT string_agg(p.bytes, '' ORDER BY p.part)
	  FROM flux.import_part p
	  JOIN flux.import i
	    ON i.tenant_id = ctx.tenant() AND i.import_id = p.import_id
	 WHERE p.tenant_id = ctx.tenant() AND p.import_id = import_file.id
	   AND (source = 0 OR i.source_id = source));
END $$;

-- What is to be done with it now: looked (the plan is kept), dry, ready or
-- cancelled.  NULL: there is no such import.
CREATE FUNCTION flux.import_decide(source int, id int, what jsonb,
    became text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	i flux.import;
BEGIN
	PERFORM ctx.need('telemetry:write');
	SELECT * INTO i FROM flux.import x
	 WHERE x.tenant_id = t AND x.import_id = id
	   AND (source = 0 OR x.source_id = source) FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF became NOT IN ('looked', 'dry', 'ready', 'cancelled') THEN
		RAISE EXCEPTION 'no such step' USING ERRCODE = 'FX006';
	ELSIF i.state IN ('done', 'failed', 'cancelled')
	    OR became <> 'cancelled' AND i.state IN ('ready', 'running') THEN
		RAISE EXCEPTION 'This import is % already.', i.state
		    USING ERRCODE = 'FX005';
	END IF;
	UPDATE flux.import x SET plan = coalesce(what, x.plan),
	       state = became, why = '',
	       done_rows = CASE became WHEN 'cancelled' THEN x.done_rows
	                   ELSE 0 END,
	       began_at = CASE became WHEN 'ready' THEN now()
	                  ELSE x.began_at END,
	       ended_at = CASE became WHEN 'cancelled' THEN now() END
	 WHERE x.tenant_id = t AND x.import_id = id;
	IF became IN ('dry', 'ready') THEN
		PERFORM ctx.import_ask(id);
	ELSIF became = 'cancelled' THEN
		DELETE FROM flux.import_part p
		 WHERE p.tenant_id = t AND p.import_id = id;
	END IF;
	IF became IN ('ready', 'cancelled') THEN
		PERFORM flux.audit_put(CASE became WHEN 'ready'
		    THEN 'import.run' ELSE 'import.cancel' END,
		    'import:' || id);
	END IF;
	RETURN true;
END $$;

-- Devices and sensors that are missing, at a site; behind this gateway, or 0.
-- Who speaks for one device makes none.
-- The arrays run in parallel: a device, a key of a sensor, its name and unit.
CREATE FUNCTION flux.import_make(place text, source int, devices text[],
    keys text[], names text[], units text[], OUT devices_made int,
    OUT sensors_made int)
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
	       position)
	SELECT t, d.device_id, u.key, d.key || '.' || u.key, u.name, u.unit,
	       u.n
	  FROM unnest(devices, keys, names, units) WITH ORDINALITY
	       u (device, key, name, unit, n)
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

-- One device of a file: what becomes of it, or why not.
CREATE FUNCTION flux.import_device(key text, called text, place text,
    gateway text, part text, what text, maker text, OUT became text,
    OUT detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	t CONSTANT int := ctx.tenant();
	d flux.device;
	s int;
	g flux.device;
	a int;
BEGIN
	PERFORM ctx.need('devices:write');
	IF key !~ '^[A-Za-z0-9._:-]{1,64}$' THEN
		became := 'bad_key';
		detail := 'letters, digits and . _ : - only, up to 64';
		RETURN;
	END IF;
	SELECT * INTO d FROM flux.device x WHERE x.tenant_id = t
	   AND x.key = import_device.key;
	SELECT x.site_id INTO s FROM flux.site x WHERE x.tenant_id = t
	   AND x.key = place;
	SELECT * INTO g FROM flux.device x WHERE x.tenant_id = t
	   AND x.key = gateway AND x.kind = 'gateway';
	SELECT x.asset_id INTO a FROM flux.asset x WHERE x.tenant_id = t
	   AND x.key = part;
	IF s IS NULL AND (place <> '' OR d.device_id IS NULL) THEN
		became := 'unknown_site';
	ELSIF g.device_id IS NULL AND gateway <> '' THEN
		became := 'unknown_gateway';
	ELSIF a IS NULL AND part <> '' THEN
		became := 'unknown_asset';
	ELSIF what NOT IN ('', 'device', 'gateway') THEN
		became := 'bad_kind';
		detail := 'want device or gateway';
	ELSIF d.device_id IS NULL THEN
		INSERT INTO flux.device (tenant_id, site_id, asset_id, key,
		       name, kind, mode, gateway_id, manufacturer, simulated)
		VALUES (t, s, a, key, coalesce(nullif(called, ''), key),
		       coalesce(nullif(what, ''), 'device'),
		       CASE WHEN gateway = '' THEN 'direct' ELSE 'gateway' END,
		       g.device_id, nullif(maker, ''),
		       coalesce(g.simulated, false));
		became := 'made';
	ELSIF what <> '' AND what <> d.kind
	    OR gateway <> '' AND g.simulated <> d.simulated THEN
		became := 'bad_kind';
		detail := 'a device stays what it is';
	ELSE
		UPDATE flux.device x
		   SET name = coalesce(nullif(called, ''), x.name),
		       site_id = coalesce(s, x.site_id),
		       asset_id = coalesce(a, x.asset_id),
		       gateway_id = coalesce(g.device_id, x.gateway_id),
		       mode = CASE WHEN gateway <> '' THEN 'gateway'
		              ELSE x.mode END,
		       manufacturer = coalesce(nullif(maker, ''),
		              x.manufacturer)
		 WHERE x.tenant_id = t AND x.device_id = d.device_id
		   AND (x.name, x.site_id, x.asset_id, x.gateway_id,
		        x.manufacturer) IS DISTINCT FROM
		       (coalesce(nullif(called, ''), x.name),
		        coalesce(s, x.site_id), coalesce(a, x.asset_id),
		        coalesce(g.device_id, x.gateway_id),
		        coalesce(nullif(maker, ''), x.manufacturer));
		became := CASE WHEN FOUND THEN 'changed' ELSE 'same' END;
	END IF;
	detail := coalesce(detail, '');
END $$;

-- A file of devices, gateways first; dry: all of it is taken back.  One row of
-- the answer a row of the file.
CREATE FUNCTION flux.import_devices(id int, dry boolean, keys text[],
    names text[], places text[], gateways text[], parts text[], kinds text[],
    makers text[]) RETURNS TABLE (place int, became text, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n   CONSTANT int := coalesce(array_length(keys, 1), 0);
	was text[] := array_fill(''::text, ARRAY[n]);
	say text[] := was;
	r   record;
	u   record;
BEGIN
	PERFORM ctx.need('devices:write');
	BEGIN
		FOR u IN SELECT * FROM unnest(keys, names, places, gateways,
		    parts, kinds, makers) WITH ORDINALITY x (key, name, place,
		    gateway, part, kind, maker, i)
		    ORDER BY (x.kind = 'gateway') DESC, x.i
		LOOP
			SELECT * INTO r FROM flux.import_device(u.key, u.name,
			    u.place, u.gateway, u.part, u.kind, u.maker);
			was[u.i] := r.became;
			say[u.i] := r.detail;
		END LOOP;
		IF dry THEN
			RAISE EXCEPTION 'taken back' USING ERRCODE = 'FX009';
		END IF;
	EXCEPTION WHEN SQLSTATE 'FX009' THEN
		NULL;
	END;
	IF NOT dry THEN
		PERFORM flux.audit_put('device.import', 'import:' || id,
		    jsonb_build_object(
		    'made', (SELECT count(*) FROM unnest(was) x
		              WHERE x = 'made'),
		    'changed', (SELECT count(*) FROM unnest(was) x
		                 WHERE x = 'changed')));
	END IF;
	RETURN QUERY SELECT x.i::int, x.became, x.detail
	  FROM unnest(was, say) WITH ORDINALITY x (became, detail, i)
	 ORDER BY x.i;
END $$;

-- How a file of devices went: at once, in the transaction that made them.
CREATE FUNCTION flux.import_devices_end(source int, id int, became text,
    done bigint, same bigint, refused bigint, lines bigint[], codes text[],
    details text[], cells text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
BEGIN
	PERFORM ctx.need('devices:write');
	UPDATE flux.import i
	   SET state = CASE became WHEN 'dry' THEN 'tried' ELSE 'done' END,
	       stored = done, duplicate = same, bad = refused,
	       readings = done + same, done_rows = CASE became WHEN 'dry' THEN 0
	       ELSE i.rows END,
	       ended_at = CASE became WHEN 'dry' THEN NULL ELSE now() END
	 WHERE i.tenant_id = t AND i.import_id = id AND i.kind = 'devices'
	   AND (source = 0 OR i.source_id = source)
	   AND i.state NOT IN ('done', 'failed', 'cancelled');
	IF NOT FOUND THEN
		RAISE EXCEPTION 'This import has ended already.'
		    USING ERRCODE = 'FX005';
	END IF;
	DELETE FROM flux.import_error e
	 WHERE e.tenant_id = t AND e.import_id = id;
	INSERT INTO flux.import_error (tenant_id, import_id, place, line, col,
	       code, detail, cell)
	SELECT t, id, u.n, u.line, '', u.code, u.detail, u.cell
	  FROM unnest(lines, codes, details, cells) WITH ORDINALITY
	       u (line, code, detail, cell, n)
	 WHERE u.n <= 1000;
	IF became <> 'dry' THEN
		DELETE FROM flux.import_part p
		 WHERE p.tenant_id = t AND p.import_id = id;
	END IF;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
