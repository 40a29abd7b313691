#!/bin/bash
# audit.test.sh - the audit's chain: whatever is done to it behind our back is
# found at its place, and what nobody touched is not blamed.
. "$(dirname "$0")/lib.sh"
need_gate

# Tenant 12's chain is six entries long, and the last is signed.
enter="SELECT FROM ctx.begin_admin(12);"
as super << SQL > /dev/null
BEGIN;
DELETE FROM flux.audit_seal WHERE tenant_id = 12;
DELETE FROM flux.audit WHERE tenant_id = 12;
DELETE FROM flux.audit_head WHERE tenant_id = 12;
$enter
SELECT flux.audit_put('key.make', 'key:' || i, '{"n": 1, "text": "\"ü\""}')
  FROM generate_series(1, 6) i;
INSERT INTO flux.audit_seal SELECT 12, seq, hash, now(), 'k', 'x'
  FROM flux.audit_head WHERE tenant_id = 12;
COMMIT;
SQL

# What is found after this was done, all of which is undone again.
found() {
	as super -c "BEGIN; $enter $1; SELECT seq || ' ' || fault
	    FROM flux.audit_verify(); ROLLBACK" 2>&1 | paste -sd ,
}
mine="UPDATE flux.audit SET"
at3="WHERE tenant_id = 12 AND seq = 3"
# The text of an entry, made anew from its columns.
again="json_build_array(tenant_id, seq, (extract(epoch FROM at)
    * 1000000)::bigint, role, user_id, cred, act, object, detail)::text"
# seq I and seq J change places.
swap() {
	echo "UPDATE flux.audit SET seq = -seq WHERE tenant_id = 12
	    AND seq IN ($1, $2); UPDATE flux.audit SET seq = $1 + $2 + seq
	    WHERE tenant_id = 12 AND seq < 0"
}
# All from the third entry on, as if it had been so from the beginning.
rewrite="$mine object = 'key:other' $at3; DO \$\$
DECLARE
	h bytea;
BEGIN
	SELECT hash INTO h FROM flux.audit WHERE tenant_id = 12 AND seq = 2;
	FOR i IN 3..6 LOOP
		UPDATE flux.audit SET body = $again,
		       hash = sha256(h || convert_to($again, 'UTF8'))
		 WHERE tenant_id = 12 AND seq = i RETURNING hash INTO h;
	END LOOP;
	UPDATE flux.audit_head SET hash = h WHERE tenant_id = 12;
END \$\$"
cut="DELETE FROM flux.audit WHERE tenant_id = 12 AND seq > 4"
head="UPDATE flux.audit_head h SET seq = a.seq, hash = a.hash FROM flux.audit a
    WHERE h.tenant_id = 12 AND a.tenant_id = 12 AND a.seq = 4"

claim "a chain that nobody touched is whole" "$(found "SELECT")" ""
claim "an edited entry is found at its place" \
    "$(found "$mine body = replace(body, 'key:3', 'key:9') $at3")" "3 hash"
claim "and so is the first" \
    "$(found "$mine body = body || ' ' WHERE tenant_id = 12 AND seq = 1")" \
    "1 hash"
claim "and the last" \
    "$(found "$mine body = body || ' ' WHERE tenant_id = 12 AND seq = 6")" \
    "6 hash"
claim "one that is no JSON any more is, too" "$(found "$mine body = '' $at3")" \
    "3 hash"
claim "an edited hash is found at its place" \
    "$(found "$mine hash = sha256('x') $at3")" "3 hash"
claim "an entry edited with its columns and hash breaks the next" \
    "$(found "$mine object = 'key:9' $at3; $mine body = $again $at3; $mine
    hash = sha256((SELECT hash FROM flux.audit WHERE tenant_id = 12 AND seq = 2)
    || convert_to(body, 'UTF8')) $at3")" "4 hash"
claim "a deleted entry is a gap at its place" \
    "$(found "DELETE FROM flux.audit $at3")" "3 gap"
claim "and so is the first one" \
    "$(found "DELETE FROM flux.audit WHERE tenant_id = 12 AND seq = 1")" "1 gap"
claim "several that are gone are a gap at the first of them" \
    "$(found "DELETE FROM flux.audit WHERE tenant_id = 12 AND seq IN (2, 3)")" \
    "2 gap"
claim "one whose number was changed leaves a gap and strays" \
    "$(found "$mine seq = 9 $at3")" "3 gap,7 gap,7 tail,9 order"
claim "two swapped entries are found at their places" \
    "$(found "$(swap 2 5)")" "2 order,5 order"
claim "and so are two neighbours" "$(found "$(swap 3 4)")" "3 order,4 order"
claim "and the last two" "$(found "$(swap 5 6)")" "5 order,6 order,6 seal,6 tail"
claim "two swapped texts are found at their places" \
    "$(found "UPDATE flux.audit a SET body = b.body FROM flux.audit b
    WHERE a.tenant_id = 12 AND b.tenant_id = 12 AND a.seq IN (2, 5)
    AND b.seq = 7 - a.seq")" "2 hash,5 hash"
