-- A computed sensor of each tenant.
INSERT INTO flux.virtual (tenant_id, sensor_id, formula)
SELECT DISTINCT ON (tenant_id) tenant_id, sensor_id, 's2 * ' || tenant_id
  FROM flux.sensor
 ORDER BY tenant_id, sensor_id;
