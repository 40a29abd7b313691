#!/usr/bin/env bash
# An instance of any release before becomes one of today: its rows are there
# when a migration runs, and its policies show the migration none of them.
. "$(dirname "$0")/lib.sh"
GATE=${GATE}_upgrade

# The same policies as policy.sql makes, for the tables that there are.
guarded() {
	quiet super -c "DO \$\$
	DECLARE t regclass;
	BEGIN
		FOR t IN SELECT c.oid FROM pg_class c
		          WHERE c.relnamespace = to_regnamespace('flux')
		            AND c.relkind IN ('r', 'p')
		LOOP
			EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY,
			    FORCE ROW LEVEL SECURITY', t);
			EXECUTE format('DROP POLICY IF EXISTS tenant_only ON %s', t);
			EXECUTE format('CREATE POLICY tenant_only ON %s
			    USING (tenant_id = (SELECT ctx.tenant()))', t);
		END LOOP;
	END \$\$"
}

# migrated FROM BELOW: what was said while the files from FROM ran.
migrated() {
	local file name
	for file in "$root"/sql/migrate/*.sql; do
		name=$(basename "$file")
		[[ ! $name < $1 && $name < $2 ]] || continue
		quiet fl_migrator -1 -f "$file" 2>&1
		guarded
	done
}

GATE=postgres quiet super -c "DROP DATABASE IF EXISTS $GATE WITH (FORCE)" \
    -c "CREATE DATABASE $GATE"
quiet super -f "$root/sql/roles.sql"
claim "a database of before the parts is made" "$(migrated 0001 0013)" ""

quiet super -1 -c "SET session_replication_role = replica;
    INSERT INTO flux.fresh (tenant_id, tier, t_min, t_max, n, sensor, offset_,
        block) VALUES (7, 0, now(), now(), 2, '{1,2}', '{0,3,6}', '\\x00')"
claim "rows of fresh get their parts" "$(migrated 0013 0014)$(as super \
    -c "SELECT series, last FROM flux.fresh")" "2|{1,2}"
quiet super -c "DELETE FROM flux.fresh"

quiet super -1 -f "$here/fixture.sql"
held() {
	as super -c "SELECT count(*) FROM flux.member JOIN flux.device
	    USING (tenant_id) JOIN flux.alert USING (tenant_id)
	    JOIN flux.fresh USING (tenant_id)"
}
before=$(held)
claim "200 tenants are migrated without a word" "$(migrated 0014 9)" ""
claim "nothing of them is lost" "$([ "$before" -ge 200 ] && held)" "$before"
claim "the policies of today fit" "$(as fl_migrator -v ON_ERROR_STOP=1 -1 \
    -f "$root/sql/policy.sql" -f "$root/sql/grant.sql" 2>&1)" ""

GATE=postgres quiet super -c "DROP DATABASE $GATE WITH (FORCE)"
done_testing
