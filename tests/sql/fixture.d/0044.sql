-- 0044: a profile of each tenant's own, which no device uses.
INSERT INTO flux.profile (tenant_id, id, version, body, notes, made_by)
SELECT t, 'canary', '1', format('{"id":"canary","vendor":"canary %s",'
       '"points":[{"key":"p","address":0,"type":"UINT16"}]}', t),
       'canary ' || t, t
  FROM generate_series(1, 200) t;
