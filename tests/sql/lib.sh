# lib.sh - how the SQL tests speak to the database, and how they count.
#
# The cluster is the one of PGHOST and PGPORT.  Passwords come from
# $FLUX_VAR/secret/<role>.pgpass; without them the cluster must trust us.  The
# tests work on a database of their own, see need_gate.
# shellcheck shell=bash
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/tests/sql
GATE=${GATE-gate}
GATE_KEPT_S=300
UNHURRIED='-c statement_timeout=0 -c lock_timeout=0'
UNHURRIED+=' -c idle_in_transaction_session_timeout=0'

# as ROLE [PSQL ARGUMENTS] - a slow machine is given the time that it takes.
as() {
	local role=$1 file=${FLUX_VAR-}/secret/$1.pgpass word
	local -x PGOPTIONS="$UNHURRIED ${PGOPTIONS-}"
	shift
	if [ -r "$file" ]; then
		IFS=: read -r _ _ _ _ word < "$file"
		PGPASSFILE=/dev/null PGPASSWORD=$word psql -XqAt -U "$role" \
		    -d "$GATE" "$@"
	else
		psql -XqAt -U "$role" -d "$GATE" "$@"
	fi
}

# A session of each role that stays, as to start one costs more than what it is
# asked: where it is told and heard.
declare -A told=() heard=()
pipe=

# Its output is a pipe, which must not wait until it is full.
open_session() {
	local to from
	pipe=${pipe:-$(mktemp -d)}
	mkfifo "$pipe/$1"
	exec {to}> >(
		psql() {
			exec stdbuf -oL psql "$@"
		}
		as "$1" > "$pipe/$1" 2>&1
	)
	exec {from}< "$pipe/$1"
	rm "$pipe/$1"
	told[$1]=$to
	heard[$1]=$from
}

close_session() {
	local to=${told[$1]} from=${heard[$1]}
	exec {to}>&- {from}<&-
	unset "told[$1]" "heard[$1]"
}

# ask ROLE SQL - what comes of it is $answer, newlines as ~.  The server gets
# the text in one piece; what it leaves behind is rolled back and discarded.  To
# psql whatever follows FROM STDIN would be data, though it is refused.
ask() {
	local line mark="of $count"
	if [[ "$2" = *'FROM STDIN'* ]]; then
		answer=$(as "$1" -c "$2" 2>&1 < /dev/null)
		answer=${answer//$'\n'/\~}~
		return
	fi
	[ -n "${told[$1]-}" ] || open_session "$1"
	printf '\\echo begin %s\nSELECT $attack$%s$attack$ \\gexec\n%s %s\n%s\n%s\n' \
	    "$mark" "$2" '\echo end' "$mark" 'ROLLBACK;' 'DISCARD ALL;' \
	    >&"${told[$1]}"
	answer=
	until [ "${line-}" = "begin $mark" ]; do
		IFS= read -r line <&"${heard[$1]}" || {
			close_session "$1"
			answer='the session has ended'
			return
		}
	done
	while IFS= read -r line <&"${heard[$1]}"; do
		[ "$line" != "end $mark" ] || return 0
		answer+=$line~
	done
	close_session "$1"
}

quiet() {
	PGOPTIONS='-c client_min_messages=warning' as "$@" \
	    -v ON_ERROR_STOP=1 > /dev/null
}

# Has the cluster the module that decodes readings?
has_codec() {
	[ -e "${FLUX_VAR-}/app/lib/fluxline.so" ]
}

# What it is filled with, in this order.
fixtures=("$here"/fixture.sql "$here"/fixture.d/*.sql "$here"/fixture_end.sql)

# Makes database $GATE as an installation is made: roles.sql as the superuser,
# each migration in a transaction of fl_migrator, policy.sql and grant.sql; then
# fills it with 200 tenants.  Its comment says what it was made of.  roles.sql,
# policy.sql and grant.sql run twice: they must bear it.
make_gate() {
	local file
	GATE=postgres quiet super \
	    -c "DROP DATABASE IF EXISTS $GATE WITH (FORCE)" \
	    -c "CREATE DATABASE $GATE" &&
	    quiet super -f "$root/sql/roles.sql" || return
	for file in "$root"/sql/migrate/*.sql; do
		quiet fl_migrator -1 -f "$file" || return
	done
	quiet fl_migrator -1 -f "$root/sql/policy.sql" -f "$root/sql/grant.sql" &&
	    quiet super -f "$root/sql/roles.sql" &&
	    quiet fl_migrator -1 -f "$root/sql/policy.sql" -f "$root/sql/grant.sql" &&
	    { ! has_codec || "$root/tools/extension" | quiet super; } &&
	    quiet super -1 "${fixtures[@]/#/--file=}" &&
	    quiet super -c "COMMENT ON DATABASE $GATE IS '$1'"
}

# Its rows are of just now: a session ends that nobody has used for half an hour,
# a device is offline that was not seen for 15 minutes, and tomorrow is another
# day of the ledger.  So it is not used for long.
need_gate() {
	local made_of was now=$EPOCHSECONDS
	made_of=$(cat "$root"/sql/*.sql "$root"/sql/migrate/*.sql \
	    "${fixtures[@]}" | cksum)
	was=$(GATE=postgres as super -c \
	    "SELECT shobj_description(oid, 'pg_database') FROM pg_database
	      WHERE datname = '$GATE'")
	if [ "${was% at *}" != "$made_of" ] ||
	    [ $((now - ${was##* at })) -ge $GATE_KEPT_S ] ||
	    [ $((now / 86400)) != $((${was##* at } / 86400)) ]; then
		make_gate "$made_of at $now"
	fi || {
		echo "not ok 1 - database $GATE can be made"
		exit 1
	}
}

# What opens tenant 7's context in a role.
gate_of() {
	case $1 in
	fl_page | fl_desk) echo "ctx.begin_session('sess-7')" ;;
	fl_api | fl_ingest) echo "ctx.begin_api_key('key-7')" ;;
	fl_poller) echo "ctx.begin_poller(7)" ;;
	fl_worker) echo "ctx.begin_worker(7)" ;;
	fl_admin) echo "ctx.begin_admin(7)" ;;
	fl_auth) echo "generate_series(1, 1)" ;; # has no gate
	esac
}

# TAP.  A file of tests ends with done_testing.
count=0
broken=0

ok() {
	count=$((count + 1))
	echo "ok $count - $1"
}

not_ok() {
	count=$((count + 1))
	broken=$((broken + 1))
	echo "not ok $count - $1"
	[ -z "${2-}" ] || sed 's/^/# /' <<< "$2"
}

# claim TITLE GOT WANT
claim() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got: $2
want: $3"
	fi
}

# meets TITLE GOT REGEX
meets() {
	if [[ "$2" =~ $3 ]]; then
		ok "$1"
	else
		not_ok "$1" "got: $2
want: $3"
	fi
}

# refuses TITLE ROLE SQL REGEX: newlines of the answer are ~.
refuses() {
	ask "$2" "$3"
	meets "$1" "$answer" "$4"
}

done_testing() {
	[ -z "$pipe" ] || rmdir "$pipe"
	echo "1..$count"
	[ "$count" -gt 0 ] && [ "$broken" = 0 ]
}
