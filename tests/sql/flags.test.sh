#!/bin/bash
# flags.test.sh - what a gate says of a credential besides whose it is: that
# its use is to be noted, that somebody has just confirmed who he is, that its
# requests must be signed.  Each is said without the others.
. "$(dirname "$0")/lib.sh"
need_gate

# session, key TITLE SETTINGS WANT: of tenant 9's session, or its key.
session() {
	claim "$1" "$(as super -c "BEGIN; UPDATE ctx.session SET $2
	    WHERE token_hash = sha256('sess-9');
	    SELECT flags FROM ctx.begin_session('sess-9'); ROLLBACK" 2>&1)" "$3"
}
key() {
	claim "$1" "$(as super -c "BEGIN; UPDATE ctx.api_key SET $2
	    WHERE key_hash = sha256('key-9');
	    SELECT flags FROM ctx.begin_api_key('key-9'); ROLLBACK" 2>&1)" "$3"
}
long="now() - interval '2 min'"
session "a session of just now" "seen_at = now()" 0
session "a session that is to be noted is not fresh" "seen_at = $long" 1
session "a session may be fresh" \
    "seen_at = now(), fresh_till = now() + interval '1 min'" 2
session "a session may be both" \
    "seen_at = $long, fresh_till = now() + interval '1 min'" 3
session "a session is fresh for a time" "seen_at = now(), fresh_till = $long" 0
key "a key of just now" "used_at = now()" 0
key "a key that is to be noted need not sign" "used_at = NULL" 1
key "a key may have to sign" "used_at = now(), sign_key = 'x'" 4
key "a key may have both" "used_at = $long, sign_key = 'x'" 5
done_testing
