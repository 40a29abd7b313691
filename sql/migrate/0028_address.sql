-- E-mail addresses stand nowhere in clear: the columns "email" hold an index,
-- which only who has the key for it can tell of an address, and the address
-- itself is sealed with the tenant's data key, for the place
-- address|tenant|user.  What was there before is sealed by "fluxctl seal".
SET LOCAL ROLE fl_ctx;

ALTER TABLE ctx.login ADD sealed_address bytea
    CHECK (length(sealed_address) <= 1000);

-- These were hashes of addresses, which can be guessed.
DELETE FROM ctx.throttle;

-- What came for an address, if it can be the index of one.
CREATE FUNCTION ctx.as_index(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (address ~ '^[0-9a-f]{32}$') IS NOT TRUE THEN
		RAISE EXCEPTION 'email: not the index of an address.'
		    USING ERRCODE = 'FX006';
	END IF;
	RETURN address;
END $$;

-- The bytes as lib/trust/seal makes them; NULL: the tenant's keys are gone.
CREATE FUNCTION ctx.as_sealed(value bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF length(value) < 33 OR get_byte(value, 0) <> 1 THEN
		RAISE EXCEPTION 'email: not a sealed address.'
		    USING ERRCODE = 'FX006';
	END IF;
	RETURN value;
END $$;

CREATE OR REPLACE FUNCTION ctx.user_create(address text, full_name text,
    role text, salt bytea, verifier bytea) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.login (email, tenant_id, name, can, wide, salt,
	       verifier)
	VALUES (ctx.as_index(address), ctx.tenant(), full_name,
	        ctx.bundle(role), ctx.bundle(role), salt, verifier)
	RETURNING user_id
$$;

CREATE OR REPLACE FUNCTION ctx.login_invite(address text, full_name text)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.login (email, tenant_id, name, can, wide)
	VALUES (ctx.as_index(address), ctx.tenant(), full_name, 0, 0)
	RETURNING user_id
$$;

-- The address of somebody who was made just now; one that is there stays.
CREATE FUNCTION ctx.address_seal(u bigint, sealed bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:write');
	UPDATE ctx.login SET sealed_address = ctx.as_sealed(sealed)
	 WHERE tenant_id = ctx.tenant() AND user_id = u
	   AND sealed_address IS NULL;
	RETURN FOUND;
END $$;

-- Whoever a provider let in just now, by his session, if he has none yet; and
-- his, once.
CREATE FUNCTION ctx.address_missing(t int, session bytea)
RETURNS TABLE (user_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.user_id FROM ctx.session s
	  JOIN ctx.login l
	    ON l.tenant_id = s.tenant_id AND l.user_id = s.user_id
	 WHERE s.tenant_id = t AND s.token_hash = session
	   AND l.sealed_address IS NULL
$$;

CREATE FUNCTION ctx.address_first(t int, session bytea, sealed bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.login SET sealed_address = ctx.as_sealed(sealed)
	 WHERE tenant_id = t AND sealed_address IS NULL
	   AND user_id = (SELECT m.user_id
	                    FROM ctx.address_missing(t, session) m);
	RETURN FOUND;
END $$;

-- The operator's: another index, or an address that was not sealed yet.
CREATE FUNCTION ctx.login_address(u bigint, address text, sealed bytea)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.login SET email = ctx.as_index(address),
	       sealed_address = ctx.as_sealed(sealed)
	 WHERE tenant_id = ctx.tenant() AND user_id = u
$$;

-- Tenants with people whose address is still in clear, or is not.
CREATE FUNCTION ctx.address_tenants(plain boolean) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT DISTINCT l.tenant_id FROM ctx.login l
	 WHERE (l.email !~ '^[0-9a-f]{32}$') = plain ORDER BY 1
$$;

-- Up to so many of the tenant's, behind this number: the address in clear, or
-- an index and what was sealed.
CREATE FUNCTION ctx.addresses(plain boolean, behind bigint, most int)
RETURNS TABLE (user_id bigint, address text, sealed bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:write');
	RETURN QUERY
	SELECT l.user_id, l.email, l.sealed_address FROM ctx.login l
	 WHERE l.tenant_id = ctx.tenant() AND l.user_id > behind
	   AND (l.email !~ '^[0-9a-f]{32}$') = plain
	 ORDER BY l.user_id LIMIT greatest(0, most);
END $$;

-- Who shows an address opens it: for its owner, for who has the owner's link,
-- for who manages people.
DROP FUNCTION ctx.factor_own();
CREATE FUNCTION ctx.factor_own() RETURNS TABLE (email text,
    sealed_address bytea, tenant_id int, user_id bigint, sealed bytea,
    last_step bigint, confirmed boolean, codes int)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.email, l.sealed_address, l.tenant_id, l.user_id, f.sealed,
	       f.last_step, f.confirmed_at IS NOT NULL,
	       (SELECT count(*)::int FROM ctx.recovery r
	         WHERE r.tenant_id = l.tenant_id AND r.user_id = l.user_id
	           AND r.used_at IS NULL)
	  FROM ctx.login l
	  LEFT JOIN ctx.factor f
	    ON f.tenant_id = l.tenant_id AND f.user_id = l.user_id
	 WHERE l.tenant_id = ctx.tenant() AND l.user_id = ctx.self()
$$;

DROP FUNCTION ctx.ticket_take(bytea);
CREATE FUNCTION ctx.ticket_take(ticket bytea) RETURNS TABLE (kind text,
    tenant_id int, user_id bigint, sealed_address bytea, name text,
    tenant_name text, salt bytea)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.kind, t.tenant_id, t.user_id, l.sealed_address, l.name,
	       h.name, ctx.login_begin(l.email)
	  FROM ctx.ticket t
	  JOIN ctx.login l ON l.user_id = t.user_id
	  JOIN ctx.tenant_home h ON h.tenant_id = t.tenant_id
	 WHERE t.ticket_hash = sha256(ticket) AND t.used_at IS NULL
	   AND t.expires_at > now()
	   AND l.suspended_at IS NULL AND h.suspended_at IS NULL
$$;

DROP FUNCTION ctx.logins();
CREATE FUNCTION ctx.logins() RETURNS TABLE (user_id bigint,
    sealed_address bytea, suspended_at timestamptz, has_password boolean,
    seen_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:read');
	RETURN QUERY
	SELECT l.user_id, l.sealed_address, l.suspended_at,
	       l.verifier IS NOT NULL,
	       (SELECT max(s.seen_at) FROM ctx.session s
	         WHERE s.tenant_id = l.tenant_id AND s.user_id = l.user_id
	           AND s.stage = 'open')
	  FROM ctx.login l WHERE l.tenant_id = ctx.tenant();
END $$;

-- Where a mail goes: who sends it opens it.
DROP FUNCTION ctx.mail_address(bigint);
CREATE FUNCTION ctx.mail_address(who bigint) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.sealed_address FROM ctx.login l
	 WHERE l.tenant_id = ctx.tenant() AND l.user_id = who
$$;

-- For a tenant that takes everything along: up to so many of its people behind
-- this one.
CREATE FUNCTION ctx.export_people(behind bigint, most int)
RETURNS TABLE (user_id bigint, sealed bytea)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.user_id, l.sealed_address FROM ctx.login l
	 WHERE l.tenant_id = ctx.tenant() AND l.user_id > behind
	 ORDER BY l.user_id LIMIT greatest(0, most)
$$;

-- One more place, for who replaces keys.
CREATE OR REPLACE FUNCTION ctx.sealed_place() RETURNS TABLE (relation text,
    bytes text, place text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES ('factor', 'sealed',
	        $_$concat_ws('|', 'factor', tenant_id, user_id)$_$),
	       ('login', 'sealed_address',
	        $_$concat_ws('|', 'address', tenant_id, user_id)$_$),
	       ('tenant_ca', 'sealed_key',
	        $_$concat_ws('|', 'ca', tenant_id, encode(ski, 'hex'))$_$),
	       ('oidc', 'sealed_secret',
	        $_$concat_ws('|', 'oidc', tenant_id)$_$)
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.logins(),
    ctx.login_address(bigint, text, bytea) TO fl_owner;

SET LOCAL ROLE fl_owner;

-- As before; whether it is an address is for who can read it.
CREATE OR REPLACE FUNCTION flux.member_invite(address text, full_name text,
    roles int[], assets int[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	u bigint;
BEGIN
	PERFORM ctx.need('users:write');
	IF full_name !~ '^[^[:cntrl:]]{1,100}$' THEN
		RAISE EXCEPTION 'name: give a name of up to 100 letters.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF cardinality(roles) = 0 THEN
		RAISE EXCEPTION 'role: choose one.' USING ERRCODE = 'FX006';
	END IF;
	u := ctx.login_invite(address, full_name);
	INSERT INTO flux.member (tenant_id, user_id, email, name)
	VALUES (ctx.tenant(), u, address, full_name);
	PERFORM flux.grants_put(u, roles, assets);
	PERFORM flux.audit_put('user.invite', 'user:' || u,
	    flux.grants_said(u));
	RETURN u;
END $$;

CREATE FUNCTION flux.member_address(u bigint, address text, sealed bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:write');
	PERFORM ctx.login_address(u, address, sealed);
	UPDATE flux.member SET email = address
	 WHERE tenant_id = ctx.tenant() AND user_id = u;
	RETURN FOUND;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
