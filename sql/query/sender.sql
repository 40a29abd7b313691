-- name: sender_device  (tenant, key) -> device_id, name, device, sensor
-- roles: fl_desk
-- Who is to send, and a sensor that it may send for.
SELECT d.device_id, d.name, coalesce(x.device, d.key),
       coalesce(x.sensor, 'flow_rate')
  FROM flux.device d
  LEFT JOIN LATERAL (SELECT b.key AS device, s.key AS sensor
                       FROM flux.device b
                       JOIN flux.sensor s
                         ON s.tenant_id = $1 AND s.device_id = b.device_id
                      WHERE b.tenant_id = $1
                        AND (b.device_id = d.device_id
                             OR b.gateway_id = d.device_id)
                      ORDER BY b.device_id, s.position, s.sensor_id
                      LIMIT 1) x
    ON true
 WHERE d.tenant_id = $1 AND d.key = $2;

-- name: sender_batch  (tenant, device) -> at
-- roles: fl_desk
-- When something of it was taken last, within the hour.
SELECT b.at
  FROM flux.ingest_batch b
 WHERE b.tenant_id = $1 AND b.source_id = $2
   AND b.at > now() - interval '1 hour' AND b.sent > b.rejected
 ORDER BY b.at DESC
 LIMIT 1;

-- name: sender_letter  (tenant, device) -> at, place, code, detail
-- roles: fl_desk
-- What was refused last, within the hour.
SELECT l.at, l.place, l.code, l.detail
  FROM flux.dead_letter l
 WHERE l.tenant_id = $1 AND l.source_id = $2
   AND l.at > now() - interval '1 hour'
 ORDER BY l.at DESC, l.dead_id
 LIMIT 1;

-- name: sender_value  (tenant, device) -> device, sensor, unit, precision, time, value
-- roles: fl_desk
-- The newest value of it or of a device behind it.
SELECT d.key, s.name, s.unit, s.precision, v.time, v.value
  FROM (SELECT b.key, l.device_id, l.sensor, l.time, l.value
          FROM flux.device b
          JOIN flux.latest l
            ON l.tenant_id = $1 AND l.device_id = b.device_id
         WHERE b.tenant_id = $1 AND (b.device_id = $2 OR b.gateway_id = $2)
           AND cardinality(l.sensor) > 0
         ORDER BY l.seen DESC
         LIMIT 1) d
 CROSS JOIN LATERAL unnest(d.sensor, d.time, d.value)
       AS v (sensor, time, value)
  JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.sensor_id = v.sensor
 ORDER BY v.time DESC, s.sensor_id
 LIMIT 1;
