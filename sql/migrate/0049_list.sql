-- Lists: files of devices, of sites and assets, and of people; what makes
-- them is in 0049_list_assets.sql and 0049_list_people.sql.
SET LOCAL ROLE fl_owner;

ALTER TABLE flux.import DROP CONSTRAINT import_kind_check,
    ADD CONSTRAINT import_kind_check
    CHECK (kind IN ('readings', 'devices', 'assets', 'users')),
    -- What became of each line: {"line": [], "became": [], "what": []}.
    ADD came jsonb;

-- A file of people has their addresses, so the database cannot read it.
SET LOCAL ROLE fl_ctx;
CREATE TABLE ctx.import_people (
	tenant_id   int NOT NULL REFERENCES ctx.tenant_home,
	import_id   int NOT NULL,
	part        int NOT NULL,
	sealed_file bytea NOT NULL CHECK (length(sealed_file) <= 66000),
	PRIMARY KEY (tenant_id, import_id, part)
);

CREATE FUNCTION ctx.import_people_put(id int, parts bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:write');
	INSERT INTO ctx.import_people (tenant_id, import_id, part, sealed_file)
	SELECT ctx.tenant(), id, n, p
	  FROM unnest(parts) WITH ORDINALITY u (p, n);
END $$;

CREATE FUNCTION ctx.import_people_get(id int) RETURNS TABLE (part int,
    sealed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:write');
	RETURN QUERY SELECT p.part, p.sealed_file FROM ctx.import_people p
	  WHERE p.tenant_id = ctx.tenant() AND p.import_id = id
	  ORDER BY p.part;
END $$;

CREATE FUNCTION ctx.import_people_drop(id int) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.import_people
	 WHERE tenant_id = ctx.tenant() AND import_id = id
$$;

CREATE OR REPLACE FUNCTION ctx.sealed_place() RETURNS TABLE (relation text,
    bytes text, place text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES ('factor', 'sealed',
	        $_$concat_ws('|', 'factor', tenant_id, user_id)$_$),
	       ('login', 'sealed_address',
	        $_$concat_ws('|', 'address', tenant_id, user_id)$_$),
	       ('tenant_ca', 'sealed_key',
	        $_$concat_ws('|', 'ca', tenant_id, encode(ski, 'hex'))$_$),
	       ('oidc', 'sealed_secret',
	        $_$concat_ws('|', 'oidc', tenant_id)$_$),
	       ('import_people', 'sealed_file',
	        $_$concat_ws('|', 'import', tenant_id, import_id, part)$_$)
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.import_people_drop(int) TO fl_owner;

SET LOCAL ROLE fl_owner;
-- Wherever an import of people ends, its file goes.
CREATE FUNCTION flux.import_people_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.import_people_drop(OLD.import_id);
	RETURN NULL;
END $$;
CREATE TRIGGER people_ended AFTER UPDATE OF state ON flux.import
    FOR EACH ROW WHEN (NEW.kind = 'users'
        AND NEW.state IN ('done', 'failed', 'cancelled'))
    EXECUTE FUNCTION flux.import_people_gone();
CREATE TRIGGER people_gone AFTER DELETE ON flux.import
    FOR EACH ROW WHEN (OLD.kind = 'users')
    EXECUTE FUNCTION flux.import_people_gone();

-- As in 0035.  A file of people is not among the parts: see import_people_put.
CREATE OR REPLACE FUNCTION flux.import_open(called text, what text, source int,
    seen jsonb, pieces bytea[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t  CONSTANT int := ctx.tenant();
	id int;
BEGIN
	PERFORM ctx.need(CASE what WHEN 'readings' THEN 'telemetry:write'
	    WHEN 'users' THEN 'users:write' ELSE 'devices:write' END);
	IF what IN ('assets', 'users') AND source <> 0 THEN
		RAISE EXCEPTION 'kind: the key of a device brings readings and'
		    ' devices only.' USING ERRCODE = 'FX006';
	END IF;
	IF (SELECT count(*) FROM flux.import i WHERE i.tenant_id = t
	       AND i.state NOT IN ('done', 'failed', 'cancelled')) >= 20 THEN
		RAISE EXCEPTION 'Twenty imports are open: end one of them.'
		    USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO flux.import (tenant_id, source_id, name, kind, made_by,
	       bytes, look, rows)
	SELECT t, source, left(called, 200), what, ctx.user_id(),
	       coalesce(sum(length(p)), (seen ->> 'bytes')::bigint, 0), seen,
	       (seen ->> 'rows')::bigint
	  FROM unnest(pieces) p
	RETURNING import_id INTO id;
	INSERT INTO flux.import_part (tenant_id, import_id, part, bytes)
	SELECT t, id, n, p FROM unnest(pieces) WITH ORDINALITY u (p, n);
	PERFORM flux.audit_put('import.make', 'import:' || id,
	    jsonb_build_object('name', left(called, 200), 'kind', what));
	RETURN id;
END $$;

-- As in 0035.  What is wrong with a file of people says of them what only who
-- sees people may read, and it is theirs to end who may bring it.
CREATE OR REPLACE FUNCTION flux.import_errors(source int, id int, behind int,
    most int) RETURNS TABLE (place int, line bigint, col text, code text,
    detail text, cell text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	i flux.import;
BEGIN
	PERFORM ctx.need('telemetry:write');
	SELECT * INTO i FROM flux.import x
	 WHERE x.tenant_id = ctx.tenant() AND x.import_id = id
	   AND (source = 0 OR x.source_id = source);
	IF i.kind = 'users' THEN
		PERFORM ctx.need('users:read');
	END IF;
	RETURN QUERY SELECT e.place, e.line, e.col, e.code, e.detail, e.cell
	  FROM flux.import_error e
	 WHERE e.tenant_id = ctx.tenant() AND e.import_id = i.import_id
	   AND e.place > behind
	 ORDER BY e.place LIMIT least(most, 1000);
END $$;

CREATE OR REPLACE FUNCTION flux.import_decide(source int, id int, what jsonb,
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
	IF i.kind = 'users' THEN
		PERFORM ctx.need('users:write');
	END IF;
	IF i.import_id IS NULL THEN
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

-- ---- devices ----

DROP FUNCTION flux.import_devices(int, boolean, text[], text[], text[],
    text[], text[], text[], text[]);
DROP FUNCTION flux.import_devices_end(int, int, text, bigint, bigint, bigint,
    bigint[], text[], text[], text[]);

-- What an import has made and changed, for the audit.
CREATE FUNCTION flux.import_said(act text, id int, was text[],
    more jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT flux.audit_put(act, 'import:' || id, jsonb_build_object(
	       'made', count(*) FILTER (WHERE x = 'made'),
	       'changed', count(*) FILTER (WHERE x = 'changed')) || more)
	  FROM unnest(was) x
$$;

-- Whether all of it is to be taken back: after a dry run, or when one line was
-- wrong and all or nothing was wanted.
CREATE FUNCTION flux.import_undo(dry boolean, whole boolean, was text[])
RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT dry OR whole AND EXISTS (SELECT FROM unnest(was) x
	        WHERE x NOT IN ('made', 'changed', 'same', 'kept'))
$$;

-- Which of two lines says the same key is a matter of luck: the second is
-- refused.
CREATE FUNCTION flux.import_twice(keys text[]) RETURNS boolean[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(n > 1 ORDER BY i)
	  FROM (SELECT i, row_number() OVER (PARTITION BY k ORDER BY i) AS n
	          FROM unnest(keys) WITH ORDINALITY u (k, i)) x
$$;

-- May the key of this device have a line?  A gateway speaks for what is new or
-- behind it, and puts it behind itself: what is behind it takes its commands.
CREATE FUNCTION flux.import_is_theirs(source int, called text, gateway text,
    sort text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM flux.device g
	        WHERE g.tenant_id = ctx.tenant() AND g.device_id = source
	          AND g.kind = 'gateway' AND g.key = gateway)
	   AND sort IN ('', 'device')
	   AND NOT EXISTS (SELECT FROM flux.device d
	        WHERE d.tenant_id = ctx.tenant() AND d.key = called
	          AND d.gateway_id IS DISTINCT FROM source)
$$;

-- A file of devices, gateways first; dry, or whole and a line is wrong: all of
-- it is taken back.  One row of the answer a row of the file.  source: the key
-- is this device's; 0: of none.
CREATE FUNCTION flux.import_devices(id int, dry boolean, whole boolean,
    source int, keys text[], names text[], places text[], gateways text[],
    parts text[], kinds text[], makers text[])
RETURNS TABLE (place int, became text, col text, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n     CONSTANT int := coalesce(array_length(keys, 1), 0);
	twice CONSTANT boolean[] := flux.import_twice(keys);
	was   text[] := array_fill(''::text, ARRAY[n]);
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
	       WHEN x.became IN ('bad_key', 'twice') THEN 'key'
	       WHEN x.became = 'unknown_site' THEN 'site'
	       WHEN x.became IN ('unknown_gateway', 'forbidden') THEN 'gateway'
	       WHEN x.became = 'unknown_asset' THEN 'asset'
	       WHEN x.became = 'bad_kind' THEN 'kind' ELSE '' END, x.detail
	  FROM unnest(was, say) WITH ORDINALITY x (became, detail, i)
	 ORDER BY x.i;
END $$;

-- ---- how a list went ----

-- At once, in the transaction that made what it names; became: tried or done.
CREATE FUNCTION flux.import_list_end(source int, id int, became text,
    done bigint, same bigint, refused bigint, lines bigint[], cols text[],
    codes text[], details text[], cells text[], story jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	what text;
BEGIN
	UPDATE flux.import i
	   SET state = became, stored = done, duplicate = same, bad = refused,
	       readings = done + same, came = story, done_rows = CASE became
	       WHEN 'tried' THEN 0 ELSE i.rows END,
	       ended_at = CASE became WHEN 'done' THEN now() END
	 WHERE i.tenant_id = t AND i.import_id = id
	   AND i.kind IN ('devices', 'assets', 'users')
	   AND became IN ('tried', 'done')
	   AND (source = 0 OR i.source_id = source)
	   AND i.state NOT IN ('done', 'failed', 'cancelled')
	RETURNING i.kind INTO what;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'This import has ended already.'
		    USING ERRCODE = 'FX005';
	END IF;
	PERFORM ctx.need(CASE what WHEN 'users' THEN 'users:write'
	    ELSE 'devices:write' END);
	DELETE FROM flux.import_error e
	 WHERE e.tenant_id = t AND e.import_id = id;
	INSERT INTO flux.import_error (tenant_id, import_id, place, line, col,
	       code, detail, cell)
	SELECT t, id, u.n, u.line, u.col, u.code, u.detail, u.cell
	  FROM unnest(lines, cols, codes, details, cells) WITH ORDINALITY
	       u (line, col, code, detail, cell, n)
	 WHERE u.n <= 1000;
	IF became = 'done' THEN
		DELETE FROM flux.import_part p
		 WHERE p.tenant_id = t AND p.import_id = id;
	END IF;
END $$;

-- What became of each of the first lines of a list.
CREATE FUNCTION flux.import_story(source int, id int, most int)
RETURNS TABLE (line bigint, became text, what text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	i flux.import;
BEGIN
	PERFORM ctx.need('telemetry:write');
	SELECT * INTO i FROM flux.import x
	 WHERE x.tenant_id = ctx.tenant() AND x.import_id = id
	   AND (source = 0 OR x.source_id = source);
	IF i.kind = 'users' THEN
		PERFORM ctx.need('users:read');
	END IF;
	RETURN QUERY SELECT a.v::bigint, b.v, c.v
	  FROM jsonb_array_elements_text(i.came -> 'line')
	       WITH ORDINALITY a (v, n)
	  JOIN jsonb_array_elements_text(i.came -> 'became')
	       WITH ORDINALITY b (v, n) USING (n)
	  JOIN jsonb_array_elements_text(i.came -> 'what')
	       WITH ORDINALITY c (v, n) USING (n)
	 ORDER BY n LIMIT least(most, 1000);
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
