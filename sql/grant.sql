-- grant.sql - what each role may do with the tenants' tables and functions.
-- Re-runnable; run behind policy.sql, in its transaction.
SET LOCAL ROLE fl_owner;

REVOKE ALL ON SCHEMA flux FROM PUBLIC, fl_page, fl_desk, fl_auth, fl_api,
    fl_ingest, fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL TABLES IN SCHEMA flux FROM PUBLIC, fl_page, fl_desk, fl_auth,
    fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA flux FROM PUBLIC, fl_page, fl_desk,
    fl_auth, fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC, fl_page, fl_desk,
    fl_auth, fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;

GRANT USAGE ON SCHEMA flux TO fl_page, fl_desk, fl_api, fl_ingest, fl_poller,
    fl_worker, fl_admin;

-- Pages and the API's GETs read.
GRANT SELECT ON flux.tenant, flux.site, flux.asset, flux.device, flux.sensor,
    flux.landing, flux.fresh, flux.chunk, flux.quarantine, flux.latest,
    flux.rule, flux.alert, flux.ingest_batch, flux.dead_letter, flux.facet,
    flux.latest_value, flux.device_state, flux.dashboard_summary
    TO fl_page, fl_api;
GRANT SELECT ON flux.rollup_hour, flux.rollup_day, flux.meter_swap,
    flux.raw_floor TO fl_page, fl_api;
-- Who answers from rollups must know what they do not have yet.
GRANT SELECT ON flux.rolled, flux.mark TO fl_page, fl_api;

-- Ingest knows its devices and appends; it reads back nothing else.
GRANT SELECT ON flux.device, flux.sensor, flux.facet TO fl_ingest, fl_poller;
GRANT EXECUTE ON FUNCTION flux.facets_ensure(int, int[])
    TO fl_ingest, fl_poller, fl_admin;
GRANT INSERT ON flux.landing, flux.ingest_batch, flux.dead_letter
    TO fl_ingest, fl_poller;
GRANT USAGE ON SEQUENCE flux.ingest_batch_batch_id_seq
    TO fl_ingest, fl_poller, fl_worker, fl_admin;
GRANT SELECT, INSERT ON flux.replay TO fl_ingest;

-- What a gateway's names lead to, and what was noted beside its readings.
GRANT SELECT ON flux.mapping, flux.intake_rule, flux.stranger, flux.remark,
    flux.gap TO fl_page, fl_api;
GRANT SELECT ON flux.mapping, flux.intake_rule, flux.stranger TO fl_desk;
GRANT SELECT ON flux.mapping, flux.intake_rule, flux.site
    TO fl_ingest, fl_worker;
GRANT INSERT ON flux.remark TO fl_ingest, fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.steady TO fl_worker;
GRANT SELECT ON flux.virtual TO fl_ingest, fl_worker;
GRANT EXECUTE ON FUNCTION flux.gap_put TO fl_ingest, fl_poller, fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.virtual TO fl_admin;

-- The worker takes in what waited: bodies of an outage, refused readings,
-- files.
GRANT INSERT ON flux.landing, flux.ingest_batch, flux.dead_letter, flux.replay
    TO fl_worker;
GRANT EXECUTE ON FUNCTION flux.facets_ensure(int, int[]) TO fl_worker;

-- The worker moves readings on.
GRANT SELECT, DELETE ON flux.landing TO fl_worker;
GRANT SELECT, INSERT, DELETE ON flux.fresh, flux.chunk TO fl_worker;
GRANT UPDATE (tier) ON flux.fresh TO fl_worker;
GRANT SELECT, INSERT ON flux.quarantine TO fl_worker;
GRANT SELECT, INSERT, DELETE ON flux.mark TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.packing TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.latest TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.alert TO fl_worker;
GRANT SELECT ON flux.device, flux.sensor, flux.facet, flux.rule TO fl_worker;
GRANT SELECT, UPDATE ON flux.tenant, flux.ingest_batch TO fl_worker;
GRANT SELECT, DELETE ON flux.replay TO fl_worker;
GRANT UPDATE (judged_at) ON flux.rule TO fl_worker;
GRANT EXECUTE ON FUNCTION flux.partition_at(text, timestamptz),
    flux.partition_next(), flux.registry_analyse() TO fl_worker;

