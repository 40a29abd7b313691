#!/bin/bash
# role.test.sh - roles are sets of permissions, held in the tenant or below an
# asset: who gives them, what they come to, and what the restricted see.
. "$(dirname "$0")/lib.sh"
need_gate
. "$here/role_scene.sh"

denied='needs\|may more\|has not\|holds more'

# The bundles.
for role in viewer operator technician admin; do
	claim "role $role is a bundle, and gives its person just that" "$(scene "
	    $(made p $role)
	    SELECT can = ctx.bundle('$role') AND wide = can FROM ctx.login
	     WHERE email = md5('p')")" t
done
claim "role platform manages tenants in the platform's tenant only" "$(scene "
    $(made p platform) SELECT 'tenants:manage' = ANY (ctx.can_names(can))
      FROM ctx.login WHERE email = md5('p');
    UPDATE ctx.tenant_home SET platform = true WHERE tenant_id = 11;
    $(quietly "flux.member_roles(pg_temp.id('p'),
        ARRAY[pg_temp.role('platform')], '{0}')")
    SELECT 'tenants:manage' = ANY (ctx.can_names(can))
      FROM ctx.login WHERE email = md5('p')")" "f
t"
claim "two roles come to both" "$(scene "$(made p viewer)
    $(quietly "flux.member_roles(pg_temp.id('p'), ARRAY[
        pg_temp.role('viewer'), pg_temp.role('technician')], '{0,0}')")
    SELECT can = ctx.bundle('viewer') | ctx.bundle('technician')
      FROM ctx.login WHERE email = md5('p')")" t
claim "a custom role holds what it says" "$(scene "$anna
    $(quietly "flux.role_put(0, 'night', '{devices:read,users:read}')")
    $(made p night)
    SELECT ctx.can_names(can) FROM ctx.begin_session('of-p')")" \
    "{devices:read,users:read}"
claim "a changed role counts at the next request" "$(scene "$anna
    $(quietly "flux.role_put(0, 'night', '{devices:read}')")
    $(made p night) $anna
    $(quietly "flux.role_put(pg_temp.role('night'), 'night', '{work:read}')")
    SELECT ctx.can_names(can) FROM ctx.begin_session('of-p')")" "{work:read}"
meets "a permission that there is not is refused" "$(scene "$anna
    SELECT flux.role_put(0, 'x', '{devices:read,all}')")" 'no such permission'
meets "a bundle is not changed" "$(scene "$anna
    SELECT flux.role_put(pg_temp.role('viewer'), 'viewer', '{work:read}')")" \
    'same in every tenant'
meets "nor dropped" "$(scene "$anna
    SELECT flux.role_drop(pg_temp.role('viewer'))")" 'same in every tenant'
meets "a role that somebody holds is not dropped" "$(scene "$anna
    $(quietly "flux.role_put(0, 'night', '{devices:read}')")
    $(made p night) $anna SELECT flux.role_drop(pg_temp.role('night'))")" \
    'Somebody holds'
claim "one that nobody holds is" "$(scene "$anna
    $(quietly "flux.role_put(0, 'night', '{devices:read}')")
    SELECT flux.role_drop(pg_temp.role('night')), pg_temp.role('night')")" "t|"
claim "another tenant's role is none" "$(scene "$anna
    SELECT flux.role_put(r.role_id, 'x', '{}'), flux.role_drop(r.role_id)
      FROM flux.role r WHERE tenant_id = 12 AND name = 'viewer'")" "|f"

# Who gives.  Olaf may keep users and roles and read; he is no administrator.
olaf="$anna $(quietly "flux.role_put(0, 'clerk',
    '{users:read,users:write,roles:write,devices:read}')")
    $(made olaf clerk) $(made vera viewer) $(person olaf)"
refused() { # TITLE SQL
	meets "$1" "$(scene "$olaf $2")" "ERROR: .*($(tr -d '\\' <<< "$denied"))"
}
refused "nobody gives a role that holds more than he" \
    "SELECT pg_temp.invite('x', 'operator', '')"
refused "nor makes such a role" \
    "SELECT flux.role_put(0, 'mine', '{keys:write}')"
refused "nor adds to his own" "SELECT flux.role_put(pg_temp.role('clerk'),
    'clerk', '{users:write,keys:write}')"
refused "nor changes a person who may more" \
    "SELECT flux.member_roles(pg_temp.id('vera'), '{}', '{}')"
refused "nor suspends one" \
    "SELECT flux.member_suspend(pg_temp.id('user 11'), true)"
refused "nor removes one" "SELECT flux.member_remove(pg_temp.id('user 11'))"
claim "what he has, he gives" "$(scene "$olaf
    $(quietly "flux.role_put(0, 'look', '{devices:read}')")
    SELECT pg_temp.invite('x', 'look', '') > 0")" t
meets "who holds it below an asset only does not give it" "$(scene "$anna
    $(made nils admin hall) $(person nils)
    SELECT pg_temp.invite('x', 'viewer', 'hall')")" 'needs users:write'
meets "a viewer invites nobody" "$(scene "$(made p viewer) $(person p)
    SELECT pg_temp.invite('x', 'viewer', '')")" 'needs users:write'
meets "and makes no role" "$(scene "$(made p viewer) $(person p)
    SELECT flux.role_put(0, 'x', '{}')")" 'needs roles:write'
meets "a place of another tenant is none" "$(scene "$anna
    SELECT flux.member_invite(md5('x'), 'x',
        ARRAY[pg_temp.role('viewer')], ARRAY[a.asset_id])
      FROM flux.asset a WHERE tenant_id = 12")" 'no such place'
