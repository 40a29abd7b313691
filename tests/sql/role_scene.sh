# role_scene.sh - a tenant with assets and people, for the tests of roles; read
# after lib.sh.
# shellcheck shell=bash

# Tenant 11 in a transaction that is undone, as the superuser who becomes who
# is needed: its devices are 51 (the gateway) to 55.  Assets: hall, in it pump,
# in that motor; and yard.  52 is at the hall, 53 at the motor, 54 in the
# yard, 51 and 55 nowhere.  Anna (the fixture's) is the administrator.
scene="BEGIN; SELECT FROM ctx.begin_admin(11);
DO \$\$ BEGIN PERFORM flux.rights_make(user_id) FROM flux.member
    WHERE tenant_id = 11; END \$\$;
INSERT INTO flux.asset (tenant_id, site_id, key, name, type)
SELECT 11, site_id, unnest(ARRAY['hall', 'yard']), 'x', 'x'
  FROM flux.site WHERE tenant_id = 11;
INSERT INTO flux.asset (tenant_id, site_id, parent_id, key, name, type)
SELECT 11, site_id, asset_id, 'pump', 'x', 'x' FROM flux.asset
 WHERE tenant_id = 11 AND key = 'hall';
INSERT INTO flux.asset (tenant_id, site_id, parent_id, key, name, type)
SELECT 11, site_id, asset_id, 'motor', 'x', 'x' FROM flux.asset
 WHERE tenant_id = 11 AND key = 'pump';
UPDATE flux.device d SET asset_id = a.asset_id
  FROM (VALUES (52, 'hall'), (53, 'motor'), (54, 'yard')) AS w (id, key)
  JOIN flux.asset a ON a.tenant_id = 11 AND a.key = w.key
 WHERE d.tenant_id = 11 AND d.device_id = w.id;
CREATE FUNCTION pg_temp.role(n text) RETURNS int LANGUAGE sql AS \$\$
    SELECT role_id FROM flux.role WHERE tenant_id = 11 AND name = n \$\$;
CREATE FUNCTION pg_temp.asset(k text) RETURNS int LANGUAGE sql AS \$\$
    SELECT coalesce((SELECT asset_id FROM flux.asset
        WHERE tenant_id = 11 AND key = k), 0) \$\$;
CREATE FUNCTION pg_temp.invite(n text, r text, k text) RETURNS bigint
LANGUAGE sql AS \$\$
    SELECT flux.member_invite(md5(n), n,
        ARRAY[pg_temp.role(r)], ARRAY[pg_temp.asset(k)]) \$\$;
-- Whoever is invited has taken his ticket and signed in.
CREATE FUNCTION pg_temp.arrive(n text) RETURNS bigint LANGUAGE sql AS \$\$
    UPDATE ctx.login SET salt = substr(sha256(''), 1, 16),
           verifier = sha256('') WHERE email = md5(n);
    INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
    SELECT sha256(convert_to('of-' || n, 'UTF8')), 11, user_id,
           now() + interval '1 h'
      FROM ctx.login WHERE email = md5(n) RETURNING user_id \$\$;
CREATE FUNCTION pg_temp.id(n text) RETURNS bigint LANGUAGE sql AS \$\$
    SELECT user_id FROM ctx.login WHERE tenant_id = 11 AND name = n \$\$;"
anna="SELECT FROM ctx.begin_session('sess-11');"
person() { # NAME: becomes him, signed in
	echo "SELECT FROM ctx.begin_session('of-$1');"
}
quietly() { # what a call answers is not of interest
	echo "DO \$do\$ BEGIN PERFORM $1; END \$do\$;"
}
made() { # NAME ROLE [ASSET]: is invited by the operator and arrives
	quietly "pg_temp.invite('$1', '$2', '${3-}'), pg_temp.arrive('$1')"
}
scene() {
	as super -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' \
	    -c "$scene $1; ROLLBACK" 2>&1 |
	    grep -v '^$\|^CONTEXT\|^SQL \|^PL/pgSQL'
}
