-- Many posts pass the gate together, and each array that was unrolled beside
-- the others cost as much as looking up a key.
SET LOCAL ROLE fl_ctx;

-- As in 0014; the arrays are read by their place.
CREATE OR REPLACE FUNCTION ctx.begin_api_keys(keys bytea[], tenants int[],
    devices int[], cans bigint[], registries bigint[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	single  CONSTANT boolean :=
	    pg_catalog.cardinality(keys) OPERATOR(pg_catalog.=) 1;
	hash    CONSTANT pg_catalog.bytea := pg_catalog.sha256(keys[1]);
	at      CONSTANT pg_catalog.timestamptz :=
	    pg_catalog.transaction_timestamp();
	body    CONSTANT pg_catalog.text :=
	    pg_catalog.concat(tenants[1], '|0|gateway');
	secret  pg_catalog.bytea;
	invalid boolean;
	agreed  boolean;
BEGIN
	IF single THEN
		SELECT s.secret, (k.plain AND h.suspended_at IS NULL
		           AND k.tenant_id OPERATOR(pg_catalog.=) tenants[1]
		           AND k.device_id OPERATOR(pg_catalog.=) devices[1]
		           AND k.can OPERATOR(pg_catalog.=) cans[1]
		           AND h.registry OPERATOR(pg_catalog.=) registries[1])
		  INTO secret, agreed
		  FROM ctx.api_key k, ctx.tenant_home h, ctx.mac_key s
		 WHERE k.key_hash OPERATOR(pg_catalog.=) hash
		   AND h.tenant_id OPERATOR(pg_catalog.=) k.tenant_id
		   AND k.expires_at OPERATOR(pg_catalog.>) at
		   AND (k.revoked_at IS NULL
		       OR k.revoked_at OPERATOR(pg_catalog.>) at);
		invalid := NOT FOUND;
	ELSE
		SELECT pg_catalog.bool_or(k.key_hash IS NULL),
		       pg_catalog.bool_and((k.plain AND h.suspended_at IS NULL
		           AND k.tenant_id OPERATOR(pg_catalog.=) tenants[x.i]
		           AND k.tenant_id OPERATOR(pg_catalog.=) tenants[1]
		           AND k.device_id OPERATOR(pg_catalog.=) devices[x.i]
		           AND k.can OPERATOR(pg_catalog.=) cans[x.i]
		           AND h.registry OPERATOR(pg_catalog.=)
		               registries[x.i]) IS TRUE),
		       (SELECT s.secret FROM ctx.mac_key s)
		  INTO invalid, agreed, secret
		  FROM pg_catalog.unnest(keys) WITH ORDINALITY AS x (key, i)
		  LEFT JOIN ctx.api_key k
		    ON k.key_hash OPERATOR(pg_catalog.=)
		       pg_catalog.sha256(x.key)
		   AND k.expires_at OPERATOR(pg_catalog.>) at
		   AND (k.revoked_at IS NULL
		       OR k.revoked_at OPERATOR(pg_catalog.>) at)
		  LEFT JOIN ctx.tenant_home h
		    ON h.tenant_id OPERATOR(pg_catalog.=) k.tenant_id;
	END IF;
	IF invalid IS NOT FALSE THEN
		RAISE EXCEPTION 'api key invalid' USING ERRCODE = '28000';
	END IF;
	IF agreed IS NOT TRUE THEN
		RAISE EXCEPTION 'not as expected' USING ERRCODE = 'FX001';
	END IF;
	PERFORM pg_catalog.set_config('app.ctx',
	    ctx.mac(secret, body) OPERATOR(pg_catalog.||) body, true);
	RETURN tenants[1];
END $$;
