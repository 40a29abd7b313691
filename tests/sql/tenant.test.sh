#!/bin/bash
# tenant.test.sh - all of a tenant, from the catalogue: what is copied when it
# moves, and what is erased when it leaves.
. "$(dirname "$0")/lib.sh"
need_gate

# The tables with a column tenant_id that tenant_tables() has not.
forgotten() {
	as super -c "BEGIN; $1; SELECT n.nspname || '.' || c.relname
	  FROM pg_attribute a
	  JOIN pg_class c ON c.oid = a.attrelid
	  JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE a.attname = 'tenant_id' AND c.relkind IN ('r', 'p')
	   AND NOT c.relispartition AND c.relname <> 'farewell'
	   AND n.nspname IN ('flux', 'ctx')
	   AND NOT EXISTS (SELECT FROM ctx.tenant_tables() t
	        WHERE t.schema = n.nspname AND t.name = c.relname);
	SELECT count(*) > 50 FROM ctx.tenant_tables(); ROLLBACK" 2>&1 |
	    paste -sd ' '
}
claim "every table with a tenant_id is one of a tenant's" \
    "$(forgotten "SELECT")" "t"
claim "and so is one that is made tomorrow" "$(as super -c "BEGIN;
    CREATE TABLE flux.tomorrow (tenant_id int NOT NULL REFERENCES flux.tenant,
	b int, c int GENERATED ALWAYS AS (b + 1) STORED);
    SELECT columns FROM ctx.tenant_tables() WHERE name = 'tomorrow';
    ROLLBACK")" "{tenant_id,b}"
claim "what others refer to comes first" "$(as super -c "
    SELECT k.conrelid::regclass || ' before ' || k.confrelid::regclass
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_class p ON p.oid = k.confrelid
      JOIN ctx.tenant_tables() a ON a.name = c.relname
       AND a.schema = c.relnamespace::regnamespace::name
      JOIN ctx.tenant_tables() b ON b.name = p.relname
       AND b.schema = p.relnamespace::regnamespace::name
     WHERE k.contype = 'f' AND k.conrelid <> k.confrelid
       AND a.ord <= b.ord")" ""
claim "generated columns come by themselves" "$(as super -c "
    SELECT 'plain' = ANY (columns), 'nets' = ANY (columns)
      FROM ctx.tenant_tables() WHERE name = 'api_key'")" "f|t"
claim "partitions are reached by their parent" "$(as super -c "
    SELECT count(*) FROM ctx.tenant_tables() WHERE name ~ '_[0-9]{4}_'")" "0"

# From the beginning of its erasing on nobody works for it, us neither.
gone() {
	as super -c "BEGIN; INSERT INTO ctx.leave (tenant_id, asked_by, due_at,
	    begun_at) VALUES (7, 'admin', now(), $2); $1; ROLLBACK" 2>&1 |
	    paste -sd ' '
}
for gate in worker admin; do
	meets "who is being erased has no gate for the $gate" \
	    "$(gone "SELECT FROM ctx.begin_$gate(7)" 'now()')" 'no such tenant'
done
claim "nor stands among those to work for" "$(gone "SELECT count(*) FROM
    ctx.tenants() t (id) WHERE id IN (7, 8)" 'now()')" "1"
claim "who only waits for it does" "$(gone "SELECT count(*) FROM
    ctx.tenants() t (id) WHERE id IN (7, 8)" NULL)" "2"

# Steps, as the worker takes them, of one tenant; nobody is at work.
erased() {
	as super -c "BEGIN; SELECT FROM ctx.begin_admin(9);
	    SELECT FROM ctx.tenant_leave((SELECT name FROM ctx.tenant_home
	        WHERE tenant_id = 9), 0);
	    DO \$\$ BEGIN
	        PERFORM ctx.erase(9, 100), ctx.erase(9, 100);
	        UPDATE ctx.leave SET others = '{}' WHERE tenant_id = 9;
	        WHILE ctx.erase(9, 100) > 0 LOOP END LOOP;
	    END \$\$;
	    $1; ROLLBACK" 2>&1 | paste -sd ' '
}
claim "its keys are destroyed first" "$(as super -c "BEGIN;
    SELECT FROM ctx.begin_admin(9); SELECT FROM ctx.tenant_leave(
        (SELECT name FROM ctx.tenant_home WHERE tenant_id = 9), 0);
    SELECT ctx.erase(9, 1); SELECT count(*), count(wrapped) FROM ctx.data_key
     WHERE tenant_id = 9; ROLLBACK" | paste -sd ' ')" "1 1|0"
claim "no farewell while somebody who was at work then still is" "$(erased "
    SELECT ctx.erase_said(9) IS NOT NULL;
    UPDATE ctx.leave SET others = (SELECT array_agg(virtualtransaction)
        FROM pg_locks WHERE pid = pg_backend_pid()) WHERE tenant_id = 9;
    SELECT ctx.erase_end(9, 'k', 'x')")" "t f"
claim "nor when a row has come meanwhile" "$(erased "
    SELECT ctx.erase_said(9) IS NOT NULL;
    INSERT INTO ctx.throttle (tenant_id, address_hash) VALUES (9, 'late');
    SELECT ctx.erase_end(9, 'k', 'x')")" "t f"
claim "then there is one, and nobody else" "$(erased "
    SELECT ctx.erase_said(9) IS NOT NULL; SELECT ctx.erase_end(9, 'k', 'x');
    SELECT count(*) FROM ctx.tenant_home WHERE tenant_id IN (8, 9);
    SELECT kid, (body::jsonb -> 7 ->> 'flux.tenant') FROM ctx.farewell
     WHERE tenant_id = 9")" "t t 1 k|1"
done_testing
