-- lint.sql - the rules of the catalogue; whoever breaks one is a finding.
--
-- Each rule is a row: its name, and a query that answers with the offenders.
-- findings() runs them all.  Everything here is temporary.  Run as super.
--
-- Tables that may lack tenant_id are named here, and nowhere else.
CREATE TEMP TABLE allowed (name text);
INSERT INTO allowed VALUES ('ctx.mac_key'), ('ctx.migration'),
       ('ctx.cell'), ('ctx.promise');

-- The roles that serve requests; found by what they are called, so that a
-- new one is under the rules from its first day.
CREATE TEMP VIEW runtime AS
SELECT oid, rolname FROM pg_roles
 WHERE rolname LIKE 'fl\_%'
   AND rolname NOT IN ('fl_owner', 'fl_ctx', 'fl_migrator');

CREATE TEMP VIEW relation AS
SELECT c.*, n.nspname, n.nspname || '.' || c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('flux', 'ctx', 'fleetops', 'iotsphere', 'fluxio',
       'fleet');

CREATE TEMP VIEW routine AS
SELECT p.*, n.nspname, p.oid::regprocedure::text AS name
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('flux', 'ctx', 'fleetops', 'iotsphere', 'fluxio',
       'fleet');

-- What who is restricted to a subtree sees less of; and what is found by
-- numbers that he gets from these only, or says nothing of a device.
CREATE TEMP TABLE subtree (name text, col text, what text, bits int);
INSERT INTO subtree VALUES
('flux.asset', 'asset_id', 'asset', 13),
('flux.device', 'device_id', 'device', 13),
('flux.site', 'site_id', 'site', 13),
('flux.sensor', 'device_id', 'device', 1),
('flux.latest', 'device_id', 'device', 1),
('flux.rolled', 'device_id', 'device', 1),
('flux.ingest_batch', 'source_id', 'device', 1),
('flux.dead_letter', 'source_id', 'device', 1),
('flux.mapping', 'source_id', 'device', 1),
('flux.intake_rule', 'source_id', 'device', 1),
('flux.stranger', 'source_id', 'device', 1),
('flux.remark', 'source_id', 'device', 1),
('flux.replay_order', 'source_id', 'device', 1),
('flux.attribute', 'device_id', 'device', 1),
('flux.command', 'device_id', 'device', 1),
('flux.plan', 'gateway_id', 'device', 1),
('flux.gap', 'device_id', 'device', 1),
('flux.unit_health', 'device_id', 'device', 1),
('flux.rule', 'sensor_id', 'sensor', 8),
('flux.alert', 'sensor_id', 'sensor', 8);
CREATE TEMP TABLE by_number (name text);
INSERT INTO by_number VALUES ('flux.tenant'), ('flux.landing'), ('flux.fresh'),
('flux.chunk'), ('flux.quarantine'), ('flux.facet'), ('flux.rollup_hour'),
('flux.rollup_day'), ('flux.meter_swap'), ('flux.raw_floor'), ('flux.mark'),
('flux.retention'), ('flux.hold'), ('flux.deletion'), ('flux.usage_day'),
('flux.quota'), ('flux.profile');

CREATE TEMP TABLE rule (name text PRIMARY KEY, query text);
INSERT INTO rule VALUES
('table without tenant_id', $$
SELECT name FROM relation r
 WHERE relkind IN ('r', 'p', 'f') AND name NOT IN (SELECT name FROM allowed)
   AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = r.oid
                      AND attname = 'tenant_id' AND attnotnull)
$$),
('RLS not enabled and forced', $$
SELECT name FROM relation
 WHERE relkind IN ('r', 'p') AND nspname = 'flux'
   AND NOT (relrowsecurity AND relforcerowsecurity)
$$),
('table without policy', $$
SELECT name FROM relation r
 WHERE relkind IN ('r', 'p') AND nspname = 'flux' AND NOT relispartition
   AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = r.oid
                      AND polpermissive)
