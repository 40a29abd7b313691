-- What a tenant's admin sets: how long sessions last, and which sites' scripts
-- may read the tenant's answers.
SET LOCAL ROLE fl_ctx;

CREATE TABLE ctx.cors (
	tenant_id int NOT NULL REFERENCES ctx.tenant_home,
	origin    text NOT NULL CHECK (length(origin) <= 200 AND origin ~
	          '^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$'),
	PRIMARY KEY (tenant_id, origin)
);
CREATE INDEX cors_of_origin ON ctx.cors (origin);

-- Does anybody list it?  A preflight has no credential, so no tenant; the
-- answer behind it is readable only for its own tenant's list.
CREATE FUNCTION ctx.cors_any(site text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT EXISTS (SELECT FROM ctx.cors c WHERE c.origin = site) $$;

CREATE FUNCTION ctx.cors_has(site text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM ctx.cors c
	                WHERE c.tenant_id = ctx.tenant() AND c.origin = site)
$$;

CREATE FUNCTION ctx.settings(OUT idle_min int, OUT absolute_h int,
    OUT origins text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:read');
	SELECT extract(epoch FROM h.idle)::int / 60,
	       extract(epoch FROM h.absolute)::int / 3600,
	       (SELECT coalesce(string_agg(c.origin, E'\n' ORDER BY c.origin),
	               '') FROM ctx.cors c WHERE c.tenant_id = h.tenant_id)
	  INTO idle_min, absolute_h, origins
	  FROM ctx.tenant_home h WHERE h.tenant_id = ctx.tenant();
END $$;

-- Of sessions that begin from now on.
CREATE FUNCTION ctx.settings_sessions(idle_min int, absolute_h int)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:write');
	IF idle_min NOT BETWEEN 5 AND 1440 OR absolute_h NOT BETWEEN 1 AND 168
	    OR idle_min > absolute_h * 60 THEN
		RAISE EXCEPTION 'A session may rest 5 to 1,440 minutes and last'
		    ' 1 to 168 hours, and not rest longer than it lasts.'
		    USING ERRCODE = 'FX006';
	END IF;
	UPDATE ctx.tenant_home SET idle = make_interval(mins => idle_min),
	       absolute = make_interval(hours => absolute_h)
	 WHERE tenant_id = ctx.tenant();
	PERFORM flux.audit_put('settings.sessions', 'tenant:' || ctx.tenant(),
	    jsonb_build_object('idle_min', idle_min, 'absolute_h',
	        absolute_h));
	RETURN true;
END $$;

-- Instead of those that there are.
CREATE FUNCTION ctx.settings_cors(origins text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:write');
	IF cardinality(origins) > 50 THEN
		RAISE EXCEPTION 'A tenant lists at most 50 origins.'
		    USING ERRCODE = 'FX006';
	END IF;
	DELETE FROM ctx.cors WHERE tenant_id = ctx.tenant();
	INSERT INTO ctx.cors (tenant_id, origin)
	SELECT DISTINCT ctx.tenant(), o FROM unnest(origins) o;
	PERFORM flux.audit_put('settings.cors', 'tenant:' || ctx.tenant(),
	    jsonb_build_object('origins', origins));
	RETURN true;
EXCEPTION WHEN check_violation THEN
	RAISE EXCEPTION 'An origin is written https://app.example.com or'
	    ' https://app.example.com:8443, in small letters, without a path.'
	    USING ERRCODE = 'FX006';
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
