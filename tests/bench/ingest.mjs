// ingest.mjs - make bench-ingest: durable intake over HTTPS as gateways send
// it, beside plain rows and beside other databases in the same run.
import zlib from 'node:zlib';
import { SECONDS, begin, cpu, cpuSince, drained, fleet, load, note, pathsFile,
	quiet, say, sayCpu } from './bench.mjs';
import { peers } from './peers.mjs';
import { Rows } from './rows.mjs';

const DAY_MS = 86400000;
const PAST_DAYS = 25;
const GATEWAYS = 64;
const WIDE = 16; // so many of them have a thousand sensors

const shapes = [
	{ name: 'ingest_1', sensors: 1, instants: 1, connections: [4, 1, 16, 64] },
	{ name: 'ingest_100', sensors: 10, instants: 10, connections: [4, 1] },
	{ name: 'ingest_1000x10', sensors: 10, instants: 100, connections: [4, 1] },
	{ name: 'ingest_1000x1000', sensors: 1000, instants: 1,
		connections: [4, 1] },
	// The same bytes to everybody, as lines.
	{ name: 'lineproto_1000', body: 'sensor', sensors: 10, instants: 100,
		connections: [4, 1, 16] },
	{ name: 'lineproto_1000x1000', body: 'sensor', sensors: 1000, instants: 1,
		connections: [4, 1, 16] },
];
const POOL = 16; // connections to Postgres that plain rows get at most
const NAMED = 4; // the connections of the names without a number

const start = Math.floor(Date.now() / 1000) * 1000 - PAST_DAYS * DAY_MS;
const stack = await begin('fluxbench');
const running = [];
let own = NaN; // our rate at the point that the others are asked about

const keysUsed = (connections) => Math.max(WIDE, connections);

// "ingest_100_c1_p99_ms_vm": the shape, the connections, what, and whose.
function sayPoint(shape, connections, took, whose) {
	const name = shape.name + (connections === NAMED ? '' : `_c${connections}`);
	const readings = shape.sensors * shape.instants;

	if (readings === 1)
		say(name + whose, took.rate, 'requests/s');
	else
		say(name + whose, took.rate * readings, 'readings/s');
	say(`${name}_p50_ms${whose}`, took.p50_ms, 'ms');
	say(`${name}_p99_ms${whose}`, took.p99_ms, 'ms');
	if (whose === '')
		own = took.rate;
	else
		say(`${name}_ratio${whose}`, own / took.rate, 'times');
	return name;
}

// Everybody's readings go on in time from point to point: none comes late.
function forward(whose, last) {
	if (last > Date.now())
		throw new Error('the readings have reached today: measure shorter');
	whose.clock = last;
}

async function ours(shape, connections, plant) {
	const { env } = stack.flux;
	const before = cpu(stack);
	const took = await load({ shape: shape.body ?? 'json', connections,
		sensors: shape.sensors, instants: shape.instants,
		base_ms: plant.clock, ca: env.FLUX_CA,
		keys: plant.keysFile(keysUsed(connections)),
		url: env.FLUX_TLS_URL + (shape.body ? '/write' : '/api/v1/ingest') });
	const readings = took.requests * shape.sensors * shape.instants;

	forward(plant, took.last_ms);
	const name = sayPoint(shape, connections, took, '');

	if (connections === NAMED)
		sayCpu(name, [...cpuSince(before, cpu(stack), SECONDS),
			['load', took.cpu_s]], readings);
	plant.sent += readings;
	say(`${name}_drain_ms`, await drained(stack), 'ms');
	await quiet(stack);
}

