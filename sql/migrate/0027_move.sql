-- A tenant in a database of its own, a cell: all of it is there, identity too,
-- and here only its number, name and where it is.  Here it counts as suspended
-- for as long, so every gate refuses it; the cell has gates of its own.
SET LOCAL ROLE fl_ctx;
ALTER TABLE ctx.tenant_home
	ADD moving        text, -- to this cell, or in a cell: home, arriving
	ADD was_suspended timestamptz, -- before that
	ADD at_cell       text, -- in a cell: which
	ADD CONSTRAINT away_is_suspended CHECK (
	    coalesce(dsn, moving) IS NULL OR suspended_at IS NOT NULL);

-- Numbers that are unique over all tenants get a range a cell, so that who
-- comes back brings none that somebody else has.
CREATE TABLE ctx.cell (
	name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'
	     AND name NOT IN ('home', 'arriving')),
	n    int GENERATED ALWAYS AS IDENTITY UNIQUE CHECK (n < 8192)
);

-- Is what this credential hangs on in this database?  0 no, 1 yes, 2 it is
-- being moved.  Only whoever has the secret can ask.
CREATE FUNCTION ctx.here(secret bytea) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH found (t) AS (
	SELECT tenant_id FROM ctx.session WHERE token_hash = sha256(secret)
	 UNION ALL
	SELECT tenant_id FROM ctx.api_key WHERE key_hash = sha256(secret)
	 UNION ALL
	SELECT tenant_id FROM ctx.token WHERE token_hash = sha256(secret)
	 UNION ALL
	SELECT tenant_id FROM ctx.device_cert WHERE cert_hash = sha256(secret)
	 UNION ALL
	SELECT tenant_id FROM ctx.ticket WHERE ticket_hash = sha256(secret)
	 UNION ALL
	SELECT tenant_id FROM ctx.claim WHERE claim_hash = sha256(secret))
	SELECT coalesce(max(CASE WHEN h.moving IS NOT NULL THEN 2
	           WHEN h.dsn IS NULL THEN 1 ELSE 0 END), 0)
	  FROM found f JOIN ctx.tenant_home h ON h.tenant_id = f.t
$$;

-- The same for the address of somebody who can sign in; whether it is being
-- moved is not told.  Who was only invited does not hide a person elsewhere.
CREATE FUNCTION ctx.here_address(address text) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM ctx.login l
	                 JOIN ctx.tenant_home h ON h.tenant_id = l.tenant_id
	                WHERE l.email = lower(address) AND h.dsn IS NULL
	                  AND l.verifier IS NOT NULL
	                  AND l.suspended_at IS NULL
	                  AND h.suspended_at IS NULL)::int
$$;

-- The cell of a tenant, by its number or its name in addresses; '': it is
-- here, or nobody knows it.
CREATE FUNCTION ctx.cell_of(t int, OUT cell text, OUT moving boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(max(h.dsn), ''), coalesce(bool_or(h.moving IS NOT NULL),
	       false)
	  FROM ctx.tenant_home h WHERE h.tenant_id = t
$$;
CREATE FUNCTION ctx.cell_called(slug text, OUT cell text, OUT moving boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.cell, c.moving
	  FROM ctx.cell_of(ctx.tenant_called(cell_called.slug)) c
$$;

-- A tenant leaves from home: there its number is kept for ever.
CREATE FUNCTION ctx.leaves_from_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM ctx.tenant_home h
	            WHERE h.tenant_id = NEW.tenant_id
	              AND h.at_cell IS NOT NULL) THEN
		RAISE EXCEPTION 'It has a database of its own, and must be '
		    'moved home first (fluxctl move).' USING ERRCODE = 'FX005';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER leaves_from_home BEFORE INSERT ON ctx.leave
    FOR EACH ROW EXECUTE FUNCTION ctx.leaves_from_home();

-- Tenants get their numbers at home, or two would share one.  The move itself
-- fires no trigger.
CREATE FUNCTION ctx.numbers_of_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM ctx.tenant_home h
	            WHERE h.at_cell IS NOT NULL) THEN
		RAISE EXCEPTION 'Tenants are made at home.'
		    USING ERRCODE = 'FX005';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER numbers_of_home BEFORE INSERT ON ctx.tenant_home
    FOR EACH ROW EXECUTE FUNCTION ctx.numbers_of_home();

-- Where it is not, nobody lets it in again.
CREATE FUNCTION ctx.stays_away() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'The tenant has a database of its own, or is on its '
	    'way there or back: %.', coalesce(OLD.moving, OLD.dsn)
	    USING ERRCODE = 'FX005';
END $$;
CREATE TRIGGER stays_away BEFORE UPDATE OF suspended_at ON ctx.tenant_home
    FOR EACH ROW WHEN (coalesce(OLD.dsn, OLD.moving) IS NOT NULL
    AND coalesce(NEW.dsn, NEW.moving) IS NOT NULL
    AND NEW.suspended_at IS NULL)
    EXECUTE FUNCTION ctx.stays_away();

