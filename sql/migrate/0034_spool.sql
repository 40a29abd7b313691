-- Bodies that came while there was no database.  The one who drains them
-- writes down which are stored, in the transaction that stores them: a body
-- that is drained once more, because he was killed behind his commit, is known.
SET LOCAL ROLE fl_owner;

CREATE TABLE flux.drained (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	spool_id  bytea NOT NULL CHECK (length(spool_id) = 16),
	at        timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, spool_id)
);
CREATE INDEX drained_by_age ON flux.drained (tenant_id, at);
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;

-- A key passed its gate less than a day before the body came.  Had it ended by
-- then?  Only keys of the tenant that is being worked for.
SET LOCAL ROLE fl_ctx;
CREATE FUNCTION ctx.cred_held(cred bigint, device int, at timestamptz)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM ctx.api_key k
	    WHERE k.cred_id = cred AND k.tenant_id = ctx.tenant()
	      AND k.device_id = device AND k.expires_at > at
	      AND (k.revoked_at IS NULL OR k.revoked_at > at))
$$;
REVOKE ALL ON FUNCTION ctx.cred_held(bigint, int, timestamptz) FROM PUBLIC;

-- What the worker tells of the database, for pages that do not ask it: for how
-- many months, from this one on, there are partitions.
CREATE FUNCTION ctx.health() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT count(*)::int FROM pg_class c
	 WHERE c.relnamespace = 'flux'::regnamespace
	   AND c.relname ~ '^chunk_[0-9]{4}_[0-9]{2}$'
	   AND right(c.relname, 7)
	       >= to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')
$$;
REVOKE ALL ON FUNCTION ctx.health() FROM PUBLIC;
