// bench.mjs - what the benchmarks share: an instance with a fleet in it, the
// load generator, and who used how much of the processor.
import { execFile, spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack, sleep } from '../lib/stack.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const TICKS = 100; // of /proc, a second
const DEVICE_SENSORS = 100;

// Whoever reads may leave; what was started is still taken away.
process.stdout.on('error', () => {});

export const SECONDS = Number(process.env.FLUX_BENCH_SECONDS ?? 5);

export function say(name, value, unit) {
	const size = Math.abs(value);
	const digits = size >= 1000 ? 0 : size >= 10 ? 1 : 3;

	console.log(`${name} ${value.toFixed(digits)} ${unit}`);
}

export function note(text) {
	console.error(`  ${text}`);
}

export const program = (name) => path.join(root, 'build/bench', name);

// "a=1 b=2" as { a: 1, b: 2 }.
function fields(line) {
	return Object.fromEntries([...line.matchAll(/(\w+)=([-0-9.]+)/g)]
		.map(([, name, value]) => [name, Number(value)]));
}

// One of our two programs with NAME=VALUE; what it measured.
export function measure(name, words, settings) {
	const args = [...words, ...Object.entries(settings)
		.map(([key, value]) => `${key}=${value}`)];

	return new Promise((resolve, reject) => {
		execFile(program(name), args, (error, out, said) => {
			if (error)
				reject(new Error(said.trim() || error.message));
			else
				resolve(fields(out));
			if (!error && said)
				note(said.trim());
		});
	});
}

// A run of the generator; every answer must be a good one.
export async function load(settings) {
	const took = await measure('load', [], { seconds: SECONDS, ...settings });

	if (took.errors > 0)
		throw new Error(`${settings.url}: ${took.errors} of ` +
			`${took.requests} answers were bad`);
	return { ...took, rate: took.requests / took.seconds };
}

// Seconds of processor so far of each group of the instance's processes; what
// has exited stays with whoever started it.
export function cpu(stack, others = {}) {
	const used = {};

	function add(group, pid, isMaster) {
		let stat;

		try {
			stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		} catch {
			return;
		}
		const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
			.map(Number);

		used[group] = (used[group] ?? 0) + (rest[11] + rest[12] +
			(isMaster ? rest[13] + rest[14] : 0)) / TICKS;
	}
	for (const p of stack.processes()) {
		const role = p.command.match(/^postgres: fl_([a-z]+) /)?.[1];

		add(p.daemon !== 'postgres' ? p.daemon
			: role ? `pg_${role}` : 'pg_rest', p.pid, p.master);
	}
	for (const [group, pid] of Object.entries(others))
		add(group, pid, false);
	return used;
}

// What each group used since then, the large ones first; 1 % of a core is the
// least that is told.
export function cpuSince(before, now, seconds) {
	return Object.entries(now)
		.map(([group, used]) => [group, used - (before[group] ?? 0)])
		.filter(([, used]) => used > seconds / 100)
		.sort((a, b) => b[1] - a[1]);
}

// The processor's share of a run, a line a group in all and a reading.
export function sayCpu(name, spent, readings) {
	for (const [group, seconds] of spent) {
		say(`${name}_cpu_${group}_s`, seconds, 's');
		say(`${name}_cpu_${group}_us`, seconds * 1e6 / readings,
			'us/reading');
	}
}

// An instance of our own whose demo stands still: nothing is polled and no
// device simulated while something else is measured.  Who stood still within a
// transaction would keep dead rows in every table for as long.
export async function begin(name) {
	const stack = await Stack.up(name);
	const still = (signal) => ['poller', 'simulator'].flatMap((daemon) =>
		stack.of(daemon)).forEach((p) => stack.signal(p, signal));

	for (;;) {
		still('SIGSTOP');
		if (await stack.flux.sql('super', `SELECT count(*)
			FROM pg_stat_activity WHERE usename = 'fl_poller'
			AND xact_start IS NOT NULL`) === '0')
			return stack;
		still('SIGCONT');
		await sleep(50);
	}
}

const fleetSql = (tenant, wide, sensors, narrow) => `
CREATE TEMP TABLE plan AS
SELECT d.device_id AS gateway_id, d.site_id, n,
       'PUMP-' || to_char(n, 'FM000') AS prefix,
       CASE WHEN n < ${wide} THEN ${sensors} ELSE ${narrow} END AS sensors
  FROM flux.device d, LATERAL (SELECT substr(d.key, 4)::int AS n) k
 WHERE d.tenant_id = ${tenant} AND d.kind = 'gateway';
INSERT INTO flux.device (tenant_id, site_id, key, name, mode, gateway_id)
SELECT ${tenant}, p.site_id, p.prefix || '-' || i, p.prefix || '-' || i,
       'gateway', p.gateway_id
  FROM plan p,
       generate_series(0, (p.sensors - 1) / ${DEVICE_SENSORS}) AS i;
INSERT INTO flux.sensor (tenant_id, device_id, key, code, name, unit, position)
SELECT ${tenant}, d.device_id, 't' || i,
       p.prefix || '-TEMP-' || to_char(i, 'FM0000'), 'Temperature', 'Cel', i
  FROM plan p, generate_series(0, p.sensors - 1) AS i, flux.device d
 WHERE d.tenant_id = ${tenant}
   AND d.key = p.prefix || '-' || i / ${DEVICE_SENSORS};
ANALYZE flux.device, flux.sensor;`;

