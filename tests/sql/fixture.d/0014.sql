-- An entry of the audit for each tenant, and where its chain ends.
INSERT INTO flux.audit_head (tenant_id, seq, hash)
SELECT t, 1, 'x' FROM generate_series(1, 200) t;
INSERT INTO flux.audit SELECT t, 1, now(), 'canary', 0, 0, 'canary', 'x', '{}',
       'canary ' || t, 'x' FROM generate_series(1, 200) t;
