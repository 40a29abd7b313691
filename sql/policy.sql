-- policy.sql - who may do what.  Re-runnable: it takes everything back first
-- and then gives what the tables below say; run after every migration, as
-- fl_migrator, in one transaction.
--
-- A tenant table has exactly one policy, the same text everywhere, and RLS is
-- forced also for its owner.  Partitions have neither policy nor grant: they
-- are reached through their parent only.
SET LOCAL client_min_messages = warning;
SET LOCAL ROLE fl_ctx;
REVOKE ALL ON SCHEMA ctx FROM PUBLIC, fl_owner, fl_page, fl_auth, fl_api,
    fl_ingest, fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL TABLES IN SCHEMA ctx FROM PUBLIC, fl_owner, fl_page, fl_auth,
    fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC, fl_owner, fl_page,
    fl_auth, fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;

GRANT USAGE ON SCHEMA ctx TO fl_owner, fl_page, fl_auth, fl_api, fl_ingest,
    fl_poller, fl_worker, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.part(int), ctx.tenant(), ctx.app_role()
    TO fl_owner, fl_page, fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.begin_session(bytea) TO fl_page, fl_api;
GRANT EXECUTE ON FUNCTION ctx.begin_api_key(bytea),
    ctx.begin_api_keys(bytea[], int[], int[], int[], bigint[])
    TO fl_ingest, fl_api;
GRANT EXECUTE ON FUNCTION ctx.begin_poller(int), ctx.poller_tenants()
    TO fl_poller;
GRANT EXECUTE ON FUNCTION ctx.begin_worker(int), ctx.tenants() TO fl_worker;
GRANT EXECUTE ON FUNCTION ctx.login_begin(text),
    ctx.login_finish(text, bytea, bytea), ctx.logout(bytea) TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.begin_admin(int), ctx.tenant_create(text),
    ctx.tenant_find(text), ctx.user_create(text, text, int, bytea, bytea),
    ctx.key_create(text, bytea, int, int), ctx.key_revoke(text),
    ctx.poller_assign(text) TO fl_admin;

SET LOCAL ROLE fl_owner;

DO $$
DECLARE
	t record;
	own CONSTANT text := '(tenant_id = (SELECT ctx.tenant()))';
