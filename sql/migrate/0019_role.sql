-- Roles as sets of permissions, held in the whole tenant or at an asset and
-- below it; what a person may do comes from nothing else.
SET LOCAL ROLE fl_ctx;

CREATE FUNCTION ctx.builtin() RETURNS TABLE (name text, can bigint)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT w, ctx.bundle(w) FROM unnest(ARRAY['viewer', 'operator',
	    'technician', 'admin', 'platform']) w
$$;

-- What the roles of a person come to.  Whoever keeps something of the tenant
-- learns by the registry's number that somebody may see other things now.
CREATE FUNCTION ctx.login_rights(u bigint, held bigint, everywhere bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	may bigint; -- only a platform's own people manage tenants
BEGIN
	UPDATE ctx.tenant_home h SET registry = registry + 1
	 WHERE h.tenant_id = ctx.tenant()
	RETURNING CASE WHEN h.platform THEN -1
	          ELSE ~ctx.can_of('{tenants:manage}') END INTO STRICT may;
	UPDATE ctx.login SET can = held & may, wide = everywhere & may
	 WHERE tenant_id = ctx.tenant() AND user_id = u;
END $$;

-- How many people there are who can give rights to others.  Who asks has taken
-- the tenant's row, so that two do not both count on each other.
CREATE FUNCTION ctx.admins() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n CONSTANT bigint := ctx.can_of('{users:write,roles:write}');
BEGIN
	PERFORM FROM ctx.tenant_home h WHERE h.tenant_id = ctx.tenant()
	    FOR NO KEY UPDATE;
	RETURN (SELECT count(*) FROM ctx.login
	         WHERE tenant_id = ctx.tenant() AND suspended_at IS NULL
	           AND (verifier IS NOT NULL OR user_id = ctx.user_id())
	           AND wide & n = n);
END $$;

-- Somebody who has no password yet, and no rights.
CREATE FUNCTION ctx.login_invite(address text, full_name text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.login (email, tenant_id, name, can, wide)
	VALUES (lower(address), ctx.tenant(), full_name, 0, 0)
	RETURNING user_id
$$;

-- Everything that he is signed in with ends now, and does not come back.
CREATE FUNCTION ctx.login_suspend(u bigint, away boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.login
	   SET suspended_at = CASE WHEN away
	           THEN coalesce(suspended_at, now()) END
	 WHERE tenant_id = ctx.tenant() AND user_id = u;
	DELETE FROM ctx.session
	 WHERE away AND tenant_id = ctx.tenant() AND user_id = u;
	UPDATE ctx.family SET revoked_at = now(), why = 'suspended'
	 WHERE away AND tenant_id = ctx.tenant() AND user_id = u
	   AND revoked_at IS NULL
$$;

-- The audit keeps the number; the address is free again.
CREATE FUNCTION ctx.login_remove(u bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.login_suspend(u, true);
	DELETE FROM ctx.login WHERE tenant_id = ctx.tenant() AND user_id = u
$$;

-- What the gate knows of the tenant's people, without their secrets.
CREATE FUNCTION ctx.logins() RETURNS TABLE (user_id bigint,
    suspended_at timestamptz, has_password boolean, seen_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:read');
	RETURN QUERY
	SELECT l.user_id, l.suspended_at, l.verifier IS NOT NULL,
	       (SELECT max(s.seen_at) FROM ctx.session s
	         WHERE s.tenant_id = l.tenant_id AND s.user_id = l.user_id
	           AND s.stage = 'open')
	  FROM ctx.login l WHERE l.tenant_id = ctx.tenant();
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.builtin(), ctx.bundle(text), ctx.need(text),
    ctx.permission(), ctx.can_of(text[]), ctx.can_names(bigint),
    ctx.login_rights(bigint, bigint, bigint), ctx.admins(),
    ctx.login_invite(text, text), ctx.login_suspend(bigint, boolean),
    ctx.login_remove(bigint), ctx.logins() TO fl_owner;

SET LOCAL ROLE fl_owner;
CREATE TABLE flux.role (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	role_id   int GENERATED ALWAYS AS IDENTITY,
	name      text NOT NULL,
	can       bigint NOT NULL,
	builtin   boolean NOT NULL DEFAULT false, -- as in every tenant
	PRIMARY KEY (tenant_id, role_id),
	UNIQUE (tenant_id, name)
);

CREATE TABLE flux.grant_ (
	tenant_id int NOT NULL,
	user_id   bigint NOT NULL,
	role_id   int NOT NULL,
	asset_id  int NOT NULL DEFAULT 0, -- and below; 0: the whole tenant
	PRIMARY KEY (tenant_id, user_id, role_id, asset_id),
	FOREIGN KEY (tenant_id, role_id) REFERENCES flux.role,
	FOREIGN KEY (tenant_id, user_id) REFERENCES flux.member
);
CREATE INDEX grant_of_role ON flux.grant_ (tenant_id, role_id);
CREATE INDEX asset_of_parent ON flux.asset (tenant_id, parent_id);

-- The assets that somebody's grants come to, and what may be done there, with
-- what may be done everywhere: made from the two above, by reach_make.
CREATE TABLE flux.reach (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	user_id   bigint NOT NULL,
	asset_id  int NOT NULL,
	can       bigint NOT NULL,
	PRIMARY KEY (tenant_id, user_id, asset_id)
);

-- Roles are in the grants; nobody reads this word any more.
ALTER TABLE flux.member ALTER role DROP NOT NULL;

CREATE FUNCTION flux.rights(u bigint, OUT held bigint, OUT everywhere bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(bit_or(r.can), 0),
	       coalesce(bit_or(r.can) FILTER (WHERE g.asset_id = 0), 0)
	  FROM flux.grant_ g
	  JOIN flux.role r
	    ON r.tenant_id = g.tenant_id AND r.role_id = g.role_id
	 WHERE g.tenant_id = ctx.tenant() AND g.user_id = u
$$;

CREATE FUNCTION flux.reach_make(u bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM flux.reach
	 WHERE tenant_id = ctx.tenant() AND user_id = u;
	WITH RECURSIVE below AS (
		SELECT a.asset_id, r.can
		  FROM flux.grant_ g
		  JOIN flux.role r
		    ON r.tenant_id = g.tenant_id AND r.role_id = g.role_id
		  JOIN flux.asset a
		    ON a.tenant_id = g.tenant_id AND a.asset_id = g.asset_id
		 WHERE g.tenant_id = ctx.tenant() AND g.user_id = u
		 UNION
		SELECT a.asset_id, b.can
		  FROM below b
		  JOIN flux.asset a
		    ON a.tenant_id = ctx.tenant() AND a.parent_id = b.asset_id
	)
	INSERT INTO flux.reach (tenant_id, user_id, asset_id, can)
	SELECT ctx.tenant(), u, b.asset_id, bit_or(b.can) | r.everywhere
	  FROM below b, flux.rights(u) r GROUP BY b.asset_id, r.everywhere
$$;

CREATE FUNCTION flux.rights_make(u bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.login_rights(u, r.held, r.everywhere)
	   FROM flux.rights(u) r;
	PERFORM flux.reach_make(u);
END $$;

-- An asset that comes, goes or moves changes what is below others.  Without a
-- context only a superuser comes past the policies.
CREATE FUNCTION flux.asset_moved() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF length(current_setting('app.ctx', true)) > 0 THEN
		PERFORM flux.reach_make(x.user_id)
		   FROM (SELECT DISTINCT g.user_id FROM flux.grant_ g
		          WHERE g.tenant_id = ctx.tenant()
		            AND g.asset_id <> 0) x;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER reach AFTER INSERT OR UPDATE OR DELETE ON flux.asset
    FOR EACH STATEMENT EXECUTE FUNCTION flux.asset_moved();

-- What the policy "subtree" lets who is restricted see: the assets where one
-- of the permissions in bits is held, or the devices at them, or those
-- devices' sites or sensors.
CREATE FUNCTION flux.reached(what text, bits bigint) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH a AS (SELECT asset_id FROM flux.reach
	            WHERE tenant_id = ctx.tenant() AND user_id = ctx.user_id()
	              AND can & bits <> 0),
	     d AS (SELECT device_id, site_id FROM flux.device
	            WHERE tenant_id = ctx.tenant()
	              AND asset_id IN (SELECT asset_id FROM a))
	SELECT asset_id FROM a WHERE what = 'asset'
	 UNION
	SELECT device_id FROM d WHERE what = 'device'
	 UNION
	SELECT site_id FROM d WHERE what = 'site'
	 UNION
	SELECT sensor_id FROM flux.sensor
	 WHERE what = 'sensor' AND tenant_id = ctx.tenant()
	   AND device_id IN (SELECT device_id FROM d)
$$;

-- May who asks do this to that device of the tenant?
CREATE FUNCTION flux.may(permission text, device int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM flux.device d
	        WHERE d.tenant_id = ctx.tenant() AND d.device_id = device
	          AND (ctx.wide() & b.it <> 0 OR ctx.can() & b.it <> 0
	              AND device IN (SELECT flux.reached('device', b.it))))
	  FROM ctx.can_of(ARRAY[permission]) AS b (it)
$$;

-- Is there such a member, and one that who asks may manage?  Nobody manages
-- who holds what he himself has not.
CREATE FUNCTION flux.member_manage(u bigint, oneself boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:write');
	IF (SELECT r.held FROM flux.rights(u) r) & ~ctx.wide() <> 0 THEN
		RAISE EXCEPTION 'user % may more', u USING ERRCODE = 'FX003';
	END IF;
	IF u = ctx.user_id() AND NOT oneself THEN
		RAISE EXCEPTION 'Nobody suspends or removes himself.'
		    USING ERRCODE = 'FX005';
	END IF;
	RETURN EXISTS (SELECT FROM flux.member m
	    WHERE m.tenant_id = ctx.tenant() AND m.user_id = u);
END $$;

-- After a change of rights: who can give them is not to be nobody.
CREATE FUNCTION flux.admin_stays(before bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF before > 0 AND ctx.admins() = 0 THEN
		RAISE EXCEPTION 'The last administrator stays.'
		    USING ERRCODE = 'FX005';
	END IF;
END $$;

CREATE FUNCTION flux.grants_put(u bigint, roles int[], assets int[])
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	given bigint;
	missing bigint;
BEGIN
	IF cardinality(roles) IS DISTINCT FROM cardinality(assets)
	    OR cardinality(roles) > 64 THEN
		RAISE EXCEPTION 'role: too many.' USING ERRCODE = 'FX006';
	END IF;
	SELECT bit_or(r.can), count(*) FILTER (WHERE r.role_id IS NULL)
	  INTO given, missing
	  FROM unnest(roles) AS x (id)
	  LEFT JOIN flux.role r ON r.tenant_id = t AND r.role_id = x.id;
	IF missing > 0 THEN
		RAISE EXCEPTION 'role: there is no such role.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF given & ~ctx.wide() <> 0 THEN
		RAISE EXCEPTION 'gives what he has not' USING ERRCODE = 'FX003';
	END IF;
	IF EXISTS (SELECT FROM unnest(assets) AS x (id)
	            WHERE x.id IS DISTINCT FROM 0
	              AND NOT EXISTS (SELECT FROM flux.asset a
	                  WHERE a.tenant_id = t AND a.asset_id = x.id)) THEN
		RAISE EXCEPTION 'place: there is no such place.'
		    USING ERRCODE = 'FX006';
	END IF;
	DELETE FROM flux.grant_ WHERE tenant_id = t AND user_id = u;
	INSERT INTO flux.grant_ (tenant_id, user_id, role_id, asset_id)
	SELECT DISTINCT t, u, x.role, x.asset
	  FROM unnest(roles, assets) AS x (role, asset);
	PERFORM flux.rights_make(u);
END $$;

-- For the audit: {"roles": ["viewer", "technician at HALL-1"]}.
CREATE FUNCTION flux.grants_said(u bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('roles', coalesce(jsonb_agg(r.name
	           || coalesce(' at ' || a.key, '') ORDER BY r.name, a.key),
	           '[]'))
	  FROM flux.grant_ g
	  JOIN flux.role r
	    ON r.tenant_id = g.tenant_id AND r.role_id = g.role_id
	  LEFT JOIN flux.asset a
	    ON a.tenant_id = g.tenant_id AND a.asset_id = g.asset_id
	 WHERE g.tenant_id = ctx.tenant() AND g.user_id = u
$$;

-- A person who cannot sign in before he has taken a ticket; the user's number.
CREATE FUNCTION flux.member_invite(address text, full_name text, roles int[],
    assets int[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	u bigint;
BEGIN
	PERFORM ctx.need('users:write');
	IF address !~ '^[^@ [:cntrl:]]{1,64}@[^@ [:cntrl:]]{1,189}$' THEN
		RAISE EXCEPTION 'email: an address is needed.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF full_name !~ '^[^[:cntrl:]]{1,100}$' THEN
		RAISE EXCEPTION 'name: give a name of up to 100 letters.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF cardinality(roles) = 0 THEN
		RAISE EXCEPTION 'role: choose one.' USING ERRCODE = 'FX006';
	END IF;
	u := ctx.login_invite(address, full_name);
	INSERT INTO flux.member (tenant_id, user_id, email, name)
	VALUES (ctx.tenant(), u, lower(address), full_name);
	PERFORM flux.grants_put(u, roles, assets);
	PERFORM flux.audit_put('user.invite', 'user:' || u,
	    flux.grants_said(u));
	RETURN u;
END $$;

-- Instead of what he held; false: there is no such member.
CREATE FUNCTION flux.member_roles(u bigint, roles int[], assets int[])
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	before CONSTANT bigint := ctx.admins();
BEGIN
	IF NOT flux.member_manage(u) THEN
		RETURN false;
	END IF;
	PERFORM flux.grants_put(u, roles, assets);
	PERFORM flux.admin_stays(before);
	PERFORM flux.audit_put('user.roles', 'user:' || u,
	    flux.grants_said(u));
	RETURN true;
END $$;

-- His sessions and tokens end; false: there is no such member.
CREATE FUNCTION flux.member_suspend(u bigint, away boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	before CONSTANT bigint := ctx.admins();
BEGIN
	IF NOT flux.member_manage(u, false) THEN
		RETURN false;
	END IF;
	PERFORM ctx.login_suspend(u, away);
	PERFORM flux.admin_stays(before);
	PERFORM flux.audit_put(CASE WHEN away THEN 'user.suspend'
	    ELSE 'user.resume' END, 'user:' || u);
	RETURN true;
END $$;

CREATE FUNCTION flux.member_remove(u bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	before CONSTANT bigint := ctx.admins();
BEGIN
	IF NOT flux.member_manage(u, false) THEN
		RETURN false;
	END IF;
	PERFORM flux.grants_put(u, '{}', '{}');
	DELETE FROM flux.member WHERE tenant_id = ctx.tenant() AND user_id = u;
	PERFORM ctx.login_remove(u);
	PERFORM flux.admin_stays(before);
	PERFORM flux.audit_put('user.remove', 'user:' || u);
	RETURN true;
END $$;

-- A role of the tenant's own that who asks may manage; false: there is none.
CREATE FUNCTION flux.role_manage(id int) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r flux.role;
BEGIN
	PERFORM ctx.need('roles:write');
	SELECT * INTO r FROM flux.role
	 WHERE tenant_id = ctx.tenant() AND role_id = id FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF r.builtin THEN
		RAISE EXCEPTION 'This role is the same in every tenant.'
		    USING ERRCODE = 'FX005';
	END IF;
	IF r.can & ~ctx.wide() <> 0 THEN
		RAISE EXCEPTION 'role % holds more', id USING ERRCODE = 'FX003';
	END IF;
	RETURN true;
END $$;

-- Make a role (id 0) or change one; its number, or NULL: there is none.
CREATE FUNCTION flux.role_put(id int, called text, permissions text[])
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	before CONSTANT bigint := ctx.admins();
	t CONSTANT int := ctx.tenant();
	r CONSTANT bigint := ctx.can_of(permissions);
	made int := nullif(id, 0);
BEGIN
	PERFORM ctx.need('roles:write');
	IF called !~ '^[^[:cntrl:]]{1,40}$' THEN
		RAISE EXCEPTION 'name: give a name of up to 40 letters.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF r & ~ctx.wide() <> 0 THEN
		RAISE EXCEPTION 'gives what he has not' USING ERRCODE = 'FX003';
	END IF;
	IF made IS NULL THEN
		INSERT INTO flux.role (tenant_id, name, can)
		VALUES (t, called, r) RETURNING role_id INTO made;
	ELSIF flux.role_manage(made) THEN
		UPDATE flux.role SET name = called, can = r
		 WHERE tenant_id = t AND role_id = made;
		PERFORM flux.rights_make(g.user_id)
		   FROM (SELECT DISTINCT user_id FROM flux.grant_
		          WHERE tenant_id = t AND role_id = made) g;
		PERFORM flux.admin_stays(before);
	ELSE
		RETURN NULL;
	END IF;
	PERFORM flux.audit_put(CASE id WHEN 0 THEN 'role.make'
	    ELSE 'role.change' END, 'role:' || made,
	    jsonb_build_object('name', called, 'permissions', permissions));
	RETURN made;
END $$;

CREATE FUNCTION flux.role_drop(id int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
BEGIN
	IF NOT flux.role_manage(id) THEN
		RETURN false;
	END IF;
	IF EXISTS (SELECT FROM flux.grant_
	            WHERE tenant_id = t AND role_id = id) THEN
		RAISE EXCEPTION 'Somebody holds this role.'
		    USING ERRCODE = 'FX005';
	END IF;
	DELETE FROM flux.role WHERE tenant_id = t AND role_id = id;
	PERFORM flux.audit_put('role.drop', 'role:' || id);
	RETURN true;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;

-- Who is there already: the word of a member becomes his grant.  Tenants are
-- taken one by one, through a context of their own, as the policies ask.
DO $$
DECLARE
	t int;
BEGIN
	SET LOCAL ROLE fl_ctx;
	FOREACH t IN ARRAY ARRAY(SELECT tenant_id FROM ctx.tenant_home) LOOP
		SET LOCAL ROLE fl_ctx;
		PERFORM ctx.mint(t, 0, 'migration');
		SET LOCAL ROLE fl_owner;
		INSERT INTO flux.role (tenant_id, name, can, builtin)
		SELECT f.tenant_id, b.name, b.can, true
		  FROM flux.tenant f, ctx.builtin() b WHERE f.tenant_id = t;
		INSERT INTO flux.grant_ (tenant_id, user_id, role_id)
		SELECT m.tenant_id, m.user_id, r.role_id
		  FROM flux.member m
		  JOIN flux.role r
		    ON r.tenant_id = m.tenant_id AND r.name = m.role
		 WHERE m.tenant_id = t;
		PERFORM flux.rights_make(m.user_id) FROM flux.member m
		  WHERE m.tenant_id = t;
	END LOOP;
	SET LOCAL app.ctx = '';
END $$;
