-- name: source_simulated  (tenant, device) -> is_any
-- roles: fl_page fl_desk fl_api
-- Is the device simulated, or, without one, any that may be seen?
SELECT EXISTS (SELECT FROM flux.device
                WHERE tenant_id = $1 AND simulated
                  AND ($2 = '' OR key = $2));
