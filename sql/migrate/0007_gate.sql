-- A cheaper context, a gate for credentials that are known already, and a
-- number that says when what a tenant has was last changed.
SET LOCAL ROLE fl_ctx;

-- Counts the changes of a tenant's sites, assets, devices, sensors and facets;
-- who keeps names asks for it at the gate and knows whether they still hold.
ALTER TABLE ctx.tenant_home ADD registry bigint NOT NULL DEFAULT 0;

-- The construction is that of 0001: HMAC-like, nested, so no length extension.
-- Only what is inside has a fixed width now, in binary.  The key comes from
-- the caller, which makes this one expression that is inlined into both of
-- them: a function of its own would cost a call and, under the two search
-- paths of its callers, a plan a call.  The key must not become a constant of
-- a plan: debug_print_plan would show it.
DROP FUNCTION ctx.mac(text);
CREATE FUNCTION ctx.mac(k bytea, body text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT pg_catalog.encode(pg_catalog.sha256(k OPERATOR(pg_catalog.||)
	    pg_catalog.sha256(k
	    OPERATOR(pg_catalog.||)
	        pg_catalog.int4send(pg_catalog.pg_backend_pid())
	    OPERATOR(pg_catalog.||)
	        pg_catalog.timestamptz_send(pg_catalog.transaction_timestamp())
	    OPERATOR(pg_catalog.||)
	        pg_catalog.convert_to(body, 'UTF8'))), 'hex')
$$;

CREATE OR REPLACE FUNCTION ctx.mint(t int, u bigint, r text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	body text := t || '|' || u || '|' || r;
	k    bytea;
BEGIN
	IF r ~ '[^a-z_]' THEN
		RAISE EXCEPTION 'bad role';
	END IF;
	SELECT secret INTO STRICT k FROM ctx.mac_key;
	body := set_config('app.ctx', ctx.mac(k, body) || body, true);
END $$;

-- Answers only where the comparison is true: whatever else it comes to, NULL
-- too, is refused.
CREATE OR REPLACE FUNCTION ctx.part(n int) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER AS $$
DECLARE
	c CONSTANT pg_catalog.text :=
	    pg_catalog.current_setting('app.ctx', true);
	k pg_catalog.bytea;
BEGIN
	SELECT secret INTO STRICT k FROM ctx.mac_key;
	IF pg_catalog.substr(c, 1, 64) OPERATOR(pg_catalog.=)
	    ctx.mac(k, pg_catalog.substr(c, 65)) THEN
		RETURN pg_catalog.split_part(pg_catalog.substr(c, 65), '|', n);
	END IF;
	IF c IS NULL OR pg_catalog.length(c) OPERATOR(pg_catalog.<) 66 THEN
		RAISE EXCEPTION 'no tenant context' USING ERRCODE = '42501';
	END IF;
	RAISE EXCEPTION 'bad tenant context' USING ERRCODE = '42501';
END $$;

-- The gates once more, each with one column more: the registry's number.
DROP FUNCTION ctx.begin_session(bytea);
CREATE FUNCTION ctx.begin_session(token bytea,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text, OUT registry bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT s.tenant_id, s.user_id, 0, l.can, l.name, h.name, h.registry
	  INTO tenant_id, user_id, device_id, can, name, tenant_name, registry
	  FROM ctx.session s
	  JOIN ctx.login l ON l.user_id = s.user_id
	  JOIN ctx.tenant_home h ON h.tenant_id = s.tenant_id
	 WHERE s.token_hash = sha256(token)
	   AND s.expires_at > transaction_timestamp();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'session invalid' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(tenant_id, user_id, 'session');
END $$;

DROP FUNCTION ctx.begin_api_key(bytea);
CREATE FUNCTION ctx.begin_api_key(key bytea,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text, OUT registry bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT k.tenant_id, 0, k.device_id, k.can, k.key_id, h.name, h.registry
	  INTO tenant_id, user_id, device_id, can, name, tenant_name, registry
	  FROM ctx.api_key k
	  JOIN ctx.tenant_home h ON h.tenant_id = k.tenant_id
	 WHERE k.key_hash = sha256(key)
	   AND (k.revoked_at IS NULL OR k.revoked_at > transaction_timestamp());
	IF NOT FOUND THEN
		RAISE EXCEPTION 'api key invalid' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(tenant_id, -device_id::bigint, 'gateway');
END $$;

DROP FUNCTION ctx.begin_poller(int);
CREATE FUNCTION ctx.begin_poller(t int,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text, OUT registry bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT h.tenant_id, 0, 0, 3, 'poller', h.name, h.registry
	  INTO tenant_id, user_id, device_id, can, name, tenant_name, registry
	  FROM ctx.poller_grant g
	  JOIN ctx.tenant_home h ON h.tenant_id = g.tenant_id
	 WHERE g.poller = session_user AND g.tenant_id = t;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'poller not assigned to tenant'
		    USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(t, 0, 'poller');
END $$;

DROP FUNCTION ctx.begin_worker(int);
DROP FUNCTION ctx.begin_admin(int);
DROP FUNCTION ctx.enter(int, int, text);
CREATE FUNCTION ctx.enter(t int, may int, called text,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text, OUT registry bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT h.tenant_id, 0, 0, may, called, h.name, h.registry
	  INTO tenant_id, user_id, device_id, can, name, tenant_name, registry
	  FROM ctx.tenant_home h WHERE h.tenant_id = t;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such tenant' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(t, 0, called);
END $$;

CREATE FUNCTION ctx.begin_worker(t int,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text, OUT registry bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT * FROM ctx.enter(t, 1, 'worker') $$;

CREATE FUNCTION ctx.begin_admin(t int,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text, OUT registry bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT * FROM ctx.enter(t, 15, 'admin') $$;

-- Several keys at once, with what their own gate answered before: one context
-- for the one tenant that all of them belong to, and only if every answer
-- would be the same again.  The arrays run in parallel; one that is too short
-- or a NULL in it agrees with nothing.  28000: a key is not valid; FX001: it
-- is, and something is not as expected.
CREATE FUNCTION ctx.begin_api_keys(keys bytea[], tenants int[], devices int[],
    cans int[], registries bigint[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	invalid boolean;
	agreed  boolean;
BEGIN
	SELECT bool_or(k.key_hash IS NULL),
	       bool_and((k.tenant_id = x.tenant AND x.tenant = tenants[1]
	           AND k.device_id = x.device AND k.can = x.can
	           AND h.registry = x.registry) IS TRUE)
	  INTO invalid, agreed
	  FROM unnest(keys, tenants, devices, cans, registries)
	       AS x (key, tenant, device, can, registry)
	  LEFT JOIN ctx.api_key k
	    ON k.key_hash = sha256(x.key)
	   AND (k.revoked_at IS NULL OR k.revoked_at > transaction_timestamp())
	  LEFT JOIN ctx.tenant_home h ON h.tenant_id = k.tenant_id;
	IF invalid IS NOT FALSE THEN
		RAISE EXCEPTION 'api key invalid' USING ERRCODE = '28000';
	END IF;
	IF agreed IS NOT TRUE THEN
		RAISE EXCEPTION 'not as expected' USING ERRCODE = 'FX001';
	END IF;
	PERFORM ctx.mint(tenants[1], 0, 'gateway');
	RETURN tenants[1];
END $$;

-- Run before a statement on the registry: who changes a tenant's registry
-- takes its row here first, and the registry's rows after that, so that two
-- who do wait for each other and never crosswise.  Without a context only a
-- superuser comes past the policies.
CREATE FUNCTION ctx.registry_taken() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF length(current_setting('app.ctx', true)) > 0 THEN
		PERFORM FROM ctx.tenant_home h
		  WHERE h.tenant_id = ctx.tenant() FOR NO KEY UPDATE;
	END IF;
	RETURN NULL;
END $$;

-- Run after it: one step a statement for each tenant whose rows it changed,
-- and none when it changed no row.  The number becomes visible with the rows,
-- in one commit.
CREATE FUNCTION ctx.registry_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.tenant_home h SET registry = h.registry + 1
	  FROM (SELECT DISTINCT c.tenant_id FROM changed c
	         ORDER BY c.tenant_id) c
	 WHERE h.tenant_id = c.tenant_id;
	RETURN NULL;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT USAGE ON SCHEMA ctx TO fl_owner;
GRANT EXECUTE ON FUNCTION ctx.registry_taken(), ctx.registry_changed()
    TO fl_owner;

SET LOCAL ROLE fl_owner;
DO $$
DECLARE
	t text;
	e text;
BEGIN
	FOREACH t IN ARRAY ARRAY['site', 'asset', 'device', 'sensor', 'facet']
	LOOP
		FOREACH e IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
			EXECUTE format('CREATE TRIGGER registry_%s
			    AFTER %s ON flux.%I REFERENCING %s TABLE AS changed
			    FOR EACH STATEMENT
			    EXECUTE FUNCTION ctx.registry_changed()', lower(e),
			    e, t,
			    CASE e WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END);
		END LOOP;
		-- Facets are made while readings come in, mostly none.
		CONTINUE WHEN t = 'facet';
		EXECUTE format('CREATE TRIGGER registry_taken
		    BEFORE INSERT OR UPDATE OR DELETE ON flux.%I
		    FOR EACH STATEMENT
		    EXECUTE FUNCTION ctx.registry_taken()', t);
	END LOOP;
END $$;
