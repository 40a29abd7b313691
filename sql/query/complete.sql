-- name: complete_fleet  (tenant, devices, from, to) -> device, start, received
-- roles: fl_page fl_api
-- What came a day, of each sensor at most a reading a period.
SELECT d.device_id, r.start,
       sum(least(r.count + r.bad, floor(extract(epoch FROM r.till - r.start)
           / extract(epoch FROM d.period))))::bigint
  FROM flux.device d
  JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id
  JOIN flux.rollup_day r
    ON r.tenant_id = $1 AND r.sensor_id = s.sensor_id
   AND r.start >= $3 AND r.start < $4
 WHERE d.tenant_id = $1 AND d.device_id = ANY ($2::int[])
 GROUP BY d.device_id, r.start
 ORDER BY d.device_id, r.start;
