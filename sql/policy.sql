-- policy.sql - what each role may call of the gates, and who sees which rows.
-- Re-runnable: it takes everything back first and then gives what stands below;
-- run after every migration, as fl_migrator, in one transaction with grant.sql.
--
-- A tenant table has one policy, the same text everywhere, and RLS is forced
-- also for its owner.  Some have a second, restrictive one, for who may read
-- in a subtree only; its text is the same too.  Partitions have neither policy
-- nor grant: they are reached through their parent only.
SET LOCAL client_min_messages = warning;
SET LOCAL ROLE fl_ctx;
REVOKE ALL ON SCHEMA ctx FROM PUBLIC, fl_owner, fl_page, fl_desk, fl_auth,
    fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL TABLES IN SCHEMA ctx FROM PUBLIC, fl_owner, fl_page, fl_desk,
    fl_auth, fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC, fl_owner, fl_page,
    fl_desk, fl_auth, fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;

GRANT USAGE ON SCHEMA ctx TO fl_owner, fl_page, fl_desk, fl_auth, fl_api,
    fl_ingest, fl_poller, fl_worker, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.part(int), ctx.tenant(), ctx.app_role(),
    ctx.user_id(), ctx.can(), ctx.wide(), ctx.cred(), ctx.need(text),
    ctx.permission(), ctx.can_of(text[]), ctx.can_names(bigint)
    TO fl_owner, fl_page, fl_desk, fl_api, fl_ingest, fl_poller, fl_worker,
    fl_admin;
GRANT EXECUTE ON FUNCTION ctx.begin_session(bytea)
    TO fl_page, fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION ctx.begin_api_key(bytea, inet, bytea),
    ctx.begin_api_keys(bytea[], int[], int[], bigint[], bigint[]),
    ctx.begin_token(bytea), ctx.begin_cert(bytea)
    TO fl_ingest, fl_api;
GRANT EXECUTE ON FUNCTION ctx.touch(text, bytea, inet)
    TO fl_page, fl_desk, fl_api, fl_ingest;
GRANT EXECUTE ON FUNCTION ctx.begin_poller(int), ctx.poller_tenants(),
    ctx.command_tenants(), ctx.probe_tenants() TO fl_poller;
GRANT EXECUTE ON FUNCTION ctx.begin_worker(int), ctx.tenants() TO fl_worker;
GRANT EXECUTE ON FUNCTION ctx.begin_admin(int), ctx.tenant_create(text),
    ctx.tenant_find(text), ctx.user_create(text, text, text, bytea, bytea),
    ctx.poller_assign(text) TO fl_admin;

-- People.
GRANT EXECUTE ON FUNCTION ctx.login_begin(text) TO fl_auth, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.logout(bytea), ctx.factor_begin(bytea),
    ctx.login_finish(text, bytea, bytea, int, inet, text),
    ctx.factor_pass(bytea, bigint, bytea, bytea),
    ctx.confirm_pass(bytea, bytea, bytea), ctx.ticket_take(bytea),
    ctx.ticket_spend(bytea, bytea) TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.sessions(), ctx.session_end(bigint),
    ctx.password_set(bytea, bytea), ctx.factor_own(), ctx.factor_put(bytea),
    ctx.factor_codes(bigint, bytea[]), ctx.programs(),
    ctx.program_end(bigint) TO fl_desk;
GRANT EXECUTE ON FUNCTION ctx.sessions_end(bigint), ctx.factor_drop(bigint),
    ctx.ticket_make(bigint, bytea) TO fl_desk, fl_admin;

-- Addresses: who invites seals one, once; only the operator's tool changes any.
GRANT EXECUTE ON FUNCTION ctx.address_seal(bigint, bytea) TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.address_missing(int, bytea),
    ctx.address_first(int, bytea, bytea) TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.address_tenants(boolean),
    ctx.addresses(boolean, bigint, int) TO fl_admin;
GRANT EXECUTE ON FUNCTION ctx.login_address(bigint, text, bytea) TO fl_owner;
-- Mail.
GRANT EXECUTE ON FUNCTION ctx.mail_tell(bigint, text, text),
    ctx.mail_tell_holders(text[], text, text) TO fl_owner;
GRANT EXECUTE ON FUNCTION ctx.mail_forgot(text) TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.mail_invite(bigint), ctx.mail_failures()
    TO fl_desk;
