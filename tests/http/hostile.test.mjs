// Hostile bodies at every address that takes readings: each is answered as its
// format says, none with 5xx, none stored by half, and the ledger balances.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import nodehttp from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { children, forget, peak } from '../lib/children.mjs';
import { costs } from '../lib/cost.mjs';
import { env, flux_var, sql, waitFor } from '../lib/flux.mjs';
import { hostile } from '../lib/hostile.mjs';
import { Plant, blanks, post, random, rows, telemetry }
	from '../lib/plant.mjs';

const AT_ONCE = 6;
const SLOWEST = 30, BODY_MS = 100; // so many of them are looked at by themselves
const RSS_MAX = 256 << 20;
const POSTS = 8000, SUITE = 300;
const agent = new nodehttp.Agent({ keepAlive: true, maxSockets: AT_ONCE });
const codes = new Map(); // status: how many
// 400 of the fleet's address may also mean that each of its items was refused.
const unread = { sure: 0, perhaps: 0 };
let plant, key, calm; // and a key of another tenant

// Every address that is posted to: { path, name }.
const addresses = execFileSync(path.join(flux_var, 'app/bin/ingest.fcgi'),
	['--routes'], { encoding: 'utf8' }).trim().split('\n')
	.map((line) => line.split(' ')).filter(([, verb]) => verb === 'POST')
	.map(([, , where]) => where);

// What an address may answer to a body; a key that is right never gets 401.
const ANSWERS = [200, 201, 202, 204, 400, 403, 413, 422];

function send(where, body, headers = {}, by = key) {
	const began = performance.now();

	return new Promise((resolve, reject) => {
		const asked = nodehttp.request(new URL(where.replace(':token', by),
			env.FLUX_URL), { method: 'POST', agent, headers: {
			...(where.includes(':token') ? {} : { 'X-API-Key': by }),
			'Content-Length': body.length, ...headers } }, (answer) => {
			const parts = [];

			answer.on('data', (part) => parts.push(part));
			answer.on('error', reject);
			answer.on('end', () => resolve({ status: answer.statusCode,
				headers: answer.headers, body: Buffer.concat(parts),
				ms: performance.now() - began }));
		});

		asked.on('error', reject);
		asked.setTimeout(60000, () => asked.destroy(new Error('no answer')));
		asked.end(body);
	});
}

// All of the queue, some at a time.
async function each(list, run) {
	const queue = list.values();

	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		for (const one of queue)
			await run(one);
	}));
}

// Where readings are posted; what others cannot read is no dead letter.
const keeps = (where) =>
	!/attributes|query|ingest\/(bundle|commands|health|quality)/.test(where);

function judge(answer, what, where = '') {
	codes.set(answer.status, (codes.get(answer.status) ?? 0) + 1);
	if (keeps(where) && [400, 413].includes(answer.status))
		unread[/ingestion/.test(where) ? 'perhaps' : 'sure']++;
	assert.ok(ANSWERS.includes(answer.status), `${what}: ${answer.status} ` +
		answer.body.toString().slice(0, 200));
	assert.ok(Buffer.from(answer.body.toString()).equals(answer.body),
		`${what}: the answer is UTF-8`);
	assert.ok(answer.status !== 204 || (answer.body.length === 0 &&
		answer.headers['content-type'] === undefined), what);
}

// nginx does not wait for longer than 15 s, in which a machine that is busy with
// others may not get it done; what became of it then is not said.
async function patient(ask, what) {
	for (let left = 9; ; left--) {
		const answer = await ask();

		if (answer.status !== 503 || left === 0)
			return judge(answer, what);
		unread.perhaps++;
	}
}

async function sender(name) {
	const made = await Plant.make(name);

	await made.gateway('GW');
	for (const device of ['N1', 'NIVUS_750_001', 'Nivus_001', 'CP-7'])
		await made.device(device, undefined, '--gateway', 'GW');
	return [made, await made.key('GW')];
}

before(async () => {
	[plant, key] = await sender('Hostile');
	[, calm] = await sender('Calm');
});

after(() => agent.destroy());

