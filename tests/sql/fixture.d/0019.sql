-- 0019.sql - each tenant has the bundles, its person is the administrator, and
-- something is in his reach though he needs none.
INSERT INTO flux.role (tenant_id, name, can, builtin)
SELECT t.tenant_id, b.name, b.can, true
  FROM flux.tenant t CROSS JOIN ctx.builtin() b;

INSERT INTO flux.grant_ (tenant_id, user_id, role_id)
SELECT m.tenant_id, m.user_id, r.role_id
  FROM flux.member m
  JOIN flux.role r ON r.tenant_id = m.tenant_id AND r.name = m.role;

-- The gate still says of everybody what fixture.sql said, and in the whole
-- tenant; who is to be an administrator for a test has his rights made.
UPDATE ctx.login SET wide = can;

INSERT INTO flux.reach (tenant_id, user_id, asset_id, can)
SELECT m.tenant_id, m.user_id, a.asset_id, 0
  FROM flux.member m JOIN flux.asset a ON a.tenant_id = m.tenant_id;
