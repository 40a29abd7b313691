#!/bin/bash
# registry.test.sh - the number that says when what a tenant has was changed:
# a step for every statement that changed something, seen with its commit, and
# none for anybody else.
. "$(dirname "$0")/lib.sh"
need_gate

# registry TENANT...
registry() {
	local t
	for t; do
		as super -c "SELECT registry FROM ctx.tenant_home
		    WHERE tenant_id = $t"
	done | tr '\n' ' '
}

admin="BEGIN; SELECT FROM ctx.begin_admin(9);"

# steps TITLE SQL WANT: how far tenant 9's number has come inside of it.
steps() {
	claim "$1" "$(as fl_admin -c "$admin
	    SELECT registry FROM ctx.begin_admin(9); $2;
	    SELECT registry FROM ctx.begin_admin(9); ROLLBACK" 2>&1 |
	    awk 'NR == 1 { n = $1 } END { print $1 - n }')" "$3"
}
steps "a new site is one step" \
    "INSERT INTO flux.site (tenant_id, key, name) VALUES (9, 'x', 'x')" 1
steps "a hundred assets in one statement are one step" \
    "INSERT INTO flux.asset (tenant_id, site_id, key, name, type)
     SELECT 9, 9, 'a' || i, 'x', 'x' FROM generate_series(1, 100) i" 1
steps "two statements are two steps" \
    "UPDATE flux.device SET name = 'x'; UPDATE flux.sensor SET low = 1" 2
steps "a statement that changes no row is no step" \
    "UPDATE flux.device SET name = 'x' WHERE key = 'none'" 0
steps "new facets are a step" "SELECT FROM flux.facets_ensure(9,
    ARRAY(SELECT sensor_id FROM flux.sensor WHERE tenant_id = 9
    AND code = 'd2.s1'))" 1
steps "facets that are there already are none" \
    "SELECT FROM flux.facets_ensure(9, ARRAY(SELECT sensor_id FROM flux.sensor
    WHERE tenant_id = 9 AND code = 'd1.s1'))" 0
steps "what is not the registry is no step" \
    "INSERT INTO flux.ingest_batch (tenant_id, at, source_id, sent, rejected)
     VALUES (9, now(), 41, 1, 0)" 0

steps "a limit for a key that there is not is none" \
    "SELECT WHERE flux.key_limit('none', '{1,1}')" 0

before=$(registry 8 9 10)
as fl_admin -c "$admin UPDATE flux.sensor SET name = 'renamed'
    WHERE code = 'd1.s1'; COMMIT"
claim "other tenants do not step" "$(registry 8 9 10)" \
    "$(awk '{ print $1, $2 + 1, $3 " " }' <<< "$before")"
before=$(registry 8 9 10)
as fl_admin -c "$admin UPDATE flux.sensor SET name = 'x'; ROLLBACK"
claim "what is rolled back is no step" "$(registry 8 9 10)" "$before"
as super -c "UPDATE flux.device SET name = name WHERE tenant_id IN (8, 10)"
claim "a superuser's change steps for those it meets" "$(registry 8 9 10)" \
    "$(awk '{ print $1 + 1, $2, $3 + 1 " " }' <<< "$before")"
as super -c "BEGIN; INSERT INTO flux.site (tenant_id, key, name)
    VALUES (9, 'gone', 'x'); DELETE FROM flux.site WHERE key = 'gone'; COMMIT"
claim "what is removed is a step" "$(registry 9)" \
    "$(awk '{ print $2 + 2 " " }' <<< "$before")"

