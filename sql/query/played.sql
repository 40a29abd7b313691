-- name: played_sensors  (tenant, sensors) -> sensor_id
-- roles: fl_poller
-- Of these sensors and facets those of simulated devices.
SELECT u.sensor
  FROM unnest($2::int[]) AS u (sensor)
  LEFT JOIN flux.facet f ON f.tenant_id = $1 AND f.facet_id = u.sensor
  JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.sensor_id = coalesce(f.sensor_id, u.sensor)
  JOIN flux.device d
    ON d.tenant_id = $1 AND d.device_id = s.device_id AND d.simulated
 WHERE EXISTS (SELECT FROM flux.device x
                WHERE x.tenant_id = $1 AND x.simulated)
 ORDER BY u.sensor
 LIMIT 100000;
