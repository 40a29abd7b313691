// A tenant whose devices are all simulated: whatever is answered with what they
// are or measured says so, in its header, on its page and in its file; nobody
// pays for them, and nothing simulated comes in as if it were real.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DAY, MINUTE, leaves } from '../lib/calendar.mjs';
import { http, sql, waitFor } from '../lib/flux.mjs';
import { all, csrf_of, hang_up, make_people, make_tenant, put, routes }
	from '../lib/matrix.mjs';

const VALUE = 73.0625; // of every reading, and of nothing else

let t, person;

const is_data = (answer) => [t.canaries.own, t.own, String(VALUE)]
	.some((word) => answer.body.includes(word));
const gets = routes.filter((r) => r.verb === 'GET' && !r.open);
const ask = async (route, kind) => {
	const secret = { cookie: person.fresh, key: person.key }[kind];

	return put(route, { kind, secret, objects: t.objects, target: 'own',
		csrf: kind === 'cookie' ? csrf_of(secret) : null });
};
const set = (simulated) => sql('super', `UPDATE flux.device
	SET simulated = ${simulated} WHERE tenant_id = ${t.id}`);

async function post(value, headers, status) {
	const answer = await http('POST', '/api/v1/ingest', {
		headers: { 'X-API-Key': person.key, ...headers },
		body: { readings: [{ device: t.own, ts: Date.now() - 60000,
			values: { flow_rate: value } }] } });

	assert.equal(answer.status, status, answer.body);
}
const MARK = { 'X-Fluxline-Simulated': '1' };
const get = (where) => http('GET', `/api/v1/${where}`,
	{ headers: { 'X-API-Key': person.key } });

// { what, answer } of every page and program there is.
async function walk() {
	const cells = gets.flatMap((route) =>
		['cookie', 'key'].map((kind) => ({ route, kind })));

	return (await all(cells, async ({ route, kind }) => ({
		what: `${route.program} ${route.path} by ${kind}`, route,
		answer: await ask(route, kind) })))
		.filter(({ answer }) => answer.status === 200);
}

describe('a tenant of simulated devices', () => {
	before(async () => {
		await leaves(3 * MINUTE, DAY);
		t = await make_tenant('simulated');
		const can = new Set((await sql('super',
			'SELECT name FROM ctx.permission()')).split('\n'));

		[person] = await make_people(t, [{ name: 'All', can, wide: can }]);
		await set(true);
		await post(VALUE, MARK, 202);
		assert.ok(await waitFor(async () =>
			(await get(`telemetry/latest?device=${t.own}`)).body
				.includes(String(VALUE)), 15000, 100));
	});

	after(() => hang_up());

	test('nothing that shows them lacks the mark', async () => {
		const seen = (await walk()).filter(({ answer }) => is_data(answer));
		const bare = seen.filter(({ answer }) =>
			answer.headers['x-data-source'] !== 'simulation');
		const plain = seen.filter(({ answer }) =>
			answer.headers['content-type'].startsWith('text/html') &&
			!answer.body.includes('class="sim-band"'));

		// A person's sign-ins, keys and accounts show no device's data.
		const other = /^\/admin\/(keys|certificates|audit|users|roles)/;

		assert.deepEqual(bare.map(({ what }) => what).filter((what) =>
			!other.test(what.split(' ')[1])), []);
		assert.deepEqual(plain.map(({ what }) => what).filter((what) =>
			!other.test(what.split(' ')[1])), []);
		assert.ok(seen.length >= 30, seen.map(({ what }) => what).join('\n'));
	});

	test('nor does a file', async () => {
		const span = `from=${Date.now() - 864e5}&to=${Date.now() + 6e4}`;
		const one = `device=${t.own}`;
		const files = [`devices?format=csv`, `telemetry/export?${one}&${span}`,
			`telemetry/export?${one}&${span}&layout=long`,
			`telemetry/export?${one}&${span}&format=json`,
			`telemetry/export?device=all&${span}`,
			`telemetry/latest?${one}&format=csv`,
			`telemetry/statistics?${one}&sensor=flow_rate&${span}&format=csv`,
			`telemetry/aggregate?${one}&sensor=flow_rate&${span}&bucket=1h` +
				'&format=csv'];

		for (const file of files) {
			const answer = await get(file);
			const rows = answer.body.trim().split('\r\n');

			assert.equal(answer.status, 200, `${file}: ${answer.body}`);
			assert.equal(answer.headers['x-data-source'], 'simulation');
			assert.match(answer.body, /data_source|simulated/, file);
			for (const row of rows.slice(1).filter((r) =>
				r.includes(String(VALUE))))
				assert.match(row, /simulation|true/, file);
		}
	});

	test('what is real is not marked', async () => {
		await set(false);
		try {
			const marked = (await walk()).filter(({ answer }) =>
				answer.headers['x-data-source'] === 'simulation' ||
				answer.body.includes('class="sim-band"'));

			assert.deepEqual(marked.map(({ what }) => what), []);
		} finally {
			await set(true);
		}
	});

	test('what is simulated is not taken from a device that is not',
		async () => {
			const count = () => sql('super', `SELECT
				(SELECT count(*) FROM flux.ingest_batch
				  WHERE tenant_id = ${t.id}) +
				(SELECT count(*) FROM flux.dead_letter
				  WHERE tenant_id = ${t.id})`);
			const before_it = await count();

			await set(false);
			await post(1, {}, 202);
			// Once as a stranger, then as one who is remembered.
			for (let i = 0; i < 3; i++)
				await post(VALUE, MARK, 403);
			assert.equal(Number(await count()), Number(before_it) + 1);
			await set(true);
			await post(2, {}, 202);
			await post(3, MARK, 202);
		});

	test('nobody pays for them, until they are real', async () => {
		const meter = async () => {
			await sql('fl_worker', `BEGIN;
				SELECT FROM ctx.begin_worker(${t.id});
				SELECT flux.usage_count(); COMMIT`);
			return sql('super', `SELECT devices, readings > 0
				FROM flux.usage_day WHERE tenant_id = ${t.id}
				ORDER BY day DESC LIMIT 1`);
		};

		// The worker may have counted while they were real.
		await sql('super', `DELETE FROM flux.usage_day
			WHERE tenant_id = ${t.id}`);
		assert.equal(await meter(), '0|f');
		await set(false);
		try {
			assert.equal(await meter(), '2|t');
		} finally {
			await set(true);
		}
	});
});
