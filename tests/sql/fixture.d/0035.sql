-- 0035: of each tenant an import with a part and an error, and one that is due.
INSERT INTO flux.import (tenant_id, name, kind, made_by, bytes, look, plan,
       state)
SELECT t, 'canary ' || t, 'readings', 1, 8, '{"rows": 1}', '{"columns": []}',
       'ready'
  FROM generate_series(1, 200) t;
INSERT INTO flux.import_part (tenant_id, import_id, part, bytes)
SELECT tenant_id, import_id, 1, convert_to('canary ' || tenant_id, 'UTF8')
  FROM flux.import;
INSERT INTO flux.import_error (tenant_id, import_id, place, line, col, code,
       detail, cell)
SELECT tenant_id, import_id, 0, 1, '', 'bad_time', '', 'canary ' || tenant_id
  FROM flux.import;
INSERT INTO ctx.import_due (tenant_id, import_id, seen_at)
SELECT tenant_id, import_id, now() + interval '1 day' FROM flux.import;
