-- name: rule_device  (tenant, key) -> name, mine
-- roles: fl_desk
-- mine: who asks may change it.
SELECT name, flux.may('devices:write', device_id)
  FROM flux.device
 WHERE tenant_id = $1 AND key = $2;

-- name: rule_shared  (tenant, key, most) -> name, value
-- roles: fl_desk
SELECT x.key, x.value::text
  FROM flux.device d
 CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(d.metadata -> 'shared')
       WHEN 'object' THEN d.metadata -> 'shared' ELSE '{}' END) x
 WHERE d.tenant_id = $1 AND d.key = $2
 ORDER BY x.key COLLATE "C"
 LIMIT $3;

-- name: rule_sensors  (tenant, device, most) -> key, name, unit, kind, low, high, beyond, stuck_s, formula, time, value
-- roles: fl_desk
-- The sensors of a device, what is believed of them, and their newest values;
-- formula NULL: measured, '': computed no more.
SELECT s.key, s.name, s.unit, s.kind, s.low, s.high, s.beyond,
       extract(epoch FROM s.stuck_after)::float8, v.formula, l.time[n.at],
       l.value[n.at]
  FROM flux.device d
  JOIN flux.sensor s ON s.tenant_id = $1 AND s.device_id = d.device_id
  LEFT JOIN flux.virtual v
    ON v.tenant_id = $1 AND v.sensor_id = s.sensor_id
  LEFT JOIN flux.latest l
    ON l.tenant_id = $1 AND l.device_id = d.device_id
  LEFT JOIN LATERAL (SELECT array_position(l.sensor, s.sensor_id) AS at) n
    ON true
 WHERE d.tenant_id = $1 AND d.key = $2
 ORDER BY s.position, s.sensor_id
 LIMIT $3;

-- name: rule_put  (device, sensor, low, high, beyond, stuck_s) -> done
-- roles: fl_desk
SELECT flux.sensor_rule($1, $2, $3, $4, $5, $6);

-- name: rule_formula  (device, sensor, name, unit, formula, named) -> done
-- roles: fl_desk
SELECT flux.formula_put($1, $2, $3, $4, $5, $6::text[]);

-- name: rule_tell  (device, name, value) -> done
-- roles: fl_desk
SELECT flux.shared_put($1, $2, $3::jsonb);
