// Whoever is killed, and whenever: what was acknowledged is there, once.
// Takes long.
//
// Posters send readings; anything but 2xx means "not acknowledged", and the
// same body is sent again later.  Meanwhile SIGKILL goes to whoever is drawn:
// children and masters of the programs, worker, poller, nginx, backends of
// Postgres, the postmaster, all of Postgres, and once the supervisor itself.
//
// FLUX_SEED repeats a run's draws.  FLUX_CRASH_ASYNC=1 shows that this test
// can fail: Postgres then answers COMMIT before the log is written, and a few
// acknowledged readings are gone at each kill of the whole of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stack, sleep } from '../lib/stack.mjs';
import { Stalls } from '../lib/stalls.mjs';

const KILLING_MS = 28000; // at least, and until so much has happened:
const KILLS = 32, ACKED = 2000;
const LONGEST_MS = 300000; // then they do not come
const POSTERS = 4;
const SENSORS = ['flow_rate', 'volume_total', 'temperature'];
const TENANT = 'Demo Water';
const POLL_MS = 500;

const seed = Number(process.env.FLUX_SEED ?? Date.now() % 1000000);

// A draw from 0 to n - 1, by mulberry32: the seed decides.
function draws(state) {
	return (n) => {
		let z = state = state + 0x6d2b79f5 | 0;

		z = Math.imul(z ^ z >>> 15, z | 1);
		z ^= z + Math.imul(z ^ z >>> 7, z | 61);
		return ((z ^ z >>> 14) >>> 0) % n;
	};
}

// Who may die.  Each gives the processes that die together.
const victims = {
	...Object.fromEntries(['ingest', 'api', 'web', 'nginx', 'worker']
		.flatMap((name) => [
		[`${name} child`, (stack, draw) => {
			const all = stack.of(name).filter((p) => !p.master);

			return all.length ? [all[draw(all.length)]] : [];
		}],
		[`${name} master`, (stack) => [stack.master(name)]],
	])),
	poller: (stack) => [stack.master('poller')],
	backend(stack, draw) {
		const all = stack.of('postgres').filter((p) =>
			/ fl_\w+ flux /.test(p.command));

		return all.length ? [all[draw(all.length)]] : [];
	},
	postmaster: (stack) => [stack.master('postgres')],
	'all of Postgres': (stack) => stack.of('postgres'),
};

let stack;
let from; // of the readings' own time

before(async () => {
	stack = await Stack.up('fluxcrash');
	const { ctl, sql } = stack.flux;

	for (let i = 0; i < POSTERS; i++)
		await ctl('device', TENANT, 'BERLIN', `CRASH-${i}`, `Crash ${i}`,
			'nivus-generic-seed', '--gateway', 'GW-A1', '--period', '900');
	if (process.env.FLUX_CRASH_ASYNC) {
		await sql('super',
			'ALTER DATABASE flux SET synchronous_commit = off');
		stack.signal(stack.master('ingest'), 'SIGTERM');
	}
	await stack.healthy();
	from = Date.now() - 3600000;
});
after(() => stack?.down());

// A device's next body: some instants of one to three values, never the same
// time twice; every other one has a number of its own.
function makeBody(poster, draw) {
	const count = 1 + draw(20);
	const readings = [];

	for (let i = 0; i < count; i++) {
		const n = poster.next++;
		const values = SENSORS.slice(0, 1 + draw(3))
			.map((key, k) => [key, (n * 3 + k) % 9000 / 100]);

		readings.push({ device: poster.device, ts: from + n,
			values: Object.fromEntries(values) });
	}
	return JSON.stringify({ readings,
		...(draw(2) ? { batch_id: `${poster.device}/${poster.next}` } : {}) });
}

async function isTaken(body) {
	const { env, request } = stack.flux;

	try {
		const answer = await request('POST', '/api/v1/ingest', { body,
			headers: { 'X-API-Key': env.FLUX_KEY,
				'Content-Type': 'application/json' } });

		if (answer.status === 202)
			assert.deepEqual(answer.json().rejected, []);
		else
			assert.ok(answer.status >= 500, answer.body);
		return answer.status === 202;
	} catch (e) {
		if (e instanceof assert.AssertionError)
			throw e;
		return false;
	}
}

// Sends until told to stop; what was not acknowledged waits, and comes again.
async function post(poster, draw, run) {
	while (!run.over) {
		const again = poster.waiting.length > 0 && draw(3) > 0;
		const body = again ? poster.waiting.shift() : makeBody(poster, draw);

		if (await isTaken(body)) {
			poster.acked.push(body);
			// Some senders never believe it.
			if (draw(20) === 0)
				poster.waiting.push(body);
		} else {
			poster.waiting.push(body);
			await sleep(20 + draw(80));
		}
	}
}

async function kill(draw, goes_on, tally) {
	const names = Object.keys(victims);

	while (goes_on()) {
		await sleep(300 + draw(400));
		const name = names[draw(names.length)];
		const all = victims[name](stack, draw)
			.filter((p) => stack.signal(p, 'SIGKILL'));

		if (all.length > 0)
			tally[name] = (tally[name] ?? 0) + 1;
	}
}

// Without the supervisor nobody starts anybody: it takes the daemons along,
// and the next tools/up finds a house in whatever state.
async function killSupervisor(tally) {
	const top = stack.supervisor();
	const all = stack.processes();

	assert.ok(stack.signal(top, 'SIGKILL'));
	await stack.flux.waitFor(() => all.every((p) => !stack.isAlive(p)), 30000);
	await stack.tool('up');
	tally.supervisor = 1;
}

