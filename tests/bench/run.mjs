// run.mjs - brings an instance up and prints what it does: "name value unit"
// lines, and nothing else.  docs/benchmarks.md says what each line means.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack, sleep } from '../lib/stack.mjs';
import { rows } from './peer.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const SECONDS = Number(process.env.FLUX_BENCH_SECONDS ?? 5);
const CLIENTS = 16;
const DEVICES = 32;
const DAY_MS = 86400000;

const stack = await Stack.up('fluxbench');
const { env, ctl, sql, login, waitFor, request } = stack.flux;

function say(name, value, unit) {
	const digits = value >= 1000 ? 0 : value >= 10 ? 1 : 3;

	console.log(`${name} ${value.toFixed(digits)} ${unit}`);
}

// One point of wrk; every answer must be a good one.
async function wrk(url, settings = {}) {
	const { clients = CLIENTS, headers = {}, ...rest } = settings;
	const child = spawn('wrk', ['-t1', `-c${clients}`, `-d${SECONDS}s`,
		'-s', path.join(here, 'load.lua'), url], {
		stdio: ['ignore', 'pipe', 'inherit'],
		env: { ...process.env, MODE: 'get', ...rest,
			HEADERS: Object.entries(headers)
				.map(([name, value]) => `${name}: ${value}`).join('\n') } });
	let out = '';

	child.stdout.on('data', (part) => { out += part; });
	await new Promise((resolve) => { child.on('close', resolve); });
	const [requests, seconds, p50, p99, errors] =
		out.match(/^result (.*)$/m)[1].split(' ').map(Number);

	if (errors > 0)
		throw new Error(`${url}: ${errors} of ${requests} failed`);
	return { requests, rate: requests / seconds, p50, p99 };
}

// Microseconds of CPU that these processes have used.
function cpu(processes) {
	return processes.reduce((sum, p) => sum + Number(readFileSync(
		`/proc/${p.pid}/schedstat`, 'utf8').split(' ')[0]), 0) / 1000;
}

async function edge() {
	const css = await wrk(`${env.FLUX_URL}/static/app.css`);
	const empty = await wrk(`${env.FLUX_URL}/api/health`);

	say('nginx_static', css.rate, 'requests/s');
	say('fcgi_empty', empty.rate, 'requests/s');
}

async function pages() {
	const headers = { Cookie: await login() };
	const children = stack.of('web').filter((p) => !p.master);
	const before = cpu(children);
	const overview = await wrk(`${env.FLUX_URL}/`, { headers });

	say('page_overview', overview.rate, 'requests/s');
	say('page_overview_cpu', (cpu(children) - before) / overview.requests,
		'us');
	const device = await wrk(
		`${env.FLUX_URL}/devices/NIVUS_750_001?span=24h`,
		{ headers, clients: 1 });

	say('device_chart_24h', device.p50, 'ms');
}

async function makeDevices() {
	for (let i = 1; i <= DEVICES; i++)
		await ctl('device', 'Demo Water', 'BERLIN', `BENCH-${i}`,
			`Bench ${i}`, 'fluxline-float64x8', '--gateway', 'GW-A1');
}

const drained = () => waitFor(async () => await sql('super',
	'SELECT count(*) FROM flux.landing') === '0', 30000);

// A reading posted alone, and then /live asked until it has it.
async function latency() {
	const COUNT = 100;
	const agent = new https.Agent({ keepAlive: true });
	const headers = { Cookie: await login(env.FLUX_USER_B,
		env.FLUX_PASSWORD_B) };
	const key = { 'X-API-Key': env.FLUX_KEY_B };
	const took = [];

	function live(since) {
		return new Promise((resolve, reject) => {
			https.get(`${env.FLUX_TLS_URL}/live?since=${since}`,
				{ agent, headers, ca: stack.flux.ca }, (answer) => {
					let text = '';

					answer.on('data', (part) => { text += part; });
					answer.on('end', () => resolve(JSON.parse(text)));
				}).on('error', reject);
		});
	}
	for (let i = 0; i < COUNT; i++) {
		const { version } = await live(0);
		const answer = await request('POST', '/api/v1/ingest', {
			headers: key, body: { readings: [{ device: 'NIVUS_750_001',
				ts: Date.now(), values: { flow_rate: i + 1 } }] } });
		const begun = performance.now();

		if (answer.status !== 202)
			throw new Error(answer.body);
		for (;;) {
			const { changed } = await live(version);

			if (changed.some((c) => c.device === 'NIVUS_750_001' &&
			    Number(c.value) === i + 1))
				break;
		}
		took.push(performance.now() - begun);
		await sleep(Math.random() * 40);
	}
	agent.destroy();
	took.sort((a, b) => a - b);
	say('commit_to_latest_p50', took[COUNT / 2], 'ms');
}

async function ingest() {
	const headers = { 'X-API-Key': env.FLUX_KEY,
		'Content-Type': 'application/json' };
	const url = `${env.FLUX_URL}/api/v1/ingest`;
	const thousand = await wrk(url, { MODE: 'post', headers, SENSORS: '8',
		INSTANTS: '125', BASE: String(Date.now() - 9 * DAY_MS) });
	const stored = Number(await sql('super', `SELECT sum(sent) FROM
		flux.ingest_batch WHERE sent = 1000 AND at > now() - '1 min'::interval`));

	say('ingest_1000', thousand.rate * 1000, 'readings/s');
	say('ingest_1000_p50', thousand.p50, 'ms');
	say('ingest_1000_p99', thousand.p99, 'ms');
	if (stored < thousand.requests * 1000)
		throw new Error(`${stored} readings in the ledger`);
	const begun = performance.now();

	await drained();
	say('ingest_1000_drain', performance.now() - begun, 'ms');
	say('rows_1000', await rows(stack, { clients: CLIENTS,
		seconds: SECONDS }), 'readings/s');
	const one = await wrk(url, { MODE: 'post', headers,
		BASE: String(Date.now() - DAY_MS) });

	say('ingest_1', one.rate, 'requests/s');
	say('ingest_1_p50', one.p50, 'ms');
	say('ingest_1_p99', one.p99, 'ms');
	await drained();
}

async function size() {
	await sql('super', 'VACUUM FULL flux.fresh');
	say('bytes_per_reading', Number(await sql('super', `SELECT
		pg_total_relation_size('flux.fresh') / sum(n)::float8
		FROM flux.fresh`)), 'bytes');
}

function memory() {
	const pss = stack.processes().filter((p) => p.daemon !== 'postgres')
		.concat(stack.supervisor())
		.map((p) => readFileSync(`/proc/${p.pid}/smaps_rollup`, 'utf8'))
		.reduce((sum, text) => sum + Number(text.match(/^Pss: +(\d+)/m)[1]),
			0);

	say('rss_total', pss / 1024, 'MB');
}

try {
	await edge();
	await pages();
	await latency();
	await makeDevices();
	await ingest();
	await size();
	memory();
} finally {
	await stack.down();
}
