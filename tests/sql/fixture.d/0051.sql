-- 0051: of each tenant's gateway a plan, and a key that signs.
INSERT INTO flux.plan (tenant_id, gateway_id, version, rollout_id, made_by,
       note, changes, body, manifest, state)
SELECT t, 5 * t - 4, 1, 1, 0, 'canary ' || t, 'canary ' || t, '[]',
       'canary ' || t, 'offered'
  FROM generate_series(1, 200) t;
INSERT INTO ctx.plan_key (tenant_id, public, sealed_key)
SELECT t, decode('6361' || lpad(to_hex(t), 4, '0'), 'hex'), '\x63'
  FROM generate_series(1, 200) t;