while read -r column value; do
	claim "a changed column $column is found at its place" \
	    "$(found "$mine $column = $value $at3")" "3 columns"
done << 'LIST'
at at + interval '1 s'
role 'session'
user_id 42
cred 42
act 'key.end'
object 'key:9'
detail '{}'
LIST
claim "a cut tail is found by the head" "$(found "$cut")" "5 tail"
claim "even when the head is set back, by the signed one" \
    "$(found "$cut; $head")" "5 tail"
claim "a chain that is gone is found" \
    "$(found "DELETE FROM flux.audit WHERE tenant_id = 12")" "1 tail"
claim "an entry that nobody made is found behind the head" \
    "$(found "INSERT INTO flux.audit SELECT tenant_id, 7, at, role, user_id,
    cred, act, object, detail, body, hash FROM flux.audit WHERE tenant_id = 12
    AND seq = 6")" "7 order,7 tail"
claim "a head that was changed is found" \
    "$(found "UPDATE flux.audit_head SET hash = 'x' WHERE tenant_id = 12")" \
    "6 tail"
claim "a chain rewritten to its end is found by the signed head" \
    "$(found "$rewrite")" "6 seal"
claim "several faults are found each at its place" \
    "$(found "$mine body = '' WHERE tenant_id = 12 AND seq = 2;
    DELETE FROM flux.audit WHERE tenant_id = 12 AND seq = 4;
    $mine act = 'x' WHERE tenant_id = 12 AND seq = 6")" \
    "2 hash,4 gap,6 columns"
claim "another tenant's chain does not matter" \
    "$(found "DELETE FROM flux.audit WHERE tenant_id = 11")" ""

# Who may do what with it.
session="BEGIN; SELECT FROM ctx.begin_session('sess-7');"
for sql in "INSERT INTO flux.audit SELECT * FROM flux.audit" \
    "UPDATE flux.audit SET act = 'x'" "DELETE FROM flux.audit" \
    "UPDATE flux.audit_head SET seq = 0" "DELETE FROM flux.audit_seal"; do
	for role in fl_page fl_desk fl_api fl_ingest fl_worker fl_admin; do
		refuses "$role is refused: $sql" "$role" \
		    "BEGIN; SELECT FROM $(gate_of "$role"); $sql" \
		    'permission denied'
	done
done
refuses "an entry goes to one's own tenant, whatever one says" fl_desk \
    "$session SELECT flux.audit_put('x', 'tenant:8'); ROLLBACK" '^2~$'
claim "the list is of one's own tenant" "$(as fl_admin -c "BEGIN; $enter
    SELECT count(*), min(object), max(object) FROM
    flux.audit_list(NULL, NULL, NULL, NULL, NULL, NULL, 100)")" "6|key:1|key:6"
claim "and so is what is exported" "$(as fl_admin -c "BEGIN; $enter
    SELECT count(*), bool_and(starts_with(body, '[12, '))
    FROM flux.audit_read(0, 100)")" "6|t"
as super -q -c "UPDATE ctx.login SET can = 1, wide = 1 WHERE tenant_id = 7"
for f in "audit_list(NULL, NULL, NULL, NULL, NULL, NULL, 1)" "audit_read(0, 1)" \
    "debug_set('d1', 1)" "debug_list(32)" "agent_release('d1')"; do
	refuses "without the permission flux.$f is refused" fl_desk \
	    "$session SELECT * FROM flux.$f" 'needs [a-z]+:[a-z]+'
done
as super -q -c "UPDATE ctx.login SET can = ctx.bundle('admin'),
    wide = ctx.bundle('admin') WHERE tenant_id = 7"

# What is looked for.
list() {
	as fl_admin -c "BEGIN; $enter SELECT string_agg(seq::text, ' ')
	    FROM flux.audit_list($1)"
}
claim "the newest come first, and no more than asked for" \
    "$(list "NULL, NULL, NULL, NULL, NULL, NULL, 3")" "6 5 4"
claim "and go on from there" "$(list "NULL, NULL, NULL, NULL, NULL, 4, 3")" \
    "3 2 1"
claim "an act is found by its beginning" \
    "$(list "'key.', NULL, NULL, NULL, NULL, NULL, 9")" "6 5 4 3 2 1"
claim "an object by its name" \
    "$(list "NULL, 'key:2', NULL, NULL, NULL, NULL, 9")" "2"
claim "a person, who did none of it" \
    "$(list "NULL, NULL, 42, NULL, NULL, NULL, 9")" ""
