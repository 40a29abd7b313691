-- name: gate_refused  (kind, id, addr) -> done
-- roles: fl_auth fl_api fl_ingest
-- open
-- found: everywhere
-- This credential was presented in vain; whoever's it is gets to know.
SELECT ctx.refused($1, $2, $3::inet)::text;

-- name: trace_list  (acts, object, person, since, till, before, most) -> seq, at, role, user_id, name, cred, act, object, detail
-- roles: fl_desk fl_admin
-- The newest entries first.
SELECT seq, at, role, user_id, name, cred, act, object, detail
  FROM flux.audit_list($1, $2, $3, $4, $5, $6, $7);

-- name: trace_read  (behind, most) -> seq, line
-- roles: fl_desk fl_admin
-- The entries as they were hashed, from behind this one on, as JSON.
SELECT seq, json_build_object('body', body, 'hash',
       encode(hash, 'hex'))::text
  FROM flux.audit_read($1, $2);

-- name: trace_verify  () -> seq, fault
-- roles: fl_admin
SELECT seq, fault FROM flux.audit_verify();

-- name: trace_head  (tenant) -> seq, hash, count
-- roles: fl_admin
-- The chain's end, and how many entries there are.
SELECT h.seq, h.hash, (SELECT count(*) FROM flux.audit WHERE tenant_id = $1)
  FROM flux.audit_head h
 WHERE h.tenant_id = $1;

-- list: sealed
-- A head that was signed.
seq, hash, at, kid, signature;

-- name: trace_seals  (tenant, behind, upto, most) -> {sealed}
-- roles: fl_desk fl_admin
-- Those behind one entry, up to another, in order.
SELECT {sealed}
  FROM flux.audit_seal
 WHERE tenant_id = $1 AND seq > $2 AND seq <= $3
 ORDER BY seq
 LIMIT $4;

-- name: trace_sealed  (tenant) -> {sealed}
-- roles: fl_desk fl_admin
-- The one that was signed last.
SELECT {sealed}
  FROM flux.audit_seal
 WHERE tenant_id = $1
 ORDER BY seq DESC
 LIMIT 1;

-- name: trace_people  (tenant, most) -> user_id, name
-- roles: fl_desk
SELECT user_id, name
  FROM flux.member
 WHERE tenant_id = $1
 ORDER BY name, user_id
 LIMIT $2;

-- name: trace_hash  (tenant, seq) -> hash
-- roles: fl_admin
SELECT hash FROM flux.audit WHERE tenant_id = $1 AND seq = $2;

-- name: trace_rest  () -> told, forgotten
-- roles: fl_worker
-- What was refused and is not told yet; payloads that nobody looks for.
SELECT ctx.refused_rest(), flux.debug_forget()::text;

-- name: trace_unsealed  (tenant) -> seq, hash
-- roles: fl_worker
-- The chain's end, unless it is signed.
SELECT h.seq, h.hash
  FROM flux.audit_head h
 WHERE h.tenant_id = $1 AND h.seq > 0
   AND NOT EXISTS (SELECT FROM flux.audit_seal s
                    WHERE s.tenant_id = $1 AND s.seq = h.seq);

-- name: trace_seal  (tenant, seq, hash, at, kid, signature)
-- roles: fl_worker
INSERT INTO flux.audit_seal (tenant_id, seq, hash, at, kid, signature)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING;

-- name: ring_till  (tenant, device) -> till
-- roles: fl_ingest
-- How long its payloads are wanted.
SELECT debug_till FROM flux.device WHERE tenant_id = $1 AND device_id = $2;

-- name: ring_put  (device, status, reasons, size, body) -> done
-- roles: fl_ingest
SELECT flux.debug_put($1, $2, $3, $4, $5)::text;

-- name: debug_device  (tenant, key) -> device_id, name, till, gateway_key, gateway_name
-- roles: fl_desk
-- A device whose payloads may come by way of a gateway.
SELECT d.device_id, d.name, d.debug_till, g.key, g.name
  FROM flux.device d
  LEFT JOIN flux.device g
    ON g.tenant_id = $1 AND g.device_id = d.gateway_id
 WHERE d.tenant_id = $1 AND d.key = $2;

-- name: debug_list  (device) -> at, status, reasons, size, body
-- roles: fl_desk
SELECT at, status, reasons, size, body FROM flux.debug_list($1);

-- name: debug_set  (key, hours) -> done
-- roles: fl_desk
SELECT flux.debug_set($1, $2);