-- The worker rolls up, and retention says how far back readings go.
GRANT SELECT, INSERT, UPDATE, DELETE ON flux.rollup_hour, flux.rollup_day,
    flux.raw_floor TO fl_worker;
GRANT SELECT, INSERT, UPDATE ON flux.rolled, flux.rolling TO fl_worker;
GRANT SELECT ON flux.site, flux.meter_swap TO fl_worker;
GRANT EXECUTE ON FUNCTION flux.rollup_missing(timestamptz[]) TO fl_worker;

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
GRANT EXECUTE ON FUNCTION flux.partition_drop_next(),
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

-- The desk shows what is kept, and changes it by functions only.
GRANT SELECT ON flux.tenant, flux.member, flux.site, flux.asset, flux.device,
    flux.sensor, flux.ingest_batch TO fl_desk;

-- Whether something came from a sender, and why not.
GRANT SELECT ON flux.latest, flux.dead_letter TO fl_desk;
GRANT SELECT ON flux.retention TO fl_desk;
GRANT EXECUTE ON FUNCTION flux.retention_plan(), flux.retention_rule(int)
    TO fl_desk;

GRANT EXECUTE ON FUNCTION flux.audit_put(text, text, jsonb)
    TO fl_desk, fl_api, fl_worker, fl_admin;
GRANT SELECT ON flux.audit, flux.audit_head TO fl_admin;

-- The operator's tool keeps the registry.
GRANT SELECT, INSERT, UPDATE ON flux.tenant, flux.member, flux.site,
    flux.asset, flux.device, flux.sensor, flux.rule TO fl_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON flux.meter_swap TO fl_admin;
GRANT INSERT ON flux.mark TO fl_admin;
GRANT EXECUTE ON FUNCTION flux.rollup_again(int, int[], timestamptz,
    timestamptz) TO fl_admin;
GRANT INSERT ON flux.landing, flux.ingest_batch TO fl_admin;

-- The gates' functions write into the trail, and have these answers of a
-- tenant's, and no table.
GRANT USAGE ON SCHEMA flux TO fl_ctx;
GRANT EXECUTE ON FUNCTION flux.audit_put(text, text, jsonb),
    flux.device_key(int), flux.device_certified(int, jsonb),
    flux.audit_end(), flux.erase_rows(regclass, int),
    flux.export_page(text, text[], int), flux.tenant_figures(),
    flux.tenant_put(text), flux.health(), flux.last_number(regclass)
    TO fl_ctx;

-- Keys, limits, quotas.
GRANT SELECT ON flux.usage_day, flux.quota TO fl_page, fl_api, fl_desk,
    fl_admin, fl_worker;
GRANT EXECUTE ON FUNCTION flux.key_make(text, bytea, int, text, text[], cidr[],
    timestamptz, int[], bytea, text), flux.key_end(text),
    flux.key_limit(text, int[]) TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION flux.tenant_limit(int[]),
    flux.quota_put(text, bigint) TO fl_admin;
GRANT EXECUTE ON FUNCTION flux.quota_used() TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION flux.usage_count(), flux.quota_judge(),
    flux.key_remind() TO fl_worker;

-- The trail, and the last payloads.
GRANT EXECUTE ON FUNCTION flux.audit_list(text, text, bigint, timestamptz,
    timestamptz, bigint, int), flux.audit_read(bigint, int)
    TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION flux.audit_verify() TO fl_admin;
