# env.sh - where everything is, and as whom it runs; sourced by the tools.
#
#   root   the checkout        var   what a running instance owns
#   run    its sockets, by a path short enough for one
#   user   who runs the daemons: the caller, or "fluxline" for root
# shellcheck shell=bash
set -eu -o pipefail
umask 022

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
[ "${SAN-}" != 1 ] || build=$root/build/san
port=${FLUX_PORT:-8080}
tls_port=${FLUX_TLS_PORT:-8443}
device_port=${FLUX_DEVICE_PORT:-$((tls_port + 1))}
user=$(id -un)
[ "$(id -u)" != 0 ] || user=fluxline

say() {
	printf '  %s\n' "$*"
}

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# as_app COMMAND - as the user of the daemons, in the folder they know.
as_app() {
	if [ "$(id -u)" = 0 ]; then
		(cd "$var" && setpriv --reuid "$user" --regid "$user" \
		    --clear-groups "$@")
	else
		(cd "$var" && "$@")
	fi
}

# Can the daemons' user come to this path?
reaches() {
	[ "$(id -u)" != 0 ] || setpriv --reuid "$user" --regid "$user" \
	    --clear-groups test -x "$1"
}

# Names the instance's folder.  One that the daemons' user cannot come to, as
# below /root, lies in /var/lib instead, and a link points there.
find_var() {
	local elsewhere
	var=${FLUX_VAR:-$root/var}
	case $var in
	/*) ;;
	*) var=$PWD/$var ;;
	esac
	if [ "$user" = fluxline ] && id "$user" > /dev/null 2>&1 &&
	    [ ! -L "$var" ]; then
		mkdir -p "$(dirname "$var")"
		if ! reaches "$(dirname "$var")"; then
			elsewhere=/var/lib/fluxline/$(cksum <<< "$var" | tr ' ' -)
			rmdir "$var" 2> /dev/null || :
			[ -e "$var" ] || ln -s "$elsewhere" "$var"
		fi
	fi
	[ ! -L "$var" ] || var=$(readlink "$var")
	case $var in
	*[!A-Za-z0-9._/+@-]*)
		die "the path $var holds a blank or a special character;" \
		    "set FLUX_VAR to a plain one" ;;
	esac
	find_run
}

find_run() {
	run=$var/run
	[ ! -L "$run" ] || run=$(readlink "$run")
}

is_taken() {
	(exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}

# The supervisor holds its pid file locked for as long as it lives.  flock by
# name would make the file anew, and for whoever asks, when it has just gone.
is_running() {
	[ -f "$var/run/supervise.pid" ] &&
	    ! (flock -n 8) 2> /dev/null 8< "$var/run/supervise.pid"
}

# sql ROLE [DATABASE] - psql as that role, reading its statements from stdin.
sql() {
	as_app env PGPASSFILE="$var/secret/$1.pgpass" PGCONNECT_TIMEOUT=5 \
	    PGOPTIONS="-c client_min_messages=warning" \
	    psql -XqAt -v ON_ERROR_STOP=1 -h "$run" -p 5432 -U "$1" \
	    -d "${2:-flux}"
}

ctl() {
	as_app "$var/app/bin/fluxctl" "$var/etc/fluxctl.conf" "$@"
}