$$),
('policy is not the one of all tables', $$
SELECT polname || ' on ' || r.name
  FROM pg_policy p JOIN relation r ON r.oid = p.polrelid
 WHERE polname <> 'subtree'
   AND (polname <> 'tenant_only' OR polcmd <> '*' OR NOT polpermissive
    OR polroles <> '{0}'
    OR pg_get_expr(polqual, polrelid) IS DISTINCT FROM
       '(tenant_id = ( SELECT ctx.tenant() AS tenant))'
    OR pg_get_expr(polwithcheck, polrelid) IS DISTINCT FROM
       '(tenant_id = ( SELECT ctx.tenant() AS tenant))')
$$),
('policy subtree is not the one of its table', $$
SELECT 'subtree on ' || coalesce(r.name, s.name)
  FROM (SELECT * FROM pg_policy WHERE polname = 'subtree') p
  JOIN relation r ON r.oid = p.polrelid
  FULL JOIN subtree s ON s.name = r.name
 WHERE polcmd IS DISTINCT FROM '*' OR polpermissive
    OR polwithcheck IS NOT NULL
    OR ARRAY(SELECT x::regrole::text FROM unnest(polroles) x ORDER BY 1)
       <> ARRAY['fl_api', 'fl_desk', 'fl_page']
    OR btrim(regexp_replace(pg_get_expr(polqual, polrelid), '\s+', ' ',
       'g')) IS DISTINCT FROM format('CASE WHEN ( SELECT ctx.scoped() AS '
       'scoped) THEN (%s IN ( SELECT flux.reached(%L::text, (%s)::bigint) AS '
       'reached)) ELSE true END', s.col, s.what, s.bits)
$$),
('visible to the restricted', $$
SELECT a.name FROM relation a
 WHERE nspname = 'flux' AND relkind IN ('r', 'p') AND NOT relispartition
   AND a.name NOT IN (SELECT name FROM subtree)
   AND a.name NOT IN (SELECT name FROM by_number)
   AND EXISTS (SELECT FROM runtime WHERE rolname IN ('fl_page', 'fl_api')
           AND has_table_privilege(rolname, a.oid, 'SELECT'))
$$),
('partition has a policy', $$
SELECT r.name FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
 WHERE relispartition
$$),
('partition granted', $$
SELECT r.name || ' to ' || rolname FROM relation r, runtime
 WHERE relispartition AND relkind IN ('r', 'p')
   AND (has_table_privilege(rolname, r.oid, 'SELECT,INSERT,UPDATE,DELETE')
     OR has_any_column_privilege(rolname, r.oid, 'SELECT,INSERT,UPDATE'))
$$),
('view without security_invoker and security_barrier', $$
SELECT name FROM relation
 WHERE relkind = 'v' AND NOT coalesce(reloptions @>
       ARRAY['security_invoker=true', 'security_barrier=true'], false)
$$),
('materialized view granted', $$
SELECT r.name || ' to ' || rolname FROM relation r, runtime
 WHERE relkind = 'm'
   AND (has_table_privilege(rolname, r.oid, 'SELECT')
     OR has_any_column_privilege(rolname, r.oid, 'SELECT'))
$$),
('foreign key without tenant_id', $$
SELECT r.name || ' ' || conname
  FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid
 WHERE contype = 'f' AND nspname = 'flux'
   AND NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = k.conrelid AND attname = 'tenant_id'
                      AND a.attnum = ANY (k.conkey))
$$),
('unique key not starting with tenant_id', $$
SELECT i.indexrelid::regclass::text
  FROM pg_index i JOIN relation r ON r.oid = i.indrelid
 WHERE indisunique AND nspname = 'flux'
   AND NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = i.indrelid AND attname = 'tenant_id'
                      AND a.attnum = i.indkey[0])
$$),
('index not starting with tenant_id', $$
SELECT i.indexrelid::regclass::text
  FROM pg_index i JOIN relation r ON r.oid = i.indrelid
 WHERE NOT indisunique AND nspname = 'flux'
   AND NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = i.indrelid AND attname = 'tenant_id'
                      AND a.attnum = i.indkey[0])
$$),
('role too strong', $$
SELECT rolname FROM pg_roles
 WHERE rolname LIKE 'fl\_%'
   AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
     OR rolreplication)
