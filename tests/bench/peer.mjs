// peer.mjs - the same readings as plain rows: an ordinary table under row-level
// security, a thousand rows an INSERT from unnest, in the same Postgres, by
// pgbench.  No HTTP, no JSON, no queue: only what storing them so costs.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTANTS = 125;
const SENSORS = 8;

const table = (password) => `
CREATE ROLE bench_peer LOGIN PASSWORD '${password}';
GRANT CONNECT ON DATABASE flux TO bench_peer;
CREATE SCHEMA bench AUTHORIZATION bench_peer;
SET ROLE bench_peer;
CREATE TABLE bench.reading (
	tenant_id int NOT NULL,
	sensor_id int NOT NULL,
	time      timestamptz NOT NULL,
	value     float8 NOT NULL,
	quality   smallint NOT NULL,
	PRIMARY KEY (tenant_id, sensor_id, time)
);
ALTER TABLE bench.reading ENABLE ROW LEVEL SECURITY,
    FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON bench.reading
    USING (tenant_id = (SELECT current_setting('bench.tenant')::int));`;

// Every client has sensors of its own and goes on in time.
function script() {
	const cells = Array.from({ length: INSTANTS * SENSORS }, (_, i) => ({
		sensor: i % SENSORS, at: i / SENSORS | 0,
		value: (50 + 20 * Math.sin(i / 60)).toFixed(2) }));
	const array = (key) => `'{${cells.map((c) => c[key]).join(',')}}'`;

	return `\\set n :n + ${INSTANTS}
BEGIN;
SET LOCAL bench.tenant = '1';
INSERT INTO bench.reading
SELECT 1, :client_id * ${SENSORS} + u.sensor,
       to_timestamp(1700000000 + :n + u.at), u.value, 100
  FROM unnest(${array('sensor')}::int[], ${array('at')}::int[],
       ${array('value')}::float8[]) AS u (sensor, at, value)
    ON CONFLICT DO NOTHING;
COMMIT;
`;
}

// Readings a second.
export async function rows(stack, { clients, seconds }) {
	const { run: socket, sql } = stack.flux;
	const password = 'only-here';
	const file = path.join(stack.var, 'peer.sql');

	await sql('super', table(password));
	writeFileSync(file, script());
	const { stdout } = await run('pgbench', ['-n', '-M', 'prepared',
		'-c', clients, '-j', 1, '-T', seconds, '-D', 'n=0', '-f', file,
		'-h', socket, '-p', '5432', '-U', 'bench_peer', 'flux'].map(String),
	{ env: { ...process.env, PGPASSWORD: password } });

	if (/number of failed transactions: [^0]/.test(stdout))
		throw new Error(stdout);
	return Number(stdout.match(/tps = ([0-9.]+)/)[1]) * INSTANTS * SENSORS;
}
