-- What a tenant has: sites, assets, devices, sensors.  People and keys name
-- devices by their key, a text that the tenant chooses.
SET LOCAL ROLE fl_owner;
CREATE SCHEMA flux;

CREATE TABLE flux.tenant (
	tenant_id  int PRIMARY KEY,
	name       text NOT NULL,
	-- Counts derive cycles; taking this row is owning the tenant's cycle.
	version    bigint NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE flux.member (
	tenant_id  int NOT NULL REFERENCES flux.tenant,
	user_id    bigint NOT NULL,
	email      text NOT NULL,
	name       text NOT NULL,
	role       text NOT NULL
	           CHECK (role IN ('admin', 'operator', 'viewer')),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, user_id),
	UNIQUE (tenant_id, email)
);

CREATE TABLE flux.site (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	site_id   int GENERATED ALWAYS AS IDENTITY,
	key       text NOT NULL,
	name      text NOT NULL,
	zone      text NOT NULL DEFAULT 'UTC', -- IANA name
	latitude  float8,
	longitude float8,
	PRIMARY KEY (tenant_id, site_id),
	UNIQUE (tenant_id, key)
);

CREATE TABLE flux.asset (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	asset_id  int GENERATED ALWAYS AS IDENTITY,
	site_id   int NOT NULL,
	parent_id int,
	key       text NOT NULL,
	name      text NOT NULL,
	type      text NOT NULL,
	metadata  jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (tenant_id, asset_id),
	UNIQUE (tenant_id, key),
	FOREIGN KEY (tenant_id, site_id) REFERENCES flux.site,
	FOREIGN KEY (tenant_id, parent_id) REFERENCES flux.asset
);

-- A gateway is a device too.  A device behind a gateway is simulated exactly
-- when its gateway is: the foreign key carries the flag.
CREATE TABLE flux.device (
	tenant_id        int NOT NULL REFERENCES flux.tenant,
	device_id        int GENERATED ALWAYS AS IDENTITY,
	key              text NOT NULL CHECK (key ~ '^[A-Za-z0-9._:-]{1,64}$'),
	name             text NOT NULL,
	kind             text NOT NULL DEFAULT 'device'
	                 CHECK (kind IN ('device', 'gateway')),
	mode             text NOT NULL DEFAULT 'direct'
	                 CHECK (mode IN ('direct', 'gateway')),
	gateway_id       int,
	site_id          int NOT NULL,
	asset_id         int,
	manufacturer     text,
	profile          text,
	profile_version  text,
	-- The longest time between two readings; three of them without one and
	-- the device is offline.
	period           interval NOT NULL DEFAULT '5 min'
	                 CHECK (period > interval '0'),
	simulated        boolean NOT NULL DEFAULT false,
	-- Modbus: where the poller finds it; NULL host: it is not polled.
	modbus_transport text CHECK (modbus_transport IN ('tcp', 'rtu')),
	modbus_host      text, -- host, or the serial line's device file
	modbus_port      int,  -- TCP port, or the baud rate
	modbus_unit      int CHECK (modbus_unit BETWEEN 0 AND 255),
	metadata         jsonb NOT NULL DEFAULT '{}',
	certificate_info jsonb,
	created_at       timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, device_id),
	UNIQUE (tenant_id, key),
	UNIQUE (tenant_id, device_id, simulated),
	FOREIGN KEY (tenant_id, site_id) REFERENCES flux.site,
	FOREIGN KEY (tenant_id, asset_id) REFERENCES flux.asset,
	FOREIGN KEY (tenant_id, gateway_id, simulated)
	    REFERENCES flux.device (tenant_id, device_id, simulated),
	CHECK ((mode = 'gateway') = (gateway_id IS NOT NULL)),
	CHECK ((modbus_transport IS NULL) = (modbus_host IS NULL))
);
CREATE INDEX device_of_gateway ON flux.device (tenant_id, gateway_id);
CREATE INDEX device_polled ON flux.device (tenant_id)
    WHERE modbus_host IS NOT NULL;

CREATE TABLE flux.sensor (
	tenant_id    int NOT NULL REFERENCES flux.tenant,
	sensor_id    int GENERATED ALWAYS AS IDENTITY,
	device_id    int NOT NULL,
	key          text NOT NULL CHECK (key ~ '^[A-Za-z0-9._:-]{1,64}$'),
	code         text NOT NULL, -- one name for senders that know no device
	name         text NOT NULL,
	unit         text NOT NULL DEFAULT '', -- UCUM
	kind         text NOT NULL DEFAULT 'gauge'
	             CHECK (kind IN ('gauge', 'counter', 'state')),
	capability   text,
	low          float8, -- readings outside are not believed
	high         float8,
	precision    int NOT NULL DEFAULT 2 CHECK (precision BETWEEN 0 AND 9),
	states       jsonb, -- of a state: {"0": "ok", ...}
	position     int NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, sensor_id),
	UNIQUE (tenant_id, device_id, key),
	UNIQUE (tenant_id, code),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device
);
