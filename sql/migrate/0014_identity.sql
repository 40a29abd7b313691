-- Who may do what: permissions as words, sets of them as bits; sessions with
-- time-outs, keys with conditions, tokens and certificates; gates that say so.
SET LOCAL ROLE fl_ctx;

CREATE FUNCTION ctx.permission() RETURNS TABLE (n int, name text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT ordinality::int - 1, name FROM unnest(ARRAY[
	    'telemetry:read', 'telemetry:write', 'devices:read', 'alerts:read',
	    'alerts:acknowledge', 'alerts:write', 'devices:write',
	    'devices:enroll', 'commands:send', 'commands:approve', 'work:read',
	    'work:write', 'exports:read', 'users:read', 'users:write',
	    'roles:write', 'keys:read', 'keys:write', 'audit:read',
	    'audit:export', 'debug:read', 'settings:read', 'settings:write',
	    'quota:read', 'tenant:export', 'tenant:delete', 'tenants:manage'])
	    WITH ORDINALITY AS u (name, ordinality)
$$;

-- The set of these words; an unknown one is an error.
CREATE FUNCTION ctx.can_of(names text[]) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r bigint;
	found int;
BEGIN
	SELECT coalesce(bit_or(1::bigint << p.n), 0), count(*) INTO r, found
	  FROM ctx.permission() p WHERE p.name = ANY (names);
	IF found IS DISTINCT FROM cardinality(names) THEN
		RAISE EXCEPTION 'no such permission' USING ERRCODE = '22023';
	END IF;
	RETURN r;
END $$;

CREATE FUNCTION ctx.can_names(can bigint) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(p.name ORDER BY p.n), '{}')
	  FROM ctx.permission() p WHERE can >> p.n & 1 = 1
$$;

-- The bundles that every tenant has.
CREATE FUNCTION ctx.bundle(role text) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.can_of(CASE role
	WHEN 'viewer' THEN ARRAY['telemetry:read', 'devices:read',
	    'alerts:read', 'exports:read', 'work:read']
	WHEN 'operator' THEN ARRAY['telemetry:read', 'telemetry:write',
	    'devices:read', 'alerts:read', 'alerts:acknowledge',
	    'alerts:write', 'commands:send', 'work:read', 'work:write',
	    'exports:read', 'debug:read', 'quota:read']
	WHEN 'technician' THEN ARRAY['telemetry:read', 'devices:read',
	    'alerts:read', 'alerts:acknowledge', 'devices:enroll',
	    'work:read', 'work:write', 'debug:read']
	WHEN 'admin' THEN (SELECT array_agg(name) FROM ctx.permission()
	    WHERE name <> 'tenants:manage')
	WHEN 'platform' THEN ARRAY['tenants:manage', 'quota:read',
	    'audit:read'] END)
$$;

ALTER TABLE ctx.tenant_home
	ADD slug         text UNIQUE,
	ADD suspended_at timestamptz,
	-- Only who is of it may hold tenants:manage.
	ADD platform     boolean NOT NULL DEFAULT false,
	ADD idle         interval NOT NULL DEFAULT '30 min',
	ADD absolute     interval NOT NULL DEFAULT '12 h',
	-- A minute: requests, readings; 0: no limit.
	ADD limits       int[] NOT NULL DEFAULT '{0,0}'
	                 CHECK (cardinality(limits) = 2);
UPDATE ctx.tenant_home SET slug = 't' || tenant_id;

-- One address may be known to several tenants; none learns of the others.
ALTER TABLE ctx.login
	DROP CONSTRAINT login_pkey,
	ADD PRIMARY KEY (tenant_id, email),
	ALTER can TYPE bigint,
	ADD wide         bigint NOT NULL DEFAULT 0, -- without the subtrees
	ADD suspended_at timestamptz,
	ALTER salt DROP NOT NULL, -- invited, or by OIDC only
	ALTER verifier DROP NOT NULL;
CREATE INDEX login_by_email ON ctx.login (email);
UPDATE ctx.login SET can = ctx.bundle(CASE WHEN can & 8 > 0 THEN 'admin'
       WHEN can & 4 > 0 THEN 'operator' ELSE 'viewer' END);
UPDATE ctx.login SET wide = can;

