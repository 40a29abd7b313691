-- plants.sql - each rule of lint.sql is broken on purpose, in a transaction
-- that is undone, and must be the finding.  A rule without a plant is a
-- failure too.  Run as super, after lint.sql, in one session.
CREATE TEMP TABLE plant (rule text, mistake text);
INSERT INTO plant VALUES
('table without tenant_id', $$
CREATE TABLE flux.bad (a int)
$$),
('table without tenant_id', $$
CREATE TABLE flux.bad (tenant_id int)
$$),
('table without tenant_id', $$
CREATE TABLE ctx.bad (a int)
$$),
('RLS not enabled and forced', $$
ALTER TABLE flux.alert NO FORCE ROW LEVEL SECURITY
$$),
('RLS not enabled and forced', $$
ALTER TABLE flux.alert DISABLE ROW LEVEL SECURITY
$$),
('RLS not enabled and forced', $$
CREATE TABLE flux.bad PARTITION OF flux.dead_letter
FOR VALUES FROM ('1990-01-01') TO ('1990-02-01')
$$),
('table without policy', $$
DROP POLICY tenant_only ON flux.device
$$),
('policy is not the one of all tables', $$
ALTER POLICY tenant_only ON flux.device USING (true)
$$),
('policy is not the one of all tables', $$
ALTER POLICY tenant_only ON flux.device USING (tenant_id = ctx.tenant())
$$),
('policy is not the one of all tables', $$
ALTER POLICY tenant_only ON flux.device WITH CHECK (true)
$$),
('policy is not the one of all tables', $$
CREATE POLICY more ON flux.device FOR SELECT USING (true)
$$),
('policy subtree is not the one of its table', $$
DROP POLICY subtree ON flux.latest
$$),
('policy subtree is not the one of its table', $$
DROP POLICY subtree ON flux.device;
CREATE POLICY subtree ON flux.device TO fl_page, fl_desk, fl_api USING (
    CASE WHEN (SELECT ctx.scoped()) THEN device_id IN
    (SELECT flux.reached('device', 13)) ELSE true END)
$$),
('policy subtree is not the one of its table', $$
ALTER POLICY subtree ON flux.alert USING (true)
$$),
('policy subtree is not the one of its table', $$
ALTER POLICY subtree ON flux.alert USING (
    CASE WHEN (SELECT ctx.scoped()) THEN sensor_id IN
    (SELECT flux.reached('sensor', 9)) ELSE true END)
$$),
('policy subtree is not the one of its table', $$
ALTER POLICY subtree ON flux.sensor TO fl_page, fl_desk
$$),
('policy subtree is not the one of its table', $$
CREATE POLICY subtree ON flux.tenant AS RESTRICTIVE USING (true)
$$),
('visible to the restricted', $$
CREATE TABLE flux.bad (tenant_id int NOT NULL);
GRANT SELECT ON flux.bad TO fl_api
$$),
('partition has a policy', $$
CREATE POLICY tenant_only ON flux.ingest_batch_other
 USING (tenant_id = (SELECT ctx.tenant()))
$$),
('partition granted', $$
GRANT SELECT ON flux.ingest_batch_other TO fl_page
$$),
('partition granted', $$
GRANT SELECT (tenant_id) ON flux.ingest_batch_other TO fl_ingest
$$),
('view without security_invoker and security_barrier', $$
CREATE VIEW flux.bad AS SELECT tenant_id FROM flux.device
$$),
('view without security_invoker and security_barrier', $$
ALTER VIEW flux.device_state RESET (security_barrier)
$$),
('materialized view granted', $$
CREATE MATERIALIZED VIEW flux.bad AS SELECT tenant_id FROM flux.device;
GRANT SELECT ON flux.bad TO fl_api
$$),
('foreign key without tenant_id', $$
ALTER TABLE flux.site ADD UNIQUE (site_id);
ALTER TABLE flux.device ADD FOREIGN KEY (site_id) REFERENCES flux.site (site_id)
$$),
('unique key not starting with tenant_id', $$
CREATE UNIQUE INDEX ON flux.sensor (sensor_id, tenant_id)
$$),
('unique key not starting with tenant_id', $$
ALTER TABLE flux.member ADD UNIQUE (email)
$$),
('index not starting with tenant_id', $$
CREATE INDEX ON flux.landing (at)
$$),
('role too strong', $$
ALTER ROLE fl_page BYPASSRLS
$$),
('role too strong', $$
ALTER ROLE fl_owner SUPERUSER
$$),
('role too strong', $$
ALTER ROLE fl_worker CREATEROLE
$$),
('runtime role owns', $$
CREATE TABLE public.bad (a int); ALTER TABLE public.bad OWNER TO fl_page
$$),
('runtime role owns', $$
CREATE FUNCTION public.bad() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION public.bad() OWNER TO fl_worker
$$),
('runtime role is a member', $$
GRANT fl_owner TO fl_worker
$$),
('runtime role is a member', $$
GRANT pg_read_all_data TO fl_api
$$),
('runtime role has members', $$
GRANT fl_worker TO fl_owner
$$),
('set_config granted', $$
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO fl_api
$$),
('set_config granted', $$
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC
$$),
('dangerous function granted', $$
GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_lock(bigint) TO PUBLIC
$$),
('statements of others readable', $$
GRANT SELECT ON pg_catalog.pg_stat_activity TO PUBLIC
$$),
('create in a schema', $$
GRANT CREATE ON SCHEMA flux TO fl_worker
$$),
('create in a schema', $$
GRANT CREATE ON SCHEMA public TO PUBLIC
$$),
('create in the database', $$
DO 'BEGIN EXECUTE format(''GRANT CREATE ON DATABASE %I TO fl_page'',
    current_database()); END'