# What came is analysed when it is much.
unanalysed() {
	as super -c "SELECT unanalysed FROM ctx.tenant_home WHERE tenant_id = 9"
}
analyse() { as fl_worker -c "SELECT flux.registry_analyse()" 2>&1; }
# many N: so many sites
many() {
	as fl_admin -c "$admin INSERT INTO flux.site (tenant_id, key, name)
	    SELECT 9, 'n' || (SELECT count(*) FROM flux.site) + i, 'x'
	      FROM generate_series(1, $1) i; COMMIT"
}
# autovacuum ACTION: for the tables that are analysed, after who is at it now.
autovacuum() {
	local t
	for t in asset device facet intake_rule mapping sensor site virtual; do
		echo "ALTER TABLE flux.$t $1;"
	done | as super
}
# vacuums: how many hold the lock of one on flux.sensor
vacuums() {
	as super -c "SELECT count(*) FROM pg_locks WHERE granted
	    AND mode = 'ShareUpdateExclusiveLock'
	    AND relation = 'flux.sensor'::regclass"
}
autovacuum "SET (autovacuum_enabled = false)"
as super -c "UPDATE ctx.tenant_home SET unanalysed = 0"
many 499
as fl_admin -c "$admin UPDATE flux.site SET name = 'y'; COMMIT"
claim "rows that came are counted, and not those that changed" \
    "$(unanalysed)" 499
claim "few are left to autovacuum" "$(analyse) $(unanalysed)" "f 499"
many 1
since=$(as super -c "SELECT clock_timestamp()")
claim "many are analysed, and what else is in the registry" "$(analyse) $(
    unanalysed) $(as super -c "SELECT string_agg(relname, ' ' ORDER BY relname)
    FROM pg_stat_all_tables WHERE last_analyze > '$since'
     AND schemaname = 'flux'")" \
    "t 0 asset device facet intake_rule mapping sensor site virtual"
claim "the planner knows them" "$(as super -c "EXPLAIN SELECT FROM flux.site
    WHERE tenant_id = 9" | sed -nE '1s/.*rows=(5[0-9]{2}) .*/of 500/p')" "of 500"
claim "once" "$(analyse)" f
many 500
exec {vacuum}> >(as super)
echo "BEGIN; LOCK TABLE flux.sensor IN SHARE UPDATE EXCLUSIVE MODE;" >&"$vacuum"
until [ "$(vacuums)" = 1 ]; do :; done
claim "a table that is vacuumed is not waited for" "$(analyse) $(unanalysed)" \
    "f 500"
exec {vacuum}>&-
until [ "$(vacuums)" = 0 ]; do :; done
claim "it is analysed afterwards" "$(analyse) $(unanalysed)" "t 0"
as super -c "DELETE FROM flux.site WHERE key LIKE 'n%' AND tenant_id = 9"
autovacuum "RESET (autovacuum_enabled)"

# Two who change the same things in opposite order wait and do not deadlock.
crosswise() {
	as fl_admin << SQL 2>&1
BEGIN;
SELECT FROM ctx.begin_admin(9);
UPDATE flux.device SET metadata = '{}' WHERE key = '$1';
SELECT FROM (SELECT count(*) FROM generate_series(1, 3000000)) x;
UPDATE flux.device SET metadata = '{}' WHERE key = '$2';
COMMIT;
SQL
}
one=$(crosswise d1 d2 &
    crosswise d2 d1
    wait)
claim "two changes crosswise both go through" "$one" ""

# Two who invite somebody at once, where the quota has room for one.
invites() {
	as fl_admin << SQL 2>&1 | grep -c 'quota of users is used up'
BEGIN;
SELECT FROM ctx.begin_admin(9);
SELECT FROM flux.member_invite(md5('$1'), '$1',
    ARRAY(SELECT role_id FROM flux.role WHERE name = 'viewer'), '{0}');
SELECT FROM (SELECT count(*) FROM generate_series(1, 3000000)) x;
COMMIT;
SQL
}
as fl_admin << SQL
$admin
SELECT FROM flux.quota_put('users', (SELECT count(*) FROM flux.member) + 1);
COMMIT;
SQL
both=$(invites one &
    invites two
    wait)
claim "of two who take the last place at once one gets it" \
    "$(sort <<< "$both")" "0
1"
as fl_admin > /dev/null << SQL
$admin
SELECT FROM flux.quota_put('users', NULL);
SELECT flux.member_remove(user_id) FROM flux.member WHERE name IN ('one', 'two');
COMMIT;
SQL
done_testing
