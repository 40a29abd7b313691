-- A data key of each tenant; what would be cipher text says whose it is.
INSERT INTO ctx.data_key (tenant_id, key_id, wrapped)
SELECT t, 1, convert_to(rpad('canary ' || t || ' ', 65, '.'), 'UTF8')
  FROM generate_series(1, 200) t;
