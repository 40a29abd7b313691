-- Sensors whose values are computed from others of their device.
SET LOCAL ROLE fl_owner;

CREATE TABLE flux.virtual (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	sensor_id int NOT NULL,
	formula   text NOT NULL -- lib/intake/formula.h; '': none any more
	          CHECK (length(formula) <= 512),
	PRIMARY KEY (tenant_id, sensor_id),
	FOREIGN KEY (tenant_id, sensor_id) REFERENCES flux.sensor
);

-- Who keeps a roster sees that it has changed, as in 0007.
DO $$
DECLARE
	e text;
BEGIN
	FOREACH e IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
		EXECUTE format('CREATE TRIGGER registry_%s
		    AFTER %s ON flux.virtual REFERENCING %s TABLE AS changed
		    FOR EACH STATEMENT
		    EXECUTE FUNCTION ctx.registry_changed()', lower(e), e,
		    CASE e WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END);
	END LOOP;
END $$;
CREATE TRIGGER registry_taken
    BEFORE INSERT OR UPDATE OR DELETE ON flux.virtual
    FOR EACH STATEMENT EXECUTE FUNCTION ctx.registry_taken();
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
