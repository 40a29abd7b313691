# 0026.sh - tenants that leave, what they take along, and the platform; read by
# attacks.test.sh.
# shellcheck shell=bash disable=SC2154
for role in fl_page fl_desk fl_admin fl_api; do
	refuses "$role erases nobody" $role "SELECT ctx.erase(7, 1)" \
	    "$denied for function erase"
done
refuses "the worker erases nobody who does not leave" fl_worker \
    "SELECT ctx.erase(8, 1)" 'tenant 8 is not leaving'
refuses "nor says farewell for him" fl_worker \
    "SELECT ctx.erase_end(8, 'k', 'x'); SELECT ctx.erase_said(8) IS NULL" \
    '^f~t~$'
refuses "the worker erases no table by itself" fl_worker \
    "$worker SELECT flux.erase_rows('flux.device', 1)" \
    "$denied for function erase_rows"
refuses "nobody reads farewells by himself" fl_admin \
    "$admin SELECT * FROM ctx.farewell" "$denied for table farewell"
refuses "without a context nobody leaves" fl_desk \
    "SELECT ctx.tenant_leave('Tenant 7', 30)" "$none"
refuses "a person leaves himself 30 days" fl_desk \
    "$session SELECT ctx.tenant_leave((ctx.tenant_state()).name, 0)" \
    'want 30 to 365|needs'
refuses "another tenant is not told to leave by its name" fl_admin \
    "$admin SELECT ctx.tenant_leave('no such name', 0)" 'type the tenant'
refuses "no tenant's person sees the platform" fl_desk \
    "$session SELECT * FROM ctx.platform_tenants('', 0, 9)" \
    'needs tenants:manage'
refuses "nor makes a tenant" fl_desk \
    "$session SELECT * FROM ctx.platform_make('A', 'a')" \
    'needs tenants:manage'
refuses "nor suspends another" fl_desk \
    "$session SELECT ctx.platform_suspend(8, true)" 'needs tenants:manage'
refuses "a page sees no platform" fl_page \
    "$session SELECT * FROM ctx.platform_tenants('', 0, 9)" \
    "$denied for function platform_tenants"
refuses "the worker reads nothing for an export that nobody asked for" \
    fl_worker "$worker SELECT * FROM ctx.export_page('flux.device', NULL, 9)" \
    'nobody asked for an export'
as super -c "INSERT INTO ctx.export (tenant_id, asked_by, state, seen_at)
    VALUES (7, 1, 'runs', now())"
refuses "the worker takes along what is the tenant's" fl_worker \
    "$worker SELECT count(*) > 0, count(*) FILTER (WHERE
     (line::jsonb ->> 'tenant_id')::int <> 7)
     FROM ctx.export_page('flux.device', NULL, 1000)" '^7~t\|0~$'
refuses "also of the gate's own tables" fl_worker \
    "$worker SELECT count(*) > 0, count(*) FILTER (WHERE
     (line::jsonb ->> 'tenant_id')::int <> 7), count(*) FILTER (WHERE
     line ~ 'verifier|salt') FROM ctx.export_page('ctx.login', NULL, 1000)" \
    '^7~t\|0\|0~$'
for table in ctx.session ctx.data_key ctx.mac_key flux.chunk pg_authid \
    'flux.device x WHERE true --'; do
	refuses "and nothing of $table" fl_worker \
	    "$worker SELECT * FROM ctx.export_page('$table', NULL, 9)" \
	    'query string argument of EXECUTE is null'
done
refuses "no key in a page's key" fl_worker \
    "$worker SELECT count(*) FROM ctx.export_page('flux.device',
     ARRAY['7', '0'') OR true --'], 9)" 'invalid input syntax'
refuses "the desk reads no row of a table for export" fl_desk \
    "$session SELECT * FROM ctx.export_page('flux.device', NULL, 9)" \
    "$denied for function export_page"
refuses "another tenant's export is not taken" fl_desk \
    "$session SELECT ctx.export_take(id) FROM generate_series(1, 3) id" \
    'needs|^7~f~f~f~$'
as super -c 'DELETE FROM ctx.export'
