-- Sign-in by a provider of OpenID Connect, of which a tenant has one or none:
-- what is known of it, whom it has let in, and which roles its groups give.
SET LOCAL ROLE fl_ctx;

-- may: what whoever set it up could do himself.  It lets in nobody who may do
-- more, or settings:write would be a way to become anybody.
CREATE TABLE ctx.oidc (
	tenant_id     int PRIMARY KEY REFERENCES ctx.tenant_home,
	name          text NOT NULL,
	issuer        text NOT NULL,
	client_id     text NOT NULL,
	sealed_secret bytea NOT NULL CHECK (length(sealed_secret) <= 600),
	groups_claim  text NOT NULL,
	may_create    boolean NOT NULL,
	may           bigint NOT NULL
);

-- Who has been sent to a provider and is expected back: once, in the browser
-- that went.
CREATE TABLE ctx.oidc_try (
	state_hash  bytea PRIMARY KEY,
	tenant_id   int NOT NULL REFERENCES ctx.oidc ON DELETE CASCADE,
	cookie_hash bytea NOT NULL,
	next        text NOT NULL CHECK (length(next) <= 500),
	expires_at  timestamptz NOT NULL DEFAULT now() + interval '10 min'
);
CREATE INDEX oidc_try_by_age ON ctx.oidc_try (expires_at);

-- A provider's account and the person it is, for good.
CREATE TABLE ctx.oidc_subject (
	tenant_id    int NOT NULL REFERENCES ctx.oidc ON DELETE CASCADE,
	subject_hash bytea NOT NULL, -- of issuer and subject
	user_id      bigint NOT NULL REFERENCES ctx.login (user_id)
	             ON DELETE CASCADE,
	PRIMARY KEY (tenant_id, subject_hash),
	UNIQUE (tenant_id, user_id)
);

-- The provider of a tenant that is called so; no row: there is no such tenant,
-- or it has none, or is suspended.
CREATE FUNCTION ctx.oidc_at(slug text) RETURNS SETOF ctx.oidc
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT o.* FROM ctx.oidc o
	  JOIN ctx.tenant_home h ON h.tenant_id = o.tenant_id
	 WHERE o.tenant_id = ctx.tenant_called(oidc_at.slug)
	   AND h.suspended_at IS NULL
$$;

