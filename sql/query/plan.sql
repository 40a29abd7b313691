-- Signed plans of edge agents, and how far they are rolled out.

-- name: plan_key_own  () -> public, sealed_key
-- roles: fl_desk
SELECT public, sealed_key FROM ctx.plan_key_own();

-- name: plan_key_put  (public, sealed_key) -> put
-- roles: fl_desk
SELECT ctx.plan_key_put($1, $2);

-- name: plan_key_public  () -> public
-- roles: fl_desk
SELECT ctx.plan_key_public();

-- name: plan_key_of  (tenant) -> public
-- roles: fl_auth
-- open
-- found: tenant $1
SELECT ctx.plan_key_of($1);

-- name: plan_gateways  (tenant, after, most) -> key, name, version, state
-- roles: fl_desk
-- The gateways that have devices to poll behind them, with what their agents
-- have confirmed last, version NULL: nothing; in order of their keys, from
-- behind one on.
SELECT d.key, d.name, p.version, p.state
  FROM flux.device d
  LEFT JOIN LATERAL (SELECT x.version, x.state FROM flux.plan x
                      WHERE x.tenant_id = $1 AND x.gateway_id = d.device_id
                        AND x.state = 'confirmed'
                      ORDER BY x.version DESC LIMIT 1) p ON true
 WHERE d.tenant_id = $1 AND d.kind = 'gateway' AND d.key > $2
   AND EXISTS (SELECT FROM flux.device u WHERE u.tenant_id = $1
                  AND u.gateway_id = d.device_id AND u.modbus_host IS NOT NULL)
 ORDER BY d.key
 LIMIT $3;

-- name: plan_next  (gateway) -> gateway, version, rollout
-- roles: fl_desk
SELECT gateway, version, rollout FROM flux.plan_next($1);

-- name: plan_put  (gateway, version, rollout, note, body, manifest,
-- at_once) -> put
-- roles: fl_desk
SELECT flux.plan_put($1, $2, $3, $4, $5, $6, $7);

-- name: plan_list  (tenant, before, most) -> rollout, gateway, gateway_name,
-- version, made_at, made_by, note, changes, state, why, said_at
-- roles: fl_desk fl_api
-- The newest rollouts before one first, of each its gateways.
SELECT p.rollout_id, d.key, d.name, p.version, p.made_at,
       coalesce(flux.member_named(p.made_by), ''), p.note, p.changes, p.state,
       p.why, p.said_at
  FROM flux.plan p
  JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = p.gateway_id
 WHERE p.tenant_id = $1 AND p.rollout_id < $2
 ORDER BY p.rollout_id DESC, d.key
 LIMIT $3;

-- name: rollout_go  (rollout, on) -> gateways
-- roles: fl_desk fl_api
SELECT flux.rollout_go($1, $2);

-- name: plan_offer  (gateway) -> called, version, body, manifest, public
-- roles: fl_ingest
SELECT called, version, body, manifest, public FROM flux.plan_offer($1);

-- name: plan_say  (gateway, version, state, why) -> known
-- roles: fl_ingest
SELECT flux.plan_say($1, $2, $3, $4);
