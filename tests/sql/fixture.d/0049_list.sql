-- 0049: of each tenant a file of people, and something that a device is told.
INSERT INTO ctx.import_people (tenant_id, import_id, part, sealed_file)
SELECT tenant_id, import_id, 1, convert_to('canary ' || tenant_id, 'UTF8')
  FROM flux.import;
UPDATE flux.device
   SET metadata = metadata || jsonb_build_object('shared',
       jsonb_build_object('told', 'canary ' || tenant_id));
