// A child keeps what it has read of a tenant's fleet.  No tenant ever meets
// another's in it, and what was committed is in the next answer, whichever
// child gives it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { ctl, http, login, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, post } from '../lib/plant.mjs';

const MANY = 60; // requests: every child gets some

// A tenant with its person, two devices, and values that are nobody else's.
async function make(letter, value) {
	const p = await Plant.make(`Fleet ${letter}`);
	const password = randomBytes(12).toString('hex');
	const email = `${p.name.replace(/ /g, '-').toLowerCase()}@fleet.example`;

	p.value = value;
	p.devices = [await p.device(`${letter}-one`), await p.device(`${letter}-two`)];
	p.api = await p.key(p.devices[0]);
	await ctl('user', p.name, email, `Person ${letter}`, 'viewer',
		{ input: password });
	p.cookie = await login(email, password);
	await say(p, value);
	return p;
}

async function say(p, value) {
	const answer = await post(p.api, { readings: [{ device: p.devices[0],
		ts: Date.now(), values: { flow_rate: value } }] });

	assert.equal(answer.status, 202, answer.body);
	assert.equal(answer.json().accepted, 1, answer.body);
	await p.derived();
}

const page = (p, url = '/') => http('GET', url, { headers: { Cookie: p.cookie } });

// So many answers of each of these, all mixed.
function mixed(count, ...asks) {
	return Promise.all(Array.from({ length: count * asks.length },
		(_, i) => asks[i % asks.length]()));
}

// Every answer about a tenant's fleet is checked by this.
async function everywhere(p, check) {
	for (const answer of await mixed(MANY, () => page(p),
		() => page(p, '/live?since=0'), () => get(p.api, '/api/v1/devices'))) {
		assert.equal(answer.status, 200);
		check(answer.body);
	}
}

