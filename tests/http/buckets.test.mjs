// Token buckets: requests and readings a minute, of a key and of its tenant,
// old readings apart from live ones; and what the answers say of them.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ctl, sql, waitFor } from '../lib/flux.mjs';
import { FLUXIO, Plant, get, isProblem, post } from '../lib/plant.mjs';

let plant, devices = 0;
let live = Date.now() - 600000, old = Date.now() - 86400000;

before(async () => { plant = await Plant.make('Buckets'); });

// A new device with a key of these limits, requests and readings a minute.
async function limited(requests, readings, scope = 'ingest,view') {
	const device = await plant.device(`b-${devices++}`);
	const key = (await ctl('key', plant.name, device, scope, '--limits',
		`${requests},${readings}`)).match(/flx_\w+/)[0];

	return { device, key, id: key.split('_')[1] };
}

// A body of n live readings, and of so many that are a day old.
const body = ({ device }, n, backlog = 0) => ({
	readings: Array.from({ length: n + backlog }, (_, i) => ({ device,
		ts: i < n ? live++ : old++, values: { flow_rate: 1 } })) });
const send = (from, n, backlog, options) =>
	post(from.key, body(from, n, backlog), options);
const stored = async () => (await plant.ledger()).sent;

// So many one after the other; their statuses, counted.
async function statuses(count, ask) {
	const got = {};

	for (let i = 0; i < count; i++) {
		const { status } = await ask();

		got[status] = (got[status] ?? 0) + 1;
	}
	return got;
}

// So many one after the other, of a key that may `rate` a minute, where each
// costs so much: it gets what its bucket holds, and what has come back into it
// by the time that the last one is answered.
async function emptied(count, rate, ask, cost = 1) {
	const begun = performance.now();
	const { 429: refused = 0, ...got } = await statuses(count, ask);
	const came = (performance.now() - begun) * rate / 60000;
	const passed = got[202];

	assert.deepEqual(Object.keys(got), ['202']);
	assert.equal(passed + refused, count);
	assert.ok(passed >= Math.min(count, Math.floor(rate / cost)) &&
		passed <= (rate + came) / cost, `${passed} of ${count} passed`);
}

// The first one that is refused; on a slow machine some may pass before.
const refusal = (ask) => waitFor(async () => {
	const answer = await ask();

	return answer.status === 429 && answer;
});

describe('requests of a key', () => {
	test('ten a minute: ten pass, then 429 with a Retry-After', async () => {
		const from = await limited(10, 0);

		await emptied(15, 10, () => send(from, 1));
		const answer = await refusal(() => send(from, 1));

		isProblem(answer, 429, 'too_many', /requests of this credential/);
		assert.ok(Number(answer.headers['retry-after']) >= 1);
		assert.ok(Number(answer.headers['retry-after']) <= 6);
	});

	test('are counted by all children together', async () => {
		const from = await limited(40, 0);
		const begun = performance.now();
		const all = await Promise.all(Array.from({ length: 120 },
			() => send(from, 1)));
		const passed = all.filter((a) => a.status === 202).length;
		const more = (performance.now() - begun) * 40 / 60000; // meanwhile

		assert.ok(passed >= 40 && passed <= 42 + more, `${passed} passed`);
	});

	test('pass again after the time that was named', async () => {
		const from = await limited(20, 0);

		assert.deepEqual(await statuses(20, () => send(from, 1)), { 202: 20 });
		const answer = await refusal(() => send(from, 1));

		await sleep(1000 * Number(answer.headers['retry-after']) + 50);
		assert.equal((await send(from, 1)).status, 202);
	});

	test('limit reading, too, and headers count down', async () => {
		const from = await limited(5, 0);
		const ask = () => get(from.key, '/api/v1/devices');
		const begun = performance.now();

		for (let left = 4; left >= 0; left--) {
			const { status, headers } = await ask();
			const came = (performance.now() - begun) * 5 / 60000;
			const said = Number(headers['ratelimit-remaining']);

			assert.equal(status, 200);
			assert.equal(headers['ratelimit-limit'], '5');
			assert.ok(said >= left && said <= left + came, `${said}, not ${left}`);
			assert.ok(Number(headers['ratelimit-reset']) <= 60);
			assert.equal(headers['ratelimit-policy'],
				'5;w=60;comment="requests of this credential"');
		}
		isProblem(await refusal(ask), 429, 'too_many');
	});

	test('of one key leave another key alone', async () => {
		const [a, b] = [await limited(3, 0), await limited(3, 0)];

		await emptied(6, 3, () => send(a, 1));
		assert.deepEqual(await statuses(3, () => send(b, 1)), { 202: 3 });
	});
});

