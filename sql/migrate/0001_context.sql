-- The gate: a tenant context that only a credential can open.
--
-- The application never names a tenant.  It presents a credential; a SECURITY
-- DEFINER gate looks up the tenant and mints a context: a MAC over tenant,
-- user and role, bound to this backend and this transaction.  Policies read
-- ctx.tenant(), which verifies the MAC and raises when there is none.
SET LOCAL ROLE fl_ctx;
CREATE SCHEMA IF NOT EXISTS ctx;

-- Only the gate reads it; contexts live for one transaction, so replacing it
-- costs nothing.  Never part of a logical dump.
CREATE TABLE ctx.mac_key (
	one    bool PRIMARY KEY DEFAULT true CHECK (one),
	secret bytea NOT NULL CHECK (length(secret) = 32)
);
INSERT INTO ctx.mac_key (secret)
SELECT decode(string_agg(replace(gen_random_uuid()::text, '-', ''), ''), 'hex')
  FROM generate_series(1, 2);

-- Which tenants there are, and in which database each lives (NULL: this one).
CREATE TABLE ctx.tenant_home (
	tenant_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name       text NOT NULL UNIQUE,
	dsn        text,
	created_at timestamptz NOT NULL DEFAULT now()
);

-- Password verifiers: sha256 of scrypt(password, salt); see lib/web/auth.c.
CREATE TABLE ctx.login (
	email     text PRIMARY KEY CHECK (email = lower(email)),
	tenant_id int NOT NULL REFERENCES ctx.tenant_home,
	user_id   bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	name      text NOT NULL,
	can       int NOT NULL,
	salt      bytea NOT NULL CHECK (length(salt) = 16),
	verifier  bytea NOT NULL CHECK (length(verifier) = 32),
	failures  int NOT NULL DEFAULT 0,
	wait_till timestamptz NOT NULL DEFAULT '-infinity'
);

-- Opaque tokens; only their hash is here.
CREATE TABLE ctx.session (
	token_hash bytea PRIMARY KEY,
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	user_id    bigint NOT NULL REFERENCES ctx.login (user_id),
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL
);

-- flx_<id>_<secret>_<crc>; the hash covers the whole text.  device_id is the
-- gateway, or the one device, that the key speaks for.
CREATE TABLE ctx.api_key (
	key_hash   bytea PRIMARY KEY,
	key_id     text NOT NULL UNIQUE,
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	device_id  int NOT NULL,
	can        int NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	revoked_at timestamptz
);
CREATE INDEX api_key_of_device ON ctx.api_key (tenant_id, device_id);

-- Which poller daemon (by its database role) may speak for which tenant.
CREATE TABLE ctx.poller_grant (
	poller    text NOT NULL,
	tenant_id int NOT NULL REFERENCES ctx.tenant_home,
	PRIMARY KEY (poller, tenant_id)
);

