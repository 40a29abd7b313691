-- Two who make the same partition at once: the later one waits for the first
-- and then finds it made.
SET LOCAL ROLE fl_owner;

CREATE OR REPLACE FUNCTION flux.partition_make(parent text, child text,
    bounds text) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regclass('flux.' || child) IS NOT NULL THEN
		RETURN 0;
	END IF;
	EXECUTE format('CREATE TABLE flux.%I PARTITION OF flux.%I %s',
	    child, parent, bounds);
	EXECUTE format('ALTER TABLE flux.%I ENABLE ROW LEVEL SECURITY,
	    FORCE ROW LEVEL SECURITY', child);
	RETURN 1;
EXCEPTION WHEN check_violation OR duplicate_table OR unique_violation THEN
	RETURN 0;
END $$;
