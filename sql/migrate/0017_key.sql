-- Keys with an end: two of them a device, successors, reminders, secrets that
-- sign requests; limits a minute.
SET LOCAL ROLE fl_ctx;

ALTER TABLE ctx.tenant_home
	-- More than its quota: readings are refused until it is less.
	ADD over boolean NOT NULL DEFAULT false;
-- So many days before its end it was spoken of last; 0: never.
ALTER TABLE ctx.api_key ADD reminded int NOT NULL DEFAULT 0;
ALTER TABLE ctx.device_cert ADD reminded int NOT NULL DEFAULT 0;

-- Signatures that were used, for as long as their time would do once more.
CREATE TABLE ctx.nonce (
	nonce_hash bytea PRIMARY KEY,
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	expires_at timestamptz NOT NULL
);
CREATE INDEX nonce_by_end ON ctx.nonce (tenant_id, expires_at);

-- As in 0014, with two more flags: 8 the key holds under conditions, so that it
-- is never remembered; 16 the tenant is over its quota.
CREATE OR REPLACE FUNCTION ctx.begin_api_key(key bytea, addr inet DEFAULT NULL,
    cert bytea DEFAULT NULL) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	at CONSTANT timestamptz := transaction_timestamp();
	w  ctx.who;
BEGIN
	SELECT k.tenant_id, 0, k.device_id, k.can, k.key_id, h.name,
	       h.registry, k.can, k.cred_id,
	       (k.used_at IS NULL OR k.used_at < at - interval '1 min')::int
	           + 4 * (k.sign_key IS NOT NULL)::int
	           + 8 * (k.nets IS NOT NULL OR k.cert_hash IS NOT NULL)::int
	           + 16 * h.over::int,
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

CREATE OR REPLACE FUNCTION ctx.begin_token(sid bytea) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	at CONSTANT timestamptz := transaction_timestamp();
	w  ctx.who;
BEGIN
	SELECT f.tenant_id, f.user_id, f.device_id,
	       f.can & coalesce(l.can, f.can), coalesce(l.name, ''), h.name,
	       h.registry, f.can & coalesce(l.wide, f.can), f.family_id,
	       16 * h.over::int, '{0,0}'::int[] || h.limits
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

CREATE OR REPLACE FUNCTION ctx.begin_cert(der bytea) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	at CONSTANT timestamptz := transaction_timestamp();
	w  ctx.who;
BEGIN
	SELECT c.tenant_id, 0, c.device_id, c.can, '', h.name, h.registry,
	       c.can, c.cred_id,
	       (c.used_at IS NULL OR c.used_at < at - interval '1 min')::int
	           + 16 * h.over::int,
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

-- The first use of a key ends the one that it replaces, a week later: the
-- gateway that was given it has shown that it can use it.
CREATE FUNCTION ctx.key_confirmed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.api_key SET revoked_at = now() + interval '7 days'
	 WHERE key_id = NEW.replaces AND tenant_id = NEW.tenant_id
	   AND (revoked_at IS NULL OR revoked_at > now() + interval '7 days');
	RETURN NULL;
END $$;
CREATE TRIGGER key_confirmed AFTER UPDATE OF confirmed_at ON ctx.api_key
    FOR EACH ROW WHEN (OLD.confirmed_at IS NULL
        AND NEW.confirmed_at IS NOT NULL AND NEW.replaces IS NOT NULL)
    EXECUTE FUNCTION ctx.key_confirmed();

