// shard.mjs - make bench-shard: one cell of a large installation, scaled: a
// tenant of 100,000 sensors, each read every few seconds, a thousand a body.
import { begin, drained, fleet, load, note, pathsFile, quiet, say }
	from './bench.mjs';
import { Bill, Probe, Watch, sayMemory } from './watch.mjs';

const SECONDS = Number(process.env.FLUX_BENCH_SECONDS ?? 120);
const GATEWAYS = 100;
const SENSORS = 1000;
const RATE = 11574; // readings/s: a thousand million a day
const RECORDS = 10000 / 60; // posts/s: 10,000 devices, one record a minute
const READS = 20; // questions a second

const stack = await begin('fluxbench');
const { env, sql, request } = stack.flux;

const post = (plant, settings) => load({ live: 1, step_ms: 1,
	url: `${env.FLUX_TLS_URL}/api/v1/ingest`, ca: env.FLUX_CA,
	keys: plant.keysFile(GATEWAYS), connections: 4, ...settings });

// What a screen asks for while readings come in.
async function ask(plant, name, path_of) {
	const paths = Array.from({ length: 100 }, (_, i) => path_of(
		`device=PUMP-${String(i).padStart(3, '0')}-0&sensor=t${i % 100}`));
	const answer = await request('GET', paths[0],
		{ headers: { 'X-API-Key': plant.keys[0] } });

	if (answer.status !== 200) {
		note(`${name}: ${paths[0]} answers ${answer.status}`);
		return;
	}
	const took = await load({ shape: 'get', url: `${env.FLUX_TLS_URL}/`,
		ca: env.FLUX_CA, seconds: SECONDS, rate: READS,
		keys: pathsFile(stack, name, paths, plant.keys[0]) });

	say(`${name}_p50_ms`, took.p50_ms, 'ms');
	say(`${name}_p95_ms`, took.p95_ms, 'ms');
	say(`${name}_p99_ms`, took.p99_ms, 'ms');
}

async function steady(plant, probe) {
	const time = (ms) => new Date(Date.now() + ms).toISOString();
	const hour = `from=${time(-1800000)}&to=${time(1800000)}`;
	const sensor = await sql('super', `SELECT sensor_id FROM flux.sensor
		WHERE tenant_id = ${plant.tenant} AND code = 'PUMP-000-TEMP-0000'`);
	const bill = await Bill.open(stack);
	const watch = new Watch(stack, plant.tenant, sensor);
	const [took] = await Promise.all([
		post(plant, { sensors: SENSORS, instants: 1, seconds: SECONDS,
			rate: RATE / SENSORS }),
		probe.during('shard_derive', SECONDS),
		ask(plant, 'shard_latest',
			(s) => `/api/v1/telemetry/latest?${s}`),
		ask(plant, 'shard_hour', (s) =>
			`/api/v1/telemetry/aggregate?${s}&${hour}&bucket=60s` +
				'&fields=min,avg,max'),
		ask(plant, 'shard_raw', (s) => `/api/v1/telemetry?${s}&${hour}`)]);

	say('shard', took.rate * SENSORS, 'readings/s');
	say('shard_p50_ms', took.p50_ms, 'ms');
	say('shard_p99_ms', took.p99_ms, 'ms');
	await watch.end();
	await bill.close('shard', took.requests * SENSORS, took.cpu_s);
	sayMemory(stack);
}

async function records(plant) {
	const took = await post(plant, { sensors: 3, instants: 1,
		seconds: SECONDS / 4, rate: RECORDS });

	say('records', took.rate, 'requests/s');
	say('records_p50_ms', took.p50_ms, 'ms');
	say('records_p99_ms', took.p99_ms, 'ms');
}

try {
	const plant = await fleet(stack, 'Shard', { gateways: GATEWAYS + 1,
		wide: GATEWAYS, sensors: SENSORS });
	const probe = await Probe.make(stack, plant, GATEWAYS);

	await drained(stack);
	await quiet(stack);
	await steady(plant, probe);
	await records(plant);
	await drained(stack);
	probe.end();
} finally {
	await stack.down();
}
