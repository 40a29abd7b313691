# 0027_move.sh - tenants that are in a database of their own, or on their way
# there; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
away="BEGIN; UPDATE ctx.tenant_home SET dsn = 'apart', suspended_at = now()
    WHERE tenant_id = 7;"
moving="BEGIN; UPDATE ctx.tenant_home SET moving = 'apart',
    suspended_at = now() WHERE tenant_id = 7;"

# The move is its owner's, and nobody's at run time.
for role in fl_page fl_desk fl_auth fl_api fl_ingest fl_poller fl_worker \
    fl_admin; do
	refuses "$role moves no tenant" $role \
	    "SELECT ctx.move_begin(8, 'apart')" "$denied for function move_begin"
	refuses "$role says of none that it is away" $role \
	    "SELECT ctx.tenant_away(8, 'apart')" \
	    "$denied for function tenant_away"
	refuses "$role opens none" $role \
	    "SELECT ctx.move_open(8)" "$denied for function move_open"
	refuses "$role brings no tenant here" $role \
	    "SELECT ctx.move_arrive('{\"tenant_id\": 8}')" \
	    "$denied for function move_arrive"
done
refuses "the tool reads no tenant's row" fl_admin \
    "SELECT ctx.move_row(8, 'home')" "$denied for function move_row"
refuses "nor which statements move it" fl_admin \
    "SELECT ctx.move_plan(8, 1)" "$denied for function move_plan"
refuses "nor how far numbers have come" fl_admin \
    "SELECT flux.last_number('flux.landing_landing_id_seq')" \
    "$denied for function last_number"
refuses "nor the cells" fl_admin "SELECT * FROM ctx.cell" \
    "$denied for table cell"
refuses "a page does not ask where a tenant is" fl_page \
    "SELECT ctx.cell_of(8)" "$denied for function cell_of"
refuses "nor whose an address is" fl_page \
    "SELECT ctx.here_address('a@b')" "$denied for function here_address"
refuses "triggers are not switched off by a page" fl_page \
    "SET session_replication_role = replica" "$denied to set parameter"
refuses "nor by the operator's tool" fl_admin \
    "SET session_replication_role = replica" "$denied to set parameter"

# Who is away, or on the way, passes no gate here.
for state in "$away" "$moving"; do
	refuses "its sessions open nothing here" super \
	    "$state SELECT tenant_id FROM ctx.begin_session('sess-7')" \
	    'session invalid'
	refuses "its keys open nothing here" super \
	    "$state SELECT tenant_id FROM ctx.begin_api_key('key-7')" \
	    'api key invalid'
	refuses "nor where they are known" super \
	    "$state SELECT ctx.begin_api_keys('{key-7}', '{7}', '{31}', '{3}',
	     ARRAY[(SELECT registry FROM ctx.tenant_home
	             WHERE tenant_id = 7)])" 'not as expected|api key invalid'
	refuses "the worker does nothing for it here" super \
	    "$state SELECT ctx.begin_worker(7)" 'is not here now'
	refuses "nor the poller" super \
	    "$state SELECT ctx.begin_poller(7)" 'is not here now'
	refuses "nor the operator's tool" super \
	    "$state SELECT ctx.begin_admin(7)" 'is not here now'
	refuses "and it cannot be let in here" super \
	    "$state UPDATE ctx.tenant_home SET suspended_at = NULL
	      WHERE tenant_id = 7" 'a database of its own, or is on'
done
refuses "what is away is not here" super \
    "$away SELECT ctx.here('sess-7')" '^0~$'
refuses "what is on its way is said to be" super \
    "$moving SELECT ctx.here('sess-7')" '^2~$'
refuses "what nobody has is nowhere" fl_page \
    "SELECT ctx.here('sess-9999'), ctx.here(NULL)" '^0\|0~$'
refuses "a tenant is not moved twice at once" super \
    "$moving SET LOCAL ROLE fl_ctx; SELECT ctx.move_begin(7, 'other')" \
    'is not here, or goes to apart'
refuses "one that is away is not moved from here" super \
    "$away SET LOCAL ROLE fl_ctx; SELECT ctx.move_begin(7, 'other')" \
    'is not here, or goes to apart'
refuses "one that stays is not said to be away" super \
    "BEGIN; SET LOCAL ROLE fl_ctx; SELECT ctx.tenant_away(7, 'apart')" \
    'is not on its way'
refuses "one that leaves is not moved" super \
    "BEGIN; INSERT INTO ctx.leave (tenant_id, asked_by, due_at)
     VALUES (7, 'admin', now());
     SET LOCAL ROLE fl_ctx; SELECT ctx.move_begin(7, 'apart')" 'is leaving'
refuses "one that has a cell does not leave from there" super \
    "BEGIN; UPDATE ctx.tenant_home SET at_cell = 'apart' WHERE tenant_id = 7;
     INSERT INTO ctx.leave (tenant_id, asked_by, due_at)
     VALUES (7, 'admin', now())" \
    'must be moved home first'
refuses "no cell is called home" super \
    "INSERT INTO ctx.cell (name) VALUES ('home')" 'violates check'
refuses "the platform's own tenant is not moved" super \
    "BEGIN; UPDATE ctx.tenant_home SET platform = true WHERE tenant_id = 7;
     SET LOCAL ROLE fl_ctx; SELECT ctx.move_begin(7, 'apart')" 'own tenant stays'
refuses "a cell makes no tenant" super \
    "BEGIN; UPDATE ctx.tenant_home SET at_cell = 'apart' WHERE tenant_id = 7;
     INSERT INTO ctx.tenant_home (name) VALUES ('New')" 'made at home'
refuses "who was only invited here does not hide who is elsewhere" super \
    "BEGIN; UPDATE ctx.login SET verifier = NULL WHERE tenant_id = 7;
     SELECT ctx.here_address(email) FROM ctx.login WHERE tenant_id = 7" '^(0~)+$'
refuses "the poller reads nobody twice" super \
    "BEGIN; SELECT count(*) FROM ctx.poller_grant WHERE tenant_id = 7;
     UPDATE ctx.tenant_home SET moving = 'apart', suspended_at = now()
     WHERE tenant_id = 7; SET SESSION AUTHORIZATION fl_poller;
     SELECT count(*) FROM ctx.poller_tenants() t WHERE t = 7" '^1~0~$'
