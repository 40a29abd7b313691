-- Tenant 50 asks everybody for a second factor, 51 its administrators; neither
-- user has one, and 51 is a viewer.
UPDATE ctx.login SET can = ctx.bundle('viewer') WHERE tenant_id = 51;
UPDATE ctx.tenant_home SET factor_for = 'everybody' WHERE tenant_id = 50;
UPDATE ctx.tenant_home SET factor_for = 'admins' WHERE tenant_id = 51;
SELECT ctx.factor_judge(tenant_id, NULL) FROM ctx.tenant_home
 WHERE tenant_id IN (50, 51);
