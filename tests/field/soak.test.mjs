// Four gateways send in three shapes while Postgres is stopped for FLUX_OUTAGE_S
// seconds (8) and ingest is killed again and again: what was acknowledged is
// there afterwards, once, and the ledger balances.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stack, sleep } from '../lib/stack.mjs';

const OUTAGE_S = Number(process.env.FLUX_OUTAGE_S ?? 8);
const BEFORE_S = 2;
const AFTER_S = 4;
const SPOOLED = 10 * OUTAGE_S; // more than so many bodies in the outage,
const LONGER_S = 120; // or so much longer, and they do not come
const CLIENTS = 3; // of each gateway
const PAUSE_MS = 15; // of each, between two bodies
const DAY = 864e5;
const T0 = Math.floor(Date.now() / DAY) * DAY - 100 * DAY;

// A body of two readings at these times, or of one without a time.
const SHAPES = [
	(device, ts, value) => ['/api/v1/ingest', { readings: [
		{ device, ts, values: { flow_rate: value } },
		{ device, ts: ts + 1, values: { flow_rate: value } }] }],
	(device, ts, value) => ['/api/ingest', [
		{ device_id: device, timestamp: new Date(ts).toISOString(),
			flow_rate: value },
		{ device_id: device, timestamp: new Date(ts + 1).toISOString(),
			flow_rate: value }]],
	(device, ts, value, batch) => ['/api/v1/ingest', { batch_id: batch,
		readings: [{ device, values: { flow_rate: value } }] }],
];

let stack, sql, request, waitFor, plant;
const over = { soft: false, hard: false }; // no new bodies; none again
const gateways = ['A', 'B', 'C', 'D'].map((name) => ({ name,
	device: `${name}1`, n: 0 }));
const sent = []; // { device, ts or null, value, spooled, ms }
const figures = { posts: 0, tries: 0, spooled: 0, killed: 0 };

before(async () => {
	stack = await Stack.up('fluxsoak');
	await stack.healthy();
	({ sql, request, waitFor } = stack.flux);
	const { Plant } = await import('../lib/plant.mjs');

	plant = await Plant.make('soak');
	for (const g of gateways) {
		await plant.gateway(g.name);
		await plant.device(g.device, 'nivus-generic-seed', '--gateway', g.name);
		g.key = await plant.key(g.name);
	}
	plant.from = Date.now();
});
after(() => {
	over.soft = over.hard = true;
	return stack?.down();
});

// One body, sent again until it is acknowledged, as a gateway does.
async function send(g) {
	const n = g.n++;
	const shape = SHAPES[n % SHAPES.length];
	const ts = T0 + n * 2;
	const value = n % 10000 / 10; // within the sensor's range, told apart
	const [url, body] = shape(g.device, ts, value, `${g.name}-${n}`);
	const begun = performance.now();

	for (;;) {
		figures.tries++;
		const answer = await request('POST', url,
			{ headers: { 'X-API-Key': g.key }, body }).catch(() => ({}));

		if (answer.status >= 200 && answer.status < 300) {
			const { spooled = false, accepted } = answer.json();

			sent.push({ g, ts: shape === SHAPES[2] ? null : ts, value, n, spooled,
				accepted, ms: performance.now() - begun });
			figures.posts++;
			figures.spooled += spooled;
			return;
		}
		assert.ok([undefined, 429, 502, 503].includes(answer.status), answer.body);
		if (over.hard)
			return;
		await sleep(100 + Math.random() * 200);
	}
}

function startLoad() {
	const all = gateways.flatMap((g) => Array.from({ length: CLIENTS },
		async () => {
			while (!over.soft) {
				await send(g);
				await sleep(PAUSE_MS);
			}
		}));

	return async () => {
		over.soft = true;
		const late = setTimeout(() => { over.hard = true; }, 60000);

		await Promise.all(all);
		clearTimeout(late);
		assert.ok(!over.hard, 'every body was acknowledged in the end');
	};
}

