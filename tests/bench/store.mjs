// store.mjs - make bench-store: a plant's day on disk and what it takes to
// read it, beside plain rows and beside other databases in the same run.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { begin, conninfo, drained, fleet, load, measure, note, pathsFile,
	program, quiet, say, sleep } from './bench.mjs';
import { peers } from './peers.mjs';
import { Rows } from './rows.mjs';

const run = promisify(execFile);
const DAY_MS = 86400000;
const HOUR_MS = 3600000;
const SENSORS = 100;
const HOURS = Number(process.env.FLUX_BENCH_HOURS ?? 24); // of the plant's day
const COUNT = 200; // questions a median is taken from
const SLOW_COUNT = 50; // of those that take long
const PACK_MS = 180000;

const from = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
const till = from + HOURS * HOUR_MS;
const readings = SENSORS * HOURS * 3600;
const iso = (ms) => new Date(ms).toISOString();

const stack = await begin('fluxbench');
const { env, sql, request, corpora } = stack.flux;
const running = [];

// Everything the store keeps readings in; the demo's are thrown away before.
const stored = `SELECT c.oid FROM pg_class c JOIN pg_namespace n
	ON n.oid = c.relnamespace WHERE n.nspname = 'flux' AND c.relkind = 'r'
	AND c.relname ~ '^(landing|fresh|chunk|mark|quarantine)(_|$)'`;

async function clear() {
	await drained(stack);
	await sql('super', 'TRUNCATE flux.landing, flux.fresh, flux.chunk');
}

const counts = async () => (await sql('super', `SELECT
	(SELECT coalesce(sum(n), 0) FROM flux.landing),
	(SELECT coalesce(sum(n), 0) FROM flux.fresh),
	(SELECT coalesce(sum(n), 0) FROM flux.chunk),
	(SELECT count(*) FROM flux.fresh), (SELECT count(*) FROM flux.chunk)`))
	.split('|').map(Number);

// Does this worker pack?  Then a signal has it settle all there is at once.
async function canHurry() {
	const { stdout } = await run(path.join(stack.var,
		'app/bin/fluxline-worker'),
	[path.join(stack.var, 'etc/worker.conf'), '--check']);

	return stdout.includes('pack_age_s');
}

// Until all of it is packed, or nothing has moved for a while.
async function packed() {
	const IDLE_S = 20, HURRY_S = 5;
	const hurry = await canHurry();
	const end = Date.now() + PACK_MS;
	let before = '', idle = 0;

	for (;;) {
		const now = await counts();

		if (now[2] === readings || Date.now() > end || idle >= IDLE_S)
			return now;
		if (hurry && idle % HURRY_S === 0)
			stack.signal(stack.master('worker'), 'SIGUSR1');
		idle = String(now) === before ? idle + 1 : 0;
		before = String(now);
		await sleep(1000);
	}
}

async function fill(tenant) {
	const ids = await sql('super', `SELECT string_agg(sensor_id::text, ','
		ORDER BY position) FROM flux.sensor WHERE tenant_id = ${tenant}`);
	const begun = performance.now();

	await measure('plant', ['store'], { database: conninfo(stack, 'fluxctl'),
		tenant, ids, from_ms: from, seconds: HOURS * 3600 });
	say('plant_append_s', (performance.now() - begun) / 1000, 's');
	await drained(stack);
	say('plant_derived_s', (performance.now() - begun) / 1000, 's');
	const now = await packed();

	say('plant_packed_s', (performance.now() - begun) / 1000, 's');
	note(`readings: ${now[0]} in landing, ${now[1]} in ${now[3]} rows of ` +
		`fresh, ${now[2]} in ${now[4]} chunks`);
	if (now[0] + now[1] + now[2] !== readings)
		throw new Error(`${readings} were stored`);
	say('plant_in_chunks', 100 * now[2] / readings, '%');
	await quiet(stack);
	return ids;
}

async function size() {
	await sql('super', 'VACUUM ANALYZE');
	say('plant_bytes', Number(await sql('super', `SELECT
		sum(pg_total_relation_size(oid)) FROM (${stored}) s`)) / readings,
	'bytes/reading');
	say('plant_index_bytes', Number(await sql('super', `SELECT
		sum(pg_indexes_size(oid)) FROM (${stored}) s`)) / readings,
	'bytes/reading');
	const other = Number(await sql('super', `SELECT
		coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c
		WHERE c.relnamespace = 'flux'::regnamespace AND c.relkind = 'r'
		AND c.relname ~ '^rollup'`));

	if (other > 0)
		say('plant_rollup_bytes', other / readings, 'bytes/reading');
}

// The codec by itself, when it brings its program.
async function codec() {
	const file = path.join(program('..'), 'tests/bench/codec');

	if (!existsSync(file)) {
		note(`${file} is not there: nothing about the codec`);
		return;
	}
	const { stdout, stderr } = await run(file, [],
		{ env: { ...process.env, FLUX_CORPORA: corpora ?? '' } });

	if (stderr)
		note(`codec: ${stderr.split('\n').length} lines of single series`);
	process.stdout.write(stdout);
}

async function fromPostgres(tenant, ids) {
	const settings = { database: conninfo(stack, 'worker'), tenant, ids,
		from_ms: from };
	const day = { ...settings, span_ms: DAY_MS, buckets: 1440, count: COUNT };
	const hour = { ...settings, span_ms: HOUR_MS, count: COUNT };

	await measure('plant', ['chart'], { ...day, open: 1 }); // warm
	for (const [name, what, words] of [
		['chart_24h_pg_ms', 'chart', { ...day, open: 1 }],
		['chart_24h_pg_tx_ms', 'chart', day],
		['raw_1h_pg_ms', 'raw', { ...hour, open: 1 }],
		['raw_1h_pg_tx_ms', 'raw', hour]])
		say(name, (await measure('plant', [what], words)).p50_ms, 'ms');
}