GRANT SELECT ON flux.audit_seal TO fl_desk, fl_admin, fl_worker;
GRANT INSERT ON flux.audit_seal TO fl_worker;
GRANT SELECT ON flux.audit_head TO fl_worker;
GRANT EXECUTE ON FUNCTION flux.debug_put(int, int, text, int, bytea)
    TO fl_ingest;
GRANT EXECUTE ON FUNCTION flux.debug_set(text, int), flux.debug_list(int)
    TO fl_desk;
GRANT EXECUTE ON FUNCTION flux.debug_forget() TO fl_worker;

-- Roles and who has them.
GRANT SELECT ON flux.role, flux.grant_ TO fl_desk, fl_admin;
-- A new tenant gets the bundles, a person that is made here a grant of one.
GRANT INSERT ON flux.role, flux.grant_ TO fl_admin;
GRANT EXECUTE ON FUNCTION flux.reached(text, bigint), flux.may(text, int)
    TO fl_page, fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION flux.held(int) TO fl_page, fl_desk;
GRANT EXECUTE ON FUNCTION flux.member_manage(bigint, boolean),
    flux.member_invite(text, text, int[], int[]),
    flux.member_roles(bigint, int[], int[]),
    flux.member_suspend(bigint, boolean), flux.member_remove(bigint),
    flux.role_put(int, text, text[]), flux.role_drop(int)
    TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION flux.reach_make(bigint), flux.rights_again(bigint),
    flux.member_address(bigint, text, bytea) TO fl_admin;

-- Enrolment.
GRANT EXECUTE ON FUNCTION flux.claim_make(text, bytea),
    flux.claim_open(bytea, text, text, text) TO fl_desk, fl_admin;

-- Sign-in by a provider: which of its groups hold which roles.
GRANT SELECT ON flux.oidc_group TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION flux.oidc_put(text, text, text, bytea, text, boolean,
    text[], text[]), flux.oidc_drop() TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION flux.oidc_person(bigint, text, text, text[], bigint)
    TO fl_ctx;

-- Mapping.
GRANT SELECT ON flux.replay_order, flux.dead_letter TO fl_desk;
GRANT SELECT, UPDATE ON flux.replay_order TO fl_worker;
GRANT SELECT ON flux.dead_letter TO fl_worker;
GRANT EXECUTE ON FUNCTION flux.dead_judge(bigint[], text[], text[])
    TO fl_worker;
GRANT EXECUTE ON FUNCTION flux.stranger_note(int, smallint, text[], text[],
    text[], text[]) TO fl_ingest, fl_worker;
GRANT EXECUTE ON FUNCTION flux.adopt(text, text, text, text, text, text, text,
    text), flux.mapping_put(text, text, text, text, float8, float8),
    flux.mapping_drop(text, text, text),
    flux.intake_rule_put(text, text, text, text, text),
    flux.dead_drop(bigint[]) TO fl_desk;
GRANT EXECUTE ON FUNCTION flux.replay_ask(bigint[]) TO fl_desk, fl_api;

-- Profiles.
GRANT SELECT ON flux.profile TO fl_desk, fl_api, fl_ingest, fl_worker,
    fl_poller;
GRANT EXECUTE ON FUNCTION flux.profile_put, flux.profile_drop,
    flux.profile_apply TO fl_desk, fl_api;
-- Spool.
GRANT SELECT, INSERT, DELETE ON flux.drained TO fl_worker;

-- Attributes, and how units answer on their lines.
GRANT SELECT ON flux.attribute, flux.unit_health TO fl_page, fl_api;
GRANT EXECUTE ON FUNCTION flux.unit_health_put(jsonb) TO fl_poller;
GRANT EXECUTE ON FUNCTION flux.quality_put(int, text, bigint) TO fl_ingest;
GRANT EXECUTE ON FUNCTION flux.attribute_put(int, text[], text[], text[])
    TO fl_ingest, fl_worker;
GRANT EXECUTE ON FUNCTION flux.attribute_own(int) TO fl_ingest;

