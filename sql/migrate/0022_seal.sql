-- Data keys of the tenants, wrapped by a master key that is not here, and a
-- list of what they have sealed, so that a key can be replaced and destroyed.
SET LOCAL ROLE fl_ctx;

-- A key that was destroyed keeps its row: its number is not given again, and
-- a tenant whose keys were all destroyed does not get another by accident.
CREATE TABLE ctx.data_key (
	tenant_id  int NOT NULL REFERENCES ctx.tenant_home,
	key_id     int NOT NULL CHECK (key_id > 0),
	wrapped    bytea CHECK (length(wrapped) = 65), -- NULL: destroyed
	created_at timestamptz NOT NULL DEFAULT now(),
	retired_at timestamptz,
	PRIMARY KEY (tenant_id, key_id)
);

-- The newest first.  Who writes in this transaction holds the newest key, so
-- that what it seals is there when that key is replaced.
CREATE FUNCTION ctx.data_keys() RETURNS TABLE (key_id int, wrapped bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Who had to wait finds another key in force, and holds that one.
	WHILE current_setting('transaction_read_only') = 'off' LOOP
		PERFORM FROM ctx.data_key k
		  WHERE k.tenant_id = ctx.tenant() AND k.retired_at IS NULL
		    FOR SHARE;
		EXIT WHEN FOUND OR NOT EXISTS (SELECT FROM ctx.data_key k
		    WHERE k.tenant_id = ctx.tenant() AND k.retired_at IS NULL);
	END LOOP;
	RETURN QUERY SELECT k.key_id, k.wrapped FROM ctx.data_key k
	    WHERE k.tenant_id = ctx.tenant() ORDER BY k.key_id DESC;
END $$;

-- For who has no context yet: the second step of a login.
CREATE FUNCTION ctx.data_keys_at(t int)
RETURNS TABLE (key_id int, wrapped bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.key_id, k.wrapped FROM ctx.data_key k
	 WHERE k.tenant_id = t ORDER BY k.key_id DESC
$$;

-- The first key of a tenant; false when there is or was one, and to who only
-- reads.
CREATE FUNCTION ctx.data_key_first_at(t int, wrapped bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF current_setting('transaction_read_only') = 'on' THEN
		RETURN false;
	END IF;
	INSERT INTO ctx.data_key (tenant_id, key_id, wrapped)
	VALUES (t, 1, data_key_first_at.wrapped) ON CONFLICT DO NOTHING;
	RETURN FOUND;
END $$;
CREATE FUNCTION ctx.data_key_first(wrapped bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.data_key_first_at(ctx.tenant(), wrapped)
$$;

-- A new key in place of the others, which open until they are destroyed.
CREATE FUNCTION ctx.data_key_next(id int, wrapped bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:write');
	UPDATE ctx.data_key SET retired_at = now()
	 WHERE tenant_id = ctx.tenant() AND retired_at IS NULL;
	INSERT INTO ctx.data_key (tenant_id, key_id, wrapped)
	VALUES (ctx.tenant(), id, data_key_next.wrapped);
	PERFORM flux.audit_put('datakey.make', 'datakey:' || id);
END $$;

-- Where sealed values stand: by these words the program calls a place, and so
-- they are bound to it.
CREATE FUNCTION ctx.sealed_place() RETURNS TABLE (relation text, bytes text,
    place text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES ('factor', 'sealed',
	        $_$concat_ws('|', 'factor', tenant_id, user_id)$_$),
	       ('tenant_ca', 'sealed_key',
	        $_$concat_ws('|', 'ca', tenant_id, encode(ski, 'hex'))$_$),
	       ('oidc', 'sealed_secret',
	        $_$concat_ws('|', 'oidc', tenant_id)$_$)
$$;

-- Up to so many of the tenant's values that another key than this has sealed.
CREATE FUNCTION ctx.sealed_otherwise(id int, most int)
RETURNS TABLE (relation text, place text, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p record;
BEGIN
	PERFORM ctx.need('settings:write');
	FOR p IN SELECT s.* FROM ctx.sealed_place() s
	          WHERE to_regclass('ctx.' || s.relation) IS NOT NULL LOOP
		RETURN QUERY EXECUTE format('SELECT %1$L::text, %2$s, %3$I
		      FROM ctx.%1$I WHERE tenant_id = $1
		       AND substring(%3$I FROM 2 FOR 4) <> int4send($2)
		     LIMIT $3', p.relation, p.place, p.bytes)
		    USING ctx.tenant(), id, most;
	END LOOP;
END $$;

-- One of them, sealed anew; false when it is not there any more.
CREATE FUNCTION ctx.sealed_replace(called text, old bytea, new bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p record;
	n int;
BEGIN
	PERFORM ctx.need('settings:write');
	SELECT * INTO STRICT p FROM ctx.sealed_place() s
	 WHERE s.relation = called;
	EXECUTE format('UPDATE ctx.%1$I SET %2$I = $3
	    WHERE tenant_id = $1 AND %2$I = $2', p.relation, p.bytes)
	    USING ctx.tenant(), old, new;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n = 1;
END $$;

-- Destroys the keys that were replaced; an error while one is still needed.
CREATE FUNCTION ctx.data_key_forget() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	newest int;
	n int;
BEGIN
	PERFORM ctx.need('settings:write');
	SELECT max(key_id) INTO newest FROM ctx.data_key
	 WHERE tenant_id = ctx.tenant();
	IF EXISTS (SELECT FROM ctx.sealed_otherwise(newest, 1)) THEN
		RAISE EXCEPTION 'still needed' USING ERRCODE = '55006';
	END IF;
	UPDATE ctx.data_key SET wrapped = NULL
	 WHERE tenant_id = ctx.tenant() AND key_id < newest
	   AND wrapped IS NOT NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n > 0 THEN
		PERFORM flux.audit_put('datakey.destroy',
		    'datakey:' || newest - 1);
	END IF;
	RETURN n;
END $$;

-- Destroys all of the tenant's keys, and with them what they have sealed.
CREATE FUNCTION ctx.data_key_shred() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n int;
BEGIN
	PERFORM ctx.need('tenant:delete');
	INSERT INTO ctx.data_key (tenant_id, key_id)
	VALUES (ctx.tenant(), 1) ON CONFLICT DO NOTHING;
	UPDATE ctx.data_key SET wrapped = NULL,
	       retired_at = coalesce(retired_at, now())
	 WHERE tenant_id = ctx.tenant();
	GET DIAGNOSTICS n = ROW_COUNT;
	PERFORM flux.audit_put('datakey.shred', 'tenant:' || ctx.tenant());
	RETURN n;
END $$;

-- All keys of all tenants, for a new master key.
CREATE FUNCTION ctx.data_keys_all() RETURNS TABLE (tenant_id int, key_id int,
    wrapped bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.tenant_id, k.key_id, k.wrapped FROM ctx.data_key k
	 WHERE k.wrapped IS NOT NULL ORDER BY k.tenant_id, k.key_id
$$;
CREATE FUNCTION ctx.data_key_rewrap(t int, id int, old bytea, new bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.data_key SET wrapped = new
	 WHERE tenant_id = t AND key_id = id AND wrapped = old;
	RETURN FOUND;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