// A tenant with gateways GW-0 .., each with a key: the first "wide" ones have
// so many sensors, a hundred a device, the others "narrow" ones.
export async function fleet(stack, name, plan) {
	const { gateways, wide = gateways, sensors, narrow = 10 } = plan;
	const { ctl, sql } = stack.flux;
	const keys = [];

	await ctl('tenant', name);
	await ctl('site', name, 'PLANT', 'Plant', 'UTC');
	for (let i = 0; i < gateways; i++) {
		await ctl('device', name, 'PLANT', `GW-${i}`, `Gateway ${i}`, '',
			'--kind', 'gateway');
		keys.push(await ctl('key', name, `GW-${i}`, 'ingest,view'));
	}
	const tenant = Number(await sql('super',
		`SELECT tenant_id FROM flux.tenant WHERE name = '${name}'`));

	await sql('super', fleetSql(tenant, wide, sensors, narrow));
	return { tenant, name, keys,
		// A file for the generator, with the keys of the first n.
		keysFile(n) {
			return put(stack, `keys-${tenant}-${n}`, keys.slice(0, n)
				.map((key, i) => `${key} PUMP-` +
					String(i).padStart(3, '0')));
		} };
}

export function put(stack, name, lines) {
	const file = path.join(stack.var, name);

	writeFileSync(file, `${lines.join('\n')}\n`);
	return file;
}

// Paths to be asked for in turn, each with the key.
export const pathsFile = (stack, name, paths, key) =>
	put(stack, name, paths.map((p) => `${p} ${key}`));

// How to reach Postgres as one of the programs does.
export function conninfo(stack, name) {
	return readFileSync(path.join(stack.var, 'etc', `${name}.conf`), 'utf8')
		.match(/^database = (.*)$/m)[1];
}

// Until nothing waits in landing; how long that took.
export async function drained(stack, ms = 120000) {
	const begun = performance.now();

	await stack.flux.waitFor(async () => await stack.flux.sql('super',
		'SELECT count(*) FROM flux.landing') === '0', ms);
	return performance.now() - begun;
}

// Until the worker and Postgres have little left to do.
export async function quiet(stack, ms = 60000) {
	const end = Date.now() + ms;
	const STEP_MS = 1000;

	for (;;) {
		const before = cpu(stack);

		await sleep(STEP_MS);
		const spent = cpuSince(before, cpu(stack), STEP_MS / 1000)
			.reduce((sum, [, used]) => sum + used, 0);

		if (spent < 0.1)
			return;
		if (Date.now() > end) {
			note('the instance does not come to rest');
			return;
		}
	}
}

// What everything below a folder takes of the disk, in bytes: some make large
// files with little in them.
export function folderSize(folder) {
	const BLOCK = 512;

	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => statSync(path.join(entry.parentPath ?? entry.path,
			entry.name), { throwIfNoEntry: false }))
		.reduce((sum, stat) => sum + (stat?.blocks ?? 0) * BLOCK, 0);
}

// A child of ours that answers a line with lines: psql, as one of the roles.
export function psql(stack, role) {
	const child = spawn('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1',
		'-h', stack.flux.run, '-p', '5432', '-U', role, '-d', 'flux'], {
		stdio: ['pipe', 'pipe', 'inherit'],
		env: { ...process.env, PGPASSFILE:
			path.join(stack.var, 'secret', `${role}.pgpass`) } });
	const waiting = [];
	let text = '';

	child.stdout.on('data', (part) => {
		let at;

		text += part;
		while ((at = text.indexOf('\n')) >= 0) {
			waiting.shift()?.resolve(text.slice(0, at));
			text = text.slice(at + 1);
		}
	});
	child.on('close', () => waiting.splice(0).forEach((w) =>
		w.reject(new Error('psql ended'))));
	return {
		// A statement that answers with one row.
		ask: (statement) => new Promise((resolve, reject) => {
			waiting.push({ resolve, reject });
			child.stdin.write(`${statement}\n`);
		}),
		run: (statement) => child.stdin.write(`${statement}\n`),
		end: () => child.stdin.end(),
	};
}

export { sleep };