describe('readings of a key', () => {
	test('1000 readings cost 1000, in one body or in many', async () => {
		const [one, many] = [await limited(0, 1000), await limited(0, 1000)];
		const answer = await send(one, 1000);

		assert.equal(answer.status, 202, answer.body);
		assert.equal(answer.headers['ratelimit-limit'], '1000');
		assert.equal(answer.headers['ratelimit-remaining'], '0');
		await emptied(12, 1000, () => send(many, 100), 100);
	});

	test('above the limit are stored not at all', async () => {
		const from = await limited(0, 100);

		await send(from, 90);
		const was = await stored();
		const answer = await send(from, 50);

		isProblem(answer, 429, 'too_many', /readings of this credential/);
		assert.equal(await stored(), was);
		assert.equal((await send(from, 5)).status, 202);
	});

	test('of a body above a minute’s worth pass once, and are owed', async () => {
		const from = await limited(0, 100);

		assert.equal((await send(from, 250)).status, 202);
		const answer = await send(from, 1);

		assert.equal(answer.status, 429);
		assert.ok(Number(answer.headers['retry-after']) > 60);
	});

	test('that are owed are forgiven when the limit is another', async () => {
		const from = await limited(0, 10);

		assert.equal((await send(from, 1000)).status, 202);
		assert.equal((await send(from, 1)).status, 429);
		await ctl('limits', plant.name, from.id, '0', '20');
		assert.equal((await send(from, 20)).status, 202);
		await refusal(() => send(from, 1));
	});

	test('a backlog does not slow live readings, nor they it', async () => {
		const from = await limited(0, 100);

		assert.equal((await send(from, 0, 100)).status, 202);
		isProblem(await refusal(() => send(from, 0, 10)), 429, 'too_many',
			/old readings/);
		assert.deepEqual(await statuses(10, () => send(from, 10)),
			{ 202: 10 });
		isProblem(await refusal(() => send(from, 10)), 429, 'too_many');
	});

	test('are counted on the FluxIO address as on ours', async () => {
		const from = await limited(0, 10);

		assert.equal((await send(from, 8, 0, { url: FLUXIO })).status, 200);
		assert.equal((await send(from, 8)).status, 429);
	});

	test('that are refused count as well', async () => {
		const from = await limited(0, 10);
		const bad = { readings: Array.from({ length: 8 }, () =>
			({ device: from.device, ts: live++, values: { nonsense: 1 } })) };

		assert.equal((await post(from.key, bad)).status, 202);
		assert.equal((await send(from, 8)).status, 429);
	});
});

describe('limits of a tenant', () => {
	test('are shared by its keys, and none of another tenant’s', async () => {
		const strange = await Plant.make('Beside');
		const [a, b] = [await limited(0, 0), await limited(0, 0)];

		await strange.device('s-1');
		const other = { device: 's-1', key: await strange.key('s-1') };

		await ctl('limits', plant.name, 'all', '0', '50');
		try {
			assert.equal((await send(a, 40)).status, 202);
			const answer = await send(b, 40);

			isProblem(answer, 429, 'too_many', /readings of this tenant/);
			assert.equal((await send(other, 400)).status, 202);
		} finally {
			await ctl('limits', plant.name, 'all', '0', '0');
		}
		assert.equal((await send(b, 400)).status, 202);
	});

	test('of a key count for keys that are known already, at once', async () => {
		const from = await limited(0, 0);

		// Every child has seen it, with no limit.
		await Promise.all(Array.from({ length: 60 }, () => send(from, 1)));
		await ctl('limits', plant.name, from.id, '5', '0');
		await emptied(8, 5, () => send(from, 1));
		await ctl('limits', plant.name, from.id, '0', '0');
		assert.deepEqual(await statuses(8, () => send(from, 1)), { 202: 8 });
	});
});

test('without limits no answer speaks of them', async () => {
	const from = await limited(0, 0);
	const { headers } = await send(from, 1);

	assert.deepEqual(Object.keys(headers)
		.filter((name) => name.startsWith('ratelimit')), []);
});

test('a key without limits is still noted once a minute', async () => {
	const from = await limited(0, 0);

	await send(from, 1);
	assert.equal(await sql('super', `SELECT count(*) FROM ctx.api_key
		WHERE key_id = '${from.id}' AND used_at > now() - interval '1 min'`),
	'1');
});

// Timing: one tenant floods with ten times what it may, another is measured.
test('one tenant at ten times its limit leaves others’ p99 under twice',
	async () => {
		const strange = await Plant.make('Calm');
		const from = await limited(0, 0);
		let all = 0, emptied_at;

		await strange.device('s-1');
		const calm = { device: 's-1', key: await strange.key('s-1') };

		async function p99() {
			const times = [];

			for (let i = 0; i < 400; i++) {
				const begun = performance.now();

				assert.equal((await send(calm, 1)).status, 202);
				times.push(performance.now() - begun);
			}
			return times.sort((x, y) => x - y)[Math.floor(400 * 0.99)];
		}

		// 1000 readings a second, where 100 are allowed, until `done` is.
		async function flooded(done) {
			const asked = [];
			let go = true;
			const flood = (async () => {
				while (go) {
					asked.push(send(from, 10));
					await sleep(10);
				}
			})();
			const got = await done();

			go = false;
			await flood;
			const passed = (await Promise.all(asked))
				.filter((a) => a.status === 202).length;
			const may = (performance.now() - emptied_at) / 1000 * 100 / 10;

			all += passed;
			assert.ok(asked.length > 30, `${asked.length} asked`);
			assert.ok(all <= may + 5, `${all} passed`);
			assert.ok(passed < asked.length, 'it was a flood');
			return got;
		}

		await p99();
		await ctl('limits', plant.name, 'all', '0', '6000');
		assert.equal((await send(from, 6000)).status, 202);
		emptied_at = performance.now();
		const alone = [], beside = [];
		const is_so = () => beside.some((ms, i) => ms < 2 * alone[i] + 5);

		// One right after the other, as a machine may be slow for a while; and
		// what else it does only adds: at one try of some it is so.
		do {
			alone.push(await p99());
			beside.push(await flooded(p99));
		} while (alone.length < 6 && !is_so());
		await ctl('limits', plant.name, 'all', '0', '0');
		assert.ok(is_so(),
			`p99 alone ${alone} ms, beside ${beside} ms`);
	});
