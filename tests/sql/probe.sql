-- probe.sql - one role against every relation: as tenant 7 it tries to read,
-- change, move, remove and add what belongs to tenant 8, and to read without
-- a context.  psql variable "gate": the call that opens tenant 7's context.
--
-- Says "probes N", and "leak ..." for whatever did not end in 0 rows or in a
-- refusal.  Refused is SQLSTATE 42501 (a grant, a policy, no context).  Views
-- that take no writes say 55000 or 0A000, a column that makes itself 428C9.
\set ON_ERROR_STOP 1
BEGIN;
-- Its own transaction: a context would last.
DO $$
DECLARE
	r record;
	n bigint;
	probes int := 0;
BEGIN
	FOR r IN SELECT c.oid::regclass AS name FROM pg_class c
	          WHERE relnamespace IN (SELECT oid FROM pg_namespace
	                WHERE nspname IN ('flux', 'ctx'))
	            AND relkind IN ('r', 'p', 'v', 'm', 'f')
	LOOP
		BEGIN
			probes := probes + 1;
			EXECUTE 'SELECT count(*) FROM ' || r.name INTO n;
			RAISE INFO 'leak: % without a context reads % (%)',
			    current_user, r.name, n;
		EXCEPTION WHEN insufficient_privilege THEN
		END;
	END LOOP;
	RAISE INFO 'probes %', probes;
END $$;
COMMIT;

BEGIN;
SELECT FROM :gate;
DO $$
DECLARE
	r record;
	op text;
	n bigint;
	probes int := 0;
BEGIN
	FOR r IN SELECT c.oid::regclass AS name, relkind::text AS kind,
	                coalesce(sample, '{"tenant_id": 8}') AS sample,
	                (SELECT min(attname) FROM pg_attribute
	                  WHERE attrelid = c.oid AND attnum > 0
	                    AND NOT attisdropped AND attidentity = ''
	                    AND attgenerated = '') AS col,
	                (SELECT string_agg(quote_ident(attname), ', ')
	                   FROM pg_attribute
	                  WHERE attrelid = c.oid AND attnum > 0
	                    AND NOT attisdropped
	                    AND attgenerated = '') AS cols
	           FROM pg_class c
	           LEFT JOIN probe.sample s ON relation = c.oid::regclass::text
	          WHERE relnamespace IN (SELECT oid FROM pg_namespace
	                WHERE nspname IN ('flux', 'ctx'))
	            AND relkind IN ('r', 'p', 'v', 'm', 'f')
	            AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid
	                           AND attname = 'tenant_id')
	LOOP
		FOREACH op IN ARRAY ARRAY[
		    'SELECT count(*) FROM %1$s WHERE tenant_id = 8',
		    'SELECT count(*) FROM %1$s WHERE tenant_id <> 7',
		    'WITH x AS (UPDATE %1$s SET %3$I = %3$I
		      WHERE tenant_id = 8 RETURNING 1) SELECT count(*) FROM x',
		    'WITH x AS (UPDATE %1$s SET tenant_id = 8
		      RETURNING 1) SELECT count(*) FROM x',
		    'WITH x AS (DELETE FROM %1$s WHERE tenant_id = 8
		      RETURNING 1) SELECT count(*) FROM x',
		    'INSERT INTO %1$s (%4$s) OVERRIDING SYSTEM VALUE SELECT %4$s
		       FROM jsonb_populate_record(NULL::%1$s, %2$L) r'
		] LOOP
			BEGIN
				probes := probes + 1;
				n := NULL;
				op := format(op, r.name, r.sample, r.col,
				    r.cols);
				IF op LIKE 'INSERT%' THEN
					EXECUTE op;
				ELSE
					EXECUTE op INTO n;
				END IF;
				IF n IS DISTINCT FROM 0 THEN
					RAISE INFO 'leak: %: % on %: % rows',
					    current_user, left(op, 40),
					    r.name, n;
				END IF;
				RAISE SQLSTATE 'UNDO1';
			EXCEPTION
			WHEN insufficient_privilege OR SQLSTATE 'UNDO1' THEN
			WHEN OTHERS THEN
				CONTINUE WHEN r.kind || SQLSTATE IN
				    ('v55000', 'v0A000', 'r428C9');
				RAISE INFO 'leak: %: % on %: %', current_user,
				    left(op, 40), r.name, SQLERRM;
			END;
		END LOOP;
	END LOOP;
	RAISE INFO 'probes %', probes;
END $$;
ROLLBACK;
