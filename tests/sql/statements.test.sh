#!/bin/bash
# statements.test.sh - every statement of sql/query, prepared and planned as
# each role that runs it: the parameters and columns are as many as its name
# line says, the role may run it, and no table is read from end to end.
. "$(dirname "$0")/lib.sh"
need_gate

list=$(awk -v part=list -f "$root/tools/sqlgen.awk" "$root"/sql/query/*.sql) || {
	not_ok "sql/query is well-formed" "$list"
	done_testing
	exit
}

# nulls N: NULL, NULL, ...
nulls() {
	local i text=
	for ((i = 0; i < $1; i++)); do
		text+=${text:+, }NULL
	done
	[ -z "$text" ] || echo "($text)"
}

# A role's statements as a script; EXPLAIN checks grants, PREPARE does not.
# How plans are made is no query: it is run as it is.  No other setting is.
script() {
	local name roles params columns sql
	echo '\set ON_ERROR_ROLLBACK on'
	echo 'BEGIN;'
	echo "SELECT FROM $(gate_of "$1");"
	echo 'SET LOCAL plan_cache_mode = force_generic_plan;'
	echo 'SET LOCAL enable_seqscan = off;'
	while IFS=$'\t' read -r name roles params columns sql; do
		[[ " $roles " == *" $1 "* ]] || continue
		echo "\\echo '@' $name $params $columns"
		if [[ $sql == "SET LOCAL plan_cache_mode = "* ]]; then
			echo "$sql;"
			continue
		fi
		echo "PREPARE s AS $sql;"
		echo "SELECT '@params', cardinality(parameter_types)
		    FROM pg_prepared_statements WHERE name = 's';"
		echo '\echo @columns'
		echo "$sql \\gdesc"
		echo '\echo @plan'
		echo "EXPLAIN (COSTS OFF) EXECUTE s $(nulls "$params");"
		echo 'DEALLOCATE s;'
	done <<< "$list"
	echo 'ROLLBACK;'
}

# What psql said about a role's statements, as TAP without numbers.
judge() {
	awk -v role="$1" '
	function finish() {
		if (name == "")
			return
		if (params != want_params)
			said = said "# " params " parameters\n"
		if (columns != want_columns)
			said = said "# " columns " columns\n"
		printf "%sok %s as %s\n%s", said == "" ? "" : "not ", name, role,
		    said
	}
	/^@ / {
		finish()
		name = $2; want_params = $3; want_columns = $4
		params = columns = 0; said = part = ""
		next
	}
	/^@params[|]/ { split($0, v, "|"); params = v[2]; next }
	/^@columns$/ { part = "columns"; next }
	/^@plan$/ { part = "plan"; next }
	/ERROR:/ { said = said "# " $0 "\n"; next }
	/The command has no result/ { next }
	part == "columns" { columns++ }
	part == "plan" && /Seq Scan on/ {
		said = said "# " $0 "\n"
	}
	END { finish() }'
}

# tell ROLE: the judgement, numbered.
tell() {
	local line
	while read -r line; do
		case $line in
		'ok '*) ok "${line#ok }" ;;
		'not ok '*) not_ok "${line#not ok }" ;;
		*) echo "$line" ;;
		esac
	done < <(script "$1" | as "$1" 2>&1 | judge "$1")
}

for role in $(cut -f 2 <<< "$list" | tr ' ' '\n' | sort -u); do
	tell "$role"
done
want=$(cut -f 2 <<< "$list" | wc -w)
claim "every statement is judged in each of its roles" "$count" "$want"

# The judge can condemn: each of these is wrong in one way.
mistaken() { # WHY, then a line of the list as tab-separated words
	local saved=$list
	list=$(printf '%s\t' "${@:2}" | sed 's/\t$//')
	meets "refused: $1" "$(script "${3%% *}" | as "${3%% *}" 2>&1 |
	    judge "${3%% *}")" '^not ok '
	list=$saved
}
good='SELECT name FROM flux.device WHERE tenant_id = $1'
mistaken "a parameter too few" x_y fl_page 0 1 "$good"
mistaken "a column too many" x_y fl_page 1 2 "$good"
mistaken "a role without the grant" x_y fl_auth 1 1 "$good"
mistaken "a role without the function" x_y fl_page 1 1 'SELECT ctx.logout($1)'
mistaken "a column that does not exist" x_y fl_page 1 1 \
    'SELECT nonsense FROM flux.device WHERE tenant_id = $1'
mistaken "a setting" x_y fl_page 0 0 "SET LOCAL app.ctx = 'x'"
mistaken "a table that is read from end to end" x_y fl_worker 1 1 \
    'SELECT relname FROM pg_class WHERE relpages = $1'
done_testing
