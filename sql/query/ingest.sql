-- name: ingest_sensors  (tenant, source, devices, codes) -> device, key, code, sensor_id, unit, low, high, states
-- roles: fl_ingest
-- What the credential's gateway or device may send, of what the body names.
SELECT d.key, s.key, s.code, s.sensor_id, s.unit, s.low, s.high,
       s.states::text
  FROM flux.device d
  JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id
 WHERE d.tenant_id = $1 AND (d.device_id = $2 OR d.gateway_id = $2)
   AND (d.key = ANY ($3::text[]) OR s.code = ANY ($4::text[]))
 ORDER BY d.key COLLATE "C", s.key COLLATE "C"
 LIMIT 100000;

-- name: ingest_replay  (tenant, source, key) -> status, reply
-- roles: fl_ingest
SELECT status, reply
  FROM flux.replay
 WHERE tenant_id = $1 AND source_id = $2 AND key = $3;

-- name: ingest_replay_put  (tenant, source, key, status, reply)
-- roles: fl_ingest
INSERT INTO flux.replay (tenant_id, source_id, key, status, reply)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, source_id, key) DO NOTHING;

-- name: ingest_dead_letters  (tenant, at, source, places, codes, details, bodies)
-- roles: fl_ingest
INSERT INTO flux.dead_letter
       (tenant_id, at, source_id, place, code, detail, body)
SELECT $1, $2, $3, u.place, u.code, u.detail, convert_to(u.body, 'UTF8')
  FROM unnest($4::text[], $5::text[], $6::text[], $7::text[])
       AS u (place, code, detail, body);

-- name: ingest_dead_body  (tenant, at, source, code, detail, body)
-- roles: fl_ingest
-- A body that could not be read at all.
INSERT INTO flux.dead_letter
       (tenant_id, at, source_id, place, code, detail, body)
VALUES ($1, $2, $3, '', $4, $5, $6);