ALTER TABLE ctx.session
	ADD session_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	ADD stage      text NOT NULL DEFAULT 'open'
	               CHECK (stage IN ('code', 'open')), -- code: TOTP is due
	ADD seen_at    timestamptz NOT NULL DEFAULT now(),
	ADD idle       interval NOT NULL DEFAULT '30 min',
	ADD fresh_till timestamptz NOT NULL DEFAULT '-infinity', -- step-up
	ADD addr       inet,
	ADD agent      text;
CREATE INDEX session_of_user ON ctx.session (tenant_id, user_id);

ALTER TABLE ctx.api_key
	ALTER can TYPE bigint,
	ADD cred_id    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	ADD name       text NOT NULL DEFAULT '',
	ADD expires_at timestamptz NOT NULL DEFAULT 'infinity',
	ADD confirmed_at timestamptz, -- its first use ends its predecessor
	ADD replaces   text,
	ADD used_at    timestamptz,
	ADD used_addr  inet,
	ADD nets       cidr[],
	ADD cert_hash  bytea, -- it goes with this certificate only
	ADD sign_key   bytea, -- sealed; requests must be signed
	ADD limits     int[] NOT NULL DEFAULT '{0,0}'
	               CHECK (cardinality(limits) = 2),
	ADD plain      boolean GENERATED ALWAYS AS (nets IS NULL AND
	               cert_hash IS NULL AND sign_key IS NULL) STORED;
UPDATE ctx.api_key SET can = (can & 2) | CASE WHEN can & 1 = 0 THEN 0 ELSE
       ctx.bundle('viewer') END;

-- A device's certificate; its bytes are the credential, and only their hash is
-- here.  spki: of the public key, so that a renewal keeps the device.
CREATE TABLE ctx.device_cert (
	cert_hash  bytea PRIMARY KEY,
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	cred_id    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	device_id  int NOT NULL,
	ca_id      int NOT NULL DEFAULT 0,
	serial     bytea NOT NULL,
	spki_hash  bytea NOT NULL,
	can        bigint NOT NULL,
	not_before timestamptz NOT NULL,
	not_after  timestamptz NOT NULL,
	used_at    timestamptz,
	revoked_at timestamptz
);
CREATE INDEX device_cert_of_device ON ctx.device_cert (tenant_id, device_id);

-- A family is one sign-in of a device or program; all its tokens end with it.
CREATE TABLE ctx.family (
	family_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	user_id    bigint NOT NULL DEFAULT 0,
	device_id  int NOT NULL DEFAULT 0,
	cert_hash  bytea,
	can        bigint NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz,
	why        text
);
CREATE INDEX family_of_device ON ctx.family (tenant_id, device_id);

-- kind a: the sid inside an access token; r: a refresh token.
CREATE TABLE ctx.token (
	token_hash bytea PRIMARY KEY,
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	family_id  bigint NOT NULL REFERENCES ctx.family ON DELETE CASCADE,
	kind       "char" NOT NULL CHECK (kind IN ('a', 'r')),
	expires_at timestamptz NOT NULL,
	spent_at   timestamptz
);
CREATE INDEX token_of_family ON ctx.token (tenant_id, family_id);

CREATE TYPE ctx.who AS (tenant_id int, user_id bigint, device_id int,
	can bigint, name text, tenant_name text, registry bigint,
	wide bigint,  -- what holds outside of subtrees too
	cred bigint,  -- the session, key, certificate or family
	flags int,    -- 1 to be touched, 2 signed in just now, 4 must sign
	limits int[]  -- a minute: its requests, readings, the tenant's
);

DROP FUNCTION ctx.mint(int, bigint, text);
CREATE FUNCTION ctx.mint(t int, u bigint, r text, can bigint DEFAULT 0,
    wide bigint DEFAULT 0, cred bigint DEFAULT 0) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	body text := concat_ws('|', t, u, r, can, wide, cred);
	k    bytea;
BEGIN
	IF r ~ '[^a-z_]' THEN
		RAISE EXCEPTION 'bad role';
	END IF;
	SELECT secret INTO STRICT k FROM ctx.mac_key;
	body := set_config('app.ctx', ctx.mac(k, body) || body, true);
END $$;

CREATE FUNCTION ctx.user_id() RETURNS bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $$ SELECT ctx.part(2)::pg_catalog.int8 $$;
CREATE FUNCTION ctx.can() RETURNS bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $$ SELECT COALESCE(NULLIF(ctx.part(4), ''), '0')::pg_catalog.int8 $$;
CREATE FUNCTION ctx.wide() RETURNS bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $$ SELECT COALESCE(NULLIF(ctx.part(5), ''), '0')::pg_catalog.int8 $$;
CREATE FUNCTION ctx.cred() RETURNS bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $$ SELECT COALESCE(NULLIF(ctx.part(6), ''), '0')::pg_catalog.int8 $$;

