// ThingsBoard's device interface: who speaks is said by the token in the
// address, which is a key like any other and stands nowhere else.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { ctl, flux_var, http, sql } from '../lib/flux.mjs';
import { Plant, get, post, telemetry } from '../lib/plant.mjs';

let plant, token;

const say = (key, values, what = 'telemetry') =>
	http('POST', `/api/v1/${key}/${what}`, { body: values });

before(async () => {
	plant = await Plant.make('ThingsBoard');
	await plant.gateway('GW');
	await plant.device('N1', undefined, '--gateway', 'GW');
	token = (await ctl('key', plant.name, 'N1', 'ingest,view', '--short'))
		.match(/^flt_[A-Za-z0-9]{16}$/m)[0];
});

describe('a short token', () => {
	test('has 20 characters, and says who speaks', async () => {
		assert.equal(token.length, 20);
		const answer = await say(token, { flow_rate: 12.5 });

		assert.equal(answer.status, 200);
		assert.equal(answer.body, '');
		assert.deepEqual((await telemetry(token, 'N1',
			{ to: Date.now() + 1000 })).map((r) => [r.sensor, r.value]),
		[['flow_rate', 12.5]]);
	});

	test('is a key like any other in a header', async () => {
		assert.equal((await post(token, { device_id: 'N1', flow_rate: 1 }))
			.status, 202);
	});

	test('one that nobody has is refused, and so is no token', async () => {
		for (const key of ['flt_AAAAAAAAAAAAAAAA', 'flt_short', 'flx_x',
			`${token}x`])
			assert.equal((await say(key, { flow_rate: 1 })).status, 401, key);
		assert.equal((await http('POST', '/api/v1/nonsense/telemetry',
			{ body: { flow_rate: 1 } })).status, 404);
	});

	test('in the address it is the only one that counts', async () => {
		const answer = await http('POST', '/api/v1/flt_AAAAAAAAAAAAAAAA/telemetry',
			{ headers: { 'X-API-Key': token }, body: { flow_rate: 1 } });

		assert.equal(answer.status, 401);
	});

	test('of a gateway speaks for the device that its rule names', async () => {
		const gateway = (await ctl('key', plant.name, 'GW', 'ingest', '--short'))
			.match(/^flt_\w+$/m)[0];
		const mark = await plant.mark();

		assert.equal((await say(gateway, { flow_rate: 7 })).status, 200);
		assert.equal((await plant.letters(mark))[0].code, 'unknown_device');
		await sql('super', `INSERT INTO flux.intake_rule (tenant_id, source_id,
			home) VALUES (${plant.id}, ${await plant.deviceId('GW')},
			${await plant.deviceId('N1')})`);
		assert.equal((await say(gateway, { ts: 1763703600000,
			values: { flow_rate: 7 } })).status, 200);
		assert.equal((await telemetry(token, 'N1', { from: 1763703600000,
			to: 1763703600001 }))[0].value, 7);
	});

	test('what it says of the device is shown to who may read it', async () => {
		const foreign = await Plant.make('ThingsBoard foreign');

		await foreign.device('N9');
		await say(token, { firmware: '1.2', 'a"<b>': 1e300 }, 'attributes');
		await say(token, { firmware: '1.3' }, 'attributes');
		const { attributes } = (await get(token,
			'/api/v1/attributes?device=N1')).json();

		assert.deepEqual(Object.fromEntries(Object.entries(attributes)
			.map(([name, { value }]) => [name, value])),
		{ firmware: '1.3', 'a"<b>': 1e300 });
		assert.ok(Math.abs(Date.parse(attributes.firmware.at) - Date.now()) < 9e4);
		assert.deepEqual((await get(token, '/api/v1/attributes?device=GW'))
			.json(), { device: 'GW', attributes: {} });
		assert.equal((await get(token, '/api/v1/attributes?device=none')).status,
			404);
		assert.equal((await get(await foreign.key('N9'),
			'/api/v1/attributes?device=N1')).status, 404);
	});

	test('stands in no log, whatever is asked with it', async () => {
		for (const url of [`/api/v1/${token}/telemetry`,
			`/tb/api/v1/${token}/telemetry`, `/api/v1/${token}/attributes`,
			`/api/v1/${token}/nothing`, `/tb/api/v1/${token}`,
			`/api/v1/${token}/telemetry?a=${token}`])
			for (const method of ['POST', 'GET', 'PUT'])
				await http(method, url, { body: '{' });
		for (const log of readdirSync(path.join(flux_var, 'log')))
			assert.ok(!readFileSync(path.join(flux_var, 'log', log), 'utf8')
				.includes(token), log);
	});

	test('its successor is short too, and one that was ended is refused',
		async () => {
			const key = (await ctl('key', plant.name, 'N1', 'ingest', '--short'))
				.match(/^flt_\w+$/m)[0];
			const id = await sql('super', `SELECT key_id FROM ctx.api_key
				 WHERE key_hash = sha256('${key}')`);

			assert.match(id, /^t[0-9a-z]{7}$/);
			assert.equal((await say(key, { flow_rate: 1 })).status, 200);
			await ctl('revoke', plant.name, id);
			assert.equal((await say(key, { flow_rate: 1 })).status, 401);
			const first = await sql('super', `SELECT key_id FROM ctx.api_key
				 WHERE key_hash = sha256('${token}')`);

			assert.match(await ctl('rotate', plant.name, first),
				/^flt_[A-Za-z0-9]{16}$/m);
		});
});