GRANT EXECUTE ON FUNCTION ctx.mail_due(), ctx.mail_take(bytea),
    ctx.mail_address(bigint), ctx.mail_sent(bigint),
    ctx.mail_failed(bigint, text, boolean) TO fl_worker;

-- What a tenant asks of who signs in.
GRANT EXECUTE ON FUNCTION ctx.setup_look(bytea), ctx.setup_put(bytea, bytea),
    ctx.setup_pass(bytea, bigint, bytea[], bytea), ctx.ticket_least(bytea)
    TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.password_least() TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.settings_signin(),
    ctx.settings_signin_put(int, text) TO fl_desk;

-- Tokens.
GRANT EXECUTE ON FUNCTION ctx.device_look(bytea),
    ctx.device_open(bytea, bytea, bytea, bytea),
    ctx.person_open(bytea, bytea, bytea),
    ctx.refresh_turn(bytea, bytea, bytea, bytea), ctx.family_end(bytea)
    TO fl_auth;

-- Keys.
GRANT EXECUTE ON FUNCTION ctx.key_make(text, bytea, int, text, bigint, cidr[],
    timestamptz, int[], bytea, text), ctx.key_end(text),
    ctx.key_limit(text, int[]), ctx.tenant_limit(int[]),
    ctx.tenant_over(boolean), ctx.key_remind(), ctx.nonce_forget()
    TO fl_owner;
GRANT EXECUTE ON FUNCTION ctx.keys(), ctx.key_of(text), ctx.tenant_limits()
    TO fl_desk, fl_admin;
-- The quotas' trigger runs as who has made something.
GRANT EXECUTE ON FUNCTION ctx.tenant_hold(int) TO fl_owner, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.scope_names(text) TO fl_admin;
GRANT EXECUTE ON FUNCTION ctx.sign_key(bytea), ctx.spend(bytea, bytea, int)
    TO fl_api, fl_ingest;

-- Trace.
GRANT EXECUTE ON FUNCTION ctx.refused(text, text, inet)
    TO fl_auth, fl_api, fl_ingest;
GRANT EXECUTE ON FUNCTION ctx.refused_rest() TO fl_worker;

-- Roles.
GRANT EXECUTE ON FUNCTION ctx.builtin(), ctx.bundle(text) TO fl_owner, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.login_rights(bigint, bigint, bigint),
    ctx.admins(), ctx.login_invite(text, text),
    ctx.login_suspend(bigint, boolean), ctx.login_remove(bigint) TO fl_owner;
GRANT EXECUTE ON FUNCTION ctx.scoped() TO fl_owner, fl_page, fl_desk, fl_api;
GRANT EXECUTE ON FUNCTION ctx.logins() TO fl_desk, fl_admin;

-- Enrolment.
GRANT EXECUTE ON FUNCTION ctx.claim_put(int, text, bytea),
    ctx.claim_open(bytea) TO fl_owner;
GRANT EXECUTE ON FUNCTION ctx.claim_look(bytea), ctx.claims(int) TO fl_desk;
GRANT EXECUTE ON FUNCTION ctx.certs(), ctx.cert_end(bigint), ctx.cas(),
    ctx.ca_put(text, bytea, bytea, bytea, timestamptz), ctx.ca_end(int)
    TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.ca_own(), ctx.cert_put(int, bytea, int, bytea,
    bytea, timestamptz, timestamptz) TO fl_admin;
-- What a device may have, this role is believed about: it has seen the
-- signatures, which the database cannot check.
GRANT EXECUTE ON FUNCTION ctx.claim_take(bytea, text, bytea),
    ctx.enrol_look(bytea), ctx.expected_look(text, text),
    ctx.enrol(bytea, int, text, bytea, int, bytea, bytea, timestamptz,
    timestamptz), ctx.renew_look(bytea), ctx.renew(bytea, bytea, int, bytea,
    bytea, timestamptz, timestamptz) TO fl_auth;

-- Settings, CORS.
GRANT EXECUTE ON FUNCTION ctx.cors_any(text), ctx.cors_has(text)
    TO fl_api, fl_ingest;
GRANT EXECUTE ON FUNCTION ctx.settings(), ctx.settings_sessions(int, int),
    ctx.settings_cors(text[]) TO fl_desk;

-- Sign-in by a provider, whose signature this role has seen.
GRANT EXECUTE ON FUNCTION ctx.oidc_at(text),
    ctx.oidc_begin(int, bytea, bytea, text), ctx.oidc_end(int, bytea, bytea),
    ctx.oidc_login(int, text, text, text, boolean, text, text[], timestamptz,
    bytea, inet, text) TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.oidc_own() TO fl_desk;
