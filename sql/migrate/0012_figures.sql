-- Mean, spread and time-weighted mean of a bucket are reckoned by the worker,
-- in IEEE arithmetic: SQL's raises an error where a result is too large or too
-- small, and one sensor's 1e308 would stop its whole tenant.
SET LOCAL ROLE fl_owner;

ALTER TABLE flux.rollup_hour ALTER mean DROP EXPRESSION,
    ALTER stddev DROP EXPRESSION, ALTER twa DROP EXPRESSION;
ALTER TABLE flux.rollup_day ALTER mean DROP EXPRESSION,
    ALTER stddev DROP EXPRESSION, ALTER twa DROP EXPRESSION;
