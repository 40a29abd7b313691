-- Users 20 to 29 have a second factor, 'code-t' as recovery code and a session
-- 'wait-t' that waits for it; 30 to 39 a link 'link-t', of which that of 31 is
-- over and that of 32 was used.
INSERT INTO ctx.factor (tenant_id, user_id, sealed, last_step, confirmed_at)
SELECT tenant_id, user_id, 'sealed', 100, now() FROM ctx.login
 WHERE tenant_id BETWEEN 20 AND 29;
INSERT INTO ctx.recovery (tenant_id, user_id, code_hash)
SELECT tenant_id, user_id, sha256(('code-' || tenant_id)::bytea)
  FROM ctx.factor;
INSERT INTO ctx.session (token_hash, tenant_id, user_id, stage, expires_at)
SELECT sha256(('wait-' || tenant_id)::bytea), tenant_id, user_id, 'code',
       now() + interval '1 h'
  FROM ctx.factor;
INSERT INTO ctx.ticket (ticket_hash, tenant_id, user_id, kind, expires_at,
       used_at)
SELECT sha256(('link-' || tenant_id)::bytea), tenant_id, user_id, 'reset',
       CASE WHEN tenant_id = 31 THEN now() ELSE now() + interval '1 h' END,
       CASE WHEN tenant_id = 32 THEN now() END
  FROM ctx.login WHERE tenant_id BETWEEN 30 AND 39;
