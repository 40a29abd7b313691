// rows.mjs - the same readings as plain rows in the same Postgres: a table
// partitioned by day with a primary key under forced row-level security, by
// pgbench.  As many commits as there are bodies; no HTTP, no JSON, no key
// check, no queue: only what storing and reading rows so costs.
import { execFile, spawn } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { program } from './bench.mjs';

const run = promisify(execFile);
const PASSWORD = 'only-here';
const DAY_MS = 86400000;

const table = (from, days) => `
CREATE ROLE bench_rows LOGIN PASSWORD '${PASSWORD}';
GRANT CONNECT ON DATABASE flux TO bench_rows;
CREATE SCHEMA bench AUTHORIZATION bench_rows;
SET ROLE bench_rows;
CREATE TABLE bench.reading (
	tenant_id int NOT NULL,
	sensor_id int NOT NULL,
	time      timestamptz NOT NULL,
	value     float8 NOT NULL,
	quality   smallint NOT NULL,
	PRIMARY KEY (tenant_id, sensor_id, time)
) PARTITION BY RANGE (time);
ALTER TABLE bench.reading ENABLE ROW LEVEL SECURITY,
    FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON bench.reading
    USING (tenant_id = (SELECT current_setting('bench.tenant')::int));
SELECT format('CREATE TABLE bench.reading_%s PARTITION OF bench.reading
    FOR VALUES FROM (%L) TO (%L)', i, d, d + interval '1 day')
  FROM (SELECT i, to_timestamp(${Math.floor(from / DAY_MS) * DAY_MS / 1000})
            + i * interval '1 day' AS d
          FROM generate_series(0, ${days}) i) s
\\gexec`;

// pgbench of one script; its rate and latencies.
async function bench(stack, { script, clients, seconds, count }) {
	const file = path.join(stack.var, 'rows.sql');
	const log = path.join(stack.var, 'rows-log');

	writeFileSync(file, script);
	const { stdout } = await run('pgbench', ['-n', '-M', 'prepared',
		'-c', clients, '-j', 1, ...(count ? ['-t', count] : ['-T', seconds]),
		'-D', 'k=-1', '-l', '--log-prefix', log, '-f', file,
		'-h', stack.flux.run, '-p', '5432', '-U', 'bench_rows', 'flux']
		.map(String), { env: { ...process.env, PGPASSWORD: PASSWORD } });
	const took = readdirSync(stack.var)
		.filter((name) => name.startsWith('rows-log'))
		.flatMap((name) => {
			const text = readFileSync(path.join(stack.var, name), 'utf8');

			rmSync(path.join(stack.var, name));
			return text.split('\n').filter(Boolean)
				.map((line) => Number(line.split(' ')[2]) / 1000);
		}).sort((a, b) => a - b);

	if (/number of failed transactions: [^0]/.test(stdout))
		throw new Error(stdout);
	return { rate: Number(stdout.match(/tps = ([0-9.]+)/)[1]),
		p50_ms: took[took.length >> 1],
		p99_ms: took[Math.floor(took.length * 0.99)] };
}

// One trip to the server and back, as our own statements go.
const transaction = (statement, tenant = 1) => `\\startpipeline
BEGIN;
SET LOCAL bench.tenant = '${tenant}';
${statement};
COMMIT;
\\endpipeline
`;

// A client has gateways of its own, and goes on in time.
function insert({ sensors, instants, gateways, clients, base, tenant }) {
	const cells = Array.from({ length: sensors * instants }, (_, i) => ({
		sensor: i % sensors, at: Math.floor(i / sensors),
		value: (50 + 20 * Math.sin(i / 60)).toFixed(1) }));
	const array = (key) => `'{${cells.map((c) => c[key]).join(',')}}'`;

	return `\\set k :k + 1
\\set g (:k * ${clients} + :client_id) % ${Math.max(gateways, clients)}
\\set n :k * ${instants}
${transaction(`INSERT INTO bench.reading
SELECT ${tenant}, :g * 1000 + u.sensor,
       to_timestamp(${Math.floor(base / 1000)} + :n + u.at), u.value, 98
  FROM unnest(${array('sensor')}::int[], ${array('at')}::int[],
       ${array('value')}::float8[]) AS u (sensor, at, value)
    ON CONFLICT DO NOTHING`, tenant)}`;
}

export class Rows {
	static async make(stack, from, days) {
		const rows = new Rows();

		Object.assign(rows, { stack, from });
		await stack.flux.sql('super', table(from, days));
		return rows;
	}

	// Each time as another tenant, or there would be conflicts.
	write(shape, clients, seconds) {
		this.tenant = (this.tenant ?? 0) + 1;
		return bench(this.stack, { clients, seconds, script: insert({
			...shape, clients, base: this.from, tenant: this.tenant }) });
	}

	// The plant's day by COPY, past the policies: only to have it there.
	async fill(from, sensors, seconds) {
		const { stack } = this;
		const source = spawn(program('plant'), ['rows', `from_ms=${from}`,
			`sensors=${sensors}`, `seconds=${seconds}`],
		{ stdio: ['ignore', 'pipe', 'inherit'] });
		const psql = spawn('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1',
			'-h', stack.flux.run, '-p', '5432', '-U', 'super', '-d', 'flux',
			'-c', 'CREATE TEMP TABLE t (a int, s int, ms int8, v float8,' +
			' q int2)', '-c', 'COPY t FROM STDIN (FORMAT csv)', '-c',
			'INSERT INTO bench.reading SELECT a, s,' +
			' to_timestamp(ms / 1000.0), v, q FROM t'], {
			stdio: [source.stdout, 'inherit', 'inherit'],
			env: { ...process.env, PGPASSFILE:
				path.join(stack.var, 'secret/super.pgpass') } });
		const code = await new Promise((resolve) => {
			psql.on('close', resolve);
		});

		if (code !== 0)
			throw new Error('COPY of the plant failed');
		await stack.flux.sql('super', 'VACUUM ANALYZE bench.reading');
	}

	async size() {
		return Number(await this.stack.flux.sql('super', `SELECT
			sum(pg_total_relation_size(c.oid)) FROM pg_class c
			WHERE c.relnamespace = 'bench'::regnamespace
			AND c.relkind = 'r'`));
	}

	read(statement, count) {
		return bench(this.stack, { clients: 1, count,
			script: `\\set k :k + 1\n\\set s 1 + :k % 100\n${
				transaction(statement)}` });
	}
}