// The median of asking each sensor in turn over one connection kept open.
async function median(url, ca, paths, key, count = COUNT) {
	const settings = { shape: 'get', url: `${url}/`, ca, seconds: 120,
		keys: pathsFile(stack, 'paths', paths, key) };

	await load({ ...settings, count: 20 });
	return (await load({ ...settings, count })).p50_ms;
}

const each = (path_of) => Array.from({ length: SENSORS },
	(_, i) => path_of(i + 1));

// Sensor i is PUMP-000-TEMP-.. of the device PUMP-000-0; its key is t0 ...
const place = (i) => `device=PUMP-000-0&sensor=t${i - 1}`;
const span = (ms) => `&from=${iso(from)}&to=${iso(from + ms)}`;

async function overHttp(key) {
	const asked = [
		['chart_24h_http_ms', (i) => `/api/v1/telemetry/aggregate?${place(i)}` +
			`${span(DAY_MS)}&bucket=60s&fields=min,avg,max`],
		['raw_1h_http_ms', (i) => `/api/v1/telemetry?${place(i)}` +
			`${span(HOUR_MS)}&limit=3600`],
		['latest_http_ms', (i) => `/api/v1/telemetry/latest?${place(i)}`],
		['latest_devices_http_ms', () => '/api/v1/devices'],
	];

	for (const [name, path_of] of asked) {
		const answer = await request('GET', path_of(1),
			{ headers: { 'X-API-Key': key } });

		if (answer.status !== 200) {
			note(`${name}: ${path_of(1)} answers ${answer.status}`);
			continue;
		}
		note(`${name}: ${answer.bytes.length} bytes, ` +
			answer.body.slice(0, 100).replaceAll('\n', ' '));
		say(name, await median(env.FLUX_TLS_URL, env.FLUX_CA, each(path_of),
			key), 'ms');
	}
}

async function plainRows() {
	const rows = await Rows.make(stack, from, 2);
	const times = (ms) => `time >= to_timestamp(${from / 1000}) AND
		time < to_timestamp(${(from + ms) / 1000})`;
	const one = 'FROM bench.reading WHERE tenant_id = 1 AND sensor_id = :s';

	await rows.fill(from, SENSORS, HOURS * 3600);
	say('plant_bytes_rows', await rows.size() / readings, 'bytes/reading');
	for (const [name, statement, count] of [
		['chart_24h_pg_ms_rows', `SELECT date_bin('1 min', time,
			'2000-01-01Z'), min(value), avg(value), max(value) ${one}
			AND ${times(DAY_MS)} GROUP BY 1 ORDER BY 1`, SLOW_COUNT],
		['raw_1h_pg_ms_rows', `SELECT time, value, quality ${one}
			AND ${times(HOUR_MS)} ORDER BY time`, COUNT],
		['latest_pg_ms_rows', `SELECT time, value, quality ${one}
			ORDER BY time DESC LIMIT 1`, COUNT]])
		say(name, (await rows.read(statement, count)).p50_ms, 'ms');
	await sql('super', 'DROP SCHEMA bench CASCADE');
}

async function fillPeer(peer) {
	const LINES = 50000;
	const source = spawn(program('plant'), ['lines', `from_ms=${from}`,
		`sensors=${SENSORS}`, `seconds=${HOURS * 3600}`],
	{ stdio: ['ignore', 'pipe', 'inherit'] });
	let text = '', lines = 0;

	for await (const part of source.stdout) {
		text += part;
		lines += part.length / 40;
		if (lines < LINES)
			continue;
		const end = text.lastIndexOf('\n') + 1;

		await peer.call('POST', peer.write, text.slice(0, end));
		text = text.slice(end);
		lines = 0;
	}
	await peer.call('POST', peer.write, text);
}

async function askPeer(peer) {
	const { chart, raw, latest } = peer.queries;

	for (const [name, query, ms, count] of [
		['chart_24h_http_ms', chart, DAY_MS, SLOW_COUNT],
		['raw_1h_http_ms', raw, HOUR_MS, COUNT],
		['latest_http_ms', latest, till - from, COUNT]]) {
		const path_of = (i) => query(i, from, from + ms);
		const body = await peer.call('GET', path_of(1));

		note(`${name}_${peer.name}: ${body.length} bytes, ` +
			body.slice(0, 100).replaceAll('\n', ' '));
		say(`${name}_${peer.name}`, await median(peer.url,
			env.FLUX_CA, each(path_of), '-', count), 'ms');
	}
}

try {
	const plant = await fleet(stack, 'Plant', { gateways: 1,
		sensors: SENSORS });

	await clear();
	const ids = await fill(plant.tenant);

	await size();
	await codec();
	await fromPostgres(plant.tenant, ids);
	await overHttp(plant.keys[0]);
	await plainRows();
	running.push(...await peers(stack, { cold: true }));
	for (const peer of running) {
		peer.resume();
		await fillPeer(peer);
		say(`plant_bytes_${peer.name}`, await peer.size() / readings,
			'bytes/reading');
		await askPeer(peer);
		peer.pause();
	}
} finally {
	await Promise.all(running.map((peer) => peer.down()));
	await stack.down();
}