claim "a time" "$(list "NULL, NULL, NULL, now(), NULL, NULL, 9")$(list \
    "NULL, NULL, NULL, NULL, now() - interval '1 h', NULL, 9")" ""

# Credentials in vain.
refused() {
	as "${3-fl_api}" -c "SELECT ctx.refused('$1', '$2', '192.0.2.7')" \
	    2>&1 | tr -d '\n'
}
entries() {
	as super -c "SELECT string_agg(role || ' ' || act || ' ' || object || ' '
	    || detail::text, ',' ORDER BY seq) FROM flux.audit
	    WHERE tenant_id = $1 AND act = 'auth.refuse'"
}
one='{"addr": "192.0.2.7", "times": 1}'
for i in 1 2 3 4 5; do
	refused key k21 > /dev/null
done
claim "five wrong keys make one entry" "$(entries 21)" \
    "nobody auth.refuse key:k21 $one"
as super -q -c "UPDATE ctx.refusal SET told_at = now() - interval '2 min'
    WHERE object = 'key:k21'"
refused key k21 > /dev/null
claim "a minute later the others are told, with their number" \
    "$(entries 21)" "nobody auth.refuse key:k21 $one,nobody auth.refuse $(:
    )key:k21 ${one/1\}/5\}}"
claim "the entries are part of the chain" "$(as fl_admin -c "BEGIN;
    SELECT FROM ctx.begin_admin(21); SELECT string_agg(seq || fault, ' ')
    FROM flux.audit_verify() WHERE seq > 1")" ""
user=$(as super -c "SELECT user_id FROM ctx.login WHERE tenant_id = 22")
refused login "$(as super -c "SELECT upper(email) FROM ctx.login
    WHERE tenant_id = 22")" fl_auth > /dev/null
claim "a wrong password is told by the person's number" "$(entries 22)" \
    "nobody auth.refuse user:$user $one"
claim "who tells it learns nothing" \
    "$(refused key k23 | od -c)" "$(refused key none | od -c)"
before=$(as super -c "SELECT count(*) FROM flux.audit")
refused key none > /dev/null
refused login none@nowhere fl_auth > /dev/null
refused cert 00 > /dev/null
claim "of nobody's credential nothing is left" "$(as super -c "SELECT count(*) FROM flux.audit")" \
    "$before"
refuses "whoever tells it is in no tenant afterwards" fl_api \
    "BEGIN; SELECT FROM ctx.begin_api_key('key-7');
     SELECT ctx.refused('key', 'k23', NULL); SELECT count(*) FROM flux.device" \
    'no tenant context'
refuses "a page cannot tell it" fl_page "SELECT ctx.refused('key', 'k8', NULL)" \
    'permission denied'
as super -q -c "UPDATE ctx.refusal SET told_at = now() - interval '2 min',
    times = 7 WHERE object = 'key:k21'"
as fl_worker -c "BEGIN; SELECT FROM ctx.begin_worker(21);
    SELECT ctx.refused_rest(); COMMIT" > /dev/null
meets "what came last is told by the worker" "$(entries 21)" \
    ',worker auth.refuse key:k21 \{"addr": "192.0.2.7", "times": 7\}$'

# The ring.
ring() {
	as fl_ingest -c "BEGIN; SELECT FROM ctx.begin_api_key('key-24');
	    SELECT flux.debug_put(116, 202, 'r', 3, convert_to('p' || i, 'UTF8'))
	      FROM generate_series($1, $2) i; COMMIT" > /dev/null
}
ring 1 60
claim "the ring holds 50, and they are the last" "$(as super -c "SELECT count(*),
    bool_and(substr(convert_from(body, 'UTF8'), 2)::int > 10)
    FROM flux.debug_payload WHERE tenant_id = 24 AND body <> 'canary 24'")" \
    "50|t"
ring 100 120 &
other=$!
ring 200 220
wait "$other" # the sessions of lib.sh stay
claim "two who write at once take two places" "$(as super -c "SELECT count(*)
    FROM flux.debug_payload WHERE tenant_id = 24
    AND convert_from(body, 'UTF8') ~ '^p(1|2)[0-9][0-9]$'")" "42"
refuses "nothing goes into another tenant's ring" fl_ingest \
    "BEGIN; SELECT FROM ctx.begin_api_key('key-7');
     SELECT flux.debug_put(36, 202, '', 1, 'x')" 'violates foreign key'
refuses "ingest does not read it" fl_ingest \
    "BEGIN; SELECT FROM ctx.begin_api_key('key-7'); SELECT flux.debug_list(31)" \
    'permission denied'
refuses "nobody wants payloads for more than a day" fl_desk \
    "$session SELECT flux.debug_set('d1', 25)" 'hours: want 0 to 24'
refuses "of a device of another tenant there is none" fl_desk \
    "$session SELECT flux.debug_set('none', 1); ROLLBACK" '^f~$'
done_testing
