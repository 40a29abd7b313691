-- name: enrol_devices  (tenant, after, most) -> key, name, site_name, not_after
-- roles: fl_desk
-- A page of devices by key; not_after: of the certificate it got last.
SELECT d.key, d.name, s.name, d.certificate_info ->> 'not_after'
  FROM flux.device d
  JOIN flux.site s ON s.tenant_id = d.tenant_id AND s.site_id = d.site_id
 WHERE d.tenant_id = $1 AND d.key > $2
 ORDER BY d.key
 LIMIT $3;

-- name: enrol_device_find  (tenant, key) -> device_id, name, site_name
-- roles: fl_desk fl_admin
SELECT d.device_id, d.name, s.name
  FROM flux.device d
  JOIN flux.site s ON s.tenant_id = d.tenant_id AND s.site_id = d.site_id
 WHERE d.tenant_id = $1 AND d.key = $2;

-- name: enrol_claims  (device) -> kind, expires_at, opened_till, used_at
-- roles: fl_desk
-- At most one of each kind.
SELECT kind, expires_at, opened_till, used_at
  FROM ctx.claims($1)
 ORDER BY kind DESC
 LIMIT 2;

-- name: enrol_claim_make  (device, hash) -> expires_at
-- roles: fl_desk fl_admin
-- NULL: there is no such device.  Without a hash the device is expected.
SELECT flux.claim_make($1, $2);

-- name: enrol_claim_look  (tenant, code) -> key, name, site, asset, opened_till, used_at
-- roles: fl_desk
-- No row: there is no such label in this tenant.
SELECT d.key, d.name, s.key, coalesce(a.key, ''), c.opened_till, c.used_at
  FROM ctx.claim_look($2) c
  JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = c.device_id
  JOIN flux.site s ON s.tenant_id = d.tenant_id AND s.site_id = d.site_id
  LEFT JOIN flux.asset a
    ON a.tenant_id = d.tenant_id AND a.asset_id = d.asset_id;

-- name: enrol_claim_open  (code, name, site, asset) -> opened
-- roles: fl_desk fl_admin
SELECT flux.claim_open($1, $2, $3, $4);

-- name: enrol_sites  (tenant, most) -> key, name
-- roles: fl_desk
SELECT key, name
  FROM flux.site
 WHERE tenant_id = $1
 ORDER BY name, key
 LIMIT $2;

-- name: enrol_assets  (tenant, most) -> key, name, site, site_name
-- roles: fl_desk
SELECT a.key, a.name, s.key, s.name
  FROM flux.asset a
  JOIN flux.site s ON s.tenant_id = a.tenant_id AND s.site_id = a.site_id
 WHERE a.tenant_id = $1
 ORDER BY s.name, a.name, a.key
 LIMIT $2;

-- name: enrol_take  (code, key_id, key_hash) -> device
-- roles: fl_auth
-- open
-- found: secret $1
-- NULL: there is no such label, or it is not open.
SELECT ctx.claim_take($1, $2, $3);

-- name: enrol_look  (code) -> tenant_id, device, ca_id, ca, ski, sealed_key
-- roles: fl_auth
-- open
-- found: secret $1
SELECT tenant_id, device_key, ca_id, cert, ski, sealed_key
  FROM ctx.enrol_look($1);

-- name: enrol_expected  (tenant, device) -> tenant_id, device, ca_id, ca, ski, sealed_key, foreign_ca
-- roles: fl_auth
-- open
-- found: slug $1
SELECT tenant_id, device_key, ca_id, cert, ski, sealed_key, foreign_cert
  FROM ctx.expected_look($1, $2);

-- name: enrol_put  (code, tenant, device, der, ca_id, serial, spki_hash, not_before, not_after) -> device
-- roles: fl_auth
-- open
-- found: tenant $2
SELECT ctx.enrol($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: enrol_renew_look  (old) -> tenant_id, device, ca_id, ca, ski, sealed_key
-- roles: fl_auth
-- open
-- found: secret $1
SELECT tenant_id, device_key, ca_id, cert, ski, sealed_key
  FROM ctx.renew_look($1);

-- name: enrol_renew  (old, der, ca_id, serial, spki_hash, not_before, not_after) -> renewed
-- roles: fl_auth
-- open
-- found: secret $1
SELECT ctx.renew($1, $2, $3, $4, $5, $6, $7);

-- name: enrol_certs  (tenant, most) -> cred_id, device, name, serial, not_before, not_after, used_at, revoked_at
-- roles: fl_desk fl_admin
-- The newest first.
SELECT c.cred_id, d.key, d.name, encode(c.serial, 'hex'), c.not_before,
       c.not_after, c.used_at, c.revoked_at
  FROM ctx.certs() c
  JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = c.device_id
 ORDER BY c.cred_id DESC
 LIMIT $2;

-- name: enrol_cert_put  (device, der, ca_id, serial, spki_hash, not_before, not_after) -> cred_id
-- roles: fl_admin
SELECT ctx.cert_put($1, $2, $3, $4, $5, $6, $7);

-- name: enrol_cert_end  (cred) -> ended
-- roles: fl_desk fl_admin
SELECT ctx.cert_end($1);

-- name: enrol_cas  (most) -> ca_id, name, cert, own, not_after, retired_at
-- roles: fl_desk fl_admin
-- The newest first.
SELECT ca_id, name, cert, own, not_after, retired_at
  FROM ctx.cas()
 ORDER BY ca_id DESC
 LIMIT $1;

-- name: enrol_ca_put  (name, cert, ski, sealed_key, not_after) -> ca_id
-- roles: fl_desk fl_admin
SELECT ctx.ca_put($1, $2, $3, $4, $5);

-- name: enrol_ca_end  (ca) -> ended
-- roles: fl_desk fl_admin
SELECT ctx.ca_end($1);

-- name: enrol_ca_own  () -> ca_id, ca, ski, sealed_key
-- roles: fl_admin
SELECT ca_id, cert, ski, sealed_key FROM ctx.ca_own();