meets "nor is its role" "$(scene "$anna
    SELECT flux.member_invite(md5('x'), 'x', ARRAY[r.role_id], '{0}')
      FROM flux.role r WHERE tenant_id = 12 AND name = 'viewer'")" \
    'no such role'
claim "another tenant's person is none" "$(scene "$anna
    SELECT flux.member_roles(12, '{}', '{}'), flux.member_suspend(12, true),
           flux.member_remove(12)")" "f|f|f"
for address in '' x p@example.org "$(printf 'A%.0s' {1..32})" \
    "$(printf 'a%.0s' {1..33})"; do
	meets "'${address:0:13}' is no index of an address" "$(scene "$anna
	    SELECT flux.member_invite('$address', 'x',
	        ARRAY[pg_temp.role('viewer')], '{0}')")" 'not the index'
done
meets "an address is invited once" "$(scene "$anna $(made p viewer) $anna
    SELECT pg_temp.invite('p', 'viewer', '')")" 'duplicate key'

# The last administrator.
stays='The last administrator stays'
meets "the last administrator keeps his role" "$(scene "$anna
    SELECT flux.member_roles(ctx.user_id(), '{}', '{}')")" "$stays"
meets "also when the operator takes it" "$(scene "
    SELECT flux.member_roles(pg_temp.id('user 11'), '{}', '{}')")" "$stays"
meets "who has not come yet does not count" "$(scene "$anna
    $(quietly "pg_temp.invite('p', 'admin', '')")
    SELECT flux.member_roles(ctx.user_id(), '{}', '{}')")" "$stays"
meets "nor who is suspended" "$(scene "$(made p admin) $anna
    $(quietly "flux.member_suspend(pg_temp.id('p'), true)")
    SELECT flux.member_roles(ctx.user_id(), '{}', '{}')")" "$stays"
meets "nor who is one below an asset" "$(scene "$(made p admin hall) $anna
    SELECT flux.member_roles(ctx.user_id(), '{}', '{}')")" "$stays"
meets "a role does not take itself away" "$(scene "$anna
    $(quietly "flux.role_put(0, 'boss', ctx.can_names(ctx.bundle('admin')))")
    $(made p boss) $(person p)
    $(quietly "flux.member_remove(pg_temp.id('user 11'))")
    SELECT flux.role_put(pg_temp.role('boss'), 'boss', '{work:read}')")" \
    "$stays"
claim "with a second one he may" "$(scene "$(made p admin) $anna
    SELECT flux.member_roles(ctx.user_id(), '{}', '{}')")" t
for act in 'member_suspend(ctx.user_id(), true)' 'member_remove(ctx.user_id())'
do
	meets "nobody does ${act%%(*} to himself" "$(scene "$(made p admin)
	    $anna SELECT flux.$act")" 'Nobody suspends'
done

# Who is suspended or removed.
meets "who is suspended is refused at the next request" "$(scene "
    $(made p viewer) $anna
    $(quietly "flux.member_suspend(pg_temp.id('p'), true)") $(person p)")" \
    'session invalid'
meets "his old session does not come back with him" "$(scene "
    $(made p viewer) $anna
    $(quietly "flux.member_suspend(pg_temp.id('p'), true),
        flux.member_suspend(pg_temp.id('p'), false)") $(person p)")" \
    'session invalid'
claim "he himself does" "$(scene "$(made p viewer) $anna
    SELECT flux.member_suspend(pg_temp.id('p'), true),
        flux.member_suspend(pg_temp.id('p'), false);
    $(quietly "pg_temp.arrive('p')")
    SELECT name FROM ctx.begin_session('of-p')")" "t|t
p"
claim "his tokens end as well" "$(scene "$(made p viewer)
    INSERT INTO ctx.family (tenant_id, user_id, can, expires_at)
    SELECT 11, pg_temp.id('p'), 1, now() + interval '1 h'; $anna
    $(quietly "flux.member_suspend(pg_temp.id('p'), true)")
    SELECT count(*) FILTER (WHERE revoked_at IS NULL), count(*)
      FROM ctx.family WHERE tenant_id = 11
       AND user_id = pg_temp.id('p')")" "0|1"
claim "who is removed leaves nothing, and his address is free" "$(scene "
    $(made p viewer hall) $anna SELECT flux.member_remove(pg_temp.id('p'));
    SELECT (SELECT count(*) FROM ctx.login WHERE email = md5('p')),
           (SELECT count(*) FROM ctx.session WHERE tenant_id = 11),
           (SELECT count(*) FROM flux.grant_ WHERE tenant_id = 11),
           (SELECT count(*) FROM flux.reach r WHERE tenant_id = 11
               AND can > 0), pg_temp.invite('p', 'viewer', '') > 0")" "t
0|1|1|0|t"

# The trail.
claim "every act is in the audit" "$(scene "$anna
    $(quietly "flux.role_put(0, 'night', '{devices:read}')")
    $(quietly "pg_temp.invite('p', 'night', 'hall')")
    $(quietly "flux.member_roles(pg_temp.id('p'), '{}', '{}')")
    $(quietly "flux.member_suspend(pg_temp.id('p'), true)")
    $(quietly "flux.member_suspend(pg_temp.id('p'), false)")
    $(quietly "flux.member_remove(pg_temp.id('p'))")
    $(quietly "flux.role_drop(pg_temp.role('night'))")
    SELECT string_agg(act, ' ' ORDER BY seq),
           max(detail::text) FILTER (WHERE act = 'user.invite')
      FROM flux.audit WHERE tenant_id = 11 AND seq > 1")" \
    'role.make user.invite user.roles user.suspend user.resume user.remove role.drop|{"roles": ["night at hall"]}'
done_testing
