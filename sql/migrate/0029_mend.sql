-- What a second reading has found: names and refusals that were told wrongly,
-- counts that two at once could pass, functions that nothing calls any more.
SET LOCAL ROLE fl_ctx;

-- Each part keeps its place, though one before it is NULL.
CREATE OR REPLACE FUNCTION ctx.mint(t int, u bigint, r text,
    can bigint DEFAULT 0, wide bigint DEFAULT 0, cred bigint DEFAULT 0)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	body text := concat(t, '|', u, '|', r, '|', can, '|', wide, '|', cred);
	k    bytea;
BEGIN
	IF r ~ '[^a-z_]' THEN
		RAISE EXCEPTION 'bad role';
	END IF;
	SELECT secret INTO STRICT k FROM ctx.mac_key;
	body := set_config('app.ctx', ctx.mac(k, body) || body, true);
END $$;

-- As in 0014; of a kind that there is not nothing was used.
CREATE OR REPLACE FUNCTION ctx.touch(kind text, secret bytea, addr inet)
RETURNS boolean
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
	ELSE
		RETURN false;
	END CASE;
	RETURN FOUND;
END $$;

-- A wrong try waits.  Whose it was gets to know after the answer, and at most
-- once a minute: ctx.refused.
CREATE OR REPLACE FUNCTION ctx.refuse(address text, t int, detail jsonb)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.wait_longer(address)
$$;

-- As in 0018; also 'session' and the hash in hex: who shows a wrong code, or a
-- wrong password once more, is known by then.
CREATE OR REPLACE FUNCTION ctx.refused(kind text, id text, addr inet)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
	f ctx.refusal;
BEGIN
	FOR r IN SELECT o.tenant_id, o.object FROM ctx.refusal_of(kind, id) o
	          UNION ALL
	         SELECT s.tenant_id, 'user:' || s.user_id FROM ctx.session s
	          WHERE s.token_hash = CASE kind WHEN 'session'
	                THEN decode(id, 'hex') END
	          ORDER BY 1, 2
	LOOP
		INSERT INTO ctx.refusal AS old
		VALUES (r.tenant_id, r.object, 1, refused.addr, '-infinity')
		    ON CONFLICT (tenant_id, object) DO UPDATE
		   SET times = old.times + 1, addr = EXCLUDED.addr
		RETURNING * INTO f;
		CONTINUE WHEN f.told_at > now() - interval '1 min';
		UPDATE ctx.refusal o SET times = 0, told_at = now()
		 WHERE o.tenant_id = f.tenant_id AND o.object = f.object;
		PERFORM ctx.mint(r.tenant_id, 0, 'nobody');
		PERFORM flux.audit_put('auth.refuse', r.object,
		    jsonb_build_object('addr', host(f.addr), 'times', f.times));
	END LOOP;
	PERFORM set_config('app.ctx', '', true);
END $$;

