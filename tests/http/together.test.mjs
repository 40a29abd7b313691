// Posts that arrive at once go into one transaction, and nobody can
// tell: each is answered after its commit, each is stored once, one that is
// refused takes no other with it, and no two tenants share a transaction.
//
// On an instance of its own: the worker is frozen, so that landing keeps every
// row with the transaction that wrote it, and backends are killed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { within } from '../lib/pace.mjs';
import { Stack, sleep } from '../lib/stack.mjs';

const DEVICE = 'NIVUS_750_001'; // both demo tenants have it
const TENANT = 'Demo Water';
const SOCKETS = 48;
const MANY = 800; // readings of a large body, 60 kB

let stack, flux;
let clock = Date.now() - 20 * 86400000; // of the readings; each has its own

before(async () => {
	stack = await Stack.up('fluxtogether');
	flux = stack.flux;
	await stack.healthy();
	// Not in the midst of a transaction, for whose rows others would wait.
	await flux.waitFor(async () => {
		for (const p of stack.of('worker'))
			stack.signal(p, 'SIGSTOP');
		if (await flux.sql('super', `SELECT count(*) FROM pg_stat_activity
			WHERE usename = 'fl_worker' AND xact_start IS NOT NULL`) === '0')
			return true;
		for (const p of stack.of('worker'))
			stack.signal(p, 'SIGCONT');
		return false;
	}, 0, 20);
});
after(() => stack?.down());

async function post(key, value = 118.5, device = DEVICE) {
	const ts = clock++;
	const answer = await flux.request('POST', '/api/v1/ingest', {
		headers: { 'X-API-Key': key },
		body: { readings: [{ device, ts, values: { flow_rate: value } }] } });

	return { ts, key, status: answer.status, body: answer.body };
}

// A body that is larger than what libfcgi reads at once, many times.
async function postMany(key) {
	const readings = Array.from({ length: MANY }, () => ({ device: DEVICE,
		ts: clock++, values: { flow_rate: 118.5 } }));
	const { status, body } = await flux.request('POST', '/api/v1/ingest', {
		headers: { 'X-API-Key': key }, body: { readings } });

	return { ts: readings[0].ts, status, body };
}

// So many posts, or as long as it is so, SOCKETS at a time; task(i) makes one.
async function burst(many, task) {
	const goes_on = typeof many === 'function' ? many : () => next < many;
	const all = [];
	let next = 0;

	await Promise.all(Array.from({ length: SOCKETS }, async () => {
		while (goes_on())
			all.push(await task(next++));
	}));
	return all;
}

// What the posts since a mark have put into landing, one row each.
async function landed(mark) {
	const text = await flux.sql('super', `SELECT tenant_id, xmin, n,
		(extract(epoch FROM t_min) * 1000)::bigint FROM flux.landing
		WHERE t_min >= to_timestamp(${mark} / 1000.0)
		  AND t_min < to_timestamp(${clock} / 1000.0)`);

	return text.split('\n').filter(Boolean).map((line) => {
		const [tenant, xmin, n, ts] = line.split('|').map(Number);

		return { tenant, xmin, n, ts };
	});
}

async function newKey(scope = 'ingest') {
	const said = await flux.ctl('key', TENANT, DEVICE, scope);
	const key = said.match(/flx_\w+/)[0];

	return { key, id: key.split('_')[1] };
}

// Every child has seen the key.
const warm = (...keys) => burst(SOCKETS * 4, (i) => post(keys[i % keys.length]));