// One of ingest's children dies every now and then.
async function killFor(ms) {
	const till = performance.now() + ms;

	while (performance.now() < till) {
		await sleep(200 + Math.random() * 600);
		const children = stack.of('ingest').filter((p) => !p.master);

		figures.killed += Boolean(stack.signal(
			children[Math.floor(Math.random() * children.length)], 'SIGKILL'));
	}
}

async function readings(g, from, to) {
	const { telemetry } = await import('../lib/plant.mjs');

	return (await telemetry(g.key, g.device, { sensor: 'flow_rate',
		from: new Date(from).toISOString(), to: new Date(to).toISOString() }));
}

describe(`an outage of ${OUTAGE_S} s under load`, () => {
	test('nothing acknowledged is lost or doubled', async () => {
		const postmaster = stack.master('postgres');
		const stop = startLoad();

		await killFor(BEFORE_S * 1000);
		stack.signal(stack.supervisor(), 'SIGSTOP');
		stack.signal(postmaster, 'SIGKILL'); // in the midst of its commits
		for (const p of stack.of('postgres'))
			stack.signal(p, 'SIGKILL');
		const till = performance.now() + OUTAGE_S * 1000;

		// However slow the disk is: until enough has come meanwhile.
		do
			await killFor(1000);
		while (performance.now() < till || (figures.spooled <= SPOOLED &&
			performance.now() < till + LONGER_S * 1000));
		const waited = sent.length;

		stack.signal(stack.supervisor(), 'SIGCONT');
		await waitFor(() => sql('super', 'SELECT 1').catch(() => false), 30000);
		const back = performance.now();

		stack.signal(stack.master('ingest'), 'SIGKILL');
		await killFor(AFTER_S * 1000);
		await stop();
		await waitFor(async () => (await request('GET', '/healthz')
			.then((a) => a.json(), () => ({}))).spool_bytes === 0, 60000);
		figures.drain_s = (performance.now() - back) / 1000;
		assert.ok(waited > 0, JSON.stringify(figures));
		assert.ok(figures.spooled > SPOOLED, JSON.stringify(figures));
		await plant.derived(60000);

		let stored = 0;

		for (const g of gateways) {
			const mine = sent.filter((s) => s.g === g);
			const timed = new Map((await readings(g, T0, T0 + 1e8))
				.map((r) => [Date.parse(r.time), r.value]));
			const untimed = await readings(g, plant.from, Date.now() + 1000);
			const values = new Map();

			for (const r of untimed)
				values.set(r.value, (values.get(r.value) ?? 0) + 1);
			for (const s of mine) {
				if (s.ts === null) {
					values.set(s.value, values.get(s.value) - 1);
					continue;
				}
				assert.equal(timed.get(s.ts), s.value, `${g.name} ${s.ts}`);
				assert.equal(timed.get(s.ts + 1), s.value);
			}
			assert.deepEqual([...values].filter(([, left]) => left !== 0), [],
				`bodies without times of ${g.name}`);
			assert.equal(timed.size, 2 * mine.filter((s) => s.ts !== null).length);
			stored += timed.size + untimed.length;
		}
		const ledger = await plant.ledger();

		assert.equal(ledger.stored, stored);
		assert.equal(ledger.sent, ledger.stored + ledger.duplicate);
		assert.equal(ledger.rejected, 0);
		await plant.balances();
		const ms = sent.map((s) => s.ms).sort((a, b) => a - b);
		const at = (part) => Math.round(ms[Math.floor(ms.length * part)]);

		console.log(`soak ${OUTAGE_S} s away, ${figures.killed} kills: ` +
			`${figures.posts} bodies in ${figures.tries} tries, ` +
			`${figures.spooled} spooled, ${stored} readings stored, ` +
			`${ledger.duplicate} duplicate, empty ${figures.drain_s.toFixed(1)} s ` +
			`after it was back, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ` +
			`max ${Math.round(ms.at(-1))} ms`);
	});

	test('nobody had anything that could not be stored', async () => {
		assert.deepEqual(await plant.letters(), []);
		const { readdirSync } = await import('node:fs');

		assert.deepEqual(readdirSync(`${stack.var}/intake`, { recursive: true })
			.filter((name) => /refused$/.test(name)), []);
	});
});
