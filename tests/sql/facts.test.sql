-- facts.test.sql - who may do what, table by table, in the database as it
-- runs.  The tables, partitions and functions come from the catalogue; what
-- is written here is only the rule, so a new table is under it at once.
BEGIN;
SELECT * FROM no_plan();

CREATE TEMP VIEW table_ AS
SELECT c.oid, c.relname::name AS name, c.relispartition AS part
  FROM pg_class c
 WHERE relnamespace = 'flux'::regnamespace AND relkind IN ('r', 'p');
CREATE TEMP VIEW runtime AS
SELECT rolname AS role FROM pg_roles
 WHERE rolname LIKE 'fl\_%'
   AND rolname NOT IN ('fl_owner', 'fl_ctx', 'fl_migrator');

-- What the pages and the API do not read: people's addresses, answers kept for
-- senders, and the worker's own bookkeeping, but for what is not rolled up yet.
CREATE TEMP TABLE unread (name text);
INSERT INTO unread VALUES ('member'), ('replay'), ('packing'), ('rolling'),
       ('retained'), ('audit'), ('audit_head');
-- What the desk reads.
CREATE TEMP TABLE desk (name text);
INSERT INTO desk VALUES ('tenant'), ('member'), ('site'), ('asset'), ('device'),
       ('sensor'), ('ingest_batch');

-- keys
INSERT INTO desk VALUES ('usage_day'), ('quota');

-- trace
INSERT INTO unread VALUES ('audit_seal'), ('debug_payload');
INSERT INTO desk VALUES ('audit_seal');

-- sign-in
INSERT INTO unread VALUES ('oidc_group');
INSERT INTO desk VALUES ('oidc_group');

-- spool
INSERT INTO unread VALUES ('drained');

-- roles
INSERT INTO unread VALUES ('role'), ('grant_'), ('reach');
INSERT INTO desk VALUES ('role'), ('grant_');

-- tenants
INSERT INTO desk VALUES ('retention');
CREATE TEMP TABLE restricted (name text); -- and have a second policy
INSERT INTO restricted VALUES ('asset'), ('device'), ('site'), ('sensor'),
       ('latest'), ('rolled'), ('ingest_batch'), ('dead_letter'), ('rule'),
       ('alert');

-- intake
INSERT INTO desk VALUES ('mapping'), ('intake_rule'), ('stranger');
INSERT INTO restricted VALUES ('mapping'), ('intake_rule'), ('stranger'),
       ('remark');
-- mapping
INSERT INTO desk VALUES ('replay_order'), ('dead_letter'), ('latest');
INSERT INTO unread VALUES ('replay_order');
INSERT INTO restricted VALUES ('replay_order');
-- sanity
INSERT INTO unread VALUES ('steady');
-- spool
-- imports
INSERT INTO unread VALUES ('import'), ('import_part'), ('import_error');
-- attributes
INSERT INTO restricted VALUES ('attribute');
-- commands
INSERT INTO desk VALUES ('command');
INSERT INTO restricted VALUES ('command');
-- probes
INSERT INTO unread VALUES ('probe'), ('preview');
-- plans
INSERT INTO desk VALUES ('plan'), ('facet');
INSERT INTO restricted VALUES ('plan');
-- 0042.
INSERT INTO restricted VALUES ('unit_health');
-- profiles
INSERT INTO desk VALUES ('profile');
-- What programs read and pages do not.
CREATE TEMP TABLE api_only (name text);
INSERT INTO api_only VALUES ('profile'), ('command'), ('plan');
-- gaps
INSERT INTO restricted VALUES ('gap');
-- ledger
-- virtual sensors
INSERT INTO unread VALUES ('virtual');
INSERT INTO desk VALUES ('virtual');

SELECT is(count(*)::int, 8, 'there are eight runtime roles') FROM runtime;

