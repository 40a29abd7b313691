-- All of a tenant: which tables have rows of it.
SET LOCAL ROLE fl_ctx;

-- From the catalogue, so that a new table is never forgotten.  In the order in
-- which rows can be copied: what others refer to comes first; to erase, go
-- backwards.  A table that refers to itself is copied by one statement.
-- columns: those that are written; generated ones come by themselves.  The
-- farewells are not the tenants', they stay.
CREATE FUNCTION ctx.tenant_tables() RETURNS TABLE (schema name, name name,
    ord int, columns name[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE mine AS (
		SELECT c.oid, n.nspname, c.relname
		  FROM pg_class c
		  JOIN pg_namespace n ON n.oid = c.relnamespace
		  JOIN pg_attribute a
		    ON a.attrelid = c.oid AND a.attname = 'tenant_id'
		   AND NOT a.attisdropped
		 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
		   AND n.nspname !~ '^pg_' AND c.relpersistence <> 't'
		   AND c.oid IS DISTINCT FROM to_regclass('ctx.farewell')
	), child AS (
		SELECT DISTINCT k.conrelid, k.confrelid
		  FROM pg_constraint k
		  JOIN mine p ON p.oid = k.confrelid
		 WHERE k.contype = 'f' AND k.conrelid <> k.confrelid
	), depth (oid, d) AS (
		SELECT m.oid, 0 FROM mine m
		 UNION
		SELECT k.conrelid, d.d + 1
		  FROM depth d
		  JOIN child k ON k.confrelid = d.oid
		 WHERE d.d < 50 -- in a circle there is no order
	), deep AS (
		SELECT d.oid, max(d.d) AS d FROM depth d GROUP BY d.oid
	)
	SELECT m.nspname, m.relname, (row_number() OVER (
	           ORDER BY deep.d, m.nspname, m.relname))::int,
	       ARRAY(SELECT a.attname FROM pg_attribute a
	              WHERE a.attrelid = m.oid AND a.attnum > 0
	                AND NOT a.attisdropped AND a.attgenerated = ''
	              ORDER BY a.attnum)
	  FROM mine m
	  JOIN deep ON deep.oid = m.oid
	 ORDER BY 3
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;

-- ---- leaving ----

-- A tenant that was told to go.  Until the erasing begins, resuming it undoes
-- that; from there on no gate lets anybody in, us neither.
CREATE TABLE ctx.leave (
	tenant_id int PRIMARY KEY REFERENCES ctx.tenant_home,
	asked_at  timestamptz NOT NULL DEFAULT now(),
	asked_by  text NOT NULL, -- "session 42", "admin"
	due_at    timestamptz NOT NULL,
	begun_at  timestamptz,
	others    text[], -- transactions that were under way then
	rows      jsonb NOT NULL DEFAULT '{}', -- erased, by table
	seq       bigint, -- the end of its audit
	hash      bytea,
	said      text -- what the farewell will say
);

-- What is left: who it was, when it went and by whom, how many rows of each
-- table went, and where its audit ended; under our signature.
CREATE TABLE ctx.farewell (
	tenant_id int PRIMARY KEY,
	at        timestamptz NOT NULL DEFAULT now(),
	body      text NOT NULL, -- signed are its bytes
	kid       text NOT NULL,
	signature bytea NOT NULL -- ECDSA, DER
);

-- Nobody is that tenant again.
CREATE FUNCTION ctx.tenant_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM ctx.farewell f
	            WHERE f.tenant_id = NEW.tenant_id) THEN
		RAISE EXCEPTION 'tenant % has left', NEW.tenant_id
		    USING ERRCODE = '23505';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER tenant_number BEFORE INSERT ON ctx.tenant_home
    FOR EACH ROW EXECUTE FUNCTION ctx.tenant_number();

CREATE FUNCTION ctx.is_erased(t int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM ctx.leave l
	                WHERE l.tenant_id = t AND l.begun_at IS NOT NULL)
$$;

-- As in 0014; nobody works for a tenant that is being erased.
CREATE OR REPLACE FUNCTION ctx.enter(t int, may bigint, called text)
RETURNS ctx.who
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w ctx.who;
BEGIN
	SELECT h.tenant_id, 0, 0, may, called, h.name, h.registry, may, 0, 0,
	       '{0,0,0,0}'::int[]
	  INTO w FROM ctx.tenant_home h
	 WHERE h.tenant_id = t AND NOT ctx.is_erased(t);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such tenant' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(t, 0, called, may, may);
	RETURN w;
END $$;

CREATE OR REPLACE FUNCTION ctx.begin_poller(t int) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w ctx.who;
BEGIN
	SELECT h.tenant_id, 0, 0, 3, 'poller', h.name, h.registry, 3, 0, 0,
	       '{0,0,0,0}'::int[]
	  INTO w
	  FROM ctx.poller_grant g
	  JOIN ctx.tenant_home h ON h.tenant_id = g.tenant_id
	 WHERE g.poller = session_user AND g.tenant_id = t
	   AND NOT ctx.is_erased(t);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'poller not assigned to tenant'
		    USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(t, 0, 'poller', w.can, w.wide);
	RETURN w;
END $$;

CREATE OR REPLACE FUNCTION ctx.tenants() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT h.tenant_id FROM ctx.tenant_home h
	 WHERE NOT ctx.is_erased(h.tenant_id) ORDER BY 1
$$;

CREATE OR REPLACE FUNCTION ctx.poller_tenants() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT g.tenant_id FROM ctx.poller_grant g
	 WHERE g.poller = session_user AND NOT ctx.is_erased(g.tenant_id)
	 ORDER BY 1
$$;

-- The context's tenant is to go in so many days; who asks types its name.  It
-- is suspended at once.  Only the operator may leave it no time to think.
CREATE FUNCTION ctx.tenant_leave(called text, days int) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	h ctx.tenant_home;
	due timestamptz;
BEGIN
	PERFORM ctx.need('tenant:delete');
	SELECT * INTO STRICT h FROM ctx.tenant_home
	 WHERE tenant_id = t FOR NO KEY UPDATE;
	IF called IS DISTINCT FROM h.name THEN
		RAISE EXCEPTION 'name: type the tenant''s name as it stands'
		    ' above.' USING ERRCODE = 'FX006';
	END IF;
	IF h.platform THEN
		RAISE EXCEPTION 'The platform''s own tenant stays.'
		    USING ERRCODE = 'FX005';
	END IF;
	IF days IS NULL OR days NOT BETWEEN 0 AND 365
	    OR (days < 30 AND ctx.app_role() <> 'admin') THEN
		RAISE EXCEPTION 'days: want 30 to 365.'
		    USING ERRCODE = 'FX006';
	END IF;
	INSERT INTO ctx.leave (tenant_id, asked_by, due_at)
	VALUES (t, concat_ws(' ', ctx.app_role(),
	           nullif(ctx.user_id(), 0)), now() + days * interval '1 day')
	    ON CONFLICT DO NOTHING
	RETURNING due_at INTO due;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'The tenant is leaving already.'
		    USING ERRCODE = 'FX005';
	END IF;
	UPDATE ctx.tenant_home SET suspended_at = coalesce(suspended_at, now())
	 WHERE tenant_id = t;
	PERFORM flux.audit_put('tenant.delete', 'tenant:' || t,
	    jsonb_build_object('due', due));
	RETURN due;
END $$;

-- As in 0023; and a tenant that was to leave stays.
CREATE OR REPLACE FUNCTION ctx.tenant_resume() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stays boolean;
BEGIN
	DELETE FROM ctx.leave
	 WHERE tenant_id = ctx.tenant() AND begun_at IS NULL;
	stays := FOUND;
	UPDATE ctx.tenant_home SET suspended_at = NULL
	 WHERE tenant_id = ctx.tenant() AND suspended_at IS NOT NULL
	   AND NOT ctx.is_erased(tenant_id);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM flux.audit_put('tenant.resume', 'tenant:' || ctx.tenant(),
	    CASE WHEN stays THEN '{"leaving": false}' ELSE '{}' END::jsonb);
	RETURN true;
END $$;

-- ---- erasing ----

SET LOCAL ROLE fl_owner;
-- Some of the context's tenant's rows of one of this schema's tables, by its
-- key; of a table that refers to itself, all.
CREATE FUNCTION flux.erase_rows(relation regclass, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys text;
	same text;
	n    bigint;
BEGIN
	IF ctx.app_role() <> 'eraser' THEN
		RAISE EXCEPTION 'only the eraser' USING ERRCODE = '42501';
	END IF;
	SELECT string_agg(format('%I', a.attname), ', '),
	       string_agg(format('x.%1$I = d.%1$I', a.attname), ' AND ')
	  INTO keys, same
	  FROM pg_index i
	  JOIN pg_attribute a
	    ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
	 WHERE i.indrelid = relation AND i.indisprimary
	   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f'
	        AND k.conrelid = relation AND k.confrelid = relation);
	EXECUTE CASE WHEN keys IS NULL
	    THEN format('DELETE FROM %s WHERE tenant_id = $1', relation)
	    ELSE format('DELETE FROM %1$s x
	        USING (SELECT %2$s FROM %1$s WHERE tenant_id = $1 LIMIT $2) d
	        WHERE x.tenant_id = $1 AND %3$s', relation, keys, same) END
	    USING ctx.tenant(), most;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;

-- The end of the context's tenant's audit.
CREATE FUNCTION flux.audit_end(OUT seq bigint, OUT hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT h.seq, h.hash FROM flux.audit_head h
	 WHERE h.tenant_id = ctx.tenant()
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;

SET LOCAL ROLE fl_ctx;
-- The same of the gate's tables, where no policy is in the way of a mistake.
CREATE FUNCTION ctx.erase_rows(relation regclass, most int) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('DELETE FROM %1$s WHERE tenant_id = $1 AND ctid = ANY
	    (ARRAY(SELECT x.ctid FROM %1$s x WHERE x.tenant_id = $1 LIMIT $2))',
	    relation) USING ctx.tenant(), most;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;

-- What is left of the tenant beside the two rows by which it is known to be
-- leaving.  The table's owner looks.
CREATE FUNCTION ctx.tenant_rest() RETURNS TABLE (relation regclass, ord int)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%I.%I', t.schema, t.name)::regclass, t.ord
	  FROM ctx.tenant_tables() t
	 WHERE (t.schema, t.name) NOT IN (('ctx', 'tenant_home'),
	       ('ctx', 'leave'))
	 ORDER BY t.ord DESC
$$;

-- Whose time has come.
CREATE FUNCTION ctx.leaving() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT tenant_id FROM ctx.leave WHERE due_at <= now() ORDER BY 1
$$;

-- One step, about so many rows; answers how many rows it was, 1 for a step
-- that has none, and 0 when nothing is left.  First its keys are destroyed,
-- and with them what they sealed; then whoever was at work is noted.
CREATE FUNCTION ctx.erase(t int, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l    ctx.leave;
	r    record;
	n    bigint;
	done bigint := 0;
	head record;
BEGIN
	SELECT * INTO l FROM ctx.leave
	 WHERE tenant_id = t AND due_at <= now() FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'tenant % is not leaving', t
		    USING ERRCODE = '42501';
	END IF;
	PERFORM ctx.mint(t, 0, 'eraser');
	IF l.begun_at IS NULL THEN
		UPDATE ctx.data_key SET wrapped = NULL,
		       retired_at = coalesce(retired_at, now())
		 WHERE tenant_id = t;
		PERFORM flux.audit_put('tenant.erase', 'tenant:' || t);
		SELECT * INTO head FROM flux.audit_end();
		UPDATE ctx.leave SET begun_at = now(), seq = head.seq,
		       hash = head.hash
		 WHERE tenant_id = t;
		RETURN 1;
	END IF;
	IF l.others IS NULL THEN
		UPDATE ctx.leave SET others = ARRAY(
		    SELECT k.virtualtransaction FROM pg_locks k
		     WHERE k.locktype = 'virtualxid' AND k.granted
		       AND k.virtualxid = k.virtualtransaction
		       AND k.pid <> pg_backend_pid())
		 WHERE tenant_id = t;
		RETURN 1;
	END IF;
	FOR r IN SELECT * FROM ctx.tenant_rest() LOOP
		n := CASE (SELECT c.relowner::regrole::text FROM pg_class c
		            WHERE c.oid = r.relation)
		     WHEN 'fl_ctx' THEN ctx.erase_rows(r.relation, most)
		     ELSE flux.erase_rows(r.relation, most) END;
		CONTINUE WHEN n = 0;
		UPDATE ctx.leave y SET rows = y.rows || jsonb_build_object(
		       r.relation::text, n + coalesce(
		           (y.rows ->> r.relation::text)::bigint, 0))
		 WHERE y.tenant_id = t;
		done := done + n;
		EXIT WHEN done >= most;
	END LOOP;
	PERFORM set_config('app.ctx', '', true);
	RETURN done;
END $$;

-- What is to be signed when nothing is left.
CREATE FUNCTION ctx.erase_said(t int) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.leave l
	   SET said = json_build_array('fl-farewell-1', t, h.name,
	       l.asked_at, l.asked_by, l.begun_at, now(), l.rows, l.seq,
	       encode(l.hash, 'hex'))::text
	  FROM ctx.tenant_home h
	 WHERE l.tenant_id = t AND h.tenant_id = t AND l.begun_at IS NOT NULL
	RETURNING l.said
$$;

-- False: somebody who was at work then still is, and may leave something.
CREATE FUNCTION ctx.erase_end(t int, signer text, signature bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.leave;
BEGIN
	SELECT * INTO l FROM ctx.leave
	 WHERE tenant_id = t AND said IS NOT NULL FOR UPDATE;
	IF NOT FOUND OR EXISTS (SELECT FROM pg_locks k
	        WHERE k.locktype = 'virtualxid'
	          AND k.virtualtransaction = ANY (l.others))
	    OR ctx.erase(t, 1) > 0 THEN
		RETURN false;
	END IF;
	DELETE FROM ctx.leave WHERE tenant_id = t;
	DELETE FROM ctx.tenant_home WHERE tenant_id = t;
	INSERT INTO ctx.farewell (tenant_id, body, kid, signature)
	VALUES (t, l.said, signer, erase_end.signature);
	RETURN true;
END $$;

CREATE FUNCTION ctx.farewells(t int) RETURNS TABLE (tenant_id int,
    at timestamptz, body text, kid text, signature bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.tenant_id, f.at, f.body, f.kid, f.signature
	  FROM ctx.farewell f
	 WHERE t IS NULL OR f.tenant_id = t ORDER BY f.tenant_id
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
