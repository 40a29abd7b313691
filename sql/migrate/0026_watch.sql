-- What was promised at the last migration, and what a doctor sees.
SET LOCAL ROLE fl_ctx;

-- The policies, grants, functions and columns as they were when policy.sql had
-- run; of no tenant.  Partitions come and go, so they are not in it.
CREATE TABLE ctx.promise (
	kind   text NOT NULL,
	object text NOT NULL,
	said   text NOT NULL,
	PRIMARY KEY (kind, object, said)
);

-- The same, as it is now.
CREATE FUNCTION ctx.promise_now() RETURNS TABLE (kind text, object text,
    said text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH space AS (
		SELECT n.oid, n.nspname, n.nspacl FROM pg_namespace n
		 WHERE n.nspname IN ('ctx', 'flux', 'fleetops', 'iotsphere',
		       'fluxio', 'fleet')
	), relation AS (
		SELECT c.*, c.oid::regclass::text AS called
		  FROM pg_class c JOIN space s ON s.oid = c.relnamespace
		 WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
	)
	SELECT 'policy', p.polname || ' on ' || r.called, concat_ws(' ',
	       p.polcmd, p.polpermissive, ARRAY(SELECT x::regrole::text
	           FROM unnest(p.polroles) x ORDER BY 1),
	       pg_get_expr(p.polqual, p.polrelid),
	       pg_get_expr(p.polwithcheck, p.polrelid))
	  FROM pg_policy p JOIN relation r ON r.oid = p.polrelid
	 UNION
	SELECT 'row security', called, concat_ws(' ', relrowsecurity,
	       relforcerowsecurity)
	  FROM relation WHERE relkind <> 'v'
	 UNION
	SELECT 'grant', called, a.grantee::regrole || ' ' || a.privilege_type
	  FROM relation, aclexplode(relacl) a WHERE a.grantee <> relowner
	 UNION
	SELECT 'grant', called || '.' || t.attname,
	       a.grantee::regrole || ' ' || a.privilege_type
	  FROM relation r JOIN pg_attribute t ON t.attrelid = r.oid,
	       aclexplode(t.attacl) a
	 UNION
	SELECT 'grant', s.nspname, a.grantee::regrole || ' ' ||
	       a.privilege_type
	  FROM space s, aclexplode(s.nspacl) a
	 UNION
	SELECT 'grant', p.oid::regprocedure::text,
	       a.grantee::regrole || ' ' || a.privilege_type
	  FROM pg_proc p JOIN space s ON s.oid = p.pronamespace,
	       aclexplode(p.proacl) a WHERE a.grantee <> p.proowner
	 UNION
	SELECT 'function', p.oid::regprocedure::text, md5(concat_ws(' ',
	       p.proowner::regrole, p.prosecdef, p.proconfig, p.prosrc))
	  FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
	 UNION
	SELECT 'columns', called, md5(concat(relowner::regrole, ' ',
	       (SELECT string_agg(concat_ws(' ', t.attname,
	               format_type(t.atttypid, t.atttypmod), t.attnotnull),
	               ', ' ORDER BY t.attnum)
	          FROM pg_attribute t WHERE t.attrelid = r.oid
	           AND t.attnum > 0 AND NOT t.attisdropped)))
	  FROM relation r
$$;

-- At the end of policy.sql.
CREATE FUNCTION ctx.promise_keep() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.promise;
	INSERT INTO ctx.promise SELECT * FROM ctx.promise_now()
$$;

SET LOCAL ROLE fl_owner;
-- How the context's tenant fares.
CREATE FUNCTION flux.health(OUT waits interval, OUT damaged bigint,
    OUT dead bigint, OUT counted timestamptz, OUT unsealed interval)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT (SELECT now() - min(l.at) FROM flux.landing l
	         WHERE l.tenant_id = t),
	       (SELECT count(*) FROM flux.quarantine q WHERE q.tenant_id = t),
	       (SELECT count(*) FROM flux.dead_letter d
	         WHERE d.tenant_id = t AND d.at > now() - interval '1 day'),
	       (SELECT max(u.counted_at) FROM flux.usage_day u
	         WHERE u.tenant_id = t AND u.day > current_date - 8),
	       (SELECT now() - min(a.at) FROM flux.audit a
	         WHERE a.tenant_id = t AND a.seq > coalesce((SELECT max(s.seq)
	               FROM flux.audit_seal s WHERE s.tenant_id = t), 0))
	  FROM ctx.tenant() t
$$;
REVOKE ALL ON FUNCTION flux.health() FROM PUBLIC;

SET LOCAL ROLE fl_ctx;
-- All that the database knows of itself: a state and a line each.
CREATE FUNCTION ctx.doctor() RETURNS TABLE (state text, line text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	h record;
	t int;
	slow interval := '0';
	open_ interval := '0';
	damaged bigint := 0;
	dead bigint := 0;
	counted timestamptz;
BEGIN
	RETURN QUERY SELECT CASE WHEN v >= 150020 THEN 'ok' ELSE 'fail' END,
	    format('Postgres %s%s', current_setting('server_version'),
	        CASE WHEN v >= 150020 THEN '' ELSE ' - row-level security needs'
	        ' 15.20: update it' END)
	  FROM (SELECT current_setting('server_version_num')::int) x (v);
	RETURN QUERY SELECT 'fail', format('%s %s: %s - %s: run fluxctl'
	    ' migrate, and find out who did it', d.kind, d.object, d.said,
	    d.fault)
	  FROM (SELECT p.*, 'is missing' FROM (TABLE ctx.promise
	            EXCEPT SELECT * FROM ctx.promise_now()) p
	         UNION ALL
	        SELECT p.*, 'was not promised' FROM (SELECT * FROM
	            ctx.promise_now() EXCEPT TABLE ctx.promise) p)
	       d (kind, object, said, fault)
	 ORDER BY 2 LIMIT 100;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'ok', 'policies, grants, functions and'
		    ' columns are those of the last migration';
	END IF;
	RETURN QUERY SELECT 'fail', format('no partition %s - readings of next'
	    ' month have no place of their own: does the worker run?', n.name)
	  FROM (SELECT c.relname || to_char(date_trunc('month',
	               now() AT TIME ZONE 'UTC') + interval '1 month',
	               '_YYYY_MM')
	          FROM pg_class c WHERE c.relkind = 'p'
	           AND c.relnamespace = 'flux'::regnamespace) n (name)
	 WHERE to_regclass('flux.' || n.name) IS NULL;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'ok', 'partitions are ahead';
	END IF;
	FOR t IN SELECT h2.tenant_id FROM ctx.tenant_home h2 LOOP
		PERFORM ctx.mint(t, 0, 'doctor');
		SELECT * INTO h FROM flux.health();
		slow := greatest(slow, h.waits);
		open_ := greatest(open_, h.unsealed);
		damaged := damaged + h.damaged;
		dead := dead + h.dead;
		counted := greatest(counted, h.counted);
	END LOOP;
	PERFORM set_config('app.ctx', '', true);
	RETURN QUERY SELECT CASE WHEN slow > interval '10 min' THEN 'fail'
	    WHEN slow > interval '1 min' THEN 'warn' ELSE 'ok' END,
	    format('readings wait %s at most%s', date_trunc('second', slow),
	        CASE WHEN slow > interval '1 min' THEN
	        ' - the worker does not keep up, or does not run' ELSE '' END);
	RETURN QUERY SELECT CASE WHEN counted > now() - interval '10 min'
	    THEN 'ok' ELSE 'warn' END,
	    format('the worker counted last %s%s', coalesce(date_trunc(
	        'second', now() - counted)::text || ' ago', 'never'),
	        CASE WHEN counted > now() - interval '10 min' THEN '' ELSE
	        ' - it does so each minute: does it run?' END);
	RETURN QUERY SELECT CASE WHEN damaged > 0 THEN 'warn' ELSE 'ok' END,
	    format('%s damaged blocks%s', damaged, CASE WHEN damaged > 0 THEN
	        ' - look at fluxctl quarantine, and at the disk' ELSE '' END);
	RETURN QUERY SELECT CASE WHEN dead > 1000 THEN 'warn' ELSE 'ok' END,
	    format('%s readings refused within a day%s', dead,
	        CASE WHEN dead > 1000 THEN ' - somebody sends what nobody'
	        ' takes: look at the devices'' debug pages' ELSE '' END);
	RETURN QUERY SELECT CASE WHEN open_ > interval '3 h' THEN 'warn'
	    ELSE 'ok' END, format('the audit is unsigned for %s at most%s',
	        date_trunc('second', open_), CASE WHEN open_ > interval '3 h'
	        THEN ' - it is signed each hour: does the worker have'
	        ' audit_keys?' ELSE '' END);
	RETURN QUERY SELECT 'warn', format('authority %s of tenant %s ends %s'
	    ' - make another: fluxctl ca', a.ca_id, a.tenant_id,
	    a.not_after::date)
	  FROM ctx.tenant_ca a
	 WHERE a.retired_at IS NULL AND a.not_after < now() + interval '30 d';
	RETURN QUERY SELECT 'warn', format('key of tenant %s is of %s - make'
	    ' another: fluxctl rekey tenant', k.tenant_id, k.created_at::date)
	  FROM ctx.data_key k
	 WHERE k.retired_at IS NULL AND k.created_at < now() - interval '400 d';
	RETURN QUERY SELECT 'warn', format('tenant %s has been erased for %s -'
	    ' look into the worker''s log', l.tenant_id, date_trunc('minute',
	    now() - l.begun_at))
	  FROM ctx.leave l WHERE l.begun_at < now() - interval '1 d';
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