$$),
('temporary tables', $$
DO 'BEGIN EXECUTE format(''GRANT TEMP ON DATABASE %I TO fl_page'',
    current_database()); END'
$$),
('TRUNCATE, REFERENCES or TRIGGER granted', $$
GRANT TRUNCATE ON flux.landing TO fl_worker
$$),
('TRUNCATE, REFERENCES or TRIGGER granted', $$
GRANT TRIGGER ON flux.device TO fl_admin
$$),
('granted to PUBLIC', $$
GRANT SELECT ON flux.rule TO PUBLIC
$$),
('granted to PUBLIC', $$
GRANT USAGE ON SCHEMA ctx TO PUBLIC
$$),
('function executable by PUBLIC', $$
CREATE FUNCTION ctx.bad() RETURNS int LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS 'SELECT 1'
$$),
('function executable by PUBLIC', $$
GRANT EXECUTE ON FUNCTION ctx.begin_worker(int) TO PUBLIC
$$),
('definer without search_path', $$
ALTER FUNCTION ctx.begin_session(bytea) RESET search_path
$$),
('definer without search_path', $$
ALTER FUNCTION ctx.logout(bytea) SET search_path = public, pg_catalog
$$),
('not owned by the schema''s role', $$
ALTER VIEW flux.device_state OWNER TO super
$$),
('not owned by the schema''s role', $$
ALTER FUNCTION ctx.begin_session(bytea) OWNER TO super
$$),
('gate table granted', $$
GRANT SELECT (email) ON ctx.login TO fl_auth
$$),
('gate table granted', $$
GRANT SELECT ON ctx.mac_key TO fl_owner
$$),
('the gate''s owner reads tenants', $$
GRANT SELECT ON flux.device TO fl_ctx
$$),
('the audit can be written otherwise', $$
GRANT INSERT ON flux.audit TO fl_admin
$$),
('the audit can be written otherwise', $$
GRANT UPDATE (hash) ON flux.audit_head TO fl_worker
$$),
('the audit can be written otherwise', $$
GRANT DELETE ON flux.audit_seal TO fl_worker
$$),
('append-only table can be changed', $$
GRANT UPDATE ON flux.landing TO fl_ingest
$$),
('append-only table can be changed', $$
GRANT DELETE ON flux.dead_letter TO fl_api
$$),
('append-only table can be changed', $$
GRANT UPDATE (sent) ON flux.ingest_batch TO fl_poller
$$);

-- Answers 'ok - ...' or 'not ok - ...' for each plant and each rule.
CREATE FUNCTION pg_temp.plants() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	m record;
	reported text[];
BEGIN
	FOR m IN SELECT *, regexp_replace(trim(E'\n' FROM mistake), '\s+', ' ',
	                 'g') AS line FROM pg_temp.plant LOOP
		BEGIN
			EXECUTE m.mistake;
			SELECT array_agg(DISTINCT f.rule) INTO reported
			  FROM pg_temp.findings() f;
			RAISE SQLSTATE 'UNDO1';
		EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
		END;
		RETURN NEXT CASE WHEN m.rule = ANY (reported) THEN ''
		    ELSE 'not ' END || 'ok - ' || m.rule || ': ' || m.line;
	END LOOP;
	RETURN QUERY
	SELECT CASE WHEN EXISTS (SELECT FROM pg_temp.plant p
	            WHERE p.rule = r.name) THEN '' ELSE 'not ' END
	       || 'ok - a mistake is planted for: ' || r.name
	  FROM pg_temp.rule r ORDER BY r.name;
	RETURN QUERY
	SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_temp.findings())
	            THEN '' ELSE 'not ' END
	       || 'ok - every planted mistake is gone again';
END $$;
