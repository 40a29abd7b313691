-- A tenant takes everything along; and those who run the platform see how much
-- each tenant has, let one in, and keep one out.
SET LOCAL ROLE fl_ctx;
CREATE TABLE ctx.export (
	tenant_id int NOT NULL REFERENCES ctx.tenant_home,
	export_id int NOT NULL GENERATED ALWAYS AS IDENTITY,
	asked_at  timestamptz NOT NULL DEFAULT now(),
	asked_by  bigint NOT NULL,
	state     text NOT NULL DEFAULT 'waits'
	          CHECK (state IN ('waits', 'runs', 'tool', 'done', 'failed')),
	seen_at   timestamptz, -- when somebody last worked on it
	place     text NOT NULL DEFAULT '', -- what is being written
	bytes     bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, export_id)
);
CREATE INDEX export_open ON ctx.export (asked_at)
    WHERE state IN ('waits', 'runs');

-- What of a tenant's tables is taken along.  Readings are decoded, so their
-- store is not; and no secret is: of the gate's tables only these are, and
-- bytes only where they are listed, whatever columns come to be.
CREATE FUNCTION ctx.export_tables() RETURNS TABLE (relation text,
    taken boolean, left_out text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.schema || '.' || t.name,
	       CASE t.schema
	       WHEN 'ctx' THEN t.name IN ('tenant_home', 'login', 'api_key',
	           'device_cert', 'tenant_ca', 'claim', 'cors',
	           'poller_grant')
	       ELSE t.name NOT IN ('landing', 'fresh', 'chunk') END,
	       ARRAY(SELECT a.attname::text FROM pg_attribute a
	              WHERE a.attrelid = format('%I.%I', t.schema,
	                    t.name)::regclass AND a.attnum > 0
	                AND NOT a.attisdropped
	                AND (a.atttypid = 'bytea'::regtype
	                     OR (t.name, a.attname) IN (('tenant_home', 'dsn'),
	                         ('login', 'email'), ('member', 'email')))
	                AND (t.schema, t.name, a.attname) NOT IN (
	                    ('flux', 'audit', 'hash'),
	                    ('flux', 'audit_head', 'hash'),
	                    ('flux', 'audit_seal', 'hash'),
	                    ('flux', 'audit_seal', 'signature'),
	                    ('flux', 'dead_letter', 'body'),
	                    ('flux', 'debug_payload', 'body'),
	                    ('flux', 'quarantine', 'bytes'))
	              ORDER BY a.attnum)
	  FROM ctx.tenant_tables() t
	 ORDER BY t.ord
$$;

-- The statement of one page of a table, behind a key.
CREATE FUNCTION ctx.export_sql(called text, behind text[], most int)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT (to_jsonb(x) - %L::text[])::text,
	           ARRAY[%s]::text[]
	      FROM %s x WHERE x.tenant_id = $1%s
	     ORDER BY %s LIMIT %s', e.left_out,
	    string_agg(format('x.%I::text', a.attname), ', ' ORDER BY k.n),
	    e.relation,
	    CASE WHEN behind IS NULL THEN '' ELSE format(' AND (%s) > (%s)',
	        string_agg(format('x.%I', a.attname), ', ' ORDER BY k.n),
	        string_agg(format('%L::%s', behind[k.n],
	            format_type(a.atttypid, a.atttypmod)), ', '
	            ORDER BY k.n)) END,
	    string_agg(format('x.%I', a.attname), ', ' ORDER BY k.n), most)
	  FROM ctx.export_tables() e
	  JOIN pg_index i
	    ON i.indrelid = e.relation::regclass AND i.indisprimary
	 CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, n)
	  JOIN pg_attribute a
	    ON a.attrelid = i.indrelid AND a.attnum = k.attnum
	 WHERE e.relation = called AND e.taken
	 GROUP BY e.relation, e.left_out
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.export_sql(text, text[], int) TO fl_owner;

