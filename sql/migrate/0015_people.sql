-- People sign in: a second factor, recovery codes, links by which a password
-- is set, a wait that goes by address, the list of one's sessions.
SET LOCAL ROLE fl_ctx;

-- Addresses that nobody has need salts, too, that outlive the contexts' key.
ALTER TABLE ctx.mac_key ADD salt bytea NOT NULL
    DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

-- sealed: the secret, for the place factor|tenant|user.  last_step: up to
-- which half minute codes are spent.
CREATE TABLE ctx.factor (
	tenant_id    int NOT NULL REFERENCES ctx.tenant_home,
	user_id      bigint NOT NULL REFERENCES ctx.login (user_id)
	             ON DELETE CASCADE,
	sealed       bytea NOT NULL CHECK (length(sealed) <= 200),
	last_step    bigint NOT NULL DEFAULT 0,
	confirmed_at timestamptz, -- a code was shown; NULL: not in force
	PRIMARY KEY (tenant_id, user_id)
);

CREATE TABLE ctx.recovery (
	tenant_id int NOT NULL,
	user_id   bigint NOT NULL,
	code_hash bytea NOT NULL, -- of 80 random bits
	used_at   timestamptz,
	PRIMARY KEY (tenant_id, user_id, code_hash),
	FOREIGN KEY (tenant_id, user_id) REFERENCES ctx.factor ON DELETE CASCADE
);

-- What a link carries; one link a person.
CREATE TABLE ctx.ticket (
	ticket_hash bytea PRIMARY KEY,
	tenant_id   int NOT NULL REFERENCES ctx.tenant_home,
	user_id     bigint NOT NULL REFERENCES ctx.login (user_id)
	            ON DELETE CASCADE,
	kind        text NOT NULL CHECK (kind IN ('invite', 'reset')),
	expires_at  timestamptz NOT NULL,
	used_at     timestamptz,
	UNIQUE (tenant_id, user_id)
);

-- Wrong tries by address, whether anybody has it or not: what strangers type
-- is not kept, only its hash.  An address is of no tenant, so all are of 0.
CREATE TABLE ctx.throttle (
	tenant_id    int NOT NULL DEFAULT 0,
	address_hash bytea PRIMARY KEY,
	failures     int NOT NULL DEFAULT 0,
	wait_till    timestamptz NOT NULL DEFAULT '-infinity',
	last_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX throttle_by_age ON ctx.throttle (last_at);
ALTER TABLE ctx.login DROP failures, DROP wait_till;

-- One address has one salt in all tenants, so that one scrypt serves.
CREATE OR REPLACE FUNCTION ctx.login_begin(address text) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT l.salt FROM ctx.login l
	                  WHERE l.email = lower(address)
	                    AND l.salt IS NOT NULL
	                  ORDER BY l.tenant_id LIMIT 1),
	       (SELECT substr(sha256(k.salt || convert_to(lower(address),
	               'UTF8')), 1, 16) FROM ctx.mac_key k))
$$;

-- Takes the address for this transaction: tries go one after the other.
CREATE FUNCTION ctx.must_wait(address text) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.throttle AS t (address_hash)
	VALUES (sha256(convert_to(lower(address), 'UTF8')))
	    ON CONFLICT (address_hash) DO UPDATE SET failures = t.failures
	RETURNING wait_till > clock_timestamp()
$$;

