-- Sensors that have not changed for a while.
INSERT INTO flux.steady (tenant_id, sensor_id, value, since, told)
SELECT DISTINCT ON (tenant_id) tenant_id, sensor_id, 1, now(), false
  FROM flux.sensor
 ORDER BY tenant_id, sensor_id;