describe('posts that arrive at once', () => {
	test('share transactions, each for one tenant, and each is stored once',
		async () => {
			const keys = [flux.env.FLUX_KEY, flux.env.FLUX_KEY_B];

			await warm(...keys);
			const mark = clock;
			const all = await burst(600, (i) => post(keys[i % 2]));
			const rows = await landed(mark);
			const of = new Map();

			assert.deepEqual(all.filter((a) => a.status !== 202), []);
			assert.deepEqual(rows.map((r) => r.ts).sort(),
				all.map((a) => a.ts).sort());
			for (const { xmin, tenant } of rows)
				of.set(xmin, (of.get(xmin) ?? new Set()).add(tenant));
			for (const tenants of of.values())
				assert.equal(tenants.size, 1, 'one tenant a transaction');
			assert.equal(new Set(rows.map((r) => r.tenant)).size, 2);
			assert.ok(of.size < rows.length * 0.8,
				`${of.size} transactions for ${rows.length} posts`);
		});

	test('and so do large ones', async () => {
		await warm(flux.env.FLUX_KEY);
		const mark = clock;
		const all = await burst(120, () => postMany(flux.env.FLUX_KEY));
		const rows = await landed(mark);

		assert.deepEqual(all.filter((a) => a.status !== 202), []);
		assert.deepEqual(rows.map((r) => r.ts).sort(),
			all.map((a) => a.ts).sort());
		assert.ok(rows.every((r) => r.n === MANY));
		assert.ok(new Set(rows.map((r) => r.xmin)).size < rows.length * 0.8);
	});

	test('each has its own batch in the ledger', async () => {
		assert.equal(await flux.sql('super', `SELECT count(*)
			  FROM flux.landing l
			  LEFT JOIN flux.ingest_batch b USING (tenant_id, at, batch_id)
			 WHERE b.batch_id IS NULL OR b.source_id <> l.source_id
			    OR b.sent <> l.n + l.duplicate + b.rejected`), '0');
		assert.equal(await flux.sql('super', `SELECT count(*) -
			count(DISTINCT (tenant_id, batch_id)) FROM flux.landing`), '0');
	});

	test('are committed when they are answered', async () => {
		await burst(200, async (i) => {
			const answer = await post(flux.env.FLUX_KEY);

			assert.equal(answer.status, 202);
			if (i % 10 === 0)
				assert.equal(await flux.sql('super', `SELECT count(*)
					FROM flux.landing WHERE t_min =
					to_timestamp(${answer.ts} / 1000.0)`), '1');
			return answer;
		});
	});

	test('keep their connections to the database', async () => {
		const backends = () => flux.sql('super', `SELECT string_agg(pid::text, ' '
			ORDER BY pid) FROM pg_stat_activity WHERE usename = 'fl_ingest'`);

		await warm(flux.env.FLUX_KEY);
		const before_it = await backends();

		await burst(300, () => post(flux.env.FLUX_KEY));
		assert.ok(before_it.length > 0);
		assert.equal(await backends(), before_it);
	});

	test('keep apart: a revoked key is refused, the others go through',
		async () => {
			const gone = await newKey();

			await warm(gone.key, flux.env.FLUX_KEY);
			await flux.ctl('revoke', TENANT, gone.id);
			const mark = clock;
			const all = await burst(300, (i) =>
				post(i % 5 === 0 ? gone.key : flux.env.FLUX_KEY));

			for (const a of all)
				assert.equal(a.status, a.key === gone.key ? 401 : 202, a.body);
			assert.equal((await landed(mark)).length, 240);
		});

	test('a key without the right is refused beside those that have it',
		async () => {
			const looks = await newKey('view');
			const all = await burst(100, (i) =>
				post(i % 5 === 0 ? looks.key : flux.env.FLUX_KEY));

			for (const a of all)
				assert.equal(a.status, a.key === looks.key ? 403 : 202, a.body);
		});

	test('a changed sensor is seen by the next post, in every child',
		async () => {
			const high = (to) => flux.sql('super', `UPDATE flux.sensor s
				SET high = ${to} FROM flux.device d
				WHERE d.tenant_id = s.tenant_id AND d.device_id = s.device_id
				  AND d.key = '${DEVICE}' AND s.key = 'flow_rate'`);
			const was = await flux.sql('super', `SELECT coalesce(max(s.high)::text,
				'NULL') FROM flux.sensor s JOIN flux.device d
				USING (tenant_id, device_id)
				WHERE d.key = '${DEVICE}' AND s.key = 'flow_rate'`);

			await warm(flux.env.FLUX_KEY);
			await high(100);
			for (const a of await burst(200, () => post(flux.env.FLUX_KEY)))
				assert.match(a.body, /"out_of_range"/);
			await high(was);
			for (const a of await burst(200, () => post(flux.env.FLUX_KEY)))
				assert.match(a.body, /"accepted":1,/);
		});
});