-- Imports: the desk and programs by functions, the worker by itself.
GRANT EXECUTE ON FUNCTION
    flux.import_open(text, text, int, jsonb, bytea[]),
    flux.import_list(int, int, int, int),
    flux.import_errors(int, int, int, int), flux.import_file(int, int),
    flux.import_decide(int, int, jsonb, text),
    flux.import_make(text, int, text[], text[], text[], text[], float8[],
    float8[]),
    flux.import_devices, flux.import_assets, flux.import_list_end,
    flux.import_story TO fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION flux.import_users, flux.sensor_rule,
    flux.formula_put, flux.shared_put TO fl_desk;
GRANT EXECUTE ON FUNCTION flux.shared_own TO fl_ingest;
GRANT SELECT ON flux.virtual TO fl_desk;
GRANT SELECT, UPDATE, DELETE ON flux.import TO fl_worker;
GRANT SELECT, DELETE ON flux.import_part TO fl_worker;
GRANT SELECT, INSERT, DELETE ON flux.import_error TO fl_worker;

-- Commands.
GRANT SELECT ON flux.command TO fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION flux.command_state(text, timestamptz)
    TO fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION flux.command_ask(text, text, float8, text, text, int,
    text), flux.command_confirm(bigint, boolean),
    flux.command_withdraw(bigint)
    TO fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION flux.command_take(int[]),
    flux.command_say(bigint, text, float8, text) TO fl_poller;
-- Edge agents.
GRANT EXECUTE ON FUNCTION
    flux.edge_command_take(int, text, bigint[], int),
    flux.edge_command_say(int, text, bigint[], text[], float8[], text[]),
    flux.edge_health_put(int, jsonb), flux.plan_offer(int),
    flux.plan_say(int, int, text, text) TO fl_ingest;
GRANT EXECUTE ON FUNCTION flux.is_edge(int) TO fl_desk;
GRANT EXECUTE ON FUNCTION flux.agent_of(int) TO fl_page;
GRANT EXECUTE ON FUNCTION flux.agent_list() TO fl_admin;
GRANT EXECUTE ON FUNCTION flux.agent_release(text) TO fl_desk, fl_admin;
GRANT SELECT ON flux.plan TO fl_desk, fl_api;
GRANT SELECT ON flux.facet TO fl_desk;
GRANT EXECUTE ON FUNCTION flux.plan_next(text),
    flux.plan_put(int, int, int, text, text, text, boolean) TO fl_desk;
GRANT EXECUTE ON FUNCTION flux.rollout_go(int, boolean) TO fl_desk, fl_api;

-- Registers that are read once.
GRANT EXECUTE ON FUNCTION flux.probe_ask(text, int, int, int),
    flux.probe_load(bigint) TO fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION flux.probe_take(),
    flux.probe_say(bigint, int[], text) TO fl_poller;
GRANT EXECUTE ON FUNCTION flux.probe_forget() TO fl_worker;
GRANT EXECUTE ON FUNCTION
    flux.preview_ask(bigint, text, text, text, int[], int[], int[]),
    flux.preview_load(bigint), flux.preview_reads(bigint) TO fl_desk;

-- Gaps, meters, and the names of those who said something.
GRANT EXECUTE ON FUNCTION flux.gap_around(int, timestamptz, timestamptz)
    TO fl_page, fl_api;
GRANT EXECUTE ON FUNCTION flux.member_named(bigint)
    TO fl_page, fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION
    flux.meter_swap_put(text, text, timestamptz, float8, float8),
    flux.meter_swap_drop(text, text, timestamptz) TO fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION flux.simulated_most(int), flux.simulated_plan()
    TO fl_admin;
GRANT EXECUTE ON FUNCTION flux.quota_shown() TO fl_desk, fl_admin;

-- This stays last: what was given is kept, so that a doctor sees what differs.
SET LOCAL ROLE fl_ctx;
DO $$
BEGIN
	PERFORM ctx.promise_keep();
END $$;
