-- 0047: of each tenant's polled device a command that waits.
-- No poller has to take it.
SET session_replication_role = replica;
INSERT INTO flux.command (tenant_id, device_id, point, value, reason, confirm,
       asked_by, expires_at, state)
SELECT t, 5 * t - 3, 'canary', t, 'canary ' || t, 'self', t,
       now() + interval '1 day', 'waiting'
  FROM generate_series(1, 200) t;
RESET session_replication_role;
