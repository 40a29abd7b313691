-- name: latest_of  (tenant, devices, limit) -> device, simulated, sensor, code, unit, time, value, quality, rev
-- roles: fl_api
-- The latest value of every sensor of these devices; a device that has none
-- is a row all the same.
SELECT d.key, d.simulated, s.key, s.code, s.unit, l.time[n.at], l.value[n.at],
       l.quality[n.at], l.rev[n.at]
  FROM flux.device d
  LEFT JOIN flux.latest l
    ON l.tenant_id = $1 AND l.device_id = d.device_id
  LEFT JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id
  LEFT JOIN LATERAL (SELECT array_position(l.sensor, s.sensor_id) AS at) n
    ON true
 WHERE d.tenant_id = $1 AND d.key = ANY ($2::text[])
 ORDER BY d.key, s.position, s.sensor_id
 LIMIT $3;

-- name: latest_below  (tenant, asset, limit) -> on_device, is_simulated, its_sensor, its_code, its_unit, its_time, its_value, its_quality, its_rev
-- roles: fl_api
-- The same of every device at an asset or below it; of all, without one.
WITH RECURSIVE below AS (
	SELECT a.asset_id
	  FROM flux.asset a
	 WHERE a.tenant_id = $1 AND a.key = $2
	 UNION
	SELECT a.asset_id
	  FROM below b
	  JOIN flux.asset a
	    ON a.tenant_id = $1 AND a.parent_id = b.asset_id
)
SELECT d.key, d.simulated, s.key, s.code, s.unit, l.time[n.at], l.value[n.at],
       l.quality[n.at], l.rev[n.at]
  FROM flux.device d
  LEFT JOIN flux.latest l
    ON l.tenant_id = $1 AND l.device_id = d.device_id
  LEFT JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id
  LEFT JOIN LATERAL (SELECT array_position(l.sensor, s.sensor_id) AS at) n
    ON true
 WHERE d.tenant_id = $1
   AND ($2::text IS NULL OR d.asset_id IN (SELECT asset_id FROM below))
 ORDER BY d.key, s.position, s.sensor_id
 LIMIT $3;

-- name: latest_asset  (tenant, asset) -> asset_id
-- roles: fl_api
-- Whether there is such an asset.
SELECT a.asset_id
  FROM flux.asset a
 WHERE a.tenant_id = $1 AND a.key = $2;