-- The gates that go by a tenant's number do not ask whether it is suspended;
-- where it is they ask.
CREATE FUNCTION ctx.must_be_here(t int) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM FROM ctx.tenant_home h
	  WHERE h.tenant_id = t AND (h.dsn IS NOT NULL OR h.moving IS NOT NULL);
	IF FOUND THEN
		RAISE EXCEPTION 'tenant % is not here now', t
		    USING ERRCODE = 'FX002';
	END IF;
END $$;

CREATE OR REPLACE FUNCTION ctx.enter(t int, may bigint, called text)
RETURNS ctx.who
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w ctx.who;
BEGIN
	PERFORM ctx.must_be_here(t);
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
	PERFORM ctx.must_be_here(t);
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

-- Whom the poller reads, and whose export is due, here: as must_be_here says.
CREATE OR REPLACE FUNCTION ctx.poller_tenants() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT g.tenant_id FROM ctx.poller_grant g
	  JOIN ctx.tenant_home h ON h.tenant_id = g.tenant_id
	 WHERE g.poller = session_user AND NOT ctx.is_erased(g.tenant_id)
	   AND h.dsn IS NULL AND h.moving IS NULL
	 ORDER BY 1
$$;

CREATE OR REPLACE FUNCTION ctx.export_next()
RETURNS TABLE (tenant_id int, export_id int)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.export y SET state = 'runs', seen_at = now()
	  FROM (SELECT x.tenant_id, x.export_id FROM ctx.export x
	          JOIN ctx.tenant_home h ON h.tenant_id = x.tenant_id
	         WHERE (x.state = 'waits' OR x.state = 'runs'
	               AND x.seen_at < now() - interval '2 min')
	           AND NOT ctx.is_erased(x.tenant_id)
	           AND h.dsn IS NULL AND h.moving IS NULL
	         ORDER BY x.asked_at LIMIT 1 FOR UPDATE OF x SKIP LOCKED) n
	 WHERE y.tenant_id = n.tenant_id AND y.export_id = n.export_id
	RETURNING y.tenant_id, y.export_id
$$;