SET LOCAL ROLE fl_owner;
CREATE FUNCTION flux.export_page(called text, behind text[], most int)
RETURNS TABLE (line text, key text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY EXECUTE ctx.export_sql(called, behind, most)
	    USING ctx.tenant();
END $$;
REVOKE ALL ON FUNCTION flux.export_page(text, text[], int) FROM PUBLIC;

SET LOCAL ROLE fl_ctx;
-- The next rows of one of the tables, as lines of JSON, while an export of
-- this tenant is being made and at no other time.
CREATE FUNCTION ctx.export_page(called text, behind text[], most int)
RETURNS TABLE (line text, key text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM ctx.export x
	        WHERE x.tenant_id = ctx.tenant() AND x.state IN ('runs', 'tool')
	          AND x.seen_at > now() - interval '10 min') THEN
		RAISE EXCEPTION 'nobody asked for an export'
		    USING ERRCODE = '42501';
	END IF;
	IF starts_with(called, 'ctx.') THEN
		RETURN QUERY EXECUTE ctx.export_sql(called, behind, most)
		    USING ctx.tenant();
	ELSE
		RETURN QUERY SELECT * FROM flux.export_page(called, behind,
		    most);
	END IF;
END $$;

-- One at a time.
CREATE FUNCTION ctx.export_ask() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id int;
BEGIN
	PERFORM ctx.need('tenant:export');
	PERFORM FROM ctx.tenant_home h WHERE h.tenant_id = ctx.tenant()
	    FOR NO KEY UPDATE;
	IF EXISTS (SELECT FROM ctx.export x WHERE x.tenant_id = ctx.tenant()
	            AND x.state IN ('waits', 'runs')) THEN
		RAISE EXCEPTION 'An export is being made already.'
		    USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO ctx.export (tenant_id, asked_by)
	VALUES (ctx.tenant(), ctx.user_id()) RETURNING export_id INTO id;
	PERFORM flux.audit_put('tenant.export', 'export:' || id);
	RETURN id;
END $$;

-- By the operator's tool, which makes the file itself.
CREATE FUNCTION ctx.export_tool() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id int;
BEGIN
	PERFORM ctx.need('tenant:export');
	INSERT INTO ctx.export (tenant_id, asked_by, state, seen_at)
	VALUES (ctx.tenant(), ctx.user_id(), 'tool', now())
	RETURNING export_id INTO id;
	PERFORM flux.audit_put('tenant.export', 'export:' || id,
	    '{"by": "operator"}');
	RETURN id;
END $$;

-- Files are kept for 7 days.
CREATE FUNCTION ctx.exports() RETURNS TABLE (export_id int,
    asked_at timestamptz, state text, place text, bytes bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:read');
	RETURN QUERY SELECT x.export_id, x.asked_at,
	       CASE WHEN x.asked_at < now() - interval '7 days'
	       THEN 'over' ELSE x.state END, x.place, x.bytes
	  FROM ctx.export x WHERE x.tenant_id = ctx.tenant()
	 ORDER BY x.export_id DESC LIMIT 20;
END $$;

-- True: there is a file of that export of the context's tenant.
CREATE FUNCTION ctx.export_take(id int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('tenant:export');
	IF NOT EXISTS (SELECT FROM ctx.export x
	        WHERE x.tenant_id = ctx.tenant() AND x.export_id = id
	          AND x.state = 'done'
	          AND x.asked_at >= now() - interval '7 days') THEN
		RETURN false;
	END IF;
	PERFORM flux.audit_put('tenant.export.take', 'export:' || id);
	RETURN true;
END $$;

-- The next one to be made; who has not been heard of for two minutes has died.
CREATE FUNCTION ctx.export_next() RETURNS TABLE (tenant_id int, export_id int)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.export y SET state = 'runs', seen_at = now()
	  FROM (SELECT x.tenant_id, x.export_id FROM ctx.export x
	         WHERE (x.state = 'waits' OR x.state = 'runs'
	               AND x.seen_at < now() - interval '2 min')
	           AND NOT ctx.is_erased(x.tenant_id)
	         ORDER BY x.asked_at LIMIT 1 FOR UPDATE SKIP LOCKED) n
	 WHERE y.tenant_id = n.tenant_id AND y.export_id = n.export_id
	RETURNING y.tenant_id, y.export_id
$$;

CREATE FUNCTION ctx.export_step(id int, became text, at_ text, size bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.export
	   SET seen_at = now(), state = became, place = at_, bytes = size
	 WHERE tenant_id = ctx.tenant() AND export_id = id
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
SET LOCAL ROLE fl_owner;
-- What the platform and the tenant's page show of a tenant.
CREATE FUNCTION flux.tenant_figures(OUT users bigint, OUT devices bigint,
    OUT sensors bigint, OUT readings bigint, OUT bytes bigint,
    OUT most bigint, OUT seen timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT (SELECT count(*) FROM flux.member m WHERE m.tenant_id = t),
	       (SELECT count(*) FROM flux.device d WHERE d.tenant_id = t),
	       (SELECT count(*) FROM flux.sensor s WHERE s.tenant_id = t),
	       coalesce(u.readings, 0), coalesce(u.bytes, 0),
	       (SELECT q.most FROM flux.quota q
	         WHERE q.tenant_id = t AND q.what = 'readings_day'),
	       (SELECT max(l.seen) FROM flux.latest l WHERE l.tenant_id = t)
	  FROM ctx.tenant() t
	  LEFT JOIN flux.usage_day u ON u.tenant_id = t
	   AND u.day = (now() AT TIME ZONE 'UTC')::date
$$;

-- A tenant's own row and the roles that every tenant has; the administrators'.
CREATE FUNCTION flux.tenant_put(called text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO flux.tenant (tenant_id, name) VALUES (ctx.tenant(), called);
	INSERT INTO flux.role (tenant_id, name, can, builtin)
	SELECT ctx.tenant(), b.name, b.can, true FROM ctx.builtin() b;
	SELECT r.role_id FROM flux.role r
	 WHERE r.tenant_id = ctx.tenant() AND r.name = 'admin'
$$;
REVOKE ALL ON FUNCTION flux.tenant_figures(), flux.tenant_put(text)
    FROM PUBLIC;

SET LOCAL ROLE fl_ctx;
-- ---- the platform ----

-- Its operators see of each tenant how much there is, and nothing else.
CREATE FUNCTION ctx.platform_tenants(part text, behind int, many int)
RETURNS TABLE (tenant_id int, name text, slug text, created_at timestamptz,
    state text, due_at timestamptz, users bigint, devices bigint,
    readings bigint, most bigint, seen timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	me   CONSTANT text := current_setting('app.ctx');
	h    ctx.tenant_home;
	f    record;
BEGIN
	PERFORM ctx.need('tenants:manage');
	FOR h IN SELECT * FROM ctx.tenant_home o
	          WHERE o.tenant_id > behind
	            AND (part = '' OR strpos(lower(o.name), lower(part)) > 0)
	          ORDER BY o.tenant_id LIMIT least(many, 201)
	LOOP
		PERFORM ctx.mint(h.tenant_id, 0, 'platform');
		SELECT * INTO f FROM flux.tenant_figures();
		SELECT l.due_at INTO due_at FROM ctx.leave l
		 WHERE l.tenant_id = h.tenant_id;
		tenant_id := h.tenant_id;
		name := h.name;
		slug := h.slug;
		created_at := h.created_at;
		state := CASE WHEN ctx.is_erased(h.tenant_id) THEN 'erased'
		    WHEN due_at IS NOT NULL THEN 'leaving'
		    WHEN h.suspended_at IS NOT NULL THEN 'suspended'
		    ELSE 'active' END;
		users := f.users;
		devices := f.devices;
		readings := f.readings;
		most := f.most;
		seen := f.seen;
		RETURN NEXT;
	END LOOP;
	PERFORM set_config('app.ctx', me, true);
END $$;

-- The same as the operator's tool does; both trails tell.  NULL: there is no
-- such tenant.
CREATE FUNCTION ctx.platform_suspend(t int, away boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	me   CONSTANT text := current_setting('app.ctx');
	h    ctx.tenant_home;
	done boolean;
BEGIN
	PERFORM ctx.need('tenants:manage');
	IF t = ctx.tenant() THEN
		RAISE EXCEPTION 'The platform''s own tenant stays.'
		    USING ERRCODE = 'FX005';
	END IF;
	SELECT * INTO h FROM ctx.tenant_home x
	 WHERE x.tenant_id = t AND NOT ctx.is_erased(t) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF h.dsn IS NOT NULL OR h.moving IS NOT NULL THEN
		RAISE EXCEPTION 'The tenant has a database of its own, or is '
		    'on its way there or back.' USING ERRCODE = 'FX005';
	END IF;
	PERFORM ctx.mint(t, ctx.user_id(), 'platform');
	done := CASE WHEN away THEN ctx.tenant_suspend()
	    ELSE ctx.tenant_resume() END;
	PERFORM set_config('app.ctx', me, true);
	IF done THEN
		PERFORM flux.audit_put(CASE WHEN away THEN 'tenant.suspend'
		    ELSE 'tenant.resume' END, 'tenant:' || t);
	END IF;
	RETURN done;
END $$;

-- A new tenant.  From here to the end of the transaction the context is the
-- new tenant's, so that its first administrator is invited as any other.
CREATE FUNCTION ctx.platform_make(called text, short text, OUT tenant int,
    OUT role int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who CONSTANT bigint := ctx.user_id();
	may CONSTANT bigint := ctx.bundle('admin');
BEGIN
	PERFORM ctx.need('tenants:manage');
	IF called !~ '^[^[:cntrl:]]{1,100}$' THEN
		RAISE EXCEPTION 'name: give a name of up to 100 letters.'
		    USING ERRCODE = 'FX006';
	END IF;
	-- t7 is what tenant 7 is called without one.
	IF short !~ '^[a-z0-9][a-z0-9-]{0,39}$' OR short ~ '^t[0-9]+$' THEN
		RAISE EXCEPTION 'slug: small letters, digits and hyphens, up'
		    ' to 40.' USING ERRCODE = 'FX006';
	END IF;
	INSERT INTO ctx.tenant_home (name, slug) VALUES (called, short)
	    ON CONFLICT DO NOTHING RETURNING tenant_id INTO tenant;
	IF tenant IS NULL THEN
		RAISE EXCEPTION 'name: a tenant of this name or slug is there'
		    ' already.' USING ERRCODE = 'FX006';
	END IF;
	PERFORM flux.audit_put('tenant.make', 'tenant:' || tenant);
	PERFORM ctx.mint(tenant, who, 'platform', may, may);
	role := flux.tenant_put(called);
	PERFORM flux.audit_put('tenant.make', 'tenant:' || tenant);
END $$;

-- The operator says which tenant's people run the platform.
CREATE FUNCTION ctx.tenant_platform() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('tenants:manage');
	UPDATE ctx.tenant_home SET platform = true
	 WHERE tenant_id = ctx.tenant();
END $$;

-- For the tenant's own page.
CREATE FUNCTION ctx.tenant_state(OUT name text, OUT created_at timestamptz,
    OUT users bigint, OUT devices bigint, OUT sensors bigint,
    OUT readings bigint, OUT bytes bigint, OUT seen timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:read');
	SELECT h.name, h.created_at, f.users, f.devices, f.sensors,
	       f.readings, f.bytes, f.seen
	  INTO name, created_at, users, devices, sensors, readings, bytes, seen
	  FROM ctx.tenant_home h, flux.tenant_figures() f
	 WHERE h.tenant_id = ctx.tenant();
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