describe('hostile bodies at a live instance', () => {
	const rnd = random(7);
	const { from, list } = hostile(400);

	// Another byte, one less, or one more, anywhere.
	function damaged([what, bytes]) {
		const at = Math.floor(rnd() * bytes.length);
		const one = Buffer.from([Math.floor(rnd() * 256)]);

		return [`${what}, damaged`, Buffer.concat([bytes.subarray(0, at),
			...(rnd() < 0.7 ? [one] : []),
			bytes.subarray(at + (rnd() < 0.5 ? 1 : 0))])];
	}

	// The suite of JSON at each address, and of the others POSTS in all.
	function at(where, nth) {
		const bodies = [...list, ...list.map(damaged)];
		const step = Math.max(1, Math.ceil(
			bodies.length * addresses.length / POSTS));

		return bodies.filter((one, i) => i < SUITE || i % step === nth % step)
			.map(([what, body]) => ({ where, what: `${where} ${what}`, body }));
	}

	test(`every one of them, each address: ${from}`, async () => {
		const all = addresses.flatMap(at);
		const took = [], began = performance.now();

		for (const pid of children('ingest.fcgi'))
			forget(pid);
		await each(all, async ({ where, what, body }) => {
			const answer = await send(where, body);

			took.push({ where, what, body, ms: answer.ms });
			judge(answer, what, where);
		});
		const s = (performance.now() - began) / 1000;
		const slowest = took.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
		const most = Math.max(...children('ingest.fcgi').map(peak));

		console.log(`hostile ${all.length} posts to ${addresses.length} ` +
			`addresses in ${s.toFixed(1)} s, ${Math.round(all.length / s)}/s, ` +
			`${slowest[0].ms.toFixed(1)} ms and ${most >> 20} MB at most, ` +
			[...codes].sort().map(([code, n]) => `${code}: ${n}`).join(', '));
		assert.ok(most < RSS_MAX, `${most} bytes`);
		// What waited for others costs little by itself; what is slow stays so.
		// The ledger of the first tenant is looked at below.
		await plant.derived();
		for (const { where, what, body } of slowest)
			await costs(BODY_MS, () => send(where, body, {}, calm), what);
	});

	test('packed bodies that lie, at each address', async () => {
		const bomb = Buffer.alloc(40 << 20, 0x20);
		const good = zlib.gzipSync('{"device_id":"N1","flow_rate":1}');
		const packed = [['gzip', zlib.gzipSync(bomb)], ['gzip', bomb.subarray(0, 99)],
			['gzip', good.subarray(0, 9)], ['deflate', good.subarray(2)],
			['zstd', good], ['zstd', Buffer.from('28b52ffd', 'hex')],
			['zstd', Buffer.alloc(0)], ['br', good],
			['gzip', Buffer.concat([good, good])],
			['gzip', Buffer.concat([good.subarray(0, -4), Buffer.alloc(4, 255)])]];

		for (const where of addresses)
			for (const [coding, body] of packed)
				judge(await send(where, body, { 'Content-Encoding': coding }),
					`${where} ${coding}`, where);
	});

	test('bodies of 16 MB, unpacked, of many small parts', async () => {
		const noise = blanks(700000);
		const many = (one, n = (15 << 20) / one.length) =>
			one.repeat(Math.floor(n)).slice(0, -1);
		const shapes = [`[${many('{"a":0},')}]`, `[${many('0,')}]`,
			`[${many('[[[[[[0]]]]]],')}]`, `{"a":"${many('\\n\\u00e9')}"}`,
			`{"readings":[${many('{"device":"N1","values":{}},')}]}`,
			`{"node":"N1","group":"g","tags":[${many('{},')}]}`,
			`{"deviceInfo":{},"object":[${many('[0],')}]}`,
			`{"connectorId":1,"meterValue":[${many('{},')}]}`,
			`{"devEUI":"0a","object":{"a":[${many('0,')}]},"rxInfo":[${
				many('{"rssi":1},', 1e5)}]}`, many('a b=1\n'),
			`{"x":[${many('{"name":"a","data":"[0]"},')}]}`];

		for (const shape of shapes) {
			const body = zlib.gzipSync(noise + shape);

			assert.ok(body.length < 1 << 20);
			await costs(10000, () => patient(() => send('/api/v1/ingest',
				body, { 'Content-Encoding': 'gzip' }), shape.slice(0, 60)));
		}
		const most = Math.max(...children('ingest.fcgi').map(peak));

		console.log(`hostile ${shapes.length} bodies of 16 MB took at most ` +
			`${most >> 20} MB`);
		assert.ok(most < RSS_MAX, `${most} bytes`);
	});

	test('the process that answered is the one that answers', async () => {
		const t = Date.now() - 3600e3;

		assert.equal((await post(key, { device: 'N1', ts: t,
			values: { flow_rate: 4 } })).json().accepted, 1);
	});

	test('what was refused is kept, and the ledger balances', async () => {
		await plant.balances();
		const [{ refused, kept }] = await rows(`SELECT
			(SELECT coalesce(sum(rejected), 0)::int FROM flux.ingest_batch
			  WHERE tenant_id = ${plant.id}) AS refused,
			(SELECT count(*)::int FROM flux.dead_letter
			  WHERE tenant_id = ${plant.id}) AS kept`);

		assert.ok(refused > 0);
		const least = refused + unread.sure;

		assert.ok(kept >= least && kept <= least + unread.perhaps,
			`${kept} of ${least} and ${unread.perhaps}`);
	});
});