CREATE FUNCTION ctx.oidc_begin(t int, state_hash bytea, cookie_hash bytea,
    next text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM ctx.oidc_try x WHERE x.state_hash IN (
	    SELECT y.state_hash FROM ctx.oidc_try y WHERE y.expires_at < now()
	     ORDER BY y.expires_at LIMIT 100 FOR UPDATE SKIP LOCKED);
	INSERT INTO ctx.oidc_try (tenant_id, state_hash, cookie_hash, next)
	VALUES (t, oidc_begin.state_hash, oidc_begin.cookie_hash,
	        oidc_begin.next);
	RETURN true;
END $$;

-- Where to go on to; NULL: nobody was sent away with this, from this browser,
-- in the last ten minutes.  However it is answered, it is used then.
CREATE FUNCTION ctx.oidc_end(t int, state bytea, cookie bytea) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH x AS (DELETE FROM ctx.oidc_try WHERE state_hash = sha256(state)
	           RETURNING *)
	SELECT x.next FROM x
	 WHERE x.tenant_id = t AND x.cookie_hash = sha256(cookie)
	   AND x.expires_at > now()
$$;

-- Which person an account is: the one of last time, else the member who has
-- its address, if the provider vouches for that.  u NULL without a reason:
-- nobody yet.
CREATE FUNCTION ctx.oidc_who(t int, hash bytea, address text, verified boolean,
    OUT u bigint, OUT why text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT s.user_id INTO u FROM ctx.oidc_subject s
	 WHERE s.tenant_id = t AND s.subject_hash = hash;
	IF FOUND THEN
		RETURN;
	END IF;
	SELECT l.user_id INTO u FROM ctx.login l
	 WHERE l.tenant_id = t AND l.email = lower(address);
	IF FOUND AND verified IS NOT TRUE THEN
		why := 'unverified';
	ELSIF FOUND AND EXISTS (SELECT FROM ctx.oidc_subject s
	    WHERE s.tenant_id = t AND s.user_id = u) THEN
		why := 'another';
	END IF;
END $$;

-- May this person come in by this provider?  NULL: yes.
CREATE FUNCTION ctx.oidc_bars(o ctx.oidc, u bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN l.suspended_at IS NOT NULL THEN 'suspended'
	       WHEN l.can & ~o.may <> 0 THEN 'more' END
	  FROM ctx.login l WHERE l.tenant_id = o.tenant_id AND l.user_id = u
$$;

-- When the provider saw who is in the session; NULL: he came another way.
ALTER TABLE ctx.session ADD shown_at timestamptz;

-- As in 0015; what the provider has seen long ago makes nothing fresh, also not
-- together with a second factor.
CREATE OR REPLACE FUNCTION ctx.session_open(was bytea, fresh bytea, by_ text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s ctx.session;
BEGIN
	UPDATE ctx.session x
	   SET token_hash = fresh, stage = 'open', seen_at = now(),
	       created_at = now(),
	       fresh_till = least(now(), coalesce(x.shown_at, now()))
	           + interval '10 min',
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

-- A session, as a password opens one: a second factor of ours is still due.
-- Dangerous acts are allowed as long after the person showed the provider who
-- he is as after a password; when that was, only the provider knows.
CREATE FUNCTION ctx.oidc_open(t int, u bigint, shown_at timestamptz,
    token_hash bytea, addr inet, agent text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hash CONSTANT bytea := token_hash;
	now_ text;
BEGIN
	DELETE FROM ctx.session s
	 WHERE s.user_id = u
	   AND (s.expires_at < now() OR s.seen_at + s.idle < now());
	INSERT INTO ctx.session (token_hash, tenant_id, user_id, stage,
	       expires_at, idle, addr, agent, shown_at)
	VALUES (hash, t, u, 'code', now() + interval '10 min',
	       interval '10 min', addr, agent,
	       coalesce(oidc_open.shown_at, '-infinity'));
	IF EXISTS (SELECT FROM ctx.factor f
	    WHERE f.tenant_id = t AND f.user_id = u
	      AND f.confirmed_at IS NOT NULL) THEN
		RETURN 'code';
	END IF;
	PERFORM ctx.session_open(hash, hash, 'provider');
	SELECT s.stage INTO now_ FROM ctx.session s WHERE s.token_hash = hash;
	RETURN now_;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;

-- ---- for who sets it up ----

CREATE FUNCTION ctx.oidc_show(OUT slug text, OUT name text, OUT issuer text,
    OUT client_id text, OUT groups_claim text, OUT may_create boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:read');
	SELECT coalesce(h.slug, 't' || h.tenant_id), o.name, o.issuer,
	       o.client_id, o.groups_claim, o.may_create
	  INTO slug, name, issuer, client_id, groups_claim, may_create
	  FROM ctx.tenant_home h LEFT JOIN ctx.oidc o
	    ON o.tenant_id = h.tenant_id
	 WHERE h.tenant_id = ctx.tenant();
END $$;

CREATE FUNCTION ctx.oidc_check(o ctx.oidc) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF o.name !~ '^[^[:cntrl:]]{1,40}$' THEN
		RAISE EXCEPTION 'Name: give a name of up to 40 letters.'
		    USING ERRCODE = 'FX006';
	ELSIF length(o.issuer) > 300 OR o.issuer !~ ('^(https://[^/?#@ ]+'
	    '|http://(localhost|127\.0\.0\.1)(:\d+)?)(/[^?# ]*)?$')
	    OR o.issuer ~ '[[:cntrl:]]' THEN
		RAISE EXCEPTION 'Issuer: give the address that the provider'
		    ' calls itself by, https://login.example.com/realm.'
		    USING ERRCODE = 'FX006';
	ELSIF o.client_id !~ '^[!-~]([ -~]{0,198}[!-~])?$' THEN
		RAISE EXCEPTION 'Client: give the name that the provider knows'
		    ' us by.' USING ERRCODE = 'FX006';
	ELSIF o.groups_claim !~ '^[^[:cntrl:]]{0,100}$' THEN
		RAISE EXCEPTION 'Claim: give the name of the claim that has the'
		    ' groups, or nothing.' USING ERRCODE = 'FX006';
	END IF;
END $$;

-- sealed NULL: the secret stays.  It goes to its own issuer only, and so do
-- the accounts that were linked.
CREATE FUNCTION ctx.oidc_set(o ctx.oidc) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	was ctx.oidc;
	-- An administrator sets it up for what is added to his role later, too.
	all_ CONSTANT bigint := CASE WHEN ctx.bundle('admin') & ~ctx.wide() = 0
	    THEN ~ctx.can_of('{tenants:manage}') ELSE 0 END;
BEGIN
	PERFORM ctx.need('settings:write');
	PERFORM ctx.oidc_check(o);
	SELECT * INTO was FROM ctx.oidc x
	 WHERE x.tenant_id = ctx.tenant() FOR UPDATE;
	IF was.issuer IS DISTINCT FROM o.issuer AND o.sealed_secret IS NULL THEN
		RAISE EXCEPTION 'Secret: give the one that this provider shows'
		    ' for us.' USING ERRCODE = 'FX006';
	END IF;
	IF was.issuer <> o.issuer THEN
		DELETE FROM ctx.oidc x WHERE x.tenant_id = ctx.tenant();
	END IF;
	INSERT INTO ctx.oidc AS x
	VALUES (ctx.tenant(), o.name, o.issuer, o.client_id,
	        coalesce(o.sealed_secret, was.sealed_secret), o.groups_claim,
	        o.may_create, ctx.wide() | all_)
	    ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name,
	       client_id = excluded.client_id,
	       sealed_secret = excluded.sealed_secret,
	       groups_claim = excluded.groups_claim,
	       may_create = excluded.may_create, may = excluded.may;
END $$;

CREATE FUNCTION ctx.oidc_unset() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:write');
	DELETE FROM ctx.oidc o WHERE o.tenant_id = ctx.tenant();
	RETURN FOUND;
END $$;

-- The provider by which who is signed in may show again who he is; no row:
-- he did not come by one.
CREATE FUNCTION ctx.oidc_own() RETURNS TABLE (slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(h.slug, 't' || h.tenant_id), o.name
	  FROM ctx.oidc_subject s
	  JOIN ctx.oidc o ON o.tenant_id = s.tenant_id
	  JOIN ctx.tenant_home h ON h.tenant_id = s.tenant_id
	 WHERE s.tenant_id = ctx.tenant() AND s.user_id = ctx.self()
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.oidc_set(ctx.oidc), ctx.oidc_unset()
    TO fl_owner;

SET LOCAL ROLE fl_owner;
-- What is in a group of the provider's holds this role in the whole tenant.
CREATE TABLE flux.oidc_group (
	tenant_id int NOT NULL,
	name      text NOT NULL CHECK (name ~ '^[^[:cntrl:]]{1,200}$'),
	role_id   int NOT NULL,
	PRIMARY KEY (tenant_id, name, role_id),
	FOREIGN KEY (tenant_id, role_id) REFERENCES flux.role ON DELETE CASCADE
);
CREATE INDEX oidc_group_of_role ON flux.oidc_group (tenant_id, role_id);

-- Instead of the groups that there are; nobody gives what he has not.
CREATE FUNCTION flux.oidc_groups_put(groups text[], roles text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	x record;
BEGIN
	IF cardinality(groups) IS DISTINCT FROM cardinality(roles)
	    OR cardinality(groups) > 200 THEN
		RAISE EXCEPTION 'Groups: at most 200 lines.'
		    USING ERRCODE = 'FX006';
	END IF;
	DELETE FROM flux.oidc_group WHERE tenant_id = t;
	FOR x IN SELECT g.name, g.role, r.role_id, r.can
	           FROM unnest(groups, roles) AS g (name, role)
	           LEFT JOIN flux.role r
	             ON r.tenant_id = t AND r.name = g.role LOOP
		IF x.role_id IS NULL THEN
			RAISE EXCEPTION 'Groups: there is no role "%".',
			    left(x.role, 40) USING ERRCODE = 'FX006';
		ELSIF x.can & ~ctx.wide() <> 0 THEN
			RAISE EXCEPTION 'gives what he has not'
			    USING ERRCODE = 'FX003';
		ELSIF x.name !~ '^[^[:cntrl:]]{1,200}$' THEN
			RAISE EXCEPTION 'Groups: a name has up to 200 letters.'
			    USING ERRCODE = 'FX006';
		END IF;
		INSERT INTO flux.oidc_group (tenant_id, name, role_id)
		VALUES (t, x.name, x.role_id) ON CONFLICT DO NOTHING;
	END LOOP;
END $$;

-- People come by it and hold roles then, so it asks for users:write behind
-- settings:write.
CREATE FUNCTION flux.oidc_put(called text, issuer text, client text,
    sealed bytea, claim text, creates boolean, groups text[], roles text[])
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.oidc_set(ROW(ctx.tenant(), called, issuer, client, sealed,
	    claim, creates, 0));
	PERFORM ctx.need('users:write');
	PERFORM flux.oidc_groups_put(groups, roles);
	PERFORM flux.audit_put('provider.put', 'tenant:' || ctx.tenant(),
	    jsonb_build_object('issuer', issuer, 'client', client,
	        'secret', sealed IS NOT NULL, 'creates', creates,
	        'groups', to_jsonb(groups), 'roles', to_jsonb(roles)));
	RETURN true;
END $$;

-- False: there is none.  Whoever is signed in stays so.
CREATE FUNCTION flux.oidc_drop() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT ctx.oidc_unset() THEN
		RETURN false;
	END IF;
	DELETE FROM flux.oidc_group WHERE tenant_id = ctx.tenant();
	PERFORM flux.audit_put('provider.drop', 'tenant:' || ctx.tenant());
	RETURN true;
END $$;

-- ---- for who comes ----

-- Roles that a group gives are given and taken by the provider alone; others
-- stay as they are, and so does the last administrator with a password.
CREATE FUNCTION flux.oidc_roles(u bigint, given int[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	before bigint;
	roles int[];
	assets int[];
	same boolean;
BEGIN
	WITH kept AS (
		SELECT g.role_id, g.asset_id FROM flux.grant_ g
		 WHERE g.tenant_id = t AND g.user_id = u
		   AND (g.asset_id <> 0 OR g.role_id NOT IN
		       (SELECT m.role_id FROM flux.oidc_group m
		         WHERE m.tenant_id = t))
		 UNION
		SELECT r, 0 FROM unnest(given) r)
	SELECT coalesce(array_agg(k.role_id), '{}'),
	       coalesce(array_agg(k.asset_id), '{}'),
	       count(*) = count(g.role_id) AND count(*) =
	           (SELECT count(*) FROM flux.grant_ h
	             WHERE h.tenant_id = t AND h.user_id = u)
	  INTO roles, assets, same
	  FROM kept k
	  LEFT JOIN flux.grant_ g ON g.tenant_id = t AND g.user_id = u
	   AND g.role_id = k.role_id AND g.asset_id = k.asset_id;
	IF same THEN
		RETURN;
	END IF;
	before := ctx.admins();
	PERFORM flux.grants_put(u, roles, assets);
	PERFORM flux.admin_stays(before);
	PERFORM flux.audit_put('user.roles', 'user:' || u,
	    flux.grants_said(u) || '{"by": "provider"}');
EXCEPTION WHEN SQLSTATE 'FX005' THEN
	RETURN;
END $$;

-- Somebody whom the provider has shown: his roles by its groups, none of which
-- may hold more than may.  u NULL: he is new, and made; NULL is the answer
-- when no group of his gives a role.
CREATE FUNCTION flux.oidc_person(u bigint, address text, full_name text,
    groups text[], may bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	given CONSTANT int[] := ARRAY(SELECT DISTINCT m.role_id
	    FROM flux.oidc_group m
	    JOIN flux.role r ON r.tenant_id = t AND r.role_id = m.role_id
	   WHERE m.tenant_id = t AND m.name = ANY (groups)
	     AND r.can & ~may = 0);
BEGIN
	IF u IS NOT NULL THEN
		IF EXISTS (SELECT FROM flux.oidc_group WHERE tenant_id = t) THEN
			PERFORM flux.oidc_roles(u, given);
		END IF;
		RETURN u;
	ELSIF cardinality(given) = 0 THEN
		RETURN NULL;
	END IF;
	RETURN flux.member_invite(address, full_name, given,
	    array_fill(0, ARRAY[cardinality(given)]));
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.oidc_person(bigint, text, text, text[], bigint)
    TO fl_ctx;

SET LOCAL ROLE fl_ctx;
-- An account of which the program has seen the provider's signature.  stage:
-- of the session that is opened; NULL: none is, and why says the reason.
CREATE FUNCTION ctx.oidc_login(t int, issuer text, subject text, address text,
    verified boolean, full_name text, groups text[], shown_at timestamptz,
    token_hash bytea, addr inet, agent text, OUT stage text, OUT why text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	all_ CONSTANT bigint := ctx.can_of(ARRAY(SELECT p.name
	    FROM ctx.permission() p));
	o ctx.oidc;
	hash CONSTANT bytea := sha256(convert_to(issuer || E'\n' || subject,
	    'UTF8'));
	who bigint;
	was bigint;
BEGIN
	SELECT x.* INTO o FROM ctx.oidc x
	  JOIN ctx.tenant_home h ON h.tenant_id = x.tenant_id
	 WHERE x.tenant_id = t AND x.issuer = oidc_login.issuer
	   AND h.suspended_at IS NULL FOR UPDATE OF x;
	IF NOT FOUND THEN
		why := 'changed';
		RETURN;
	END IF;
	SELECT w.u, w.why INTO who, why
	  FROM ctx.oidc_who(t, hash, address, verified) w;
	was := who;
	why := coalesce(why, ctx.oidc_bars(o, who),
	    CASE WHEN who IS NOT NULL THEN NULL
	         WHEN NOT o.may_create THEN 'unknown'
	         WHEN address IS NULL THEN 'nameless' END);
	IF why IS NULL THEN
		PERFORM ctx.mint(t, 0, 'provider', all_, all_);
		who := flux.oidc_person(who, address,
		    coalesce(full_name, address), groups, o.may);
		PERFORM set_config('app.ctx', '', true);
		why := CASE WHEN who IS NULL THEN 'roleless' END;
	ELSIF who IS NOT NULL THEN
		PERFORM ctx.note(t, who, 'session.refuse', jsonb_build_object(
		    'by', 'provider', 'why', why, 'from', host(addr)));
	END IF;
	IF why IS NOT NULL THEN
		RETURN;
	END IF;
	INSERT INTO ctx.oidc_subject (tenant_id, subject_hash, user_id)
	VALUES (t, hash, who) ON CONFLICT DO NOTHING;
	IF FOUND THEN
		PERFORM ctx.note(t, who, 'provider.link', jsonb_build_object(
		    'new', was IS NULL));
	END IF;
	stage := ctx.oidc_open(t, who, shown_at, token_hash, addr, agent);
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