-- As in 0015; of a tenant that is suspended nobody confirms anything.
CREATE OR REPLACE FUNCTION ctx.confirm_pass(token bytea, proof bytea,
    fresh_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.login;
BEGIN
	SELECT x.* INTO l FROM ctx.session s
	  JOIN ctx.login x ON x.user_id = s.user_id
	  JOIN ctx.tenant_home h ON h.tenant_id = s.tenant_id
	 WHERE s.token_hash = sha256(token) AND s.stage = 'open'
	   AND s.expires_at > now() AND s.seen_at + s.idle > now()
	   AND x.suspended_at IS NULL AND h.suspended_at IS NULL;
	IF NOT FOUND OR ctx.must_wait(l.email) THEN
		RETURN false;
	END IF;
	IF l.verifier IS DISTINCT FROM sha256(proof) THEN
		PERFORM ctx.refuse(l.email, l.tenant_id, NULL);
		RETURN false;
	END IF;
	PERFORM ctx.wait_over(l.email);
	UPDATE ctx.session s
	   SET token_hash = fresh_hash, seen_at = now(),
	       fresh_till = now() + interval '10 min'
	 WHERE s.token_hash = sha256(token);
	RETURN FOUND;
END $$;

-- One's own sign-ins by a program's token, newest first.
CREATE FUNCTION ctx.programs() RETURNS TABLE (family_id bigint,
    created_at timestamptz, turned_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.family_id, f.created_at,
	       coalesce(max(t.spent_at), f.created_at), max(t.expires_at)
	  FROM ctx.family f
	  JOIN ctx.token t
	    ON t.tenant_id = f.tenant_id AND t.family_id = f.family_id
	 WHERE f.tenant_id = ctx.tenant() AND f.user_id = ctx.self()
	   AND f.user_id > 0 AND f.revoked_at IS NULL AND f.expires_at > now()
	 GROUP BY f.family_id
	HAVING max(t.expires_at) > now()
	 ORDER BY f.family_id DESC
	 LIMIT 100
$$;

CREATE FUNCTION ctx.program_end(id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.family f SET revoked_at = now(), why = 'ended'
	 WHERE f.family_id = id AND f.tenant_id = ctx.tenant()
	   AND f.user_id = ctx.self() AND f.user_id > 0
	   AND f.revoked_at IS NULL;
	RETURN FOUND AND flux.audit_put('token.end', 'family:' || id) > 0;
END $$;

-- As in 0017; an id that there is not is no step of the registry.
CREATE OR REPLACE FUNCTION ctx.key_limit(id text, most int[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:write');
	PERFORM FROM ctx.api_key
	  WHERE key_id = id AND tenant_id = ctx.tenant();
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE ctx.tenant_home SET registry = registry + 1
	 WHERE tenant_id = ctx.tenant();
	UPDATE ctx.api_key SET limits = most
	 WHERE key_id = id AND tenant_id = ctx.tenant();
	RETURN FOUND;
END $$;

-- As in 0020, with the device's own name: what its certificate says is what
-- another authority may have put into it.
DROP FUNCTION ctx.renew_look(bytea);
CREATE FUNCTION ctx.renew_look(old bytea) RETURNS TABLE (tenant_id int,
    device_key text, ca_id int, cert bytea, ski bytea, sealed_key bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c ctx.device_cert;
	name text;
BEGIN
	SELECT * INTO c FROM ctx.cert_alive(old);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM ctx.mint(c.tenant_id, 0, 'device');
	name := flux.device_key(c.device_id);
	PERFORM set_config('app.ctx', '', true);
	RETURN QUERY SELECT c.tenant_id, name, a.*
	  FROM ctx.ca_of(c.tenant_id) a WHERE name IS NOT NULL;
END $$;

-- Who counts what a tenant has, to make one more, comes after whoever does so
-- at the moment.
CREATE FUNCTION ctx.tenant_hold(t int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM FROM ctx.tenant_home h WHERE h.tenant_id = t
	    FOR NO KEY UPDATE;
END $$;

-- flux.key_make and flux.key_end keep to two keys, and to the audit.
DROP FUNCTION ctx.key_create(text, bytea, int, text);
DROP FUNCTION ctx.key_revoke(text);
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;

SET LOCAL ROLE fl_owner;
-- As in 0017; two at once do not both take the last place.
CREATE OR REPLACE FUNCTION flux.quota_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	q record;
	n bigint;
BEGIN
	FOR q IN SELECT x.tenant_id, x.most FROM flux.quota x
	          WHERE x.what = TG_ARGV[0]
	            AND x.tenant_id IN (SELECT m.tenant_id FROM made m)
	LOOP
		PERFORM ctx.tenant_hold(q.tenant_id);
		EXECUTE format('SELECT count(*) FROM flux.%I
		    WHERE tenant_id = $1', TG_TABLE_NAME)
		    INTO n USING q.tenant_id;
		IF n > q.most THEN
			RAISE EXCEPTION 'The quota of % is used up.', TG_ARGV[0]
			    USING ERRCODE = 'FX005';
		END IF;
	END LOOP;
	RETURN NULL;
END $$;

-- What the roles of somebody come to, for who was given them by the operator.
CREATE FUNCTION flux.rights_again(u bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:write');
	PERFORM flux.rights_make(u);
END $$;

-- As in 0014; the context is read once, and the head is made with the first
-- entry and not looked for at each.
CREATE OR REPLACE FUNCTION flux.audit_put(act text, object text, detail jsonb
    DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	r CONSTANT text := ctx.app_role();
	u CONSTANT bigint := ctx.user_id();
	c CONSTANT bigint := ctx.cred();
	now_ CONSTANT timestamptz := clock_timestamp();
	h flux.audit_head;
	b text;
BEGIN
	SELECT * INTO h FROM flux.audit_head WHERE tenant_id = t FOR UPDATE;
	IF NOT FOUND THEN
		INSERT INTO flux.audit_head (tenant_id) VALUES (t)
		    ON CONFLICT DO NOTHING;
		SELECT * INTO STRICT h FROM flux.audit_head
		 WHERE tenant_id = t FOR UPDATE;
	END IF;
	h.seq := h.seq + 1;
	b := json_build_array(t, h.seq,
	    (extract(epoch FROM now_) * 1000000)::bigint, r, u, c, act, object,
	    detail)::text;
	h.hash := sha256(h.hash || convert_to(b, 'UTF8'));
	INSERT INTO flux.audit VALUES (t, h.seq, now_, r, u, c, act, object,
	    detail, b, h.hash);
	UPDATE flux.audit_head SET seq = h.seq, hash = h.hash
	 WHERE tenant_id = t;
	RETURN h.seq;
END $$;

-- As in 0018; less than none is none.
CREATE OR REPLACE FUNCTION flux.audit_list(acts text, thing text,
    person bigint, since timestamptz, till timestamptz, before bigint, most int)
RETURNS TABLE (seq bigint, at timestamptz, role text, user_id bigint,
    name text, cred bigint, act text, object text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ctx.need('audit:read');
	SELECT a.seq, a.at, a.role, a.user_id, coalesce(m.name, d.key),
	       a.cred, a.act, a.object, a.detail::text
	  FROM flux.audit a
	  LEFT JOIN flux.member m
	    ON m.tenant_id = a.tenant_id AND m.user_id = a.user_id
	  LEFT JOIN flux.device d
	    ON d.tenant_id = a.tenant_id AND d.device_id = -a.user_id
	 WHERE a.tenant_id = (SELECT ctx.tenant())
	   AND (before IS NULL OR a.seq < before)
	   AND (acts IS NULL OR starts_with(a.act, acts))
	   AND (thing IS NULL OR a.object = thing)
	   AND (person IS NULL OR a.user_id = person)
	   AND (audit_list.since IS NULL OR a.at >= audit_list.since)
	   AND (audit_list.till IS NULL OR a.at < audit_list.till)
	 ORDER BY a.seq DESC
	 LIMIT greatest(0, least(most, 1000))
$$;
CREATE OR REPLACE FUNCTION flux.audit_read(behind bigint, most int)
RETURNS TABLE (seq bigint, body text, hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ctx.need('audit:export');
	SELECT a.seq, a.body, a.hash
	  FROM flux.audit a
	 WHERE a.tenant_id = (SELECT ctx.tenant()) AND a.seq > behind
	 ORDER BY a.seq
	 LIMIT greatest(0, least(most, 10000))
$$;
REVOKE ALL ON FUNCTION flux.rights_again(bigint) FROM PUBLIC;
