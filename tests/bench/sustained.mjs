// sustained.mjs - make bench-sustained: ten minutes of intake with derive and
// pack at work, how soon readings are in latest, and what a held snapshot does.
import { begin, conninfo, drained, fleet, load, measure, note, pathsFile, psql,
	quiet, say } from './bench.mjs';
import { Bill, Probe, Watch, sayMemory } from './watch.mjs';

const WHOLE = 600;
const SECONDS = Number(process.env.FLUX_BENCH_SECONDS ?? WHOLE);
const RATE = Number(process.env.FLUX_BENCH_RATE ?? 500000); // readings/s
const GATEWAYS = 16;
const HOUR_MS = 3600000;
const READS = 5; // of one sensor's last hour, a second

// The other phases shrink with the long one.
const part = (seconds) => Math.max(5, Math.min(seconds,
	seconds * SECONDS / WHOLE));

const stack = await begin('fluxbench');
const { env, sql, request } = stack.flux;
let sent = 0;

// Bodies of readings that are made now; counts what was acknowledged.
async function send(plant, { sensors, instants, ...settings }) {
	const took = await load({ url: `${env.FLUX_TLS_URL}/api/v1/ingest`,
		ca: env.FLUX_CA, keys: plant.keysFile(GATEWAYS), live: 1,
		step_ms: instants > 1 ? 10 : 1, sensors, instants, ...settings });

	sent += took.requests * sensors * instants;
	return took;
}

const steady = (plant, seconds) => send(plant, { seconds, connections: 4,
	sensors: 10, instants: 10, rate: 100 });

async function tenThousand(plant, probe) {
	const seconds = part(60);

	await Promise.all([steady(plant, seconds),
		probe.during('derive_10k', seconds)]);
}

// Posts of one reading leave the most dead rows behind.  They come from the
// second sensor on, so that no reading has the same key as a steady one.
async function snapshot(plant, probe) {
	const other = psql(stack, 'super');
	const busy = (seconds) => Promise.all([steady(plant, seconds - 1),
		send(plant.singles, { seconds: seconds - 1, connections: 8,
			sensors: 1, instants: 1, rate: 500 })]);
	const [, before] = await Promise.all([busy(part(60)),
		probe.during('derive_before_snapshot', part(60))]);

	await other.ask('BEGIN ISOLATION LEVEL REPEATABLE READ; ' +
		'SELECT count(*) FROM flux.tenant;');
	const [, during] = await Promise.all([busy(part(120)),
		probe.during('derive_snapshot', part(120))]);

	other.run('COMMIT;');
	other.end();
	say('snapshot_slows_p50_ms', during.p50 - before.p50, 'ms');
	say('snapshot_slows_p99_ms', during.p99 - before.p99, 'ms');
}

// One sensor's last hour in a minute's buckets: through the library, and over
// HTTP where the interface has it.
async function reads(plant, sensor, seconds) {
	const { p50_ms, p99_ms } = await measure('plant', ['chart'], {
		database: conninfo(stack, 'worker'), tenant: plant.tenant,
		ids: sensor, span_ms: HOUR_MS, buckets: 60, rate: READS,
		count: Math.floor(seconds * READS) });

	say('hour_read_p50_ms', p50_ms, 'ms');
	say('hour_read_p99_ms', p99_ms, 'ms');
}

async function readsHttp(plant, seconds) {
	const time = (ms) => new Date(Date.now() + ms).toISOString();
	const url = '/api/v1/telemetry/aggregate?device=PUMP-000-0&sensor=t0' +
		`&from=${time(-HOUR_MS / 2)}&to=${time(HOUR_MS / 2)}&bucket=60s`;
	const answer = await request('GET', url,
		{ headers: { 'X-API-Key': plant.keys[0] } });

	if (answer.status !== 200) {
		note(`hour_http_p99_ms: ${url} answers ${answer.status}`);
		return;
	}
	const took = await load({ shape: 'get', url: `${env.FLUX_TLS_URL}/`,
		ca: env.FLUX_CA, seconds, rate: READS,
		keys: pathsFile(stack, 'hour', [url], plant.keys[0]) });

	say('hour_http_p50_ms', took.p50_ms, 'ms');
	say('hour_http_p99_ms', took.p99_ms, 'ms');
}

async function sustained(plant, probe, sensor) {
	const bill = await Bill.open(stack);
	const watch = new Watch(stack, plant.tenant, sensor);
	const before = sent;
	const [took] = await Promise.all([
		send(plant, { seconds: SECONDS, connections: 8, sensors: 1000,
			instants: 1, rate: RATE / 1000 }),
		probe.during('derive_sustained', SECONDS),
		reads(plant, sensor, SECONDS), readsHttp(plant, SECONDS)]);

	say('sustained', took.rate * 1000, 'readings/s');
	say('sustained_p50_ms', took.p50_ms, 'ms');
	say('sustained_p99_ms', took.p99_ms, 'ms');
	await watch.end();
	await bill.close('sustained', sent - before, took.cpu_s);
	say('sustained_drain_ms', await drained(stack, 600000), 'ms');
	sayMemory(stack);
}

async function flatOut(plant, probe) {
	const seconds = part(60);
	const [took] = await Promise.all([
		send(plant, { seconds, connections: 4, sensors: 1000, instants: 1 }),
		probe.during('derive', seconds)]);

	say('flat_out', took.rate * 1000, 'readings/s');
	say('flat_out_p99_ms', took.p99_ms, 'ms');
	say('flat_out_drain_ms', await drained(stack, 600000), 'ms');
}

// What the ledger says must be what was acknowledged.
async function reckon(plant, posted) {
	const line = await sql('super', `SELECT sum(sent), sum(stored),
		sum(duplicate), sum(rejected) FROM flux.ingest_batch
		WHERE tenant_id IN (${plant.tenant}, ${plant.singles.tenant})`);

	note(`the ledger (sent, stored, twice, rejected): ${line}; ` +
		`acknowledged ${sent + posted}`);
	if (line !== `${sent + posted}|${sent + posted}|0|0`)
		throw new Error('the ledger does not have what was acknowledged');
}

try {
	const plant = await fleet(stack, 'Bench', { gateways: GATEWAYS + 1,
		wide: GATEWAYS, sensors: 1000 });

	plant.singles = await fleet(stack, 'Singles', { gateways: GATEWAYS,
		sensors: 10 });
	const probe = await Probe.make(stack, plant, GATEWAYS);
	const sensor = await sql('super', `SELECT sensor_id FROM flux.sensor
		WHERE tenant_id = ${plant.tenant} AND code = 'PUMP-000-TEMP-0000'`);

	await drained(stack);
	await quiet(stack);
	await tenThousand(plant, probe);
	await snapshot(plant, probe);
	await sustained(plant, probe, sensor);
	await flatOut(plant, probe);
	await reckon(plant, probe.posted);
	probe.end();
} finally {
	await stack.down();
}