-- The second lock of every function that changes something of the whole tenant:
-- the route is the first.  What is held in a subtree only does not count.
CREATE FUNCTION ctx.need(permission text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF ctx.wide() & ctx.can_of(ARRAY[permission]) = 0 THEN
		RAISE EXCEPTION 'needs %', permission USING ERRCODE = 'FX003';
	END IF;
END $$;

DROP FUNCTION ctx.begin_session(bytea);
CREATE FUNCTION ctx.begin_session(token bytea) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	at CONSTANT timestamptz := transaction_timestamp();
	w  ctx.who;
BEGIN
	SELECT s.tenant_id, s.user_id, 0, l.can, l.name, h.name, h.registry,
	       l.wide, s.session_id,
	       (s.seen_at < at - interval '1 min')::int
	           | ((s.fresh_till > at)::int << 1),
	       '{0,0}'::int[] || h.limits
	  INTO w
	  FROM ctx.session s
	  JOIN ctx.login l ON l.user_id = s.user_id
	  JOIN ctx.tenant_home h ON h.tenant_id = s.tenant_id
	 WHERE s.token_hash = sha256(token) AND s.stage = 'open'
	   AND s.expires_at > at AND s.seen_at + s.idle > at
	   AND l.suspended_at IS NULL AND h.suspended_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'session invalid' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(w.tenant_id, w.user_id, 'session', w.can, w.wide,
	    w.cred);
	RETURN w;
END $$;

DROP FUNCTION ctx.begin_api_key(bytea);
CREATE FUNCTION ctx.begin_api_key(key bytea, addr inet DEFAULT NULL,
    cert bytea DEFAULT NULL) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	at CONSTANT timestamptz := transaction_timestamp();
	w  ctx.who;
BEGIN
	SELECT k.tenant_id, 0, k.device_id, k.can, k.key_id, h.name,
	       h.registry, k.can, k.cred_id,
	       (k.used_at IS NULL OR k.used_at < at - interval '1 min')::int
	           | ((k.sign_key IS NOT NULL)::int << 2),
	       k.limits || h.limits
	  INTO w
	  FROM ctx.api_key k
	  JOIN ctx.tenant_home h ON h.tenant_id = k.tenant_id
	 WHERE k.key_hash = sha256(key)
	   AND (k.revoked_at IS NULL OR k.revoked_at > at)
	   AND k.expires_at > at AND h.suspended_at IS NULL
	   AND (k.plain OR (k.nets IS NULL OR addr <<= ANY (k.nets)) IS TRUE
	       AND (k.cert_hash IS NULL OR k.cert_hash = sha256(cert))
	           IS TRUE);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'api key invalid' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(w.tenant_id, -w.device_id::bigint, 'gateway', w.can,
	    w.wide, w.cred);
	RETURN w;
END $$;

-- The sid of an access token whose signature the program has checked.
CREATE FUNCTION ctx.begin_token(sid bytea) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	at CONSTANT timestamptz := transaction_timestamp();
	w  ctx.who;
BEGIN
	SELECT f.tenant_id, f.user_id, f.device_id,
	       f.can & coalesce(l.can, f.can), coalesce(l.name, ''), h.name,
	       h.registry, f.can & coalesce(l.wide, f.can), f.family_id, 0,
	       '{0,0}'::int[] || h.limits
	  INTO w
	  FROM ctx.token t
	  JOIN ctx.family f ON f.family_id = t.family_id
	  JOIN ctx.tenant_home h ON h.tenant_id = f.tenant_id
	  LEFT JOIN ctx.login l ON l.user_id = f.user_id
	  LEFT JOIN ctx.device_cert c ON c.cert_hash = f.cert_hash
	 WHERE t.token_hash = sha256(sid) AND t.kind = 'a'
	   AND t.expires_at > at AND f.revoked_at IS NULL
	   AND h.suspended_at IS NULL AND l.suspended_at IS NULL
	   AND (f.user_id = 0 OR l.user_id IS NOT NULL)
	   AND (f.cert_hash IS NULL OR c.revoked_at IS NULL
	       AND c.not_after > at);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'token invalid' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(w.tenant_id, CASE WHEN w.user_id > 0 THEN w.user_id
	    ELSE -w.device_id::bigint END, 'token', w.can, w.wide, w.cred);
	RETURN w;
END $$;

-- All of the certificate as TLS showed it: who has seen it only in the
-- database does not know it.
CREATE FUNCTION ctx.begin_cert(der bytea) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	at CONSTANT timestamptz := transaction_timestamp();
	w  ctx.who;
BEGIN
	SELECT c.tenant_id, 0, c.device_id, c.can, '', h.name, h.registry,
	       c.can, c.cred_id,
	       (c.used_at IS NULL OR c.used_at < at - interval '1 min')::int,
	       '{0,0}'::int[] || h.limits
	  INTO w
	  FROM ctx.device_cert c
	  JOIN ctx.tenant_home h ON h.tenant_id = c.tenant_id
	 WHERE c.cert_hash = sha256(der) AND c.revoked_at IS NULL
	   AND at BETWEEN c.not_before AND c.not_after
	   AND h.suspended_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'certificate invalid' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(w.tenant_id, -w.device_id::bigint, 'gateway', w.can,
	    w.wide, w.cred);
	RETURN w;
END $$;

DROP FUNCTION ctx.begin_poller(int);
CREATE FUNCTION ctx.begin_poller(t int) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w ctx.who;
BEGIN
	SELECT h.tenant_id, 0, 0, 3, 'poller', h.name, h.registry, 3, 0, 0,
	       '{0,0,0,0}'::int[]
	  INTO w
	  FROM ctx.poller_grant g
	  JOIN ctx.tenant_home h ON h.tenant_id = g.tenant_id
	 WHERE g.poller = session_user AND g.tenant_id = t;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'poller not assigned to tenant'
		    USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(t, 0, 'poller', w.can, w.wide);
	RETURN w;
END $$;

DROP FUNCTION ctx.begin_worker(int);
DROP FUNCTION ctx.begin_admin(int);
DROP FUNCTION ctx.enter(int, int, text);
CREATE FUNCTION ctx.enter(t int, may bigint, called text) RETURNS ctx.who
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w ctx.who;
BEGIN
	SELECT h.tenant_id, 0, 0, may, called, h.name, h.registry, may, 0, 0,
	       '{0,0,0,0}'::int[]
	  INTO w FROM ctx.tenant_home h WHERE h.tenant_id = t;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such tenant' USING ERRCODE = '28000';
	END IF;
	PERFORM ctx.mint(t, 0, called, may, may);
	RETURN w;
END $$;
CREATE FUNCTION ctx.begin_worker(t int) RETURNS ctx.who
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT ctx.enter(t, 1, 'worker') $$;
CREATE FUNCTION ctx.begin_admin(t int) RETURNS ctx.who
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT ctx.enter(t, (SELECT bit_or(1::bigint << n)
                             FROM ctx.permission()), 'admin') $$;

-- As in 0010; keys with conditions, and tenants that are suspended, go the
-- ordinary way.
DROP FUNCTION ctx.begin_api_keys(bytea[], int[], int[], int[], bigint[]);
CREATE FUNCTION ctx.begin_api_keys(keys bytea[], tenants int[],
    devices int[], cans bigint[], registries bigint[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	single  CONSTANT boolean :=
	    pg_catalog.cardinality(keys) OPERATOR(pg_catalog.=) 1;
	hash    CONSTANT pg_catalog.bytea := pg_catalog.sha256(keys[1]);
	at      CONSTANT pg_catalog.timestamptz :=
	    pg_catalog.transaction_timestamp();
	body    CONSTANT pg_catalog.text :=
	    pg_catalog.concat(tenants[1], '|0|gateway');
	secret  pg_catalog.bytea;
	invalid boolean;
	agreed  boolean;
BEGIN
	IF single THEN
		SELECT s.secret, (k.plain AND h.suspended_at IS NULL
		           AND k.tenant_id OPERATOR(pg_catalog.=) tenants[1]
		           AND k.device_id OPERATOR(pg_catalog.=) devices[1]
		           AND k.can OPERATOR(pg_catalog.=) cans[1]
		           AND h.registry OPERATOR(pg_catalog.=) registries[1])
		  INTO secret, agreed
		  FROM ctx.api_key k, ctx.tenant_home h, ctx.mac_key s
		 WHERE k.key_hash OPERATOR(pg_catalog.=) hash
		   AND h.tenant_id OPERATOR(pg_catalog.=) k.tenant_id
		   AND k.expires_at OPERATOR(pg_catalog.>) at
		   AND (k.revoked_at IS NULL
		       OR k.revoked_at OPERATOR(pg_catalog.>) at);
		invalid := NOT FOUND;
	ELSE
		SELECT pg_catalog.bool_or(k.key_hash IS NULL),
		       pg_catalog.bool_and((k.plain AND h.suspended_at IS NULL
		           AND k.tenant_id OPERATOR(pg_catalog.=) x.tenant
		           AND x.tenant OPERATOR(pg_catalog.=) tenants[1]
		           AND k.device_id OPERATOR(pg_catalog.=) x.device
		           AND k.can OPERATOR(pg_catalog.=) x.can
		           AND h.registry OPERATOR(pg_catalog.=) x.registry)
		           IS TRUE)
		  INTO invalid, agreed
		  FROM ROWS FROM (pg_catalog.unnest(keys),
		       pg_catalog.unnest(tenants), pg_catalog.unnest(devices),
		       pg_catalog.unnest(cans), pg_catalog.unnest(registries))
		       AS x (key, tenant, device, can, registry)
		  LEFT JOIN ctx.api_key k
		    ON k.key_hash OPERATOR(pg_catalog.=)
		       pg_catalog.sha256(x.key)
		   AND k.expires_at OPERATOR(pg_catalog.>) at
		   AND (k.revoked_at IS NULL
		       OR k.revoked_at OPERATOR(pg_catalog.>) at)
		  LEFT JOIN ctx.tenant_home h
		    ON h.tenant_id OPERATOR(pg_catalog.=) k.tenant_id;
		SELECT s.secret INTO STRICT secret FROM ctx.mac_key s;
	END IF;
	IF invalid IS NOT FALSE THEN
		RAISE EXCEPTION 'api key invalid' USING ERRCODE = '28000';
	END IF;
	IF agreed IS NOT TRUE THEN
		RAISE EXCEPTION 'not as expected' USING ERRCODE = 'FX001';
	END IF;
	PERFORM pg_catalog.set_config('app.ctx',
	    ctx.mac(secret, body) OPERATOR(pg_catalog.||) body, true);
	RETURN tenants[1];
END $$;

-- After the answer, at most once a minute: a read transaction cannot.
CREATE FUNCTION ctx.touch(kind text, secret bytea, addr inet) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	CASE kind
	WHEN 'session' THEN
		UPDATE ctx.session s SET seen_at = now(), addr = touch.addr
		 WHERE token_hash = sha256(secret) AND seen_at + idle > now();
	WHEN 'key' THEN
		UPDATE ctx.api_key k SET used_at = now(),
		       used_addr = touch.addr,
		       confirmed_at = coalesce(confirmed_at, now())
		 WHERE key_hash = sha256(secret);
	WHEN 'cert' THEN
		UPDATE ctx.device_cert SET used_at = now()
		 WHERE cert_hash = sha256(secret);
	END CASE;
	RETURN FOUND;
END $$;

-- As before, for the tenant's own; the bundle comes from its name.
DROP FUNCTION ctx.user_create(text, text, int, bytea, bytea);
CREATE FUNCTION ctx.user_create(address text, full_name text, role text,
    salt bytea, verifier bytea) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.login (email, tenant_id, name, can, wide, salt,
	       verifier)
	VALUES (lower(address), ctx.tenant(), full_name, ctx.bundle(role),
	        ctx.bundle(role), salt, verifier)
	RETURNING user_id
$$;
DROP FUNCTION ctx.key_create(text, bytea, int, int);
-- "ingest,view", or permissions by their names.
CREATE FUNCTION ctx.scope_of(words text) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT bit_or(CASE w WHEN 'view' THEN ctx.bundle('viewer')
	              WHEN 'ingest' THEN ctx.can_of('{telemetry:write}')
	              ELSE ctx.can_of(ARRAY[w]) END)
	  FROM unnest(string_to_array(words, ',')) w
$$;
CREATE FUNCTION ctx.key_create(id text, hash bytea, device int, scope text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.api_key (key_hash, key_id, tenant_id, device_id, can)
	VALUES (hash, id, ctx.tenant(), device, ctx.scope_of(scope))
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.user_id(), ctx.can(), ctx.wide(), ctx.cred(),
    ctx.app_role(), ctx.tenant(), ctx.part(int) TO fl_owner;
