-- name: cell_here  (secret) -> here
-- roles: fl_page fl_desk fl_auth fl_api fl_ingest
-- open
-- 0 no, 1 yes, 2 it is being moved.
SELECT ctx.here($1);

-- name: cell_address  (address) -> here
-- roles: fl_auth
-- open
SELECT ctx.here_address($1);

-- name: cell_of  (tenant) -> cell, moving
-- roles: fl_auth fl_poller fl_worker fl_admin
-- open
SELECT cell, moving FROM ctx.cell_of($1);

-- name: cell_called  (slug) -> cell, moving
-- roles: fl_auth
-- open
SELECT cell, moving FROM ctx.cell_called($1);
