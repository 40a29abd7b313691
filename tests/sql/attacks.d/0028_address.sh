# 0028_address.sh - addresses, sealed and looked up by an index; read by
# attacks.test.sh.
# shellcheck shell=bash disable=SC2154
sealed="'\\x01$(printf '00%.0s' {1..40})'"
for role in fl_page fl_api fl_ingest fl_poller fl_auth fl_desk; do
	refuses "$role lists no addresses" "$role" \
	    "SELECT ctx.addresses(false, 0, 10)" "$denied for function addresses"
done
refuses "the desk gives nobody another address" fl_desk \
    "$session SELECT flux.member_address(7, md5('x'), NULL)" \
    "$denied for function member_address"
refuses "nor in the gate" fl_desk \
    "$session SELECT ctx.login_address(7, md5('x'), NULL)" \
    "$denied for function login_address"
refuses "who may not invite seals nothing" fl_desk \
    "$session SELECT ctx.address_seal(7, $sealed)" 'needs users:write'
refuses "an address is sealed once" super \
    "$chief SELECT ctx.address_seal(7, $sealed);
     SELECT ctx.address_seal(7, $sealed); ROLLBACK" '^7~t~f~$'
refuses "and not another tenant's person's" super \
    "$chief SELECT ctx.address_seal(8, $sealed); ROLLBACK" '^7~f~$'
refuses "what is not sealed is not kept" super \
    "$chief SELECT ctx.address_seal(7, 'x@example.org')" 'not a sealed address'
refuses "nobody is made with an address in clear" fl_admin \
    "$admin SELECT ctx.user_create('x@example.org', 'x', 'viewer', '\\x00',
     '\\x00')" 'not the index'
refuses "the operator's tool lists those of its tenant only" fl_admin \
    "$admin SELECT count(*), min(address) FROM ctx.addresses(true, 0, 100)
      WHERE address LIKE 'u%'" '^7~1\|u7@example.org~$'
refuses "and changes nobody else's" fl_admin \
    "$admin SELECT flux.member_address(8, md5('x'), NULL);
     SELECT count(*) FROM ctx.addresses(false, 0, 100)" '^7~f~0~$'