-- 1 s after the third wrong try and twice as long after each further one,
-- 5 min at most; a day without any and it is forgotten.
CREATE FUNCTION ctx.wait_longer(address text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.throttle
	   SET failures = failures + 1, last_at = clock_timestamp(),
	       wait_till = CASE WHEN failures < 2 THEN wait_till
	           ELSE clock_timestamp() + interval '1 s'
	              * least(300, 2 ^ least(failures - 2, 9)) END
	 WHERE address_hash = sha256(convert_to(lower(address), 'UTF8'));
	DELETE FROM ctx.throttle WHERE address_hash IN (
	    SELECT address_hash FROM ctx.throttle
	     WHERE last_at < clock_timestamp() - interval '1 day'
	     ORDER BY last_at LIMIT 10 FOR UPDATE SKIP LOCKED)
$$;

-- Who is of several tenants is forgiven after a day: none forgives for others.
CREATE FUNCTION ctx.wait_over(address text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.throttle
	 WHERE address_hash = sha256(convert_to(lower(address), 'UTF8'))
	   AND 2 > (SELECT count(*) FROM ctx.login WHERE email = lower(address))
$$;

-- An entry of the trail where there is no context yet, and none afterwards.
CREATE FUNCTION ctx.note(t int, u bigint, act text, detail jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.mint(t, u, 'auth');
	PERFORM flux.audit_put(act, 'user:' || u, detail);
	PERFORM set_config('app.ctx', '', true);
END $$;

-- A wrong try: it waits, and the trail of each tenant that it was meant for
-- (NULL: of any that knows the address) says so.
CREATE FUNCTION ctx.refuse(address text, t int, detail jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.wait_longer(address);
	PERFORM ctx.note(x.tenant_id, x.user_id, 'session.refuse', detail)
	   FROM ctx.login x
	  WHERE x.email = lower(address) AND (t IS NULL OR x.tenant_id = t)
	  ORDER BY x.tenant_id;
END $$;

-- Who signs in by an address and a proof, scrypt(password, salt).  When the
-- proof fits in several tenants, they are named and one must be chosen.
-- Stage code: the session waits ten minutes for a second factor.
DROP FUNCTION ctx.login_finish(text, bytea, bytea);
CREATE FUNCTION ctx.login_finish(address text, proof bytea, token_hash bytea,
    tenant int, addr inet, agent text, OUT ok boolean, OUT stage text,
    OUT tenants int[], OUT names text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.login;
BEGIN
	ok := false;
	IF ctx.must_wait(address) THEN
		RETURN;
	END IF;
	SELECT array_agg(h.tenant_id ORDER BY h.name),
	       array_agg(h.name ORDER BY h.name) INTO tenants, names
	  FROM ctx.login x JOIN ctx.tenant_home h USING (tenant_id)
	 WHERE x.email = lower(address) AND x.verifier = sha256(proof)
	   AND x.suspended_at IS NULL AND h.suspended_at IS NULL
	   AND (tenant IS NULL OR x.tenant_id = tenant);
	IF tenants IS NULL THEN
		PERFORM ctx.refuse(address, NULL,
		    jsonb_build_object('by', 'password', 'from', host(addr)));
		RETURN;
	ELSIF cardinality(tenants) > 1 THEN
		RETURN;
	END IF;
	SELECT * INTO STRICT l FROM ctx.login x
	 WHERE x.email = lower(address) AND x.tenant_id = tenants[1];
	DELETE FROM ctx.session s
	 WHERE s.user_id = l.user_id
	   AND (s.expires_at < now() OR s.seen_at + s.idle < now());
	stage := CASE WHEN EXISTS (SELECT FROM ctx.factor f
	    WHERE f.tenant_id = l.tenant_id AND f.user_id = l.user_id
	      AND f.confirmed_at IS NOT NULL) THEN 'code' ELSE 'open' END;
	INSERT INTO ctx.session (token_hash, tenant_id, user_id, stage,
	       expires_at, idle, addr, agent)
	VALUES (token_hash, l.tenant_id, l.user_id, 'code',
	       now() + interval '10 min', interval '10 min', addr, agent);
	ok := true;
	IF stage = 'open' THEN
		PERFORM ctx.session_open(token_hash, token_hash, 'password');
	END IF;
END $$;

-- The session of this hash is open from now on, under another hash, and all
-- its times begin.  In the field one signs in once a week.
CREATE FUNCTION ctx.session_open(was bytea, fresh bytea, by_ text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s ctx.session;
BEGIN
	UPDATE ctx.session x
	   SET token_hash = fresh, stage = 'open', seen_at = now(),
	       created_at = now(), fresh_till = now() + interval '10 min',
	       idle = greatest(h.idle, CASE WHEN l.can =
	           ctx.bundle('technician') THEN interval '12 h' END),
	       expires_at = now() + greatest(h.absolute, CASE WHEN l.can =
	           ctx.bundle('technician') THEN interval '7 days' END)
	  FROM ctx.login l, ctx.tenant_home h
	 WHERE x.token_hash = was AND l.user_id = x.user_id
	   AND h.tenant_id = x.tenant_id
	RETURNING x.* INTO STRICT s;
	PERFORM ctx.wait_over(email) FROM ctx.login WHERE user_id = s.user_id;
	PERFORM ctx.note(s.tenant_id, s.user_id, 'session.open',
	    jsonb_build_object('session', s.session_id, 'by', by_,
	        'from', host(s.addr)));
END $$;

-- A session that waits for its second factor; nobody else decides about it
-- meanwhile.  No row: there is none, or it has waited too long.
CREATE FUNCTION ctx.pending(token bytea) RETURNS SETOF ctx.session
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.* FROM ctx.session s
	  JOIN ctx.login l ON l.user_id = s.user_id
	  JOIN ctx.tenant_home h ON h.tenant_id = s.tenant_id
	 WHERE s.token_hash = sha256(token) AND s.stage = 'code'
	   AND s.expires_at > now()
	   AND l.suspended_at IS NULL AND h.suspended_at IS NULL
	   FOR UPDATE OF s
$$;

CREATE FUNCTION ctx.factor_begin(token bytea) RETURNS TABLE (tenant_id int,
    user_id bigint, sealed bytea, last_step bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.tenant_id, f.user_id, f.sealed, f.last_step
	  FROM ctx.pending(token) s
	  JOIN ctx.factor f ON f.tenant_id = s.tenant_id
	   AND f.user_id = s.user_id AND f.confirmed_at IS NOT NULL
$$;

-- A code of this half minute was shown, or a recovery code; NULL for what was
-- not.  A step that is not later than the last one is a repetition.
CREATE FUNCTION ctx.factor_pass(token bytea, step bigint, code bytea,
    fresh_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s ctx.session;
	address text;
	by_ text := 'code';
BEGIN
	SELECT * INTO s FROM ctx.pending(token);
	SELECT email INTO address FROM ctx.login WHERE user_id = s.user_id;
	IF NOT FOUND OR ctx.must_wait(address) THEN
		RETURN false;
	END IF;
	UPDATE ctx.factor f SET last_step = step
	 WHERE f.tenant_id = s.tenant_id AND f.user_id = s.user_id
	   AND f.confirmed_at IS NOT NULL AND f.last_step < step;
	IF NOT FOUND THEN
		by_ := 'recovery';
		UPDATE ctx.recovery r SET used_at = now()
		 WHERE r.tenant_id = s.tenant_id AND r.user_id = s.user_id
		   AND r.code_hash = sha256(code) AND r.used_at IS NULL;
	END IF;
	IF NOT FOUND THEN
		PERFORM ctx.refuse(address, s.tenant_id,
		    jsonb_build_object('by', 'code', 'from', host(s.addr)));
		RETURN false;
	END IF;
	PERFORM ctx.session_open(s.token_hash, fresh_hash, by_);
	RETURN true;
END $$;

-- Step-up: who is signed in shows the password again.  The session goes on
-- under another hash, and for ten minutes dangerous acts are allowed.
CREATE FUNCTION ctx.confirm_pass(token bytea, proof bytea, fresh_hash bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.login;
BEGIN
	SELECT x.* INTO l FROM ctx.session s
	  JOIN ctx.login x ON x.user_id = s.user_id
	 WHERE s.token_hash = sha256(token) AND s.stage = 'open'
	   AND s.expires_at > now() AND s.seen_at + s.idle > now()
	   AND x.suspended_at IS NULL;
	IF NOT FOUND OR ctx.must_wait(l.email) THEN
		RETURN false;
	END IF;
	IF l.verifier IS DISTINCT FROM sha256(proof) THEN
		PERFORM ctx.refuse(l.email, l.tenant_id,
		    jsonb_build_object('by', 'confirm'));
		RETURN false;
	END IF;
	PERFORM ctx.wait_over(l.email);
	UPDATE ctx.session s
	   SET token_hash = fresh_hash, seen_at = now(),
	       fresh_till = now() + interval '10 min'
	 WHERE s.token_hash = sha256(token);
	RETURN FOUND;
END $$;

-- The person of the context; 0: it is not a person's session.
CREATE FUNCTION ctx.self() RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE ctx.app_role() WHEN 'session' THEN ctx.user_id()
	       ELSE 0 END
$$;

-- Another person of the tenant, whom the context may manage: nobody takes
-- over who may do more than he.  No row: there is no such person.
CREATE FUNCTION ctx.managed(who bigint) RETURNS SETOF ctx.login
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.login;
BEGIN
	PERFORM ctx.need('users:write');
	SELECT * INTO l FROM ctx.login
	 WHERE user_id = who AND tenant_id = ctx.tenant();
	IF FOUND AND l.can & ~ctx.wide() <> 0 THEN
		RAISE EXCEPTION 'user % may do more', who
		    USING ERRCODE = 'FX003';
	ELSIF FOUND THEN
		RETURN NEXT l;
	END IF;
END $$;

-- One's own sessions, newest first.
CREATE FUNCTION ctx.sessions() RETURNS TABLE (session_id bigint,
    created_at timestamptz, seen_at timestamptz, expires_at timestamptz,
    addr text, agent text, this boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.session_id, s.created_at, s.seen_at,
	       least(s.expires_at, s.seen_at + s.idle), host(s.addr), s.agent,
	       s.session_id = ctx.cred()
	  FROM ctx.session s
	 WHERE s.tenant_id = ctx.tenant() AND s.user_id = ctx.self()
	   AND s.stage = 'open'
	   AND s.expires_at > now() AND s.seen_at + s.idle > now()
	 ORDER BY s.session_id = ctx.cred() DESC, s.seen_at DESC, s.session_id
	 LIMIT 100
$$;

CREATE FUNCTION ctx.session_end(id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM ctx.session s
	 WHERE s.session_id = id AND s.tenant_id = ctx.tenant()
	   AND s.user_id = ctx.self();
	RETURN FOUND AND flux.audit_put('session.end', 'session:' || id) > 0;
END $$;

CREATE FUNCTION ctx.all_end(t int, u bigint, but bigint DEFAULT 0) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.session
	 WHERE tenant_id = t AND user_id = u AND session_id <> but;
	UPDATE ctx.family SET revoked_at = now(), why = 'ended'
	 WHERE tenant_id = t AND user_id = u AND u > 0 AND revoked_at IS NULL
$$;

-- One's own means all but this one.
CREATE FUNCTION ctx.sessions_end(who bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF who = ctx.self() THEN
		PERFORM ctx.all_end(ctx.tenant(), who, ctx.cred());
	ELSE
		PERFORM ctx.managed(who);
		IF NOT FOUND THEN
			RETURN false;
		END IF;
		PERFORM ctx.all_end(ctx.tenant(), who);
	END IF;
	PERFORM flux.audit_put('session.end', 'user:' || who);
	RETURN true;
END $$;

-- The verifier is of the address's own salt.  Everything else that is signed
-- in as this person ends.
CREATE FUNCTION ctx.password_set(proof bytea, verifier bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.login;
BEGIN
	SELECT * INTO l FROM ctx.login x
	 WHERE x.tenant_id = ctx.tenant() AND x.user_id = ctx.self();
	IF NOT FOUND OR ctx.must_wait(l.email) THEN
		RETURN false;
	ELSIF l.verifier IS DISTINCT FROM sha256(proof) THEN
		PERFORM ctx.wait_longer(l.email);
		RETURN false;
	END IF;
	PERFORM ctx.wait_over(l.email);
	UPDATE ctx.login x SET verifier = password_set.verifier
	 WHERE x.user_id = l.user_id;
	PERFORM flux.audit_put('password.set', 'user:' || l.user_id);
	PERFORM ctx.sessions_end(l.user_id);
	RETURN true;
END $$;

-- Setting up a factor: its secret, then a code of it and the recovery codes'
-- hashes together.  One in force is not replaced, it is removed first.
CREATE FUNCTION ctx.factor_own() RETURNS TABLE (email text, tenant_id int,
    user_id bigint, sealed bytea, last_step bigint, confirmed boolean,
    codes int)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.email, l.tenant_id, l.user_id, f.sealed, f.last_step,
	       f.confirmed_at IS NOT NULL,
	       (SELECT count(*)::int FROM ctx.recovery r
	         WHERE r.tenant_id = l.tenant_id AND r.user_id = l.user_id
	           AND r.used_at IS NULL)
	  FROM ctx.login l
	  LEFT JOIN ctx.factor f
	    ON f.tenant_id = l.tenant_id AND f.user_id = l.user_id
	 WHERE l.tenant_id = ctx.tenant() AND l.user_id = ctx.self()
$$;

CREATE FUNCTION ctx.factor_put(sealed bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO ctx.factor AS f (tenant_id, user_id, sealed)
	SELECT ctx.tenant(), ctx.self(), factor_put.sealed
	 WHERE ctx.self() > 0
	    ON CONFLICT (tenant_id, user_id)
	    DO UPDATE SET sealed = excluded.sealed
	       WHERE f.confirmed_at IS NULL;
	RETURN FOUND;
END $$;

-- A step: of the code that puts the factor in force.  NULL: it is, and gets
-- other recovery codes.
CREATE FUNCTION ctx.factor_codes(step bigint, hashes bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.factor f
	   SET confirmed_at = coalesce(f.confirmed_at, now()),
	       last_step = coalesce(step, f.last_step)
	 WHERE f.tenant_id = ctx.tenant() AND f.user_id = ctx.self()
	   AND (f.confirmed_at IS NULL) = (step IS NOT NULL);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	DELETE FROM ctx.recovery
	 WHERE tenant_id = ctx.tenant() AND user_id = ctx.self();
	INSERT INTO ctx.recovery (tenant_id, user_id, code_hash)
	SELECT ctx.tenant(), ctx.self(), h FROM unnest(hashes) h LIMIT 10;
	PERFORM flux.audit_put(CASE WHEN step IS NULL THEN 'recovery.make'
	    ELSE 'factor.confirm' END, 'user:' || ctx.self());
	RETURN true;
END $$;

-- One's own, or that of somebody who has lost his telephone.
CREATE FUNCTION ctx.factor_drop(who bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF who IS DISTINCT FROM ctx.self() THEN
		PERFORM ctx.managed(who);
	END IF;
	DELETE FROM ctx.factor
	 WHERE tenant_id = ctx.tenant() AND user_id = who;
	RETURN FOUND AND flux.audit_put('factor.remove', 'user:' || who) > 0;
END $$;

-- A link for somebody: an invitation for three days while he has no password,
-- else a new password within 15 minutes.  No row: there is no such person.
CREATE FUNCTION ctx.ticket_make(who bigint, hash bytea)
RETURNS TABLE (kind text, expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.login;
BEGIN
	SELECT * INTO l FROM ctx.managed(who);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	kind := CASE WHEN l.verifier IS NULL THEN 'invite' ELSE 'reset' END;
	expires_at := now() + CASE kind WHEN 'invite' THEN interval '3 days'
	    ELSE interval '15 min' END;
	DELETE FROM ctx.ticket t
	 WHERE t.tenant_id = l.tenant_id AND t.user_id = l.user_id;
	INSERT INTO ctx.ticket (ticket_hash, tenant_id, user_id, kind,
	       expires_at)
	VALUES (hash, l.tenant_id, l.user_id, kind, expires_at);
	PERFORM flux.audit_put('ticket.make', 'user:' || who,
	    jsonb_build_object('kind', kind));
	RETURN NEXT;
END $$;

-- Looks only: whose link it is.
CREATE FUNCTION ctx.ticket_take(ticket bytea) RETURNS TABLE (kind text,
    email text, name text, tenant_name text, salt bytea)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.kind, l.email, l.name, h.name, ctx.login_begin(l.email)
	  FROM ctx.ticket t
	  JOIN ctx.login l ON l.user_id = t.user_id
	  JOIN ctx.tenant_home h ON h.tenant_id = t.tenant_id
	 WHERE t.ticket_hash = sha256(ticket) AND t.used_at IS NULL
	   AND t.expires_at > now()
	   AND l.suspended_at IS NULL AND h.suspended_at IS NULL
$$;

CREATE FUNCTION ctx.ticket_spend(ticket bytea, verifier bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t ctx.ticket;
	address text;
BEGIN
	UPDATE ctx.ticket x SET used_at = now()
	 WHERE x.ticket_hash = sha256(ticket)
	   AND EXISTS (SELECT FROM ctx.ticket_take(ticket))
	   AND x.used_at IS NULL
	RETURNING * INTO t;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE ctx.login l SET salt = ctx.login_begin(l.email),
	       verifier = ticket_spend.verifier
	 WHERE l.user_id = t.user_id
	RETURNING email INTO address;
	PERFORM ctx.wait_over(address);
	PERFORM ctx.all_end(t.tenant_id, t.user_id);
	PERFORM ctx.note(t.tenant_id, t.user_id, 'password.set',
	    jsonb_build_object('by', t.kind));
	RETURN true;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