// What the interface says of a device: "sensor time value" a reading.
async function stored(device, since = from - 1) {
	const { env, request } = stack.flux;
	const all = [];
	let at = new Date(since).toISOString();

	while (at) {
		const answer = await request('GET', '/api/v1/telemetry?limit=50000' +
			`&device=${device}&from=${at}`,
			{ headers: { 'X-API-Key': env.FLUX_KEY } });
		const page = answer.json();

		assert.equal(answer.status, 200, answer.body);
		all.push(...page.readings);
		at = page.next;
	}
	return all;
}

const flat = (bodies) => new Set(bodies.flatMap((body) =>
	JSON.parse(body).readings.flatMap((r) => Object.entries(r.values)
		.map(([key, value]) => `${key} ${r.ts} ${value}`))));

describe(`kill -9 of everything, at random, under load (seed ${seed})`, () => {
	const draw = draws(seed);
	const tally = {};
	const posters = Array.from({ length: POSTERS }, (_, i) => ({
		device: `CRASH-${i}`, next: 0, acked: [], waiting: [] }));
	const down = []; // when nobody could poll
	const stalls = new Stalls();
	let began;

	after(() => stalls.end());

	test('everybody was killed, and comes back', async () => {
		const run = { over: false };
		const senders = Promise.all(posters.map((p, i) =>
			post(p, draws(seed + 1 + i), run)));

		// One that was answered wrongly ends it for all.
		senders.catch(() => { run.over = true; });
		const kills = () => Object.values(tally).reduce((n, k) => n + k, 0);
		const acked = () => posters.reduce((n, p) => n + flat(p.acked).size, 0);
		let end = Date.now() + KILLING_MS / 2;
		const goes_on = (is_enough) => !run.over && (Date.now() < end ||
			(Date.now() < began + LONGEST_MS && !is_enough()));

		began = Date.now();
		try {
			await kill(draw, () => goes_on(() => kills() >= KILLS / 2), tally);
			down.push(Date.now());
			await killSupervisor(tally);
			down.push(Date.now());
			end = Date.now() + KILLING_MS / 2;
			await kill(draw, () => goes_on(() => kills() >= KILLS &&
				acked() > ACKED), tally);
			await stack.healthy();
		} finally {
			run.over = true;
			await senders;
		}
		assert.ok(kills() >= KILLS, `${kills()} kills`);
		assert.ok(acked() > ACKED, `${acked()} readings acknowledged`);
		// What was acknowledged while the database was away is in the spool.
		const { isKept } = await import('../lib/plant.mjs');

		await stack.flux.waitFor(() => !isKept());
		console.log(`  seed ${seed}: ${acked()} readings acknowledged, ` +
			`${kills()} kills: ` + Object.entries(tally).sort()
			.map(([name, n]) => `${name} ${n}`).join(', '));
	});

	test('every acknowledged reading is there, with its value', async () => {
		for (const p of posters) {
			const got = new Set((await stored(p.device)).map((r) =>
				`${r.sensor} ${r.timestamp} ${r.value}`));
			const lost = [...flat(p.acked)].filter((r) => !got.has(r));

			assert.deepEqual(lost.slice(0, 10), [],
				`${lost.length} of ${p.device} lost`);
		}
	});

	test('nothing is there twice, and nothing that was not sent', async () => {
		for (const p of posters) {
			const got = (await stored(p.device)).map((r) =>
				`${r.sensor} ${r.timestamp} ${r.value}`);
			const sent = flat([...p.acked, ...p.waiting]);

			assert.equal(new Set(got).size, got.length);
			assert.deepEqual(got.filter((r) => !sent.has(r)), []);
		}
	});

	test('landing is drained and the ledger balances', async () => {
		const { sql, waitFor } = stack.flux;

		await waitFor(async () => await sql('super',
			`SELECT (SELECT count(*) FROM flux.landing) = 0 AND NOT EXISTS
			 (SELECT FROM flux.ingest_batch WHERE stored IS NULL)`) === 't');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.ingest_batch
			WHERE sent <> stored + duplicate + rejected + lost
			   OR lost <> 0`), '0');
		// A reading stored twice would be merged by every reader; here it
		// would show.
		const [ledger, held] = (await sql('super', `SELECT
			(SELECT sum(stored) FROM flux.ingest_batch),
			(SELECT coalesce(sum(n), 0) FROM flux.fresh) +
			(SELECT coalesce(sum(n), 0) FROM flux.chunk)`)).split('|');

		assert.equal(held, ledger);
	});

	test('what the poller reads has no gap but its restarts', async (t) => {
		const all = (await stored('PUMP-101', began - 2 * POLL_MS))
			.map((r) => ({ ...r, at: Date.parse(r.time) }));

		if (all.length === 0)
			return t.skip('no simulator');
		for (const sensor of new Set(all.map((r) => r.sensor))) {
			const times = all.filter((r) => r.sensor === sensor)
				.map((r) => r.at);

			assert.equal(new Set(times).size, times.length, sensor);
			for (let i = 1; i < times.length; i++) {
				const away = times[i - 1] < down[1] && times[i] > down[0]
					? down[1] - down[0] : 0;
				const gap = times[i] - times[i - 1] - away -
					stalls.within(times[i - 1], times[i]);

				// The supervisor waits up to 5 s before it starts
				// somebody who keeps dying.
				assert.ok(gap < 3 * POLL_MS + 6000,
					`${sensor}: ${gap} ms without a reading`);
			}
		}
	});
});

describe('a supervisor that is killed', () => {
	test('leaves no Postgres behind, whatever holds that up', async () => {
		const [held] = stack.of('postgres')
			.filter((p) => p.command.includes('checkpointer'));

		assert.ok(stack.signal(held, 'SIGSTOP'));
		await killSupervisor({});
		await stack.healthy();
	});
});
