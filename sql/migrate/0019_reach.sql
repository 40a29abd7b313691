-- Who is restricted to a part of the tenant.
SET LOCAL ROLE fl_ctx;

-- Does the context hold telemetry:, devices: or alerts:read in a subtree only,
-- or anything at all and none of these in the whole tenant?
-- Policies ask it once a table, so it checks the MAC itself, as ctx.part does,
-- instead of twice.
CREATE FUNCTION ctx.scoped() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER AS $$
DECLARE
	c CONSTANT pg_catalog.text :=
	    pg_catalog.current_setting('app.ctx', true);
	k pg_catalog.bytea;
	p pg_catalog.text[];
	can pg_catalog.int8;
	wide pg_catalog.int8;
BEGIN
	SELECT secret INTO STRICT k FROM ctx.mac_key;
	IF pg_catalog.substr(c, 1, 64) OPERATOR(pg_catalog.=)
	    ctx.mac(k, pg_catalog.substr(c, 65)) THEN
		p := pg_catalog.string_to_array(pg_catalog.substr(c, 65), '|');
		can := COALESCE(p[4], '0');
		wide := COALESCE(p[5], '0');
		RETURN can OPERATOR(pg_catalog.<>) wide
		    AND ((wide OPERATOR(pg_catalog.&) 13::pg_catalog.int8)
		        OPERATOR(pg_catalog.=) 0::pg_catalog.int8
		    OR (can OPERATOR(pg_catalog.&)
		        (OPERATOR(pg_catalog.~) wide)
		        OPERATOR(pg_catalog.&) 13::pg_catalog.int8)
		        OPERATOR(pg_catalog.<>) 0::pg_catalog.int8);
	END IF;
	RAISE EXCEPTION 'no tenant context' USING ERRCODE = '42501';
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
