-- Which sensors of a device are never all zero together, and which have not
-- changed for a while.
SET LOCAL ROLE fl_owner;

-- A device whose values marked so are all zero at once was not read.
ALTER TABLE flux.sensor ADD zero_suspect boolean NOT NULL DEFAULT false;
-- The rows of all tenants: without a context the policy shows none.
ALTER TABLE flux.sensor NO FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.device NO FORCE ROW LEVEL SECURITY;
UPDATE flux.sensor s SET zero_suspect = true
  FROM flux.device d
 WHERE d.tenant_id = s.tenant_id AND d.device_id = s.device_id
   AND d.profile = 'nivus-generic-seed'
   AND s.key IN ('flow_rate', 'volume_total', 'temperature');
ALTER TABLE flux.sensor FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.device FORCE ROW LEVEL SECURITY;

-- The value that a sensor with stuck_after has, and since when.
CREATE TABLE flux.steady (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	sensor_id int NOT NULL,
	value     float8 NOT NULL,
	since     timestamptz NOT NULL, -- event time of the first reading
	told      boolean NOT NULL,     -- that it lasts too long
	PRIMARY KEY (tenant_id, sensor_id),
	FOREIGN KEY (tenant_id, sensor_id) REFERENCES flux.sensor
);
CREATE INDEX sensor_stuck ON flux.sensor (tenant_id, sensor_id)
    WHERE stuck_after IS NOT NULL;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
