#!/bin/bash
# attacks.test.sh - what a hostile statement can do: nothing.
#
# The attacker is assumed to run any SQL, several statements at once, in the
# role of one of our programs, with the credential of tenant 7; the target is
# tenant 8.  Each attack names what must happen instead.
. "$(dirname "$0")/lib.sh"
need_gate

session="BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-7');"
key="BEGIN; SELECT tenant_id FROM ctx.begin_api_key('key-7');"
poller="BEGIN; SELECT tenant_id FROM ctx.begin_poller(7);"
worker="BEGIN; SELECT tenant_id FROM ctx.begin_worker(7);"
admin="BEGIN; SELECT tenant_id FROM ctx.begin_admin(7);"
none='no tenant context'
forged='bad tenant context'
denied='permission denied'
policy='violates row-level security policy'

# The context.
refuses "a session sees its own tenant and no other" fl_page \
    "$session SELECT count(*), min(tenant_id), max(tenant_id)
     FROM flux.device" '^7~5\|7\|7~$'
refuses "without a context a table is an error, not empty" fl_page \
    "SELECT count(*) FROM flux.device" "$none"
refuses "without a context a partitioned table is an error" fl_page \
    "SELECT count(*) FROM flux.ingest_batch" "$none"
refuses "without a context an empty match is an error too" fl_page \
    "SELECT 1 FROM flux.device WHERE device_id = -1" "$none"
refuses "a context dies with COMMIT" fl_page \
    "$session COMMIT; SELECT count(*) FROM flux.device" "$none"
refuses "a context dies with ROLLBACK" fl_page \
    "$session ROLLBACK; SELECT count(*) FROM flux.device" "$none"
refuses "an unknown session token opens nothing" fl_page \
    "SELECT tenant_id FROM ctx.begin_session('sess-9999')" 'session invalid'
refuses "a bare tenant number is no context" fl_page \
    "BEGIN; SET LOCAL app.ctx = '8'; SELECT count(*) FROM flux.device" "$none"
refuses "a forged MAC is refused" fl_page \
    "BEGIN; SET LOCAL app.ctx = '$(printf '0%.0s' {1..64})8|8|session';
     SELECT count(*) FROM flux.device" "$forged"
refuses "set_config inside a SELECT is refused" fl_page \
    "$session SELECT set_config('app.ctx', 'x', true)" \
    "$denied for function set_config"
refuses "another tenant under our MAC is refused" fl_page \
    "$session DO \$\$ DECLARE c text := current_setting('app.ctx'); BEGIN
     EXECUTE format('SET LOCAL app.ctx = %L', left(c, 64) || '8'
     || substr(c, 66)); END \$\$; SELECT count(*) FROM flux.device" "$forged"
refuses "another user under our MAC is refused" fl_page \
    "$session DO \$\$ DECLARE c text := current_setting('app.ctx'); BEGIN
     EXECUTE format('SET LOCAL app.ctx = %L', c || 'x'); END \$\$;
     SELECT count(*) FROM flux.device" "$forged"
refuses "the MAC function cannot be called" fl_page \
    "SELECT ctx.mac('x', '8|1|session')" "$denied for function mac"
refuses "the minting function cannot be called" fl_page \
    "SELECT ctx.mint(8, 1, 'session')" "$denied for function mint"

# debug_print_plan tells what a function's statements look like inside, byte
# by byte with a sign.
plans=$(as fl_page -c "SET client_min_messages = log; SET debug_print_plan = on;
    $session SELECT count(*) FROM flux.device; SELECT ctx.tenant()" 2>&1 |
    tr -s ' \n' '  ')
bytes=$(as super -c "SELECT string_agg((b - 256 * (b > 127)::int)::text, ' '
    ORDER BY i) FROM ctx.mac_key, generate_series(0, 31) i,
    get_byte(secret, i) b")
meets "the plans inside the gate can be seen" "$plans" 'PLANNEDSTMT.*mac_key'
claim "and the key of the MAC is in none" "$(grep -cF " $bytes " <<< "$plans")" 0