async function theirs(peer, shape, connections, plant) {
	const pid = { [peer.name]: peer.child.pid };

	peer.resume();
	const before = cpu(stack, pid);
	const took = await load({ shape: shape.body ?? 'line', connections,
		base_ms: peer.clock,
		sensors: shape.sensors, instants: shape.instants,
		ca: stack.flux.env.FLUX_CA, keys: plant.keysFile(keysUsed(connections)),
		url: peer.url + peer.write });
	const spent = cpuSince(before, cpu(stack, pid), SECONDS)
		.filter(([group]) => group === peer.name);

	peer.pause();
	forward(peer, took.last_ms);
	const name = sayPoint(shape, connections, took, `_${peer.name}`);

	if (connections === NAMED)
		sayCpu(name, spent,
			took.requests * shape.sensors * shape.instants);
}

// What the edge alone gives, and what the generator itself costs.
async function edge(plant) {
	const { env } = stack.flux;

	for (const [name, url] of [['nginx_static', '/static/app.css'],
		['fcgi_empty', '/api/health']]) {
		const took = await load({ shape: 'get', connections: NAMED,
			url: `${env.FLUX_TLS_URL}/`, ca: env.FLUX_CA,
			keys: pathsFile(stack, 'edge', [url], plant.keys[0]) });

		say(`${name}_tls`, took.rate, 'requests/s');
		say(`${name}_tls_cpu_load_us`, took.cpu_s * 1e6 / took.requests,
			'us/request');
	}
}

// What a reading is on the wire: a body of 1,000 as text, and packed.
function wire(plant) {
	const times = Array.from({ length: 100 }, (_, i) => plant.clock + i * 1000);
	const codes = Array.from({ length: 10 }, (_, k) => `PUMP-000-TEMP-000${k}`);
	const all = times.flatMap((t, i) => codes.map((code, k) =>
		[t, code, (45 + Math.sin(i / 9 + k) * 3).toFixed(1)]));
	const bodies = {
		json: JSON.stringify(all.map(([timestamp, sensorId, v]) => ({ sensorId,
			timestamp, value: Number(v), unit: '°C', quality: 98 }))),
		lineproto: all.map(([t, code, v]) =>
			`t,sensor=${code} value=${v} ${t}000000\n`).join(''),
	};

	for (const [name, text] of Object.entries(bodies)) {
		const bytes = Buffer.from(text);

		say(`${name}_1000_bytes`, bytes.length / all.length, 'bytes/reading');
		say(`${name}_1000_gz_bytes`, zlib.gzipSync(bytes).length / all.length,
			'bytes/reading');
	}
}

// What the ledger says must be what was acknowledged.
async function reckon(plant) {
	const line = await stack.flux.sql('super', `SELECT sum(sent),
		sum(stored), sum(duplicate), sum(rejected)
		FROM flux.ingest_batch WHERE tenant_id = ${plant.tenant}`);
	const [sent, stored, duplicate, rejected] = line.split('|').map(Number);

	note(`the ledger: ${sent} sent, ${stored} stored, ${duplicate} twice, ` +
		`${rejected} rejected; acknowledged ${plant.sent}`);
	if (stored !== plant.sent || duplicate !== 0 || rejected !== 0)
		throw new Error('the ledger does not have what was acknowledged');
}

try {
	const plant = await fleet(stack, 'Bench', { gateways: GATEWAYS, wide: WIDE,
		sensors: 1000 });
	const rows = await Rows.make(stack, start, PAST_DAYS + 2);

	Object.assign(plant, { clock: start, sent: 0 });
	for (const peer of await peers(stack))
		running.push(Object.assign(peer, { clock: start }));
	await drained(stack);
	await quiet(stack);
	await edge(plant);
	wire(plant);
	for (const shape of shapes) {
		for (const connections of shape.connections) {
			await ours(shape, connections, plant);
			sayPoint(shape, connections, await rows.write({ ...shape,
				gateways: WIDE }, Math.min(connections, POOL),
			SECONDS), '_rows');
			for (const peer of running)
				await theirs(peer, shape, connections, plant);
		}
	}
	await reckon(plant);
} finally {
	await Promise.all(running.map((peer) => peer.down()));
	await stack.down();
}
