-- name: ingest_machines  (tenant, source, most) -> device, profile, slave, own, device_id, is_own_profile
-- roles: fl_ingest fl_worker
-- What the gateway or device stands for: itself and the devices behind it.
SELECT d.key, coalesce(d.profile, ''), coalesce(d.modbus_unit, -1),
       d.device_id = $2, d.device_id,
       EXISTS (SELECT FROM flux.profile p
                WHERE p.tenant_id = $1 AND p.id = d.profile
                  AND p.version = d.profile_version)
  FROM flux.device d
 WHERE d.tenant_id = $1 AND (d.device_id = $2 OR d.gateway_id = $2)
 ORDER BY d.device_id
 LIMIT $3;