describe('a fleet that is kept', () => {
	let all;

	before(async () => {
		all = [];
		for (let i = 0; i < 6; i++) // more than a child keeps
			all.push(await make(`t${i}`, 1111.25 + 1111 * i));
	});

	test('is its own tenant\'s, with six of them in turn', async () => {
		const answers = await mixed(MANY, ...all.flatMap((p) => [
			async () => ({ p, ...await page(p) }),
			async () => ({ p, ...await get(p.api, '/api/v1/devices') })]));

		for (const { p, status, body } of answers) {
			assert.equal(status, 200);
			for (const q of all)
				assert.equal(body.includes(q.devices[1]), p === q,
					`${q.name} in an answer to ${p.name}`);
		}
	});

	test('shows the newest committed values, in every answer', async () => {
		for (let i = 1; i <= 4; i++) {
			await say(all[0], 3000 + i + 0.5);
			await everywhere(all[0], (body) => assert.match(body,
				new RegExp(`300${i}[.]5`)));
			await everywhere(all[1], (body) => assert.match(body,
				/2222[.]25|2222[.]3/));
		}
	});

	test('shows a name that was changed, in every answer', async () => {
		await sql('super', `UPDATE flux.device SET name = 'Renamed pump'
			 WHERE tenant_id = ${all[0].id} AND key = '${all[0].devices[1]}'`);
		for (const answer of await mixed(MANY, () => page(all[0]),
			() => get(all[0].api, '/api/v1/devices')))
			assert.match(answer.body, /Renamed pump/);
	});

	test('has a new device, and one that was removed no more', async () => {
		await all[0].device('t0-three');
		await everywhere(all[0], (body) => assert.match(body, /t0-three/));
		await sql('super', `BEGIN;
			DELETE FROM flux.sensor s USING flux.device d
			 WHERE s.tenant_id = ${all[0].id} AND d.tenant_id = ${all[0].id}
			   AND d.device_id = s.device_id AND d.key = 't0-three';
			DELETE FROM flux.device
			 WHERE tenant_id = ${all[0].id} AND key = 't0-three'; COMMIT`);
		await everywhere(all[0], (body) => assert.ok(!body.includes('t0-three')));
	});

	test('or a device of it: a unit that was changed, equal keys of two tenants',
		async () => {
			const [a, b] = [all[4], all[5]];
			const unit = (p) => async () => {
				const answer = await get(p.api, '/api/v1/telemetry/aggregate' +
					'?device=EQUAL&sensor=flow_rate&points=1');

				return answer.status === 200 ? answer.json().series[0].unit
					: answer.status;
			};
			const seen = async () => (await mixed(MANY, unit(a), unit(b)))
				.reduce((sets, u, i) => (sets[i % 2].add(u), sets),
					[new Set(), new Set()]).map((s) => [...s]);
			const change = (p, text) => sql('super', `UPDATE flux.sensor s
				SET unit = '${text}' FROM flux.device d
				WHERE s.tenant_id = ${p.id} AND d.tenant_id = ${p.id}
				  AND d.device_id = s.device_id AND d.key = 'EQUAL'
				  AND s.key = 'flow_rate'`);

			assert.deepEqual(await seen(), [[404], [404]]);
			await a.device('EQUAL');
			assert.deepEqual((await seen())[1], [404]);
			await b.device('EQUAL');
			await change(b, 'mb');
			for (const text of ['m1', 'm2', 'm3']) {
				await change(a, text);
				assert.deepEqual(await seen(), [[text], ['mb']]);
			}
		});

	test('or more devices than a child keeps: each is itself', async () => {
		const p = all[5], keys = Array.from({ length: 40 }, (_, i) => `D${i}`);
		const id = async (key) => (await get(p.api, '/api/v1/telemetry/aggregate' +
			`?device=${key}&sensor=flow_rate&points=1`)).json();

		for (const key of keys)
			await p.device(key);
		for (let round = 0; round < 8; round++)
			for (const [i, { device, series }] of
				(await Promise.all(keys.map(id))).entries()) {
				assert.equal(device, keys[i]);
				assert.equal(series[0].sensorId, `${keys[i]}/flow_rate`);
			}
	});

	test('goes offline by the clock alone', async () => {
		const OFFLINE_MS = 4500;

		// Its state, and how long ago it was seen then, at least and at most.
		const look = async () => {
			const asked = Date.now();
			const { state, last_seen: seen } = (await get(all[2].api,
				'/api/v1/devices')).json().devices
				.find((d) => d.device === all[2].devices[0]);

			return { state, least: asked - Date.parse(seen) - 1,
				most: Date.now() - Date.parse(seen) };
		};
		const states = async () => {
			const looked = await mixed(MANY, look);

			for (const { state, least, most } of looked) {
				if (most < OFFLINE_MS)
					assert.equal(state, 'online', `${most} ms`);
				if (least > OFFLINE_MS)
					assert.equal(state, 'offline', `${least} ms`);
			}
			return looked.map(({ state }) => state);
		};

		assert.equal((await look()).state, 'online');
		// Nothing of the registry or of latest counts here but the period.
		await sql('super', `UPDATE flux.device SET period = '1.5 s'
			 WHERE tenant_id = ${all[2].id} AND key = '${all[2].devices[0]}'`);
		await waitFor(async () => {
			await say(all[2], 7);
			return (await states()).includes('online');
		});
		await waitFor(async () => (await look()).state === 'offline');
		assert.deepEqual([...new Set(await states())], ['offline']);
	});

	test('counts alerts as they are now', async () => {
		const alerts = async () => JSON.parse(
			(await page(all[3], '/live?since=0')).body).stats.alerts;

		assert.deepEqual([...new Set(await mixed(MANY, alerts))], [0]);
		await sql('super', `WITH r AS (INSERT INTO flux.rule (tenant_id,
			       sensor_id, name, above, threshold, severity)
			SELECT tenant_id, min(sensor_id), 'x', true, 1, 1
			  FROM flux.sensor WHERE tenant_id = ${all[3].id}
			 GROUP BY 1 RETURNING *)
			INSERT INTO flux.alert (tenant_id, rule_id, sensor_id, raised_at,
			       value)
			SELECT tenant_id, rule_id, sensor_id, now(), 2 FROM r`);
		assert.deepEqual([...new Set(await mixed(MANY, alerts))], [1]);
	});

	test('of 200 devices is not read again for every answer', async () => {
		const p = all[5], own = p.devices[1];
		// Rows that anybody has read of the tables that a fleet is made of.
		const read = async () => {
			await new Promise((resolve) => { setTimeout(resolve, 1200); });
			await everywhere(p, () => {}); // the backends say what they did
			return Number(await sql('super', `SELECT sum(seq_tup_read +
				coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables
				WHERE schemaname = 'flux'
				  AND relname IN ('device', 'sensor', 'latest')`));
		};

		await sql('super', `WITH d AS (INSERT INTO flux.device (tenant_id, key,
			       name, site_id)
			SELECT tenant_id, 'many-' || i, 'Many ' || i, site_id
			  FROM flux.device, generate_series(1, 200) i
			 WHERE tenant_id = ${p.id} AND key = '${own}' RETURNING *)
			INSERT INTO flux.sensor (tenant_id, device_id, key, code, name)
			SELECT tenant_id, device_id, 's', key || '/s', 's' FROM d`);
		await say(p, 6);
		await everywhere(p, () => {}); // every child has read it
		const each = [];

		// What the worker reads meanwhile only adds.
		do {
			const before_it = await read();

			await everywhere(p, () => {});
			each.push((await read() - before_it) / (2 * MANY * 3));
		} while (each.length < 5 && each.at(-1) >= 40);
		console.log(`  rows read for an answer about 200 devices: ${each}`);
		assert.ok(each.at(-1) < 40, `${each}`);
	});

	test('is read anew when the database has come back', async () => {
		// The same numbers, and another content: as after a restored backup.
		await mixed(MANY, () => page(all[4]));
		await sql('super', `UPDATE flux.latest SET value =
			array_fill(9191.75::float8, ARRAY[cardinality(value)])
			WHERE tenant_id = ${all[4].id}`);
		await sql('super', `SELECT pg_terminate_backend(pid, 60000)
			  FROM pg_stat_activity WHERE usename IN ('fl_page', 'fl_api')`);
		await everywhere(all[4], (body) => assert.match(body, /9191[.]75|9191[.]8/));
	});
});