describe('a batch is stored whole or not at all', () => {
	const ROUNDS = 50, ROUNDS_MAX = 1000, READINGS = 40, BAD = 3;
	const start = Date.now() - 20 * 3600e3;

	// Of the i-th batch: readings at seconds of its own, and three bad ones.
	const batch = (i) => ({ readings: [
		...Array.from({ length: READINGS }, (_, k) => ({ device: 'N1',
			ts: start + i * 60e3 + k * 1000, values: { flow_rate: i } })),
		...Array.from({ length: BAD }, (_, k) => ({ device: 'N1',
			ts: start + i * 60e3 + k * 1000, values: { [`no_${i}`]: 1 } }))] });

	const counted = (list) => list.reduce((map, one) =>
		map.set(one, (map.get(one) ?? 0) + 1), new Map());

	// Whoever serves ingest loses his connection, every few milliseconds.
	const cut = () => sql('super', `DO $$ BEGIN FOR i IN 1 .. 60 LOOP
		PERFORM pg_stat_clear_snapshot();
		PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
		  WHERE usename = 'fl_ingest' AND datname = current_database();
		PERFORM pg_sleep(0.002 + 0.02 * random());
		END LOOP; END $$`);

	test(`when its connection is cut, ${ROUNDS} times`, async () => {
		const answered = [];
		let cutting = true, lost = 0;
		const cuts = (async () => {
			while (cutting)
				await cut();
		})();

		for (let i = 0; i < ROUNDS_MAX && lost < ROUNDS; i++) {
			const answer = await post(key, batch(i));

			answered.push({ i, status: answer.status });
			lost += answer.status !== 202 || answer.json().spooled === true;
		}
		cutting = false;
		await cuts;
		assert.ok(lost >= ROUNDS, `${lost} of ${answered.length}`);
		const taken = answered.filter(({ status }) => status === 202);
		let stored;

		// What was kept on disk comes a little later.
		await waitFor(async () => {
			await plant.derived();
			stored = counted((await telemetry(key, 'N1', { from: start,
				to: start + ROUNDS_MAX * 60e3, sensor: 'flow_rate' }))
				.map((r) => r.value));
			return taken.every(({ i }) => stored.has(i));
		}, 30000, 200);
		const letters = counted((await rows(`SELECT sensor FROM
			flux.dead_letter WHERE tenant_id = ${plant.id}
			AND sensor LIKE 'no\\_%'`)).map((r) => Number(r.sensor.slice(3))));

		assert.ok(taken.length > 0);
		for (const { i, status } of answered) {
			const there = stored.get(i) ?? 0;

			assert.ok(there === READINGS || (there === 0 && status !== 202),
				`${status} and ${there} readings of batch ${i}`);
			// What is in doubt may be refused twice, but as a whole.
			assert.equal((letters.get(i) ?? 0) % BAD, 0, `batch ${i}`);
			assert.equal(letters.has(i), there > 0, `batch ${i}`);
		}
		console.log(`hostile ${lost} of ${answered.length} posts lost their ` +
			'connection');
		await plant.balances();
	});
});
