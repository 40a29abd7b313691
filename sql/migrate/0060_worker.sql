-- The worker passes the gate at every look at every tenant.  A function in SQL
-- that runs with its owner's rights is parsed and planned anew at each call;
-- these keep their plan.
SET LOCAL ROLE fl_ctx;

CREATE OR REPLACE FUNCTION ctx.is_erased(t int) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM ctx.leave l
	                WHERE l.tenant_id = t AND l.begun_at IS NOT NULL);
END $$;

CREATE OR REPLACE FUNCTION ctx.begin_worker(t int) RETURNS ctx.who
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN ctx.enter(t, 1, 'worker');
END $$;
SET LOCAL ROLE fl_owner;

-- Every read asks what of its sensors is in quarantine.
CREATE INDEX quarantine_span
    ON flux.quarantine (tenant_id, sensor_id, t_min);
