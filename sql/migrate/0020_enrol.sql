-- Enrolment: how a device comes to its key or certificate.  A person prints a
-- label, another scans it beside the device and opens it, and the device has
-- a quarter of an hour; or a device shows the certificate of its maker, whom
-- the tenant trusts, and was expected.
SET LOCAL ROLE fl_ctx;

-- The tenant's own authority signs what its devices get; its key is sealed,
-- bound to "ca|tenant|ski".  Without a key it is somebody else's, whose
-- devices may enrol themselves.  A retired one signs nothing more, and what
-- it has signed holds on.
CREATE TABLE ctx.tenant_ca (
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	ca_id      int GENERATED ALWAYS AS IDENTITY,
	name       text NOT NULL DEFAULT '',
	cert       bytea NOT NULL,
	ski        bytea NOT NULL,
	sealed_key bytea,
	not_after  timestamptz NOT NULL,
	retired_at timestamptz,
	PRIMARY KEY (tenant_id, ca_id)
);
CREATE UNIQUE INDEX tenant_ca_own ON ctx.tenant_ca (tenant_id)
    WHERE sealed_key IS NOT NULL AND retired_at IS NULL;
CREATE UNIQUE INDEX tenant_ca_foreign ON ctx.tenant_ca (tenant_id, sha256(cert))
    WHERE sealed_key IS NULL AND retired_at IS NULL;

-- kind l: a printed label, whose code only its paper has; it waits 90 days to
-- be opened.  kind c: a device that is expected with a certificate of its
-- maker; there is no code, and its name is hashed.
CREATE TABLE ctx.claim (
	claim_hash  bytea PRIMARY KEY,
	tenant_id   int NOT NULL REFERENCES ctx.tenant_home,
	device_id   int NOT NULL,
	device_key  text NOT NULL, -- the name that its certificate will bear
	kind        "char" NOT NULL CHECK (kind IN ('l', 'c')),
	made_by     bigint NOT NULL,
	expires_at  timestamptz NOT NULL,
	opened_till timestamptz,
	used_at     timestamptz
);
CREATE INDEX claim_of_device ON ctx.claim (tenant_id, device_id);

-- One public key is one device.
CREATE INDEX device_cert_by_key ON ctx.device_cert (tenant_id, spki_hash);

-- --- authorities -----------------------------------------------------------

