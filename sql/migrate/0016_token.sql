-- Tokens: a device shows its certificate, a person's program a password, and
-- gets an access token for an hour and a refresh token that turns.  What cannot
-- be judged here, signatures and chains, the program has judged before.
SET LOCAL ROLE fl_ctx;

-- What is good for once: the challenges of devices.
CREATE TABLE ctx.spent (
	spent_hash bytea PRIMARY KEY,
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	expires_at timestamptz NOT NULL
);
CREATE INDEX spent_by_time ON ctx.spent (expires_at);

ALTER TABLE ctx.family ADD started text NOT NULL DEFAULT 'device'
	CHECK (started IN ('device', 'password'));
CREATE INDEX family_of_user ON ctx.family (tenant_id, user_id)
    WHERE user_id > 0;

-- The gate's owner reads no table of a tenant; this one answer it may have.
SET LOCAL ROLE fl_owner;
CREATE FUNCTION flux.device_key(device int) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.key FROM flux.device d
	 WHERE d.tenant_id = ctx.tenant() AND d.device_id = device
$$;
REVOKE ALL ON FUNCTION flux.device_key(int) FROM PUBLIC;
SET LOCAL ROLE fl_ctx;

-- Who these tokens are of, "device:P1"; NULL: nobody any more.
CREATE FUNCTION ctx.token_subject(t int, device int, person bigint)
RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r text := 'user:' || person;
BEGIN
	IF device > 0 THEN
		PERFORM ctx.mint(t, 0, 'token');
		r := 'device:' || flux.device_key(device);
		PERFORM set_config('app.ctx', '', true);
	END IF;
	RETURN r;
END $$;