-- Every table.
SELECT has_pk('flux', name, name || ' has a primary key') FROM table_;
SELECT col_type_is('flux', name, 'tenant_id', 'integer',
       name || '.tenant_id is an integer') FROM table_;
SELECT col_not_null('flux', name, 'tenant_id',
       name || '.tenant_id is never NULL') FROM table_;
SELECT table_owner_is('flux', name, 'fl_owner',
       name || ' belongs to fl_owner') FROM table_;
SELECT ok(relrowsecurity AND relforcerowsecurity,
       t.name || ' has row-level security, for its owner too')
  FROM table_ t JOIN pg_class c USING (oid);
SELECT policies_are('flux', name, CASE WHEN part THEN '{}'::name[]
       WHEN name IN (SELECT r.name FROM restricted r)
       THEN ARRAY['subtree', 'tenant_only']::name[]
       ELSE ARRAY['tenant_only']::name[] END,
       name || ' has the policies it should') FROM table_;
SELECT policy_cmd_is('flux', name, 'tenant_only'::name, 'all',
       name || '''s policy is for every command')
  FROM table_ WHERE NOT part;

-- Nobody.
SELECT table_privs_are('flux', name, role, '{}'::text[],
       role || ' may do nothing on partition ' || name)
  FROM table_, runtime WHERE part;
SELECT table_privs_are('flux', name, 'fl_auth', '{}'::text[],
       'fl_auth may do nothing on ' || name) FROM table_;
SELECT table_privs_are('flux', name, 'fl_ctx', '{}'::text[],
       'the gate may do nothing on ' || name) FROM table_;
SELECT table_privs_are('ctx', relname, role, '{}'::text[],
       role || ' may do nothing on ctx.' || relname)
  FROM pg_class, runtime
 WHERE relnamespace = 'ctx'::regnamespace AND relkind = 'r';

-- Readers read.
SELECT table_privs_are('flux', name, role,
       CASE WHEN name IN (SELECT name FROM unread)
              OR role = 'fl_page' AND name IN (SELECT name FROM api_only)
            THEN '{}'::text[] ELSE ARRAY['SELECT'] END,
       role || ' only reads ' || name)
  FROM table_, runtime
 WHERE NOT part AND role IN ('fl_page', 'fl_api');

-- The desk reads what its pages show, and writes nothing.
SELECT table_privs_are('flux', name, 'fl_desk',
       CASE WHEN name IN (SELECT name FROM desk) THEN ARRAY['SELECT']
            ELSE '{}'::text[] END,
       'fl_desk only reads what it shows of ' || name)
  FROM table_ WHERE NOT part;

-- Senders append.
SELECT table_privs_are('flux', name, role, ARRAY['INSERT'],
       role || ' only appends to ' || name)
  FROM table_, runtime
 WHERE name IN ('landing', 'ingest_batch', 'dead_letter')
   AND role IN ('fl_ingest', 'fl_poller');
SELECT table_privs_are('flux', 'site', 'fl_poller', '{}'::text[],
       'fl_poller may do nothing on site');
SELECT table_privs_are('flux', 'site', 'fl_ingest', ARRAY['SELECT'],
       'fl_ingest reads the zones of sites');
SELECT table_privs_are('flux', 'remark', 'fl_ingest', ARRAY['INSERT'],
       'fl_ingest only appends to remark');
SELECT table_privs_are('flux', name, role, '{}'::text[],
       role || ' may do nothing on ' || name)
  FROM table_, runtime
 WHERE name IN ('fresh', 'latest', 'rule', 'alert', 'member', 'tenant', 'asset')
   AND role IN ('fl_ingest', 'fl_poller');

-- The registry is the operator's, the alerts are the worker's.
SELECT ok(NOT has_table_privilege(role, t.oid, 'INSERT,UPDATE,DELETE'),
       role || ' cannot write ' || name)
  FROM table_ t, runtime
 WHERE name IN ('member', 'site', 'asset', 'device', 'sensor', 'rule')
   AND role <> 'fl_admin';
SELECT ok(NOT has_table_privilege(role, t.oid, 'INSERT,UPDATE,DELETE'),
       role || ' cannot write ' || name)
  FROM table_ t, runtime
 WHERE name IN ('fresh', 'latest', 'alert', 'rollup_hour', 'rollup_day',
       'rolled', 'rolling', 'raw_floor') AND role <> 'fl_worker';
SELECT ok(NOT has_table_privilege(role, t.oid, 'DELETE'),
       role || ' cannot delete from ' || name)
  FROM table_ t, runtime
 WHERE role <> 'fl_worker'
   AND NOT (role = 'fl_admin' AND name IN ('retention', 'meter_swap'));
-- What was measured is appended and moved on, and never changed; a row of
-- fresh may be handed from its owner to the next.
SELECT is(ARRAY(SELECT attname::text FROM pg_attribute
                 WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped
                   AND has_column_privilege(role, t.oid, attnum, 'UPDATE')),
       CASE WHEN name = 'fresh' AND role = 'fl_worker' THEN ARRAY['tier']
       ELSE '{}' END, role || ' cannot change what was measured in ' || name)
  FROM table_ t, runtime
 WHERE name IN ('landing', 'fresh', 'chunk', 'dead_letter', 'quarantine',
       'facet');
-- A certificate of deletion is never changed, by nobody.
SELECT table_privs_are('flux', 'deletion', role, CASE role
       WHEN 'fl_worker' THEN ARRAY['SELECT', 'INSERT']
       ELSE ARRAY['SELECT'] END, role || ' does not change certificates')
  FROM runtime WHERE role IN ('fl_worker', 'fl_admin', 'fl_page', 'fl_api');

-- Each gate opens to the roles it is for.
SELECT is(ARRAY(SELECT role::text FROM runtime
                 WHERE has_function_privilege(role, p.oid, 'EXECUTE')
                 ORDER BY 1),
       roles, proname || ' opens to ' || array_to_string(roles, ', '))
  FROM pg_proc p
  JOIN (VALUES ('begin_session', ARRAY['fl_api', 'fl_desk', 'fl_page']),
               ('begin_api_key', ARRAY['fl_api', 'fl_ingest']),
               ('begin_api_keys', ARRAY['fl_api', 'fl_ingest']),
               ('begin_token', ARRAY['fl_api', 'fl_ingest']),
               ('begin_cert', ARRAY['fl_api', 'fl_ingest']),
               ('begin_poller', ARRAY['fl_poller']),
               ('begin_worker', ARRAY['fl_worker']),
               ('begin_admin', ARRAY['fl_admin']),
               ('mint', ARRAY[]::text[]),
               ('mac', ARRAY[]::text[])) AS v (name, roles)
       ON name = proname
 WHERE pronamespace = 'ctx'::regnamespace;
SELECT is(count(*)::int, 8, 'there are eight gates')
  FROM pg_proc WHERE pronamespace = 'ctx'::regnamespace
   AND proname LIKE 'begin\_%';
SELECT ok(prosecdef AND NOT rolsuper,
       proname || ' has its owner''s rights, and its owner is no superuser')
  FROM pg_proc JOIN pg_roles r ON r.oid = proowner
 WHERE pronamespace = 'ctx'::regnamespace AND proname LIKE 'begin\_%';
SELECT isnt_superuser(role, role || ' is no superuser') FROM runtime;
SELECT schema_privs_are('flux', role, CASE WHEN role = 'fl_auth'
       THEN '{}'::text[] ELSE ARRAY['USAGE'] END,
       role || ' may use schema flux as it should') FROM runtime;
SELECT schema_privs_are('ctx', role, ARRAY['USAGE'],
       role || ' may use schema ctx') FROM runtime;
SELECT database_privs_are(current_database(), role, ARRAY['CONNECT'],
       role || ' may connect and no more') FROM runtime;

SELECT * FROM finish();
ROLLBACK;
