-- name: attribute_put  (source, devices, names, values)
-- roles: fl_ingest fl_worker
SELECT FROM flux.attribute_put($1, $2::text[], $3::text[], $4::text[]);

-- name: attribute_own  (source) -> name, value
-- roles: fl_ingest
SELECT name, value FROM flux.attribute_own($1);

-- name: attribute_list  (tenant, device) -> name, value, at
-- roles: fl_page fl_api
-- What the device of that key says of itself; one row of NULLs: nothing, and
-- none: there is no such device.
SELECT a.name, a.value, a.at
  FROM flux.device d
  LEFT JOIN flux.attribute a
    ON a.tenant_id = $1 AND a.device_id = d.device_id
 WHERE d.tenant_id = $1 AND d.key = $2
 ORDER BY a.name COLLATE "C"
 LIMIT 500;

-- name: attribute_told  (source) -> name, value
-- roles: fl_ingest
SELECT name, value FROM flux.shared_own($1);