context=$(as fl_page -c "BEGIN; SELECT FROM ctx.begin_session('sess-8');
    SELECT current_setting('app.ctx')" | tail -n 1)
meets "a context can be captured for the replays below" "$context" \
    '^[0-9a-f]{64}8\|'
refuses "a captured context is worthless on another connection" fl_page \
    "BEGIN; SET LOCAL app.ctx = '$context';
     SELECT count(*) FROM flux.device" "$forged"
meets "a captured context is worthless in the next transaction" "$(as fl_page \
    2>&1 << 'SQL'
BEGIN;
SELECT FROM ctx.begin_session('sess-8');
SELECT current_setting('app.ctx') AS c \gset
COMMIT;
BEGIN;
SET LOCAL app.ctx = :'c';
SELECT count(*) FROM flux.device;
SQL
    )" "$forged"
meets "a context set for the whole session is worthless too" "$(as fl_page \
    2>&1 << 'SQL'
BEGIN;
SELECT FROM ctx.begin_session('sess-7');
SELECT current_setting('app.ctx') AS c \gset
SET app.ctx = :'c';
COMMIT;
SELECT count(*) FROM flux.device;
SQL
    )" "$forged"

# Roles and gates.
refuses "a page cannot pass the worker's gate" fl_page \
    "SELECT ctx.begin_worker(8)" "$denied for function begin_worker"
refuses "a page cannot pass the operator's gate" fl_page \
    "SELECT ctx.begin_admin(8)" "$denied for function begin_admin"
refuses "the worker cannot pass the operator's gate" fl_worker \
    "SELECT ctx.begin_admin(8)" "$denied for function begin_admin"
refuses "the worker has no use for a session" fl_worker \
    "SELECT ctx.begin_session('sess-8')" "$denied for function begin_session"
refuses "the API cannot pass the poller's gate" fl_api \
    "SELECT ctx.begin_poller(8)" "$denied for function begin_poller"
refuses "a page cannot pass with an API key" fl_page \
    "SELECT ctx.begin_api_key('key-8')" "$denied for function begin_api_key"
refuses "ingest cannot use a session token" fl_ingest \
    "SELECT ctx.begin_session('sess-7')" "$denied for function begin_session"
refuses "an API key is no session token" fl_api \
    "SELECT ctx.begin_session('key-7')" 'session invalid'
refuses "a session token is no API key" fl_api \
    "SELECT ctx.begin_api_key('sess-7')" 'api key invalid'
refuses "the login role cannot pass any gate" fl_auth \
    "SELECT ctx.begin_session('sess-7')" "$denied for function begin_session"
refuses "an expired session opens nothing" fl_page \
    "SELECT tenant_id FROM ctx.begin_session('sess-3')" 'session invalid'
refuses "a revoked key opens nothing" fl_ingest \
    "SELECT tenant_id FROM ctx.begin_api_key('key-3')" 'api key invalid'
refuses "a key that is NULL opens nothing" fl_ingest \
    "SELECT tenant_id FROM ctx.begin_api_key(NULL)" 'api key invalid'

refuses "the registry's number cannot be changed" fl_admin \
    "$admin UPDATE ctx.tenant_home SET registry = 0" \
    "$denied for table tenant_home"
refuses "nor what counts it be called" fl_admin \
    "$admin SELECT ctx.registry_changed()" \
    "$denied for function registry_changed"

refuses "a poller serves the tenants assigned to it" fl_poller \
    "$poller SELECT count(*) FROM flux.device" '^7~5~$'
refuses "a poller is refused any other tenant" fl_poller \
    "SELECT ctx.begin_poller(150)" 'not assigned'
refuses "a poller cannot assign itself a tenant" fl_poller \
    "$poller SELECT ctx.poller_assign('fl_poller')" \
    "$denied for function poller_assign"
refuses "a page cannot list the tenants" fl_page \
    "SELECT ctx.tenants()" "$denied for function tenants"
refuses "the API cannot make a user" fl_api \
    "$session SELECT ctx.user_create('x@y', 'x', 'admin', '', '')" \
    "$denied for function user_create"