-- An entry in the tenant's chain; the context is there for it alone.
CREATE FUNCTION ctx.token_audit(f ctx.family, act text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.mint(f.tenant_id, CASE WHEN f.user_id > 0 THEN f.user_id
	    ELSE -f.device_id::bigint END, 'token', 0, 0, f.family_id);
	PERFORM flux.audit_put(act, 'family:' || f.family_id,
	    jsonb_build_object('started', f.started));
	PERFORM set_config('app.ctx', '', true);
END $$;

-- A pair of tokens for a family, an hour and a week, and no longer than it;
-- answers how many seconds the access token holds.
CREATE FUNCTION ctx.token_pair(f ctx.family, sid_hash bytea,
    refresh_hash bytea) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	till CONSTANT timestamptz := least(now() + interval '1 h',
	    f.expires_at);
BEGIN
	DELETE FROM ctx.token t
	 WHERE t.tenant_id = f.tenant_id AND t.family_id = f.family_id
	   AND t.expires_at <= now();
	INSERT INTO ctx.token (token_hash, tenant_id, family_id, kind,
	       expires_at)
	VALUES (sid_hash, f.tenant_id, f.family_id, 'a', till),
	       (refresh_hash, f.tenant_id, f.family_id, 'r',
	        least(now() + interval '7 days', f.expires_at));
	RETURN ceil(extract(epoch FROM till - now()));
END $$;

-- The certificate that a device shows, as it was enrolled; no row: it is
-- unknown, over or revoked.
CREATE FUNCTION ctx.cert_alive(der bytea) RETURNS SETOF ctx.device_cert
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.*
	  FROM ctx.device_cert c
	  JOIN ctx.tenant_home h ON h.tenant_id = c.tenant_id
	 WHERE c.cert_hash = sha256(der) AND c.revoked_at IS NULL
	   AND now() BETWEEN c.not_before AND c.not_after
	   AND h.suspended_at IS NULL
$$;

-- What the program needs to judge it: whose it says to be, and who must have
-- signed it.  Both NULL: there is nothing to judge.
CREATE FUNCTION ctx.device_look(der bytea, OUT subject text, OUT ca bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c ctx.device_cert;
BEGIN
	SELECT * INTO c FROM ctx.cert_alive(der);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	subject := ctx.token_subject(c.tenant_id, c.device_id, 0);
	SELECT a.cert INTO ca FROM ctx.tenant_ca a
	 WHERE a.tenant_id = c.tenant_id AND a.ca_id = c.ca_id;
END $$;

-- Sign-ins of which no token is left.
CREATE FUNCTION ctx.family_sweep(t int, device int, person bigint)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.family f
	 WHERE f.tenant_id = t AND f.device_id = device AND f.user_id = person
	   AND NOT EXISTS (SELECT FROM ctx.token k
	       WHERE k.tenant_id = f.tenant_id AND k.family_id = f.family_id
	         AND k.expires_at > now())
$$;

-- The device has shown that it has the certificate's key, with this challenge;
-- permissions are NULL when it has done so before.
CREATE FUNCTION ctx.device_open(der bytea, challenge bytea, sid_hash bytea,
    refresh_hash bytea, OUT permissions text, OUT seconds int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c ctx.device_cert;
	f ctx.family;
BEGIN
	SELECT * INTO c FROM ctx.cert_alive(der);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	DELETE FROM ctx.spent
	 WHERE spent_hash IN (SELECT s.spent_hash FROM ctx.spent s
	     WHERE s.expires_at < now() ORDER BY s.expires_at LIMIT 100
	     FOR UPDATE SKIP LOCKED);
	INSERT INTO ctx.spent (spent_hash, tenant_id, expires_at)
	VALUES (sha256(c.cert_hash || challenge), c.tenant_id,
	        now() + interval '5 min')
	    ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM ctx.family_sweep(c.tenant_id, c.device_id, 0);
	INSERT INTO ctx.family (tenant_id, device_id, cert_hash, can,
	       expires_at)
	VALUES (c.tenant_id, c.device_id, c.cert_hash, c.can,
	        least(now() + interval '30 days', c.not_after))
	RETURNING * INTO f;
	seconds := ctx.token_pair(f, sid_hash, refresh_hash);
	permissions := array_to_string(ctx.can_names(c.can), ' ');
	PERFORM ctx.token_audit(f, 'token.open');
END $$;

-- The session that a password has just opened becomes a family, which lasts as
-- long, and is over.
CREATE FUNCTION ctx.person_open(session bytea, sid_hash bytea,
    refresh_hash bytea,
    OUT subject text, OUT permissions text, OUT seconds int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s ctx.session;
	f ctx.family;
BEGIN
	DELETE FROM ctx.session x
	 WHERE x.token_hash = sha256(session) AND x.stage = 'open'
	RETURNING * INTO s;
	INSERT INTO ctx.family (tenant_id, user_id, can, expires_at, started)
	SELECT l.tenant_id, l.user_id, l.can, s.expires_at, 'password'
	  FROM ctx.login l
	  JOIN ctx.tenant_home h ON h.tenant_id = l.tenant_id
	 WHERE l.user_id = s.user_id AND s.expires_at > now()
	   AND l.suspended_at IS NULL AND h.suspended_at IS NULL
	RETURNING * INTO f;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	seconds := ctx.token_pair(f, sid_hash, refresh_hash);
	PERFORM ctx.family_sweep(f.tenant_id, 0, f.user_id);
	subject := ctx.token_subject(f.tenant_id, 0, f.user_id);
	permissions := array_to_string(ctx.can_names(f.can), ' ');
	PERFORM ctx.token_audit(f, 'token.open');
END $$;

-- The family, if all that it hangs on still holds; can is what it may now.
CREATE FUNCTION ctx.family_alive(id bigint) RETURNS SETOF ctx.family
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.family_id, f.tenant_id, f.user_id, f.device_id, f.cert_hash,
	       f.can & coalesce(c.can, f.can) & coalesce(l.can, f.can),
	       f.created_at, f.expires_at, f.revoked_at, f.why, f.started
	  FROM ctx.family f
	  JOIN ctx.tenant_home h ON h.tenant_id = f.tenant_id
	  LEFT JOIN ctx.login l ON l.user_id = f.user_id
	  LEFT JOIN ctx.device_cert c ON c.cert_hash = f.cert_hash
	 WHERE f.family_id = id AND f.revoked_at IS NULL
	   AND f.expires_at > now()
	   AND h.suspended_at IS NULL AND l.suspended_at IS NULL
	   AND (f.user_id = 0 OR l.user_id IS NOT NULL)
	   AND (f.cert_hash IS NULL OR c.revoked_at IS NULL
	       AND c.not_after > now())
$$;

CREATE FUNCTION ctx.family_revoke(id bigint, reason text, act text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f ctx.family;
BEGIN
	UPDATE ctx.family SET revoked_at = now(), why = reason
	 WHERE family_id = id AND revoked_at IS NULL
	RETURNING * INTO f;
	IF FOUND THEN
		PERFORM ctx.token_audit(f, act);
	END IF;
END $$;

-- One refresh token for the next, whose secret the program makes from the
-- presented one.  proven: the certificate whose key has signed this request,
-- or NULL.  Who shows a spent one within 30 s, proves to be the same device
-- and has not used the next one yet gets that one again; anybody else who
-- shows a spent one ends the family.  permissions are NULL when there is
-- nothing to be had.
CREATE FUNCTION ctx.refresh_turn(refresh bytea, sid_hash bytea,
    refresh_hash bytea, proven bytea,
    OUT subject text, OUT permissions text, OUT seconds int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t ctx.token;
	f ctx.family;
BEGIN
	SELECT * INTO t FROM ctx.token k
	 WHERE k.token_hash = sha256(refresh) AND k.kind = 'r'
	   AND k.expires_at > now()
	   FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT * INTO f FROM ctx.family_alive(t.family_id);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF t.spent_at IS NULL THEN
		UPDATE ctx.token SET spent_at = clock_timestamp()
		 WHERE token_hash = t.token_hash;
		seconds := ctx.token_pair(f, sid_hash, refresh_hash);
	ELSIF t.spent_at > clock_timestamp() - interval '30 s'
	    AND f.cert_hash = sha256(proven)
	    AND EXISTS (SELECT FROM ctx.token n
	        WHERE n.token_hash = refresh_hash AND n.spent_at IS NULL) THEN
		SELECT ceil(extract(epoch FROM n.expires_at - now()))
		  INTO seconds FROM ctx.token n
		 WHERE n.token_hash = sid_hash;
	ELSE
		PERFORM ctx.family_revoke(f.family_id, 'reuse', 'token.reuse');
		RETURN;
	END IF;
	subject := ctx.token_subject(f.tenant_id, f.device_id, f.user_id);
	permissions := array_to_string(ctx.can_names(f.can), ' ');
END $$;

-- Signing out: all tokens of the refresh token's family are over.
CREATE FUNCTION ctx.family_end(refresh bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.family_revoke(t.family_id, 'ended', 'token.end')
	   FROM ctx.token t
	  WHERE t.token_hash = sha256(refresh) AND t.kind = 'r';
	RETURN FOUND;
END $$;

-- A new password ends the tokens that the old one opened.
CREATE FUNCTION ctx.login_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.family SET revoked_at = now(), why = 'password'
	 WHERE tenant_id = new.tenant_id AND user_id = new.user_id
	   AND revoked_at IS NULL;
	RETURN NULL;
END $$;
CREATE TRIGGER login_changed AFTER UPDATE OF verifier ON ctx.login
    FOR EACH ROW EXECUTE FUNCTION ctx.login_changed();
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