BEGIN
	FOR t IN SELECT c.oid::regclass AS name, c.relispartition AS part
	           FROM pg_class c
	          WHERE c.relnamespace = 'flux'::regnamespace
	            AND c.relkind IN ('r', 'p')
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY,
		    FORCE ROW LEVEL SECURITY', t.name);
		EXECUTE format('DROP POLICY IF EXISTS tenant_only ON %s',
		    t.name);
		CONTINUE WHEN t.part;
		EXECUTE format('CREATE POLICY tenant_only ON %s USING %s
		    WITH CHECK %s', t.name, own, own);
	END LOOP;
END $$;

REVOKE ALL ON SCHEMA flux FROM PUBLIC, fl_page, fl_auth, fl_api, fl_ingest,
    fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL TABLES IN SCHEMA flux FROM PUBLIC, fl_page, fl_auth, fl_api,
    fl_ingest, fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC, fl_page, fl_auth,
    fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;

GRANT USAGE ON SCHEMA flux TO fl_page, fl_api, fl_ingest, fl_poller,
    fl_worker, fl_admin;

-- Pages and the API's GETs read.
GRANT SELECT ON flux.tenant, flux.site, flux.asset, flux.device, flux.sensor,
    flux.landing, flux.fresh, flux.chunk, flux.quarantine, flux.latest,
    flux.rule, flux.alert, flux.ingest_batch, flux.dead_letter, flux.facet,
    flux.latest_value, flux.device_state, flux.dashboard_summary
    TO fl_page, fl_api;
GRANT SELECT ON flux.rollup_hour, flux.rollup_day, flux.meter_swap,
    flux.raw_floor TO fl_page, fl_api;

-- Ingest knows its devices and appends; it reads back nothing else.
GRANT SELECT ON flux.device, flux.sensor, flux.facet TO fl_ingest, fl_poller;
GRANT EXECUTE ON FUNCTION flux.facets_ensure(int, int[])
    TO fl_ingest, fl_poller, fl_admin;
GRANT INSERT ON flux.landing, flux.ingest_batch, flux.dead_letter
    TO fl_ingest, fl_poller;
GRANT SELECT (tenant_id, at, batch_id) ON flux.ingest_batch
    TO fl_ingest, fl_poller;
GRANT SELECT, INSERT ON flux.replay TO fl_ingest;

-- The worker moves readings on.
GRANT SELECT, DELETE ON flux.landing TO fl_worker;
GRANT SELECT, INSERT, DELETE ON flux.fresh, flux.chunk TO fl_worker;
GRANT SELECT, INSERT ON flux.quarantine TO fl_worker;
GRANT SELECT, INSERT, DELETE ON flux.mark TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.packing TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.latest TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.alert TO fl_worker;
GRANT SELECT ON flux.device, flux.sensor, flux.facet, flux.rule TO fl_worker;
GRANT SELECT, UPDATE ON flux.tenant, flux.ingest_batch TO fl_worker;
GRANT SELECT, DELETE ON flux.replay TO fl_worker;
GRANT UPDATE (judged_at) ON flux.rule TO fl_worker;
GRANT EXECUTE ON FUNCTION flux.partition_ahead(),
    flux.partition_chunk(timestamptz[]) TO fl_worker;

-- The worker rolls up, and retention says how far back readings go.
GRANT SELECT, INSERT, UPDATE, DELETE ON flux.rollup_hour, flux.rollup_day,
    flux.raw_floor TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.rolled, flux.rolling TO fl_worker;
GRANT SELECT ON flux.site, flux.meter_swap TO fl_worker;
GRANT EXECUTE ON FUNCTION flux.rollup_missing(timestamptz[]),
    flux.partition_rollup(timestamptz[]) TO fl_worker;

-- Retention: rules are the operator's, deleting is the worker's, and what
-- was deleted stays written down.
GRANT SELECT ON flux.retention, flux.hold, flux.deletion, flux.raw_floor
    TO fl_page, fl_api, fl_admin, fl_worker;
GRANT INSERT, UPDATE, DELETE ON flux.retention TO fl_admin;
GRANT INSERT ON flux.hold TO fl_admin;
GRANT INSERT ON flux.deletion TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.retained, flux.raw_floor TO fl_worker;
DO $$
DECLARE
	r text;
BEGIN
	IF to_regclass('flux.rolled') IS NOT NULL THEN
		GRANT SELECT ON flux.rolled TO fl_admin;
	END IF;
	FOR r IN SELECT relation FROM flux.retention_target()
	          WHERE to_regclass('flux.' || relation) IS NOT NULL
	LOOP
		EXECUTE format('GRANT SELECT, DELETE ON flux.%I TO fl_worker',
		    r);
		EXECUTE format('GRANT SELECT ON flux.%I TO fl_admin', r);
	END LOOP;
END $$;
GRANT SELECT ON flux.chunk, flux.mark, flux.facet TO fl_admin;
GRANT EXECUTE ON FUNCTION flux.retention_plan(), flux.retention_rule(int),
    flux.retention_cutoff(interval, timestamptz),
    flux.retention_series(int, text), flux.retention_rolled(int),
    flux.retention_target(),
    flux.retention_where(text, text, text, text),
    flux.retention_chunk(int, timestamptz),
    flux.retention_due(int, timestamptz) TO fl_admin, fl_worker;
GRANT EXECUTE ON FUNCTION flux.partition_drop_empty(),
    flux.retention_expire(int, timestamptz, int, text) TO fl_worker;

-- Readers see the source documents' tables; their functions run with the
-- reader's own rights.
REVOKE ALL ON SCHEMA fleetops, iotsphere, fluxio, fleet FROM PUBLIC, fl_page,
    fl_api;
GRANT USAGE ON SCHEMA fleetops, iotsphere, fluxio, fleet TO fl_page, fl_api;
GRANT SELECT ON ALL TABLES IN SCHEMA fleetops, iotsphere, fluxio, fleet
    TO fl_page, fl_api;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA fluxio TO fl_page, fl_api;
GRANT EXECUTE ON FUNCTION flux.readings(int[], timestamptz, timestamptz),
    flux.decimal(float8, int, int), flux.source_name(text, text),
    flux.source_devices(text[], text[]) TO fl_page, fl_api;

-- The operator's tool keeps the registry.
GRANT SELECT, INSERT, UPDATE ON flux.tenant, flux.member, flux.site,
    flux.asset, flux.device, flux.sensor, flux.rule TO fl_admin;
GRANT SELECT, INSERT, UPDATE ON flux.meter_swap TO fl_admin;
GRANT INSERT ON flux.mark TO fl_admin;
GRANT EXECUTE ON FUNCTION flux.rollup_again(int, int[], timestamptz,
    timestamptz) TO fl_admin;
GRANT INSERT ON flux.landing, flux.ingest_batch TO fl_admin;
GRANT SELECT (tenant_id, at, batch_id) ON flux.ingest_batch TO fl_admin;