refuses "ingest cannot make a key" fl_ingest \
    "$key SELECT ctx.key_make('x', '\\x00', 40, 'x', 1, NULL, now(), '{0,0}',
     NULL, NULL)" "$denied for function key_make"
refuses "the API cannot end a key" fl_api \
    "$session SELECT flux.key_end('k8')" "$denied for function key_end"
refuses "the operator makes no user without a tenant" fl_admin \
    "SELECT ctx.user_create(md5('x'), 'x', 'admin', decode(repeat('00', 16), 'hex'),
     decode(repeat('00', 32), 'hex'))" "$none"
refuses "the operator makes no key without a tenant" fl_admin \
    "SELECT flux.key_make('x', '\\x00', 40, 'x', '{}', NULL, 'infinity',
     '{0,0}', NULL, NULL)" "$none"
refuses "a key of another tenant cannot be ended" fl_admin \
    "$admin SELECT flux.key_end('k8'); ROLLBACK" '^7~f~$'
refuses "the key of the MAC cannot be read" fl_page \
    "SELECT secret FROM ctx.mac_key" "$denied"
refuses "sessions cannot be read" fl_page \
    "SELECT token_hash FROM ctx.session" "$denied"
refuses "logins cannot be read by the login role" fl_auth \
    "SELECT verifier FROM ctx.login" "$denied for table login"
refuses "API keys cannot be read by ingest" fl_ingest \
    "SELECT key_hash FROM ctx.api_key" "$denied for table api_key"
refuses "SET ROLE to the owner is refused" fl_page \
    "SET ROLE fl_owner" "$denied"
refuses "SET ROLE to the gate is refused" fl_page "SET ROLE fl_ctx" "$denied"
refuses "SET ROLE to the operator is refused" fl_worker \
    "SET ROLE fl_admin" "$denied"
refuses "SET SESSION AUTHORIZATION is refused" fl_page \
    "SET SESSION AUTHORIZATION fl_worker" "$denied"
refuses "nobody grants himself a role" fl_page \
    "GRANT fl_owner TO fl_page" 'must have admin option'
refuses "nobody lifts himself" fl_page \
    "ALTER ROLE fl_page BYPASSRLS" '(must be superuser|permission denied)'
refuses "triggers and foreign keys cannot be switched off" fl_worker \
    "SET session_replication_role = replica" "$denied"
refuses "row_security = off is an error and no way around" fl_page \
    "$session SET LOCAL row_security = off; SELECT count(*) FROM flux.device" \
    'would be affected by row-level security'
refuses "the owner of the tables is under the policies" fl_migrator \
    "SET ROLE fl_owner; SELECT count(*) FROM flux.device" "$none"
refuses "the migrator has nothing before SET ROLE" fl_migrator \
    "SELECT count(*) FROM flux.device" "$denied"
refuses "the gate's owner sees no tenant table" fl_migrator \
    "SET ROLE fl_ctx; SELECT count(*) FROM flux.device" "$denied"

# Other ways to the rows.
month=$(as super -c "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')")
refuses "a partition cannot be addressed" fl_page \
    "$session SELECT count(*) FROM flux.ingest_batch_$month" \
    "$denied for table ingest_batch_$month"
refuses "the default partition cannot be addressed" fl_worker \
    "$worker SELECT count(*) FROM flux.dead_letter_other" \
    "$denied for table dead_letter_other"
refuses "the parent of the partitions isolates" fl_page \
    "$session SELECT count(*), max(tenant_id) FROM flux.ingest_batch" \
    '^7~5\|7~$'
refuses "even a view with its owner's rights isolates, as RLS is forced" \
    fl_page "$session SELECT count(*), max(tenant_id) FROM probe.owners_view" \
    '^7~5\|7~$'
refuses "view latest_value isolates" fl_page \
    "$session SELECT count(*), max(tenant_id) FROM flux.latest_value" \
    '^7~10\|7~$'
refuses "view device_state isolates" fl_page \
    "$session SELECT count(*), max(tenant_id) FROM flux.device_state" \
    '^7~5\|7~$'