GRANT EXECUTE ON FUNCTION ctx.oidc_show() TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.oidc_set(ctx.oidc), ctx.oidc_unset() TO fl_owner;

-- Secrets.
-- Wrapped keys go to programs that have the master key; only the operator's
-- tool replaces and destroys them.
GRANT EXECUTE ON FUNCTION ctx.data_keys(), ctx.data_key_first(bytea)
    TO fl_desk, fl_worker, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.data_keys_at(int),
    ctx.data_key_first_at(int, bytea) TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.data_key_next(int, bytea),
    ctx.data_key_forget(), ctx.data_key_shred(), ctx.data_keys_all(),
    ctx.data_key_rewrap(int, int, bytea, bytea),
    ctx.sealed_otherwise(int, int), ctx.sealed_replace(text, bytea, bytea)
    TO fl_admin;

-- Tenants.
GRANT EXECUTE ON FUNCTION ctx.tenant_suspend(), ctx.tenant_resume()
    TO fl_admin;
GRANT EXECUTE ON FUNCTION ctx.tenant_tables(), ctx.export_tables()
    TO fl_admin, fl_worker;
GRANT EXECUTE ON FUNCTION ctx.tenant_leave(text, int) TO fl_desk, fl_admin;
GRANT EXECUTE ON FUNCTION ctx.farewells(int), ctx.tenant_platform(),
    ctx.doctor(), ctx.export_tool() TO fl_admin;
GRANT EXECUTE ON FUNCTION ctx.leaving(), ctx.erase(int, int),
    ctx.erase_said(int), ctx.erase_end(int, text, bytea), ctx.export_next(),
    ctx.export_step(int, text, text, bigint),
    ctx.export_page(text, text[], int), ctx.export_people(bigint, int)
    TO fl_worker;
GRANT EXECUTE ON FUNCTION ctx.export_ask(), ctx.exports(),
    ctx.export_take(int), ctx.tenant_state(),
    ctx.platform_tenants(text, int, int), ctx.platform_suspend(int, boolean),
    ctx.platform_make(text, text) TO fl_desk;
GRANT EXECUTE ON FUNCTION ctx.export_sql(text, text[], int) TO fl_owner;
GRANT EXECUTE ON FUNCTION ctx.import_ask(int), ctx.import_people_drop(int)
    TO fl_owner;

-- The registry as the planner knows it.
GRANT EXECUTE ON FUNCTION ctx.registry_came(),
    ctx.registry_analysed(int[], bigint[]) TO fl_owner;
GRANT EXECUTE ON FUNCTION ctx.import_people_put(int, bytea[]),
    ctx.import_people_get(int) TO fl_desk;
GRANT EXECUTE ON FUNCTION ctx.command_queued(), ctx.command_taken(),
    ctx.probe_queued(), ctx.probe_taken() TO fl_owner;
GRANT EXECUTE ON FUNCTION ctx.is_polled() TO fl_owner, fl_desk;
GRANT EXECUTE ON FUNCTION ctx.plan_key_own(), ctx.plan_key_put(bytea, bytea)
    TO fl_desk;
GRANT EXECUTE ON FUNCTION ctx.plan_key_public() TO fl_owner, fl_desk;
GRANT EXECUTE ON FUNCTION ctx.plan_key_of(int) TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.import_next(), ctx.import_seen(int, boolean)
    TO fl_worker;

-- Cells: where a tenant is.
GRANT EXECUTE ON FUNCTION ctx.here(bytea)
    TO fl_page, fl_desk, fl_auth, fl_api, fl_ingest;
GRANT EXECUTE ON FUNCTION ctx.here_address(text), ctx.cell_called(text)
    TO fl_auth;
GRANT EXECUTE ON FUNCTION ctx.cell_of(int)
    TO fl_auth, fl_poller, fl_worker, fl_admin;

-- Spool.
GRANT EXECUTE ON FUNCTION ctx.cred_held(bigint, int, timestamptz), ctx.health()
    TO fl_worker;

SET LOCAL ROLE fl_owner;

-- What is as it should be is not touched: each change waits for everybody who
-- uses the table, and everybody else then waits for it.
DO $$
DECLARE
	t record;
	own CONSTANT text := '(tenant_id = (SELECT ctx.tenant()))';
	own_shown CONSTANT text :=
	    '(tenant_id = ( SELECT ctx.tenant() AS tenant))';