-- HMAC-like, from the built-in sha256; nested, so no length extension.  The
-- backend's pid and the transaction's start go into the MAC and not into the
-- text: a captured context is worthless anywhere else.
-- The path is set here because it is called under two of them, the gates' and
-- the session's: each change would plan its statements anew (0.1 ms a request).
CREATE FUNCTION ctx.mac(body text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k pg_catalog.bytea;
	b pg_catalog.bytea;
BEGIN
	SELECT secret INTO STRICT k FROM ctx.mac_key;
	b := pg_catalog.convert_to(body
	    OPERATOR(pg_catalog.||) '|'
	    OPERATOR(pg_catalog.||) pg_catalog.pg_backend_pid()::pg_catalog.text
	    OPERATOR(pg_catalog.||) '|'
	    OPERATOR(pg_catalog.||) pg_catalog.date_part('epoch',
	        pg_catalog.transaction_timestamp())::pg_catalog.text, 'UTF8');
	RETURN pg_catalog.encode(pg_catalog.sha256(k OPERATOR(pg_catalog.||)
	    pg_catalog.sha256(k OPERATOR(pg_catalog.||) b)), 'hex');
END $$;

CREATE FUNCTION ctx.mint(t int, u bigint, r text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	body text := t || '|' || u || '|' || r;
BEGIN
	IF r ~ '[^a-z_]' THEN
		RAISE EXCEPTION 'bad role';
	END IF;
	PERFORM set_config('app.ctx', ctx.mac(body) || body, true);
END $$;

-- Every name is qualified instead of a SET search_path: that clause alone
-- costs 1.4 us a call, and this runs once a table a statement.
CREATE FUNCTION ctx.part(n int) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER AS $$
DECLARE
	c pg_catalog.text := pg_catalog.current_setting('app.ctx', true);
BEGIN
	IF c IS NULL OR pg_catalog.length(c) OPERATOR(pg_catalog.<) 66 THEN
		RAISE EXCEPTION 'no tenant context' USING ERRCODE = '42501';
	END IF;
	IF pg_catalog.substr(c, 1, 64) OPERATOR(pg_catalog.<>)
	    ctx.mac(pg_catalog.substr(c, 65)) THEN
		RAISE EXCEPTION 'bad tenant context' USING ERRCODE = '42501';
	END IF;
	RETURN pg_catalog.split_part(pg_catalog.substr(c, 65), '|', n);
END $$;

CREATE FUNCTION ctx.tenant() RETURNS int
LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $$ SELECT ctx.part(1)::pg_catalog.int4 $$;

CREATE FUNCTION ctx.app_role() RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $$ SELECT ctx.part(3) $$;

-- The gates.  Each answers with the same columns: who asks, and what they may.
CREATE FUNCTION ctx.begin_session(token bytea,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT s.tenant_id, s.user_id, 0, l.can, l.name, h.name
	  INTO tenant_id, user_id, device_id, can, name, tenant_name
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

CREATE FUNCTION ctx.begin_api_key(key bytea,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT k.tenant_id, 0, k.device_id, k.can, k.key_id, h.name
	  INTO tenant_id, user_id, device_id, can, name, tenant_name
	  FROM ctx.api_key k
	  JOIN ctx.tenant_home h ON h.tenant_id = k.tenant_id
	 WHERE k.key_hash = sha256(key)
	   AND (k.revoked_at IS NULL OR k.revoked_at > transaction_timestamp());
	IF NOT FOUND THEN
		RAISE EXCEPTION 'api key invalid' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(tenant_id, -device_id::bigint, 'gateway');
END $$;

CREATE FUNCTION ctx.begin_poller(t int,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT h.tenant_id, 0, 0, 3, 'poller', h.name
	  INTO tenant_id, user_id, device_id, can, name, tenant_name
	  FROM ctx.poller_grant g
	  JOIN ctx.tenant_home h ON h.tenant_id = g.tenant_id
	 WHERE g.poller = session_user AND g.tenant_id = t;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'poller not assigned to tenant'
		    USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(t, 0, 'poller');
END $$;

-- Programs of our own that may speak for any tenant: what they are is given
-- by which of the two gates their role may call.
CREATE FUNCTION ctx.enter(t int, may int, called text,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT h.tenant_id, 0, 0, may, called, h.name
	  INTO tenant_id, user_id, device_id, can, name, tenant_name
	  FROM ctx.tenant_home h WHERE h.tenant_id = t;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such tenant' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(t, 0, called);
END $$;

CREATE FUNCTION ctx.begin_worker(t int,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT * FROM ctx.enter(t, 1, 'worker') $$;

CREATE FUNCTION ctx.begin_admin(t int,
    OUT tenant_id int, OUT user_id bigint, OUT device_id int, OUT can int,
    OUT name text, OUT tenant_name text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT * FROM ctx.enter(t, 15, 'admin') $$;

-- The worker and the poller learn whom to serve; no tenant data.
CREATE FUNCTION ctx.tenants() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT tenant_id FROM ctx.tenant_home ORDER BY 1
$$;

CREATE FUNCTION ctx.poller_tenants() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT tenant_id FROM ctx.poller_grant
	 WHERE poller = session_user ORDER BY 1
$$;

-- Login in two steps, so that no verifier ever leaves the database.  An
-- unknown address gets a salt of its own, always the same, so that it cannot
-- be told from a known one.
CREATE FUNCTION ctx.login_begin(address text) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s bytea;
BEGIN
	SELECT l.salt INTO s FROM ctx.login l WHERE l.email = lower(address);
	IF NOT FOUND THEN
		SELECT substr(sha256(k.secret || convert_to(lower(address),
		       'UTF8')), 1, 16) INTO s FROM ctx.mac_key k;
	END IF;
	RETURN s;
END $$;

-- The proof is scrypt(password, salt).  True: the session stands.  Wrong
-- tries make the account wait, 1 s after the third and twice as long after
-- each further one, 5 min at most.
CREATE FUNCTION ctx.login_finish(address text, proof bytea, token_hash bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.login;
BEGIN
	SELECT * INTO l FROM ctx.login WHERE email = lower(address) FOR UPDATE;
	IF NOT FOUND OR l.wait_till > clock_timestamp() THEN
		RETURN false;
	END IF;
	IF l.verifier <> sha256(proof) THEN
		UPDATE ctx.login
		   SET failures = failures + 1,
		       wait_till = CASE WHEN failures < 2 THEN wait_till
		           ELSE clock_timestamp() + interval '1 s'
		              * least(300, 2 ^ least(failures - 2, 9)) END
		 WHERE email = l.email;
		RETURN false;
	END IF;
	UPDATE ctx.login SET failures = 0
	 WHERE email = l.email AND failures > 0;
	DELETE FROM ctx.session
	 WHERE user_id = l.user_id AND expires_at < now();
	INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
	VALUES (token_hash, l.tenant_id, l.user_id,
	        now() + interval '12 hours');
	RETURN true;
END $$;

CREATE FUNCTION ctx.logout(token bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH gone AS (DELETE FROM ctx.session
	               WHERE token_hash = sha256(token) RETURNING 1)
	SELECT EXISTS (SELECT FROM gone)
$$;

-- What the operator's tool does to the gate's own tables.
CREATE FUNCTION ctx.tenant_create(tenant_name text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.tenant_home (name) VALUES (tenant_name)
	RETURNING tenant_id
$$;

CREATE FUNCTION ctx.tenant_find(tenant_name text) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT tenant_id FROM ctx.tenant_home WHERE name = tenant_name
$$;

CREATE FUNCTION ctx.user_create(address text, full_name text, may int,
    salt bytea, verifier bytea) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.login (email, tenant_id, name, can, salt, verifier)
	VALUES (lower(address), ctx.tenant(), full_name, may, salt, verifier)
	RETURNING user_id
$$;

CREATE FUNCTION ctx.key_create(id text, hash bytea, device int, may int)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.api_key (key_hash, key_id, tenant_id, device_id, can)
	VALUES (hash, id, ctx.tenant(), device, may)
$$;

CREATE FUNCTION ctx.key_revoke(id text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH done AS (UPDATE ctx.api_key SET revoked_at = now()
	               WHERE key_id = id AND tenant_id = ctx.tenant()
	                 AND revoked_at IS NULL RETURNING 1)
	SELECT EXISTS (SELECT FROM done)
$$;

CREATE FUNCTION ctx.poller_assign(name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.poller_grant (poller, tenant_id)
	VALUES (name, ctx.tenant()) ON CONFLICT DO NOTHING
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