refuses "view dashboard_summary isolates" fl_page \
    "$session SELECT count(*), max(tenant_id) FROM flux.dashboard_summary" \
    '^7~1\|7~$'
refuses "a view without a context is an error" fl_page \
    "SELECT count(*) FROM flux.latest_value" "$none"
refuses "temporary tables are refused" fl_page \
    "CREATE TEMP TABLE x (a int)" "$denied"
refuses "creating a function is refused" fl_page \
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'" \
    "$denied"
refuses "creating in schema flux is refused" fl_page \
    "CREATE TABLE flux.x (a int)" "$denied"
refuses "creating a schema is refused" fl_worker "CREATE SCHEMA x" "$denied"
refuses "a policy cannot be added" fl_page \
    "CREATE POLICY x ON flux.device USING (true)" 'must be owner'
refuses "COPY TO obeys the policy" fl_page \
    "$session COPY (SELECT DISTINCT tenant_id FROM flux.device) TO STDOUT" \
    '^7~7~$'
refuses "COPY TO without a context is an error" fl_page \
    "COPY flux.device TO STDOUT" "$none"
refuses "COPY FROM is refused" fl_ingest \
    "$key COPY flux.landing FROM STDIN" 'not supported with row-level security'
refuses "reading a file is refused" fl_page \
    "SELECT pg_read_file('/etc/passwd')" "$denied"
refuses "running a program is refused" fl_page \
    "COPY (SELECT 1) TO PROGRAM 'id'" '(must be superuser|permission denied)'
refuses "large objects are refused" fl_page "SELECT lo_create(0)" "$denied"

# Writes across the border.
refuses "a device for another tenant is refused" fl_admin \
    "$admin INSERT INTO flux.device (tenant_id, key, name, site_id)
     VALUES (8, 'x', 'x', 8)" "$policy"
refuses "a row cannot be moved to another tenant" fl_admin \
    "$admin UPDATE flux.site SET tenant_id = 8" \
    '(violates row-level security|violates foreign key)'
refuses "an update of another tenant meets no row" fl_admin \
    "$admin WITH u AS (UPDATE flux.device SET name = 'x' WHERE tenant_id = 8
     RETURNING 1) SELECT count(*) FROM u; ROLLBACK" '^7~0~$'
refuses "a delete at another tenant meets no row" fl_worker \
    "$worker WITH u AS (DELETE FROM flux.landing WHERE tenant_id = 8
     RETURNING 1) SELECT count(*) FROM u; ROLLBACK" '^7~0~$'
refuses "an upsert cannot hit another tenant's row" fl_admin \
    "$admin INSERT INTO flux.site (tenant_id, key, name)
     VALUES (8, 'site', 'x') ON CONFLICT (tenant_id, key)
     DO UPDATE SET name = 'x'" "$policy"
refuses "MERGE cannot hit another tenant's row" fl_worker \
    "$worker MERGE INTO flux.landing l USING (SELECT 8 AS t) s
     ON l.tenant_id = s.t WHEN MATCHED THEN DELETE;
     SELECT count(*) FROM flux.landing; ROLLBACK" '^7~5~$'
refuses "an alert cannot refer to another tenant's sensor" fl_worker \
    "$worker INSERT INTO flux.alert (tenant_id, rule_id, sensor_id, raised_at,
     value, ended_at) SELECT 7, min(rule_id), 80, now(), 1, now()
     FROM flux.rule" 'violates foreign key'
refuses "a device cannot stand on another tenant's site" fl_admin \
    "$admin INSERT INTO flux.device (tenant_id, key, name, site_id)
     VALUES (7, 'x', 'x', 8)" 'violates foreign key'
refuses "a device cannot hang on another tenant's gateway" fl_admin \
    "$admin INSERT INTO flux.device (tenant_id, key, name, site_id, mode,
     gateway_id, simulated) VALUES (7, 'x', 'x', 7, 'gateway', 36, true)" \
    'violates foreign key'
