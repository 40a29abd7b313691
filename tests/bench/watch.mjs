// watch.mjs - what is looked at while a load runs: how soon a reading is in
// latest, how long the queues are, what a read opens, who uses what.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpu, cpuSince, psql, say, sayCpu, sleep } from './bench.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const MB = 1024 * 1024;

export function quantile(sorted, q) {
	return sorted[Math.min(sorted.length - 1,
		Math.floor(sorted.length * q))] ?? NaN;
}

// Waits inside the database, so that no page and no poll is in the figure.
const seen = `
CREATE SCHEMA IF NOT EXISTS bench;
CREATE FUNCTION bench.seen(t int, d int, at timestamptz) RETURNS float8
LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..20000 LOOP
		IF EXISTS (SELECT FROM flux.latest_value l WHERE l.tenant_id = t
		    AND l.device_id = d AND l.time >= at) THEN
			RETURN extract(epoch FROM clock_timestamp()) * 1000;
		END IF;
		PERFORM pg_sleep(0.0005);
	END LOOP;
	RAISE 'not in latest within ten seconds';
END $$`;

// Posts one reading of a device of its own again and again, and waits for it.
export class Probe {
	static async make(stack, plant, gateway) {
		const probe = new Probe();
		const prefix = `PUMP-${String(gateway).padStart(3, '0')}`;
		const { sql } = stack.flux;

		await sql('super', seen);
		Object.assign(probe, { stack, plant, key: plant.keys[gateway],
			code: `${prefix}-TEMP-0000`, posted: 0,
			watch: psql(stack, 'super'),
			agent: new https.Agent({ keepAlive: true, maxSockets: 1 }),
			device: await sql('super', `SELECT device_id FROM flux.device
				WHERE tenant_id = ${plant.tenant}
				AND key = '${prefix}-0'`) });
		return probe;
	}

	post(body) {
		const { env, ca } = this.stack.flux;

		return new Promise((resolve, reject) => {
			https.request(`${env.FLUX_TLS_URL}/api/v1/ingest`, {
				method: 'POST', agent: this.agent, ca, headers: {
					'X-API-Key': this.key,
					'Content-Type': 'application/json',
					'Content-Length': Buffer.byteLength(body) },
			}, (answer) => {
				const at = performance.timeOrigin + performance.now();

				answer.resume();
				answer.on('end', () => (answer.statusCode === 202
					? resolve(at)
					: reject(new Error(`a post: ${answer.statusCode}`))));
			}).on('error', reject).end(body);
		});
	}

	// From the answer to the post until latest has it, in ms.
	async once() {
		const ts = Date.now();
		const waiting = this.watch.ask(`SELECT bench.seen(${
			this.plant.tenant}, ${this.device}, to_timestamp(${ts / 1000}));`);
		const acknowledged = await this.post(JSON.stringify({ readings: [
			{ sensorId: this.code, timestamp: ts, value: ts % 1000 / 10 }] }));

		this.posted++;
		return Math.max(0, Number(await waiting) - acknowledged);
	}

	// For so long; the quantiles, said as NAME_p50_ms, NAME_p99_ms.
	async during(name, seconds) {
		const end = Date.now() + seconds * 1000;
		const took = [];

		while (Date.now() < end) {
			took.push(await this.once());
			await sleep(20 + Math.random() * 80);
		}
		took.sort((a, b) => a - b);
		const p50 = quantile(took, 0.5), p99 = quantile(took, 0.99);

		say(`${name}_p50_ms`, p50, 'ms');
		say(`${name}_p99_ms`, p99, 'ms');
		return { p50, p99 };
	}

	end() {
		this.agent.destroy();
		this.watch.end();
	}
}

// A statement of sql/query, with these values in place of its parameters.
function statement(file, name, values) {
	const text = readFileSync(path.join(here, '../../sql/query', file), 'utf8');
	const part = text.split(/^-- name: /m)
		.find((s) => s.startsWith(`${name} `));
	const names = part.match(/\(([^)]*)\)/)[1].split(/, */);

	return part.slice(part.indexOf('\n')).replace(/^--.*$/gm, '')
		.replace(/;\s*$/, '').replace(/\$(\d+)/g, (_, n) => {
			if (!(names[n - 1] in values))
				throw new Error(`${name}: what is ${names[n - 1]}?`);
			return `(${values[names[n - 1]]})`;
		});
}

const queues = `SELECT (SELECT count(*) FROM flux.landing),
	(SELECT coalesce(sum(n), 0) FROM flux.landing),
	pg_total_relation_size('flux.landing'),
	(SELECT count(*) FROM flux.fresh),
	(SELECT coalesce(sum(n), 0) FROM flux.fresh),
	pg_total_relation_size('flux.fresh');`;
const queueNames = [['landing_rows_max', 'rows'],
	['landing_readings_max', 'readings'], ['landing_bytes_max', 'bytes'],
	['fresh_rows_max', 'rows'], ['fresh_readings_max', 'readings'],
	['fresh_bytes_max', 'bytes']];

// How large the queues become, and what one sensor's last hour opens.
export class Watch {
	constructor(stack, tenant, sensor) {
		Object.assign(this, { stack, max: queueNames.map(() => 0), opened: [],
			look: psql(stack, 'super'), stopped: false,
			pieces: `SELECT count(*) FROM (${statement('store.sql',
				'store_pieces', { tenant, sensors: `ARRAY[${sensor}]::int[]`,
					from: "now() - interval '1 hour'",
					till: "now() + interval '1 minute'",
					landing: 'true' })}) s;` });
		this.done = this.sample();
	}

	async sample() {
		while (!this.stopped) {
			const now = (await this.look.ask(queues)).split('|').map(Number);

			this.max = this.max.map((most, i) => Math.max(most, now[i]));
			this.opened.push(Number(await this.look.ask(
				this.pieces.replaceAll('\n', ' '))));
			await sleep(1000);
		}
	}

	async end() {
		this.stopped = true;
		await this.done;
		this.look.end();
		queueNames.forEach(([name, unit], i) => say(name, this.max[i], unit));
		say('blocks_opened_mean', this.opened.reduce((sum, n) => sum + n, 0) /
			this.opened.length, 'blocks');
		say('blocks_opened_max', Math.max(...this.opened), 'blocks');
	}
}

// Proportional set size of each group of processes, after the load.
export function sayMemory(stack) {
	const used = {};

	for (const p of stack.processes()) {
		let text;

		try {
			text = readFileSync(`/proc/${p.pid}/smaps_rollup`, 'utf8');
		} catch {
			continue;
		}
		used[p.daemon] = (used[p.daemon] ?? 0) +
			Number(text.match(/^Pss: +(\d+)/m)[1]) * 1024 / MB;
	}
	for (const [group, mb] of Object.entries(used))
		say(`memory_${group}`, mb, 'MB');
}

// The bill of a load: processor and write-ahead log, in all and a reading.
export class Bill {
	static async open(stack) {
		const bill = new Bill();

		Object.assign(bill, { stack, cpu: cpu(stack), begun: performance.now(),
			lsn: await stack.flux.sql('super',
				'SELECT pg_current_wal_lsn()') });
		return bill;
	}

	async close(name, readings, generators) {
		const wal = Number(await this.stack.flux.sql('super',
			`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '${this.lsn}')`));
		const seconds = (performance.now() - this.begun) / 1000;

		sayCpu(name, [...cpuSince(this.cpu, cpu(this.stack), seconds),
			['load', generators]], readings);
		say(`${name}_wal`, wal / readings, 'bytes/reading');
	}
}