BEGIN
	FOR t IN SELECT c.oid::regclass AS name FROM pg_class c
	          WHERE c.relnamespace = 'flux'::regnamespace
	            AND c.relkind IN ('r', 'p')
	            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY,
		    FORCE ROW LEVEL SECURITY', t.name);
	END LOOP;
	-- A table, its column, of what that is the number, and the
	-- permissions of which one must be held there: 1 telemetry:read,
	-- 8 alerts:read, 13 one of these or devices:read.  What is kept by
	-- a sensor's number is found through the sensor.
	FOR t IN WITH scoped (name, col, what, bits) AS (VALUES
	    ('asset', 'asset_id', 'asset', 13),
	    ('device', 'device_id', 'device', 13),
	    ('site', 'site_id', 'site', 13),
	    ('sensor', 'device_id', 'device', 1),
	    ('latest', 'device_id', 'device', 1),
	    ('rolled', 'device_id', 'device', 1),
	    ('ingest_batch', 'source_id', 'device', 1),
	    ('dead_letter', 'source_id', 'device', 1),
	    -- Intake.
	    ('mapping', 'source_id', 'device', 1),
	    ('intake_rule', 'source_id', 'device', 1),
	    ('stranger', 'source_id', 'device', 1),
	    ('remark', 'source_id', 'device', 1),
	    -- Mapping.
	    ('replay_order', 'source_id', 'device', 1),
	    -- Attributes.
	    ('attribute', 'device_id', 'device', 1),
	    ('unit_health', 'device_id', 'device', 1),
	    -- Ledger.
	    -- Virtual sensors.
	    -- Commands.
	    ('command', 'device_id', 'device', 1),
	    -- Plans.
	    ('plan', 'gateway_id', 'device', 1),
	    -- Gaps.
	    ('gap', 'device_id', 'device', 1),
	    ('rule', 'sensor_id', 'sensor', 8),
	    ('alert', 'sensor_id', 'sensor', 8)),
	wanted (rel, name, shown, body) AS (
	    SELECT c.oid, 'tenant_only',
	           't * {-} ' || own_shown || ' ' || own_shown,
	           format('USING %s WITH CHECK %s', own, own)
	      FROM pg_class c
	     WHERE c.relnamespace = 'flux'::regnamespace
	       AND c.relkind IN ('r', 'p') AND NOT c.relispartition
	    UNION ALL
	    SELECT ('flux.' || name)::regclass, 'subtree',
	           'f * {fl_api,fl_desk,fl_page} '
	           || format('CASE WHEN ( SELECT ctx.scoped() AS scoped) '
	               'THEN (%I IN ( SELECT flux.reached(%L::text, '
	               '(%s)::bigint) AS reached)) ELSE true END',
	               col, what, bits),
	           format('AS RESTRICTIVE TO fl_page, fl_desk, fl_api USING (
	               CASE WHEN (SELECT ctx.scoped()) THEN %I IN
	               (SELECT flux.reached(%L, %s)) ELSE true END)',
	               col, what, bits)
	      FROM scoped),
	there (rel, name, shown) AS (
	    SELECT polrelid, polname, concat_ws(' ', polpermissive, polcmd,
	           ARRAY(SELECT x::regrole::text FROM unnest(polroles) x
	                  ORDER BY 1)::text,
	           btrim(regexp_replace(pg_get_expr(polqual, polrelid),
	               '\s+', ' ', 'g')),
	           pg_get_expr(polwithcheck, polrelid))
	      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
	     WHERE c.relnamespace = 'flux'::regnamespace)
	    SELECT coalesce(w.rel, p.rel)::regclass AS rel,
	           coalesce(w.name, p.name) AS name,
	           p.rel IS NOT NULL AS is_there, w.body
	      FROM wanted w
	      FULL JOIN there p ON p.rel = w.rel AND p.name = w.name
	     WHERE w.shown IS DISTINCT FROM p.shown
	LOOP
		IF t.is_there THEN
			EXECUTE format('DROP POLICY %I ON %s', t.name,
			    t.rel);
		END IF;
		IF t.body IS NOT NULL THEN
			EXECUTE format('CREATE POLICY %I ON %s %s', t.name,
			    t.rel, t.body);
		END IF;
	END LOOP;
END $$;