refuses "latest cannot hold another tenant's device" fl_worker \
    "$worker INSERT INTO flux.latest VALUES
     (7, 36, 1, now(), '{}', '{}', '{}', '{}', '{}')" 'violates foreign key'
refuses "a device behind a simulated gateway cannot claim to be real" fl_admin \
    "$admin UPDATE flux.device SET simulated = false WHERE key = 'd1'" \
    'violates foreign key'
refuses "a simulated gateway cannot turn real over its devices" fl_admin \
    "$admin UPDATE flux.device SET simulated = false WHERE key = 'd0'" \
    'violates foreign key'
refuses "ingest writes only for its tenant" fl_ingest \
    "$key INSERT INTO flux.landing (tenant_id, at, batch_id, duplicate, t_min,
     t_max, n, block) VALUES (8, now(), 1, 0, now(), now(), 1, '')" "$policy"
refuses "the ledger takes only the own tenant" fl_ingest \
    "$key INSERT INTO flux.ingest_batch (tenant_id, at, source_id, sent,
     rejected) VALUES (8, now(), 36, 1, 0)" "$policy"
refuses "a dead letter goes only to the own tenant" fl_poller \
    "$poller INSERT INTO flux.dead_letter (tenant_id, at, source_id, place,
     code, detail, body) VALUES (8, now(), 0, '', '', '', '')" "$policy"
refuses "another tenant's answer cannot be replayed" fl_ingest \
    "$key SELECT count(*), min(tenant_id) FROM flux.replay
     WHERE key = 'once'" '^7~1\|7~$'
refuses "another tenant's answer cannot be planted" fl_ingest \
    "$key INSERT INTO flux.replay (tenant_id, source_id, key, status, reply)
     VALUES (8, 36, 'twice', 200, 'x')" "$policy"
refuses "an answer that was given cannot be changed" fl_ingest \
    "$key UPDATE flux.replay SET reply = 'x'" "$denied for table replay"

# What is written stays written.
for role in fl_ingest fl_api fl_poller fl_page fl_admin; do
	case $role in
	fl_ingest) gate=$key ;;
	fl_poller) gate=$poller ;;
	fl_admin) gate=$admin ;;
	*) gate=$session ;;
	esac
	refuses "$role cannot change what has landed" $role \
	    "$gate UPDATE flux.landing SET n = 0" "$denied for table landing"
	refuses "$role cannot remove what has landed" $role \
	    "$gate DELETE FROM flux.landing" "$denied for table landing"
done
refuses "ingest cannot read readings" fl_ingest \
    "$key SELECT count(*) FROM flux.landing" "$denied for table landing"
refuses "ingest cannot read alerts" fl_ingest \
    "$key SELECT count(*) FROM flux.alert" "$denied for table alert"
refuses "ingest cannot read members" fl_ingest \
    "$key SELECT count(*) FROM flux.member" "$denied for table member"
refuses "a page cannot write" fl_page \
    "$session UPDATE flux.device SET name = 'x'" "$denied for table device"
refuses "the API cannot write" fl_api \
    "$session INSERT INTO flux.site (tenant_id, key, name)
     VALUES (7, 'x', 'x')" "$denied for table site"
refuses "TRUNCATE is refused" fl_worker "TRUNCATE flux.landing" "$denied"
refuses "a page cannot lock a table against others" fl_page \
    "$session LOCK TABLE flux.device IN ROW EXCLUSIVE MODE" "$denied"
refuses "a page cannot lock a row against others" fl_page \
    "$session SELECT 1 FROM flux.device FOR UPDATE" "$denied"
refuses "a page cannot make partitions" fl_page \
    "SELECT flux.partition_next()" "$denied for function partition_next"

# Looking around.
refuses "a division in the condition meets no other row" fl_page \
    "$session SELECT count(*) FROM flux.device WHERE 1 / (tenant_id - 8) < 9" \
    '^7~5~$'
refuses "a cast in the condition meets no other row" fl_page \
    "$session SELECT count(*) FROM flux.device WHERE CASE WHEN tenant_id <> 7
     THEN name::int > 0 ELSE true END" '^7~5~$'
