-- name: preview_ask  (number, device, body, notes, functions, addresses,
-- quantities) -> id, refused, wait_s
-- roles: fl_desk
-- Number NULL: a new one.
SELECT id, coalesce(refused, ''), coalesce(wait_s, 0)
  FROM flux.preview_ask($1, $2, $3, $4, $5, $6, $7);

-- name: preview_load  (id) -> device, device_name, simulated, zone, body,
-- notes, asked_at
-- roles: fl_desk
SELECT device, device_name, simulated, zone, body, notes, asked_at
  FROM flux.preview_load($1);

-- name: preview_reads  (id, most) -> function, address, quantity, state,
-- words, why
-- roles: fl_desk
SELECT function, address, quantity, state, words, coalesce(why, '')
  FROM flux.preview_reads($1)
 LIMIT $2;