-- A key that is made while the tenant is copied would stay behind.
CREATE OR REPLACE FUNCTION ctx.data_key_first_at(t int, wrapped bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF current_setting('transaction_read_only') = 'on' THEN
		RETURN false;
	END IF;
	PERFORM ctx.must_be_here(t);
	INSERT INTO ctx.data_key (tenant_id, key_id, wrapped)
	VALUES (t, 1, data_key_first_at.wrapped) ON CONFLICT DO NOTHING;
	RETURN FOUND;
END $$;

-- What follows is for the move itself (lib/db/move.c), which owns all of this;
-- nobody else may run it.

-- It goes to that cell, or from a cell home: nobody gets in any more.  The
-- last entry of its trail here says so.
CREATE FUNCTION ctx.move_begin(t int, to_ text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	h ctx.tenant_home;
BEGIN
	SELECT * INTO h FROM ctx.tenant_home x WHERE x.tenant_id = t FOR UPDATE;
	IF NOT FOUND OR h.dsn IS NOT NULL
	    OR h.moving IS DISTINCT FROM to_ AND h.moving IS NOT NULL THEN
		RAISE EXCEPTION 'The tenant is not here, or goes to %.',
		    coalesce(h.moving, h.dsn) USING ERRCODE = 'FX005';
	ELSIF h.platform AND to_ <> 'home' THEN
		RAISE EXCEPTION 'The platform''s own tenant stays.'
		    USING ERRCODE = 'FX005';
	ELSIF EXISTS (SELECT FROM ctx.leave l WHERE l.tenant_id = t) THEN
		RAISE EXCEPTION 'The tenant is leaving.'
		    USING ERRCODE = 'FX005';
	ELSIF h.moving IS NULL THEN
		PERFORM ctx.mint(t, 0, 'move');
		PERFORM flux.audit_put('tenant.move', 'tenant:' || t,
		    jsonb_build_object('to', to_));
		UPDATE ctx.tenant_home x
		   SET moving = to_, was_suspended = h.suspended_at,
		       suspended_at = coalesce(h.suspended_at, now())
		 WHERE x.tenant_id = t;
	END IF;
	INSERT INTO ctx.cell (name) SELECT to_ WHERE to_ <> 'home'
	    ON CONFLICT DO NOTHING;
END $$;

-- It stays, or has arrived: as it was before.
CREATE FUNCTION ctx.move_open(t int) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.tenant_home
	   SET moving = NULL, suspended_at = was_suspended,
	       was_suspended = NULL, registry = registry + 1
	 WHERE tenant_id = t AND moving IS NOT NULL AND dsn IS NULL
$$;

-- It lives in the cell from now on; it is still closed there.
CREATE FUNCTION ctx.tenant_away(t int, to_ text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.tenant_home SET dsn = to_
	 WHERE tenant_id = t AND moving = to_ AND dsn IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'tenant % is not on its way', t;
	END IF;
END $$;

-- It is open there.
CREATE FUNCTION ctx.tenant_gone(t int) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.tenant_home SET moving = NULL
	 WHERE tenant_id = t AND dsn IS NOT NULL
$$;

-- Its row as that database is to have it: closed until it is opened.
CREATE FUNCTION ctx.move_row(t int, to_ text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (to_jsonb(h) || jsonb_build_object('dsn', NULL, 'moving',
	       'arriving', 'at_cell', NULLIF(to_, 'home')))::text
	  FROM ctx.tenant_home h WHERE h.tenant_id = t
$$;
-- Without the checks of foreign keys, see lib/db/move.c.
CREATE FUNCTION ctx.move_arrive(row_ text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.tenant_home
	 WHERE tenant_id = (row_::jsonb ->> 'tenant_id')::int;
	INSERT INTO ctx.tenant_home OVERRIDING SYSTEM VALUE
	SELECT (jsonb_populate_record(NULL::ctx.tenant_home, row_::jsonb)).*
$$;

-- NULL: none was given yet.
SET LOCAL ROLE fl_owner;
CREATE FUNCTION flux.last_number(seq regclass) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_sequence_last_value(seq) $$;
REVOKE ALL ON FUNCTION flux.last_number(regclass) FROM PUBLIC;
GRANT USAGE ON SCHEMA flux TO fl_ctx;
GRANT EXECUTE ON FUNCTION flux.last_number(regclass) TO fl_ctx;
SET LOCAL ROLE fl_ctx;

-- The statements that move the rows of a table, in the order of the tables.
-- take and fill are COPY, with stage between them, because COPY does not write
-- where row security is; hash is the same for the same rows in any order;
-- erase takes away so many at a time; number lets the table's numbers go on
-- where they are here, for the worker looks at what is above them only, or at
-- base those that are unique over all tenants.
CREATE FUNCTION ctx.move_plan(t int, base bigint) RETURNS TABLE (what text,
    role text, stage text, take text, fill text, hash text, erase text,
    number text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT x.rel, x.role,
	       format('CREATE TEMP TABLE moved AS SELECT %s FROM %s
	           WHERE false', x.cols, x.rel),
	       format('COPY (SELECT %s FROM %s WHERE tenant_id = %s
	           ORDER BY %s) TO STDOUT (FORMAT binary)', x.cols, x.rel, t,
	           x.pk),
	       format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE
	           SELECT %s FROM moved; DROP TABLE moved', x.rel, x.cols,
	           x.cols),
	       format('SELECT count(*) || '' '' || coalesce(sum((''x'' ||
	           left(md5(r::text), 15))::bit(60)::bigint), 0)
	           FROM (SELECT %s FROM %s WHERE tenant_id = %s) r', x.cols,
	           x.rel, t),
	       format('DELETE FROM %s WHERE tenant_id = %s AND (%s) IN
	           (SELECT %s FROM %s WHERE tenant_id = %s ORDER BY %s
	             LIMIT 5000)', x.rel, t, x.pk, x.pk, x.rel, t, x.pk),
	       CASE WHEN x.seq IS NOT NULL THEN format('SELECT setval(%L,
	           greatest((SELECT last_value FROM %s), %s))', x.seq, x.seq,
	           CASE WHEN x.is_shared THEN base
	           ELSE coalesce(CASE x.role WHEN 'fl_owner'
	               THEN flux.last_number(x.seq)
	               ELSE pg_sequence_last_value(x.seq) END, 1) END) END
	  FROM (SELECT c.oid::regclass::text AS rel,
	               pg_get_userbyid(c.relowner)::text AS role, tt.ord,
	               (SELECT string_agg(quote_ident(n), ', ')
	                  FROM unnest(tt.columns) n) AS cols,
	               (SELECT string_agg(quote_ident(a.attname), ', '
	                           ORDER BY k.place)
	                  FROM pg_index i
	                 CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY
	                       AS k (n, place)
	                  JOIN pg_attribute a ON a.attrelid = c.oid
	                   AND a.attnum = k.n
	                 WHERE i.indrelid = c.oid AND i.indisprimary) AS pk,
	               own.seq, tt.schema = 'ctx'
	                   AND own.atttypid = 'int8'::regtype AS is_shared
	          FROM ctx.tenant_tables() tt
	          JOIN pg_class c
	            ON c.oid = format('%I.%I', tt.schema, tt.name)::regclass
	          LEFT JOIN LATERAL (
	               SELECT a.atttypid, d.objid::regclass AS seq
	                 FROM pg_attribute a
	                 JOIN pg_depend d ON d.refobjid = c.oid
	                  AND d.refobjsubid = a.attnum AND d.deptype = 'i'
	                  AND d.classid = 'pg_class'::regclass
	                WHERE a.attrelid = c.oid AND a.attidentity <> ''
	                LIMIT 1) own ON true
	         WHERE tt.name <> 'tenant_home') x
	 ORDER BY x.ord
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