refuses "pg_stats hides the columns of tenants" fl_page \
    "SELECT count(*) FROM pg_stats WHERE schemaname = 'flux'" '^0~$'
refuses "pg_statistic cannot be read" fl_page \
    "SELECT count(*) FROM pg_statistic" "$denied"
refuses "pg_authid cannot be read" fl_page \
    "SELECT count(*) FROM pg_authid" "$denied"
refuses "statements of other sessions cannot be read" fl_page \
    "SELECT query FROM pg_stat_activity" "$denied"
refuses "nor through the function behind that view" fl_page \
    "SELECT query FROM pg_stat_get_activity(NULL)" "$denied"
refuses "sequences cannot be read" fl_page \
    "SELECT last_value FROM flux.device_device_id_seq" "$denied"
refuses "SQL in an XML function is refused" fl_page \
    "SELECT query_to_xml('SELECT 1', true, true, '')" "$denied"
refuses "sleeping is refused" fl_page "SELECT pg_sleep(1)" "$denied"
refuses "ending other sessions is refused" fl_page \
    "SELECT pg_terminate_backend(1)" "$denied"
refuses "advisory locks are refused" fl_page \
    "SELECT pg_advisory_lock(1)" "$denied"
refuses "listening tells nothing" fl_page "LISTEN t8" '^$'
refuses "the login role sees no table of tenants" fl_auth \
    "SELECT 1 FROM flux.device" "$denied for schema flux"

# Login.
# finish ADDRESS PROOF: what ends it.
finish() {
	echo "ctx.login_finish('$1', '$2', '\x01', NULL, '192.0.2.1', 'test')"
}
known=$(as fl_auth -c "SELECT length(ctx.login_begin('u7@example.org')),
    pg_typeof(ctx.login_begin('u7@example.org'))")
claim "an unknown address gets a salt like a known one" "$(as fl_auth -c \
    "SELECT length(ctx.login_begin('no@example.org')),
     pg_typeof(ctx.login_begin('no@example.org'))")" "$known"
claim "an unknown address gets the same salt every time" "$(as fl_auth -c \
    "SELECT ctx.login_begin('no@example.org') =
     ctx.login_begin('NO@example.org')")" t
claim "two unknown addresses get two salts" "$(as fl_auth -c \
    "SELECT ctx.login_begin('no@example.org') =
     ctx.login_begin('no2@example.org')")" f
refuses "a wrong password and an unknown address answer the same" fl_auth \
    "BEGIN; SELECT ok FROM $(finish u7@example.org wrong);
     SELECT ok FROM $(finish no@example.org wrong); ROLLBACK" \
    '^f~f~$'
refuses "the right password opens a session" fl_auth \
    "BEGIN; SELECT ok, stage FROM $(finish u7@example.org pass-7);
     ROLLBACK" '^t\|open~$'
# waits ADDRESS: a second, and from now on a minute more, which is for longer
# than a slow machine takes for what comes next.
waits() {
	echo "UPDATE ctx.throttle SET wait_till = wait_till + interval '1 min'
	    WHERE address_hash = sha256('$1')
	    RETURNING round(extract(epoch FROM wait_till - last_at));"
}
refuses "after three wrong passwords the right one has to wait" super \
    "BEGIN; SELECT ($(finish u7@example.org wrong)).ok
     FROM generate_series(1, 3); $(waits u7@example.org)
     SELECT ok FROM $(finish u7@example.org pass-7); ROLLBACK" \
    '^f~f~f~61~f~$'
refuses "a session ends with its logout" fl_auth \
    "BEGIN; SELECT ctx.logout('sess-9'); SELECT ctx.logout('sess-9');
     ROLLBACK" '^t~f~$'

# What each part of the schema adds, a file each.
for file in "$here"/attacks.d/*.sh; do
	# shellcheck source=/dev/null
	. "$file"
done

[ "$count" -ge 100 ] || not_ok "all attacks ran" "$count"
echo "# attacks $count refused $((count - broken))"
done_testing
