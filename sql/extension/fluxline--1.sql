-- The codec as functions.  Without a span, damaged bytes are an error; with
-- one (from <= time < till) they are a warning and no rows, as views need it.
CREATE OR REPLACE FUNCTION flux_block(block bytea)
RETURNS TABLE (sensor_id int, "time" timestamptz, value float8,
    quality smallint, rev int)
AS 'MODULE_PATHNAME', 'flux_block'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 8192;

CREATE OR REPLACE FUNCTION flux_block(block bytea, "from" timestamptz,
    till timestamptz)
RETURNS TABLE (sensor_id int, "time" timestamptz, value float8,
    quality smallint, rev int)
AS 'MODULE_PATHNAME', 'flux_block'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 8192;

CREATE OR REPLACE FUNCTION flux_run(run bytea)
RETURNS TABLE ("time" timestamptz, value float8, quality smallint, rev int)
AS 'MODULE_PATHNAME', 'flux_run'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 8192;

CREATE OR REPLACE FUNCTION flux_run(run bytea, "from" timestamptz,
    till timestamptz)
RETURNS TABLE ("time" timestamptz, value float8, quality smallint, rev int)
AS 'MODULE_PATHNAME', 'flux_run'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 8192;

-- A planner support function for one of (sensors, since, till): what a query
-- asks of its column "time" becomes since and till.
CREATE OR REPLACE FUNCTION flux_span(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'flux_span'
LANGUAGE C STRICT;