$$),
('runtime role owns', $$
SELECT rolname || ' ' || classid::regclass || ' ' || objid
  FROM pg_shdepend JOIN runtime ON oid = refobjid
 WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o'
   AND dbid IN (0, (SELECT oid FROM pg_database
                     WHERE datname = current_database()))
$$),
('runtime role is a member', $$
SELECT rolname || ' of ' || roleid::regrole
  FROM pg_auth_members JOIN runtime ON oid = member
$$),
('runtime role has members', $$
SELECT member::regrole || ' of ' || rolname
  FROM pg_auth_members JOIN runtime ON oid = roleid
$$),
('set_config granted', $$
SELECT rolname FROM runtime
 WHERE has_function_privilege(rolname,
       'pg_catalog.set_config(text,text,boolean)', 'EXECUTE')
$$),
('dangerous function granted', $$
SELECT p.oid::regprocedure || ' to ' || rolname FROM pg_proc p, runtime
 WHERE pronamespace = 'pg_catalog'::regnamespace
   AND (proname IN ('pg_sleep', 'pg_cancel_backend', 'pg_terminate_backend',
        'pg_notify', 'query_to_xml', 'table_to_xml', 'database_to_xml',
        'pg_stat_get_activity', 'pg_stat_get_backend_activity', 'lastval',
        'pg_read_file', 'pg_ls_dir', 'pg_export_snapshot', 'lo_create')
     OR proname LIKE 'pg\_advisory%' OR proname LIKE 'pg\_try\_advisory%')
   AND has_function_privilege(rolname, p.oid, 'EXECUTE')
$$),
('statements of others readable', $$
SELECT rolname FROM runtime
 WHERE has_table_privilege(rolname, 'pg_catalog.pg_stat_activity', 'SELECT')
$$),
('create in a schema', $$
SELECT rolname || ' in ' || nspname FROM runtime, pg_namespace
 WHERE nspname !~ '^pg_' AND has_schema_privilege(rolname, nspname, 'CREATE')
$$),
('create in the database', $$
SELECT rolname FROM runtime
 WHERE has_database_privilege(rolname, current_database(), 'CREATE')
$$),
('temporary tables', $$
SELECT rolname FROM runtime
 WHERE has_database_privilege(rolname, current_database(), 'TEMP')
$$),
('TRUNCATE, REFERENCES or TRIGGER granted', $$
SELECT r.name || ' to ' || rolname FROM relation r, runtime
 WHERE relkind IN ('r', 'p', 'v')
   AND has_table_privilege(rolname, r.oid, 'TRUNCATE,REFERENCES,TRIGGER')
$$),
('granted to PUBLIC', $$
SELECT r.name FROM relation r, aclexplode(relacl) WHERE grantee = 0
UNION ALL
SELECT n.nspname FROM pg_namespace n, aclexplode(nspacl)
 WHERE grantee = 0 AND nspname IN ('flux', 'ctx')
$$),
('function executable by PUBLIC', $$
SELECT name FROM routine
 WHERE proacl IS NULL
    OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0)
$$),
('definer without search_path', $$
SELECT name FROM routine
 WHERE prosecdef AND prosrc !~ 'OPERATOR\(pg_catalog\.'
   AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)
$$),
('not owned by the schema''s role', $$
SELECT r.name FROM relation r
 WHERE relowner <> CASE nspname WHEN 'ctx' THEN 'fl_ctx'::regrole
                                ELSE 'fl_owner'::regrole END
UNION ALL
SELECT name FROM routine
 WHERE proowner <> CASE nspname WHEN 'ctx' THEN 'fl_ctx'::regrole
                                ELSE 'fl_owner'::regrole END
$$),
('gate table granted', $$
SELECT r.name || ' to ' || rolname FROM relation r, pg_roles
 WHERE nspname = 'ctx' AND relkind IN ('r', 'p', 'v', 'm')
   AND rolname LIKE 'fl\_%' AND rolname <> 'fl_ctx'
   AND rolname <> 'fl_migrator' -- holds fl_ctx, NOINHERIT
   AND (has_table_privilege(rolname, r.oid, 'SELECT,INSERT,UPDATE,DELETE')
     OR has_any_column_privilege(rolname, r.oid, 'SELECT,INSERT,UPDATE'))
$$),
('the gate''s owner reads tenants', $$
SELECT name FROM relation r
 WHERE nspname = 'flux' AND relkind IN ('r', 'p', 'v', 'm')
   AND (has_table_privilege('fl_ctx', r.oid, 'SELECT,INSERT,UPDATE,DELETE')
     OR has_any_column_privilege('fl_ctx', r.oid, 'SELECT,INSERT,UPDATE'))
$$),
('the audit can be written otherwise', $$
SELECT r.name || ' by ' || rolname
  FROM relation r, runtime, (VALUES ('flux.audit', 'INSERT,UPDATE,DELETE'),
       ('flux.audit_head', 'INSERT,UPDATE,DELETE'),
       ('flux.audit_seal', 'UPDATE,DELETE'),
       ('flux.debug_payload', 'INSERT,UPDATE,DELETE')) AS w (name, what)
 WHERE r.name = w.name
   AND (has_table_privilege(rolname, r.oid, w.what)
     OR has_any_column_privilege(rolname, r.oid,
        replace(w.what, ',DELETE', '')))
$$),
('append-only table can be changed', $$
SELECT r.name || ' by ' || rolname FROM relation r, runtime
 WHERE r.name IN ('flux.landing', 'flux.fresh', 'flux.latest',
       'flux.ingest_batch', 'flux.dead_letter', 'flux.replay', 'flux.alert')
   AND rolname <> 'fl_worker'
   AND (has_table_privilege(rolname, r.oid, 'UPDATE,DELETE')
     OR has_any_column_privilege(rolname, r.oid, 'UPDATE'))
$$);

CREATE FUNCTION pg_temp.findings() RETURNS TABLE (rule text, object text)
LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT * FROM pg_temp.rule ORDER BY name LOOP
		RETURN QUERY EXECUTE format('SELECT %L::text, q::text
		    FROM (%s) AS x (q)', r.name, r.query);
	END LOOP;
END $$;
