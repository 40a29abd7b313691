-- A tenant that is suspended: no credential of it passes a gate, what it had
-- stored stays, and worker and poller, which are ours, go on.
SET LOCAL ROLE fl_ctx;

-- Of the context's tenant; by the operator.
CREATE FUNCTION ctx.tenant_suspend() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	was timestamptz;
BEGIN
	SELECT suspended_at INTO STRICT was FROM ctx.tenant_home
	 WHERE tenant_id = ctx.tenant() FOR UPDATE;
	IF was IS NOT NULL THEN
		RETURN false;
	END IF;
	UPDATE ctx.tenant_home SET suspended_at = now()
	 WHERE tenant_id = ctx.tenant();
	PERFORM flux.audit_put('tenant.suspend', 'tenant:' || ctx.tenant());
	RETURN true;
END $$;

CREATE FUNCTION ctx.tenant_resume() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE ctx.tenant_home SET suspended_at = NULL
	 WHERE tenant_id = ctx.tenant() AND suspended_at IS NOT NULL;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM flux.audit_put('tenant.resume', 'tenant:' || ctx.tenant());
	RETURN true;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