// One request as FastCGI, without its body: a record is version, type, id 1,
// length, no padding.
function headOnly(length) {
	const record = (type, content) => Buffer.concat([
		Buffer.from([1, type, 0, 1, content.length >> 8,
			content.length & 255, 0, 0]), content]);
	const params = Object.entries({ REQUEST_METHOD: 'POST',
		DOCUMENT_URI: '/api/v1/ingest', CONTENT_LENGTH: String(length),
		HTTP_X_API_KEY: flux.env.FLUX_KEY });

	return Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
		record(4, Buffer.concat(params.map(([name, value]) => Buffer.concat([
			Buffer.from([name.length, value.length]),
			Buffer.from(name + value)])))), record(4, Buffer.alloc(0))]);
}

describe('nobody is kept by the trouble of another', () => {
	test('a body that does not come: 503, and the others wait a second at most',
		async () => {
			const children = stack.of('ingest').length - 1;
			const silent = () => Array.from({ length: children }, () => {
				const socket = net.connect(path.join(flux.run, 'ingest.sock'));
				let text = '';

				socket.write(headOnly(100));
				socket.on('data', (part) => { text += part; });
				return new Promise((resolve) => {
					socket.on('close', () => resolve(text));
				});
			});

			await within(4000, async () => {
				const all = silent();

				await sleep(100);
				assert.deepEqual((await burst(100, () => post(flux.env.FLUX_KEY)))
					.filter((a) => a.status !== 202), []);
				for (const text of await Promise.all(all)) {
					assert.match(text, /Status: 503/);
					assert.match(text, /Retry-After/);
				}
			});
		});

	test('children that are told to stop answer what they have accepted',
		async () => {
			const mark = clock;
			const ending = burst(400, () => post(flux.env.FLUX_KEY));

			for (let i = 0; i < 3; i++) {
				await sleep(50);
				for (const p of stack.of('ingest').filter((c) => !c.master))
					stack.signal(p, 'SIGTERM');
			}
			const all = await ending;

			assert.deepEqual(all.filter((a) => a.status !== 202), []);
			assert.equal((await landed(mark)).length, 400);
		});

	test('backends are killed: what was acknowledged is there', async () => {
		const mark = clock;
		// What was kept on disk waits for the worker, which is stopped here.
		const kept = (a) => a.body?.includes('"spooled":true');
		const is_good = (a) => a.status === 202 && !kept(a);
		let stored = 0, is_over = false;
		// They go on for as long as backends are killed.
		const ending = burst(() => !is_over, async (i) => {
			await sleep(i % 40);
			const answer = await post(flux.env.FLUX_KEY)
				.catch(() => ({ status: 0 }));

			stored += is_good(answer);
			return answer;
		});

		try {
			await flux.waitFor(() => stored > 0, 0, 1);
			for (let i = 0; i < 3; i++) {
				await sleep(60);
				await flux.waitFor(() => stack.signal(stack.of('postgres')
					.find((p) => / fl_ingest flux /.test(p.command)),
				'SIGKILL'), 0, 20);
				await sleep(60);
			}
		} finally {
			is_over = true;
		}
		const all = await ending;

		await stack.healthy();
		const there = new Set((await landed(mark)).map((r) => r.ts));
		const good = all.filter(is_good);

		assert.deepEqual(good.filter((a) => !there.has(a.ts)), []);
		assert.ok(all.some((a) => a.status === 503 || kept(a)), 'it was felt');
		assert.ok(good.length > 0);
	});

	test('the log says nothing of a bug', () => {
		const log = readFileSync(path.join(stack.var, 'log/ingest.log'), 'utf8');

		assert.deepEqual(log.split('\n').filter((line) =>
			/ error |signal=11|signal=6/.test(line) &&
			!/kind=busy|status=503|busy/.test(line)), []);
	});

	test('the worker finds every batch, and every account is even', async () => {
		for (const p of stack.of('worker'))
			stack.signal(p, 'SIGCONT');
		await flux.waitFor(async () => await flux.sql('super',
			'SELECT count(*) FROM flux.ingest_batch WHERE stored IS NULL') ===
			'0', 30000);
		assert.equal(await flux.sql('super', `SELECT count(*)
			FROM flux.ingest_batch
			WHERE sent <> stored + duplicate + rejected`), '0');
	});
});
