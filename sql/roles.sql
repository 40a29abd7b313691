-- roles.sql - what only a superuser can do, once a cluster and again after
-- every upgrade: the roles, and taking from PUBLIC what an injected
-- expression could abuse.  Re-runnable.  Passwords are set by the installer.
--
-- fl_owner owns the tenant tables and fl_ctx the gate; neither logs in.  The
-- runtime roles own nothing, are members of nothing and bypass nothing.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;

SELECT current_setting('server_version_num')::int >= 150020
       AS postgres_is_15_20_or_newer \gset
\if :postgres_is_15_20_or_newer
\else
\warn 'PostgreSQL 15.20 or newer is required, for its row-level security.'
\quit 3
\endif

DO $$
DECLARE r text;
BEGIN
	FOREACH r IN ARRAY ARRAY['fl_owner', 'fl_ctx'] LOOP
		IF to_regrole(r) IS NULL THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', r);
		END IF;
	END LOOP;
	FOREACH r IN ARRAY ARRAY['fl_migrator', 'fl_page', 'fl_desk', 'fl_auth',
	    'fl_api', 'fl_ingest', 'fl_poller', 'fl_worker', 'fl_admin'] LOOP
		IF to_regrole(r) IS NULL THEN
			EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', r);
		END IF;
	END LOOP;
END $$;
GRANT fl_owner, fl_ctx TO fl_migrator;

-- A statement has a time limit in the roles that serve requests, so that one
-- tenant's query cannot hold a child for long.
-- Who migrates finds out first that somebody waits for him in turn, and begins
-- anew; a vacuum that is in his way ends for whoever asks this.
ALTER ROLE fl_migrator SET deadlock_timeout = '200ms';
ALTER ROLE fl_page   SET statement_timeout = '5s';
ALTER ROLE fl_desk   SET statement_timeout = '5s';
ALTER ROLE fl_auth   SET statement_timeout = '5s';
ALTER ROLE fl_api    SET statement_timeout = '5s';
ALTER ROLE fl_ingest SET statement_timeout = '10s';
ALTER ROLE fl_poller SET statement_timeout = '10s';
ALTER ROLE fl_page   SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE fl_desk   SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE fl_auth   SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE fl_api    SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE fl_ingest SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE fl_poller SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE fl_worker SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE fl_page   SET lock_timeout = '2s';
ALTER ROLE fl_desk   SET lock_timeout = '2s';
ALTER ROLE fl_auth   SET lock_timeout = '2s';
ALTER ROLE fl_api    SET lock_timeout = '2s';
ALTER ROLE fl_ingest SET lock_timeout = '2s';

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO fl_migrator, fl_page, fl_desk,
    fl_auth, fl_api, fl_ingest, fl_poller, fl_worker, fl_admin;
-- A tenant that moves to another database comes through temporary tables of
-- the owners, and without triggers: what they made of its rows comes along.
GRANT CREATE, TEMPORARY ON DATABASE :"DBNAME" TO fl_owner, fl_ctx;
GRANT SET ON PARAMETER session_replication_role TO fl_migrator;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

DO $$
DECLARE f regprocedure;
BEGIN
	FOR f IN
		SELECT oid::regprocedure FROM pg_proc
		 WHERE pronamespace = 'pg_catalog'::regnamespace
		   AND (proname IN ('set_config', 'pg_cancel_backend',
		        'pg_terminate_backend', 'pg_sleep', 'pg_sleep_for',
		        'pg_sleep_until', 'pg_notify', 'query_to_xml',
		        'query_to_xmlschema', 'query_to_xml_and_xmlschema',
		        'table_to_xml', 'schema_to_xml', 'database_to_xml',
		        'cursor_to_xml', 'txid_current', 'pg_current_xact_id',
		        'pg_export_snapshot', 'lastval', 'ts_stat',
		        'pg_stat_get_activity', 'pg_stat_get_backend_activity',
		        'loread', 'lowrite')
		     OR proname LIKE 'pg\_advisory%'
		     OR proname LIKE 'pg\_try\_advisory%'
		     OR proname LIKE 'lo\_%')
	LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
	END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean)
    TO fl_ctx, fl_owner, fl_migrator;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_lock(bigint)
    TO fl_migrator;
-- Sessions of one role would see each other's SQL text.
REVOKE SELECT ON pg_catalog.pg_stat_activity FROM PUBLIC;