-- A new one; of its own a tenant has one, and the one before is retired.
CREATE FUNCTION ctx.ca_put(called text, cert bytea, ski bytea,
    sealed_key bytea, not_after timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r int;
BEGIN
	PERFORM ctx.need('keys:write');
	IF ca_put.sealed_key IS NOT NULL THEN
		UPDATE ctx.tenant_ca a SET retired_at = now()
		 WHERE a.tenant_id = ctx.tenant() AND a.retired_at IS NULL
		   AND a.sealed_key IS NOT NULL;
	ELSIF (SELECT count(*) FROM ctx.tenant_ca a
	        WHERE a.tenant_id = ctx.tenant() AND a.retired_at IS NULL
	          AND a.sealed_key IS NULL) >= 16 THEN
		RAISE EXCEPTION 'A tenant trusts at most 16 authorities.'
		    USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO ctx.tenant_ca (tenant_id, name, cert, ski, sealed_key,
	       not_after)
	VALUES (ctx.tenant(), called, ca_put.cert, ca_put.ski,
	        ca_put.sealed_key, ca_put.not_after)
	RETURNING ca_id INTO r;
	PERFORM flux.audit_put(CASE WHEN ca_put.sealed_key IS NULL
	    THEN 'ca.trust' ELSE 'ca.make' END, 'ca:' || r,
	    jsonb_build_object('name', called));
	RETURN r;
END $$;

CREATE FUNCTION ctx.ca_end(id int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:write');
	UPDATE ctx.tenant_ca SET retired_at = now()
	 WHERE tenant_id = ctx.tenant() AND ca_id = id AND retired_at IS NULL;
	IF FOUND THEN
		PERFORM flux.audit_put('ca.end', 'ca:' || id);
	END IF;
	RETURN FOUND;
END $$;

CREATE FUNCTION ctx.cas() RETURNS TABLE (ca_id int, name text, cert bytea,
    own boolean, not_after timestamptz, retired_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:read');
	RETURN QUERY SELECT a.ca_id, a.name, a.cert, a.sealed_key IS NOT NULL,
	       a.not_after, a.retired_at
	  FROM ctx.tenant_ca a WHERE a.tenant_id = ctx.tenant();
END $$;

-- What signs for this tenant; no row: nothing does.
CREATE FUNCTION ctx.ca_of(t int) RETURNS TABLE (ca_id int, cert bytea,
    ski bytea, sealed_key bytea)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.ca_id, a.cert, a.ski, a.sealed_key FROM ctx.tenant_ca a
	 WHERE a.tenant_id = t AND a.retired_at IS NULL
	   AND a.sealed_key IS NOT NULL AND a.not_after > now()
$$;
CREATE FUNCTION ctx.ca_own() RETURNS TABLE (ca_id int, cert bytea,
    ski bytea, sealed_key bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:write');
	RETURN QUERY SELECT * FROM ctx.ca_of(ctx.tenant());
END $$;

-- --- certificates ----------------------------------------------------------

CREATE TYPE ctx.cert_facts AS (der bytea, ca_id int, serial bytea,
	spki_hash bytea, not_before timestamptz, not_after timestamptz);

-- One more for a device: those it has hold for seven days yet, so that the
-- new one can be tried; four at a time are enough for anybody.  A key that
-- another device has is a copy.
CREATE FUNCTION ctx.cert_add(t int, device int, c ctx.cert_facts, act text)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r bigint;
BEGIN
	IF EXISTS (SELECT FROM ctx.device_cert o
	            WHERE o.tenant_id = t AND o.spki_hash = c.spki_hash
	              AND o.device_id <> device) THEN
		RAISE EXCEPTION 'This key is that of another device.'
		    USING ERRCODE = 'FX005';
	END IF;
	IF (SELECT count(*) FROM ctx.device_cert o
	     WHERE o.tenant_id = t AND o.device_id = device
	       AND o.revoked_at IS NULL AND o.not_after > now()) >= 4 THEN
		RAISE EXCEPTION 'This device has four valid certificates.'
		    USING ERRCODE = 'FX005';
	END IF;
	UPDATE ctx.device_cert o
	   SET not_after = least(o.not_after, now() + interval '7 days')
	 WHERE o.tenant_id = t AND o.device_id = device
	   AND o.revoked_at IS NULL AND o.not_after > now();
	INSERT INTO ctx.device_cert (cert_hash, tenant_id, device_id, ca_id,
	       serial, spki_hash, can, not_before, not_after)
	VALUES (sha256(c.der), t, device, c.ca_id, c.serial, c.spki_hash,
	        ctx.can_of('{telemetry:write}'), c.not_before, c.not_after)
	RETURNING cred_id INTO r;
	PERFORM flux.device_certified(device, jsonb_build_object(
	    'serial', encode(c.serial, 'hex'),
	    'sha256', encode(sha256(c.der), 'hex'),
	    'not_before', c.not_before, 'not_after', c.not_after));
	PERFORM flux.audit_put(act, 'certificate:' || r,
	    jsonb_build_object('device', device,
	    'serial', encode(c.serial, 'hex')));
	RETURN r;
END $$;

-- By the operator: a certificate that was issued or is registered by hand.
CREATE FUNCTION ctx.cert_put(device int, der bytea, ca_id int, serial bytea,
    spki_hash bytea, not_before timestamptz, not_after timestamptz)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:write');
	RETURN ctx.cert_add(ctx.tenant(), device, (der, ca_id, serial,
	    spki_hash, not_before, not_after), 'certificate.put');
END $$;

CREATE FUNCTION ctx.certs() RETURNS TABLE (cred_id bigint, device_id int,
    serial bytea, not_before timestamptz, not_after timestamptz,
    used_at timestamptz, revoked_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:read');
	RETURN QUERY SELECT c.cred_id, c.device_id, c.serial, c.not_before,
	       c.not_after, c.used_at, c.revoked_at
	  FROM ctx.device_cert c WHERE c.tenant_id = ctx.tenant();
END $$;

CREATE FUNCTION ctx.cert_end(cred bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('keys:write');
	UPDATE ctx.device_cert c SET revoked_at = now()
	 WHERE c.tenant_id = ctx.tenant() AND c.cred_id = cred
	   AND c.revoked_at IS NULL;
	IF FOUND THEN
		PERFORM flux.audit_put('certificate.end',
		    'certificate:' || cred);
	END IF;
	RETURN FOUND;
END $$;

-- --- claims ----------------------------------------------------------------

-- The name under which a device is expected.
CREATE FUNCTION ctx.expected_hash(t int, device_key text) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT sha256(convert_to('expected|' || t || '|' || device_key,
	    'UTF8'))
$$;

-- Called by the function of flux below, which has seen that the device is
-- there.  A new label makes the one before worthless.
CREATE FUNCTION ctx.claim_put(device int, device_key text, hash bytea)
RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	k CONSTANT "char" := CASE WHEN hash IS NULL THEN 'c' ELSE 'l' END;
	r timestamptz;
BEGIN
	PERFORM ctx.need('devices:enroll');
	DELETE FROM ctx.claim c
	 WHERE c.tenant_id = t AND c.device_id = device AND c.kind = k;
	INSERT INTO ctx.claim (claim_hash, tenant_id, device_id, device_key,
	       kind, made_by, expires_at, opened_till)
	VALUES (coalesce(hash, ctx.expected_hash(t, claim_put.device_key)), t,
	        device, claim_put.device_key, k, ctx.user_id(),
	        now() + interval '90 days',
	        CASE k WHEN 'c' THEN now() + interval '90 days' END)
	RETURNING expires_at INTO r;
	PERFORM flux.audit_put(CASE k WHEN 'c' THEN 'device.expect'
	    ELSE 'label.make' END, 'device:' || claim_put.device_key);
	RETURN r;
END $$;

-- The label of one's own tenant; no row for any other.
CREATE FUNCTION ctx.claim_look(code bytea) RETURNS TABLE (device_id int,
    expires_at timestamptz, opened_till timestamptz, used_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('devices:enroll');
	RETURN QUERY SELECT c.device_id, c.expires_at, c.opened_till, c.used_at
	  FROM ctx.claim c
	 WHERE c.claim_hash = sha256(code) AND c.kind = 'l'
	   AND c.tenant_id = ctx.tenant() AND c.expires_at > now();
END $$;

-- The state of a device's label, without its code.
CREATE FUNCTION ctx.claims(device int) RETURNS TABLE (kind text,
    expires_at timestamptz, opened_till timestamptz, used_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('devices:enroll');
	RETURN QUERY SELECT c.kind::text, c.expires_at, c.opened_till, c.used_at
	  FROM ctx.claim c
	 WHERE c.tenant_id = ctx.tenant() AND c.device_id = device;
END $$;

-- For a quarter of an hour the device may come; until it has, a label can be
-- opened again.
CREATE FUNCTION ctx.claim_open(code bytea) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c ctx.claim;
BEGIN
	PERFORM ctx.need('devices:enroll');
	UPDATE ctx.claim o SET opened_till = now() + interval '15 min'
	 WHERE o.claim_hash = sha256(code) AND o.kind = 'l'
	   AND o.tenant_id = ctx.tenant() AND o.expires_at > now()
	   AND o.used_at IS NULL
	RETURNING * INTO c;
	IF FOUND THEN
		PERFORM flux.audit_put('label.open', 'device:' || c.device_key);
	END IF;
	RETURN c.device_id;
END $$;

-- An open claim, held until the end of the transaction; NULL: none.
CREATE FUNCTION ctx.claim_hold(hash bytea, k "char") RETURNS ctx.claim
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.* FROM ctx.claim c
	  JOIN ctx.tenant_home h ON h.tenant_id = c.tenant_id
	 WHERE c.claim_hash = hash AND c.kind = k AND c.used_at IS NULL
	   AND c.expires_at > now() AND c.opened_till > now()
	   AND h.suspended_at IS NULL
	   FOR UPDATE OF c
$$;

CREATE FUNCTION ctx.claim_use(c ctx.claim) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.claim SET used_at = now() WHERE claim_hash = c.claim_hash
$$;

-- The device takes a key with the code of its label; NULL: it may not.
CREATE FUNCTION ctx.claim_take(code bytea, id text, hash bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c ctx.claim := ctx.claim_hold(sha256(code), 'l');
BEGIN
	IF c.claim_hash IS NULL THEN
		RETURN NULL;
	END IF;
	-- Who makes a key of the tenant meanwhile waits.
	PERFORM FROM ctx.tenant_home h
	  WHERE h.tenant_id = c.tenant_id FOR NO KEY UPDATE;
	IF (SELECT count(*) FROM ctx.api_key k
	     WHERE k.tenant_id = c.tenant_id AND k.device_id = c.device_id
	       AND (k.revoked_at IS NULL OR k.revoked_at > now())
	       AND k.expires_at > now()) >= 2 THEN
		RAISE EXCEPTION 'This device has two live keys; end one first.'
		    USING ERRCODE = 'FX005';
	END IF;
	PERFORM ctx.claim_use(c);
	INSERT INTO ctx.api_key (key_hash, key_id, tenant_id, device_id, can,
	       name)
	VALUES (hash, id, c.tenant_id, c.device_id,
	        ctx.can_of('{telemetry:write}'), 'by label');
	PERFORM ctx.mint(c.tenant_id, -c.device_id::bigint, 'device');
	PERFORM flux.audit_put('label.use', 'device:' || c.device_key,
	    jsonb_build_object('key', id));
	PERFORM set_config('app.ctx', '', true);
	RETURN c.device_key;
END $$;

-- What is needed to sign for the device behind an open label; no row: it may
-- not be signed for.
CREATE FUNCTION ctx.enrol_look(code bytea) RETURNS TABLE (tenant_id int,
    device_key text, ca_id int, cert bytea, ski bytea, sealed_key bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT c.tenant_id, c.device_key, a.ca_id, a.cert, a.ski, a.sealed_key
	  FROM ctx.claim c
	  JOIN ctx.tenant_home h ON h.tenant_id = c.tenant_id
	  CROSS JOIN LATERAL ctx.ca_of(c.tenant_id) a
	 WHERE c.claim_hash = sha256(code) AND c.kind = 'l'
	   AND c.used_at IS NULL AND c.expires_at > now()
	   AND c.opened_till > now() AND h.suspended_at IS NULL
$$;

-- By its name in addresses; a tenant without one goes by its number, "t7".
CREATE FUNCTION ctx.tenant_called(slug text) RETURNS int
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT h.tenant_id FROM ctx.tenant_home h
	 WHERE coalesce(h.slug, 't' || h.tenant_id) = tenant_called.slug
	 ORDER BY h.slug IS NULL LIMIT 1
$$;

-- The same for a device that is expected, and a row for each authority that
-- may have signed the certificate it shows.
CREATE FUNCTION ctx.expected_look(tenant text, device text)
RETURNS TABLE (tenant_id int, device_key text, ca_id int, cert bytea,
    ski bytea, sealed_key bytea, foreign_cert bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT c.tenant_id, c.device_key, a.ca_id, a.cert, a.ski, a.sealed_key,
	       f.cert
	  FROM ctx.tenant_home h
	  JOIN ctx.claim c ON c.tenant_id = h.tenant_id AND c.kind = 'c'
	   AND c.claim_hash = ctx.expected_hash(h.tenant_id, device)
	  JOIN ctx.tenant_ca f ON f.tenant_id = h.tenant_id
	   AND f.sealed_key IS NULL AND f.retired_at IS NULL
	  CROSS JOIN LATERAL ctx.ca_of(h.tenant_id) a
	 WHERE h.tenant_id = ctx.tenant_called(tenant) AND c.used_at IS NULL
	   AND c.expires_at > now() AND h.suspended_at IS NULL
	 ORDER BY f.ca_id LIMIT 16
$$;

-- The certificate that was signed for the label's device, or, without a code,
-- for the expected one of that name; NULL: meanwhile it may not have one.
CREATE FUNCTION ctx.enrol(code bytea, t int, device text, der bytea,
    ca_id int, serial bytea, spki_hash bytea, not_before timestamptz,
    not_after timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c ctx.claim := CASE WHEN code IS NULL
	    THEN ctx.claim_hold(ctx.expected_hash(t, device), 'c')
	    ELSE ctx.claim_hold(sha256(code), 'l') END;
BEGIN
	IF c.claim_hash IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM ctx.claim_use(c);
	PERFORM ctx.mint(c.tenant_id, -c.device_id::bigint, 'device');
	PERFORM ctx.cert_add(c.tenant_id, c.device_id, (der, ca_id, serial,
	    spki_hash, not_before, not_after), 'certificate.enrol');
	PERFORM set_config('app.ctx', '', true);
	RETURN c.device_key;
END $$;

-- What is needed to sign for who shows a certificate of ours that holds.
CREATE FUNCTION ctx.renew_look(old bytea) RETURNS TABLE (tenant_id int,
    ca_id int, cert bytea, ski bytea, sealed_key bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT c.tenant_id, a.ca_id, a.cert, a.ski, a.sealed_key
	  FROM ctx.device_cert c
	  JOIN ctx.tenant_home h ON h.tenant_id = c.tenant_id
	  CROSS JOIN LATERAL ctx.ca_of(c.tenant_id) a
	 WHERE c.cert_hash = sha256(old) AND c.revoked_at IS NULL
	   AND now() BETWEEN c.not_before AND c.not_after
	   AND h.suspended_at IS NULL
$$;

CREATE FUNCTION ctx.renew(old bytea, der bytea, ca_id int, serial bytea,
    spki_hash bytea, not_before timestamptz, not_after timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c ctx.device_cert;
BEGIN
	SELECT d.* INTO c FROM ctx.device_cert d
	  JOIN ctx.tenant_home h ON h.tenant_id = d.tenant_id
	 WHERE d.cert_hash = sha256(old) AND d.revoked_at IS NULL
	   AND now() BETWEEN d.not_before AND d.not_after
	   AND h.suspended_at IS NULL
	   FOR UPDATE OF d;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM ctx.mint(c.tenant_id, -c.device_id::bigint, 'device', 0, 0,
	    c.cred_id);
	PERFORM ctx.cert_add(c.tenant_id, c.device_id, (der, ca_id, serial,
	    spki_hash, not_before, not_after), 'certificate.renew');
	PERFORM set_config('app.ctx', '', true);
	RETURN true;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.need(text), ctx.claim_put(int, text, bytea),
    ctx.claim_look(bytea), ctx.claim_open(bytea) TO fl_owner;

-- The gate's owner reads no device and changes none but here.
SET LOCAL ROLE fl_owner;
CREATE FUNCTION flux.device_certified(id int, info jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE flux.device SET certificate_info = info
	 WHERE tenant_id = ctx.tenant() AND device_id = id
$$;

-- A label for the device with that key, or, without a hash, the device is
-- expected.  NULL: there is no such device.
CREATE FUNCTION flux.claim_make(device text, hash bytea) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id int;
BEGIN
	PERFORM ctx.need('devices:enroll');
	SELECT d.device_id INTO id FROM flux.device d
	 WHERE d.tenant_id = ctx.tenant() AND d.key = device;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	RETURN ctx.claim_put(id, device, hash);
END $$;

-- Opens a label; where the device is, the person beside it has said.  False:
-- there is no such label, or it was used.
CREATE FUNCTION flux.claim_open(code bytea, called text, site text,
    asset text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	at_site int;
	at_asset int;
	id int;
BEGIN
	PERFORM ctx.need('devices:enroll');
	SELECT s.site_id INTO at_site FROM flux.site s
	 WHERE s.tenant_id = t AND s.key = site;
	SELECT a.asset_id INTO at_asset FROM flux.asset a
	 WHERE a.tenant_id = t AND a.key = asset AND a.site_id = at_site;
	IF at_site IS NULL THEN
		RAISE EXCEPTION 'site: there is no such site.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF asset <> '' AND at_asset IS NULL THEN
		RAISE EXCEPTION 'asset: there is no such asset at this site.'
		    USING ERRCODE = 'FX006';
	END IF;
	id := ctx.claim_open(code);
	IF id IS NULL THEN
		RETURN false;
	END IF;
	UPDATE flux.device d
	   SET name = called, site_id = at_site, asset_id = at_asset
	 WHERE d.tenant_id = t AND d.device_id = id
	   AND (d.name, d.site_id, d.asset_id) IS DISTINCT FROM
	       (called, at_site, at_asset);
	RETURN true;
END $$;
REVOKE ALL ON FUNCTION flux.device_certified(int, jsonb),
    flux.claim_make(text, bytea), flux.claim_open(bytea, text, text, text)
    FROM PUBLIC;
