#!/bin/sh
# sender.sh - sends readings to Fluxline with curl, from whatever has a shell.
#
#	sender.sh put DEVICE SENSOR VALUE	write a reading down
#	sender.sh send				send what waits; cron, once a minute
#
# What is measured is written down first, and is sent in numbered batches: a
# batch whose answer got lost is sent once more and counts once.  curl (7.71 or
# newer) tries again by itself, slower and slower, and as Retry-After says; what
# it gives up waits for the next "send".
#
#	FLUX_URL    https://HOST:8443
#	FLUX_KEY    the key of this gateway or device
#	FLUX_CA     file of our authority; none: our certificate is a public one's
#	FLUX_SPOOL  folder in which readings wait ($HOME/fluxline)
set -eu
spool=${FLUX_SPOOL:-$HOME/fluxline}
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
mkdir -p "$spool/refused"
cd "$spool"
# A new folder counts from 1 again, and under another name.
[ -s id ] || od -An -N4 -tx1 /dev/urandom | tr -d ' \n' > id

# What is said here ends at once, so that no reading waits for it.
put() {
	printf '{"device":"%s","ts":%s,"values":{"%s":%s}}\n' "$1" \
	    "$(date +%s)" "$2" "$3" > "new.$$"
	flock now.lock sh -c 'cat "$1" >> now && rm "$1"' put "new.$$"
}

# Readings that came since the last batch become the next one, and it stays as
# it is until it is done.
batch() {
	[ -s now ] || return 0
	seq=$(($(cat seq 2> /dev/null || echo 0) + 1))
	echo "$seq" > seq.new && mv seq.new seq
	mv now "$(printf 'batch-%010d' "$seq")"
}

post() {
	number=$(echo "${1#batch-}" | sed 's/^0*//')
	{
		echo "header = \"X-API-Key: $FLUX_KEY\""
		[ -z "${FLUX_CA-}" ] || echo "cacert = \"$FLUX_CA\""
	} | curl --config - --silent --show-error --max-time 30 \
	    --retry 5 --retry-all-errors --retry-max-time 50 \
	    --header 'Content-Type: application/json' \
	    --header "Idempotency-Key: $(cat id)-$number" \
	    --data-binary "@$1" --output answer --write-out '%{http_code}' \
	    "$FLUX_URL/api/v1/ingest"
}

send() {
	exec 9> send.lock
	flock -n 9 || exit 0 # another one is at it
	flock now.lock "$self" batch
	for file in batch-*; do
		[ -e "$file" ] || continue
		status=$(post "$file") || status=${status:-000}
		case $status in
		2*) rm "$file" ;;
		400 | 413 | 422) # the same body will not be taken later either
			mv "$file" refused/
			cat answer >&2 ;;
		*)
			echo "status $status, $file waits" >&2
			exit 1 ;;
		esac
	done
}

case ${1-} in
put) [ $# -eq 4 ] && put "$2" "$3" "$4" ;;
batch) batch ;;
send) send ;;
*)
	echo "usage: sender.sh put DEVICE SENSOR VALUE | send" >&2
	exit 2 ;;
esac