-- A new key of a device.  Two may live at once, so that one can follow the
-- other; only the operator's tool is not held to that.  Nobody gives what he
-- has not.  replaces: the live key of the same device that its first use ends.
CREATE FUNCTION ctx.key_make(id text, hash bytea, device int, title text,
    rights bigint, allowed cidr[], expires timestamptz, most int[],
    secret bytea, follows text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	n int;
	found_ boolean;
BEGIN
	PERFORM ctx.need('keys:write');
	IF rights & ~ctx.wide() <> 0 THEN
		RAISE EXCEPTION 'gives what it has not' USING ERRCODE = 'FX003';
	END IF;
	IF expires <= now() THEN
		RAISE EXCEPTION 'A key ends in the future.'
		    USING ERRCODE = 'FX006';
	END IF;
	-- Two who make keys at once wait for each other here.
	PERFORM FROM ctx.tenant_home h WHERE h.tenant_id = t
	    FOR NO KEY UPDATE;
	SELECT count(*), coalesce(bool_or(k.key_id = follows), false)
	  INTO n, found_
	  FROM ctx.api_key k
	 WHERE k.tenant_id = t AND k.device_id = device
	   AND k.expires_at > now()
	   AND (k.revoked_at IS NULL OR k.revoked_at > now());
	IF follows IS NOT NULL AND NOT found_ THEN
		RAISE EXCEPTION 'That key has ended already.'
		    USING ERRCODE = 'FX005';
	END IF;
	IF n >= 2 AND ctx.app_role() <> 'admin' THEN
		RAISE EXCEPTION
		    'This device has two keys; end one of them first.'
		    USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO ctx.api_key (key_hash, key_id, tenant_id, device_id, can,
	       name, expires_at, nets, limits, sign_key, replaces)
	VALUES (hash, id, t, device, rights, title, expires, allowed, most,
	        secret, follows);
END $$;

-- The tenant's keys; the newest first, those that have ended last.
CREATE FUNCTION ctx.keys() RETURNS TABLE (key_id text, device_id int,
    name text, can bigint, created_at timestamptz, expires_at timestamptz,
    ends_at timestamptz, used_at timestamptz, used_addr inet, nets cidr[],
    signs boolean, limits int[], replaces text, state text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:read');
	RETURN QUERY SELECT k.key_id, k.device_id, k.name, k.can,
	       k.created_at, k.expires_at, k.revoked_at, k.used_at,
	       k.used_addr, k.nets, k.sign_key IS NOT NULL, k.limits,
	       k.replaces, CASE
	           WHEN k.revoked_at <= now() THEN 'ended'
	           WHEN k.expires_at <= now() THEN 'expired'
	           WHEN k.revoked_at IS NOT NULL THEN 'ending'
	           WHEN k.used_at IS NULL THEN 'unused'
	           ELSE 'live' END
	  FROM ctx.api_key k
	 WHERE k.tenant_id = ctx.tenant()
	 ORDER BY (k.expires_at <= now() OR k.revoked_at <= now()) IS TRUE,
	       k.created_at DESC, k.key_id;
END $$;

-- What a successor of this live key is given; no row: there is no such key.
CREATE FUNCTION ctx.key_of(id text) RETURNS TABLE (device_id int, name text,
    can bigint, nets cidr[], expires_at timestamptz, limits int[],
    signs boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:write');
	-- It lives as long as the one before was meant to.
	RETURN QUERY SELECT k.device_id, k.name, k.can, k.nets,
	       CASE WHEN isfinite(k.expires_at)
	       THEN now() + (k.expires_at - k.created_at)
	       ELSE k.expires_at END, k.limits, k.sign_key IS NOT NULL
	  FROM ctx.api_key k
	 WHERE k.key_id = id AND k.tenant_id = ctx.tenant()
	   AND k.expires_at > now()
	   AND (k.revoked_at IS NULL OR k.revoked_at > now());
END $$;

-- "ingest,view" as the names of permissions.
CREATE FUNCTION ctx.scope_names(words text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.can_names(ctx.scope_of(words))
$$;

CREATE FUNCTION ctx.key_end(id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:write');
	UPDATE ctx.api_key SET revoked_at = now()
	 WHERE key_id = id AND tenant_id = ctx.tenant()
	   AND (revoked_at IS NULL OR revoked_at > now());
	RETURN FOUND;
END $$;

-- Requests and readings a minute.  The registry's step tells those who
-- remember the key that it is another now.
CREATE FUNCTION ctx.key_limit(id text, most int[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:write');
	UPDATE ctx.tenant_home SET registry = registry + 1
	 WHERE tenant_id = ctx.tenant();
	UPDATE ctx.api_key SET limits = most
	 WHERE key_id = id AND tenant_id = ctx.tenant();
	RETURN FOUND;
END $$;

CREATE FUNCTION ctx.tenant_limit(most int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('tenants:manage');
	UPDATE ctx.tenant_home SET limits = most, registry = registry + 1
	 WHERE tenant_id = ctx.tenant();
END $$;

-- What the tenant is held to: requests, readings a minute; over its quota.
CREATE FUNCTION ctx.tenant_limits(OUT most int[], OUT beyond boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT limits, over FROM ctx.tenant_home
	 WHERE tenant_id = ctx.tenant()
$$;

-- True when it was otherwise before.
CREATE FUNCTION ctx.tenant_over(is_over boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.tenant_home SET over = is_over, registry = registry + 1
	 WHERE tenant_id = ctx.tenant() AND over <> is_over;
	RETURN FOUND;
END $$;

-- The sealed secret of a key, for who has the key; NULL: it does not sign.
CREATE FUNCTION ctx.sign_key(key bytea) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT sign_key FROM ctx.api_key WHERE key_hash = sha256(key)
$$;

-- True the first time.  Each key has its own; a stranger can spend none.
CREATE FUNCTION ctx.spend(key bytea, nonce bytea, seconds int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO ctx.nonce (nonce_hash, tenant_id, expires_at)
	SELECT sha256(k.key_hash || nonce), k.tenant_id,
	       now() + seconds * interval '1 s'
	  FROM ctx.api_key k WHERE k.key_hash = sha256(key)
	    ON CONFLICT DO NOTHING;
	RETURN FOUND;
END $$;

-- 30, 7 or 1: of what ends then; NULL: it ends later, or never, or has ended.
CREATE FUNCTION ctx.days_left(till timestamptz) RETURNS int
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN till <= now() THEN NULL
	       WHEN till <= now() + interval '1 day' THEN 1
	       WHEN till <= now() + interval '7 days' THEN 7
	       WHEN till <= now() + interval '30 days' THEN 30 END
$$;

-- Live keys and certificates that come so near to their end and were not
-- spoken of at that; now they are.
CREATE FUNCTION ctx.key_remind() RETURNS TABLE (kind text, id text,
    device_id int, days int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY UPDATE ctx.api_key k SET reminded = d.days
	  FROM (SELECT x.key_hash, ctx.days_left(x.expires_at) AS days
	          FROM ctx.api_key x
	         WHERE x.tenant_id = ctx.tenant() AND x.revoked_at IS NULL) d
	 WHERE k.key_hash = d.key_hash
	   AND (k.reminded = 0 AND d.days > 0 OR k.reminded > d.days)
	RETURNING 'key', k.key_id, k.device_id, d.days;
	RETURN QUERY UPDATE ctx.device_cert c SET reminded = d.days
	  FROM (SELECT x.cert_hash, ctx.days_left(x.not_after) AS days
	          FROM ctx.device_cert x
	         WHERE x.tenant_id = ctx.tenant() AND x.revoked_at IS NULL) d
	 WHERE c.cert_hash = d.cert_hash
	   AND (c.reminded = 0 AND d.days > 0 OR c.reminded > d.days)
	RETURNING 'cert', c.cred_id::text, c.device_id, d.days;
END $$;

CREATE FUNCTION ctx.nonce_forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.nonce
	 WHERE tenant_id = ctx.tenant() AND expires_at < now()
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;

SET LOCAL ROLE fl_owner;
-- The acts on keys, each with its entry in the audit.
CREATE FUNCTION flux.key_make(id text, hash bytea, device int, title text,
    rights text[], allowed cidr[], expires timestamptz, most int[],
    secret bytea, follows text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
BEGIN
	PERFORM ctx.need('keys:write');
	PERFORM FROM flux.device d
	  WHERE d.tenant_id = t AND d.device_id = device;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'There is no such device.'
		    USING ERRCODE = 'FX006';
	END IF;
	PERFORM ctx.key_make(id, hash, device, title, ctx.can_of(rights),
	    allowed, expires, most, secret, follows);
	PERFORM flux.audit_put(CASE WHEN follows IS NULL THEN 'key.make'
	    ELSE 'key.rotate' END, 'key:' || id,
	    jsonb_strip_nulls(jsonb_build_object('device', device,
	        'permissions', rights, 'nets', allowed::text[],
	        'expires', CASE WHEN isfinite(expires) THEN expires END,
	        'limits', most, 'signs', secret IS NOT NULL,
	        'replaces', follows)));
END $$;

CREATE FUNCTION flux.key_end(id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT ctx.key_end(id) THEN
		RETURN false;
	END IF;
	PERFORM flux.audit_put('key.end', 'key:' || id);
	RETURN true;
END $$;

CREATE FUNCTION flux.key_limit(id text, most int[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT ctx.key_limit(id, most) THEN
		RETURN false;
	END IF;
	PERFORM flux.audit_put('key.limit', 'key:' || id,
	    jsonb_build_object('limits', most));
	RETURN true;
END $$;

CREATE FUNCTION flux.tenant_limit(most int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.tenant_limit(most);
	PERFORM flux.audit_put('tenant.limit', 'tenant:' || ctx.tenant(),
	    jsonb_build_object('limits', most));
END $$;

-- Speak of keys and certificates that are about to end; answers which.
CREATE FUNCTION flux.key_remind() RETURNS TABLE (object text, days int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k record;
BEGIN
	PERFORM ctx.nonce_forget();
	FOR k IN SELECT * FROM ctx.key_remind() LOOP
		object := k.kind || ':' || k.id;
		days := k.days;
		PERFORM flux.audit_put(k.kind || '.expires', object,
		    jsonb_build_object('device', k.device_id, 'days', k.days));
		RETURN NEXT;
	END LOOP;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
