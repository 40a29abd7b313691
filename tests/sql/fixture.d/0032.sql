-- 0032: of each tenant's gateway an order that waits.
INSERT INTO flux.replay_order (tenant_id, source_id, device, sensor, asked_by)
SELECT t, 5 * t - 4, 'canary', 'canary ' || t, t
  FROM generate_series(1, 200) t;
