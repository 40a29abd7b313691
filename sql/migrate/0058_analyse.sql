-- Thousands of sites, assets, devices or sensors that come at once are unknown
-- to the planner until autovacuum comes, a minute later or, where there are
-- many others already, never: it expects one row of the tenant's, and a join
-- compares each with each.  So what comes is counted, and the worker has it
-- analysed.
SET LOCAL ROLE fl_ctx;

-- Rows of the registry that came since it was analysed.
ALTER TABLE ctx.tenant_home ADD unanalysed bigint NOT NULL DEFAULT 0;

-- As in 0007, and what came is counted.
CREATE OR REPLACE FUNCTION ctx.registry_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.tenant_home h SET registry = h.registry + 1,
	       unanalysed = h.unanalysed
	           + CASE TG_OP WHEN 'INSERT' THEN c.n ELSE 0 END
	  FROM (SELECT tenant_id, count(*) AS n FROM changed
	         GROUP BY tenant_id ORDER BY tenant_id) c
	 WHERE h.tenant_id = c.tenant_id;
	RETURN NULL;
END $$;

-- As in 0027.  What a move brings comes past the triggers.
CREATE OR REPLACE FUNCTION ctx.move_open(t int) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.tenant_home
	   SET moving = NULL, suspended_at = was_suspended,
	       was_suspended = NULL, registry = registry + 1,
	       unanalysed = unanalysed + 500
	 WHERE tenant_id = t AND moving IS NOT NULL AND dsn IS NULL
$$;

-- Of whom many rows came, and how many; NULL: of nobody.
CREATE FUNCTION ctx.registry_came(OUT tenants int[], OUT n bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(tenant_id), array_agg(unanalysed)
	  FROM ctx.tenant_home WHERE unanalysed >= 500
$$;

-- They were analysed.  Whoever is changing his registry now is not waited for:
-- his are analysed once more.
CREATE FUNCTION ctx.registry_analysed(tenants int[], n bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.tenant_home h SET unanalysed = h.unanalysed - free.n
	  FROM (SELECT x.tenant_id, u.n
	          FROM unnest(tenants, n) u (tenant_id, n)
	          JOIN ctx.tenant_home x ON x.tenant_id = u.tenant_id
	           FOR NO KEY UPDATE OF x SKIP LOCKED) free
	 WHERE h.tenant_id = free.tenant_id
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;

SET LOCAL ROLE fl_owner;
-- Analyse the tables whose rows are counted, if many came; were they?  Where
-- one is vacuumed, nothing waits for it: the next call finds them still to be
-- analysed.
CREATE FUNCTION flux.registry_analyse() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	came   record;
	tables text;
BEGIN
	SELECT * INTO came FROM ctx.registry_came();
	IF came.tenants IS NULL THEN
		RETURN false;
	END IF;
	SELECT string_agg(DISTINCT tgrelid::regclass::text, ', ') INTO tables
	  FROM pg_trigger
	 WHERE tgfoid = 'ctx.registry_changed'::regproc;
	BEGIN
		EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE
		    NOWAIT', tables);
	EXCEPTION WHEN lock_not_available THEN
		RETURN false;
	END;
	EXECUTE format('ANALYZE %s', tables);
	PERFORM ctx.registry_analysed(came.tenants, came.n);
	RETURN true;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;

-- As in 0055: what this looks for by itself is given as arrays as well.
ALTER FUNCTION flux.import_assets(int, boolean, boolean, text[], text[], text[],
    text[], text[], text[], text[], text[], text[]) SET enable_nestloop = off;
