-- A provider of each tenant, which may create people; who was sent to it, an
-- account that is linked, and a group that gives the tenant's first role.
INSERT INTO ctx.oidc (tenant_id, name, issuer, client_id, sealed_secret,
       groups_claim, may_create, may)
SELECT t, 'canary ' || t, 'https://canary-' || t || '.example', 'client ' || t,
       convert_to('canary ' || t, 'UTF8'), 'groups', true,
       ctx.bundle('viewer')
  FROM generate_series(1, 200) t;
INSERT INTO ctx.oidc_try (state_hash, tenant_id, cookie_hash, next)
SELECT sha256(('state-' || t)::bytea), t, sha256(('visitor-' || t)::bytea),
       '/canary-' || t
  FROM generate_series(1, 200) t;
INSERT INTO ctx.oidc_subject (tenant_id, subject_hash, user_id)
SELECT DISTINCT ON (l.tenant_id) l.tenant_id,
       sha256(convert_to('https://canary-' || l.tenant_id || E'.example\nsub',
           'UTF8')), l.user_id
  FROM ctx.login l ORDER BY l.tenant_id, l.user_id;
INSERT INTO flux.oidc_group (tenant_id, name, role_id)
SELECT DISTINCT ON (tenant_id) tenant_id, 'canary ' || tenant_id, role_id
  FROM flux.role ORDER BY tenant_id, role_id;
