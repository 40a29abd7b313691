// A tenant that is suspended: everybody is refused, and nothing is lost.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ctl, http, login, sql } from '../lib/flux.mjs';
import { Plant, get, post, telemetry } from '../lib/plant.mjs';

const PASSWORD = 'correct horse battery';
const start = Date.now() - 60000;
let plant, other, key, foreign, cookie, email;

const send = (with_key, i) => post(with_key, { readings: [{ device: 'GW-D',
	sensor: 'flow_rate', ts: start + i * 1000, value: i }] });
const page = () => http('GET', '/', { headers: { Cookie: cookie } });

before(async () => {
	plant = await Plant.make('Suspend');
	other = await Plant.make('Suspend other');
	for (const p of [plant, other]) {
		await p.gateway('GW');
		await p.device('GW-D', undefined, '--gateway', 'GW');
	}
	key = await plant.key('GW');
	foreign = await other.key('GW');
	email = `s-${plant.id}@suspend.example`;
	await ctl('user', plant.name, email, 'Sue', 'admin', { input: PASSWORD });
	cookie = await login(email, PASSWORD);
});

test('its keys and sessions are refused at the next request', async () => {
	assert.equal((await send(key, 0)).status, 202);
	assert.equal((await get(key, '/api/v1/devices')).status, 200);
	assert.equal((await page()).status, 200);
	assert.match(await ctl('suspend', plant.name), /^suspended/);
	// Many at once take the short way through the gate.
	const answers = await Promise.all(Array.from({ length: 8 },
		(_, i) => send(key, i + 1)));

	assert.deepEqual([...new Set(answers.map((a) => a.status))], [401]);
	assert.equal((await get(key, '/api/v1/devices')).status, 401);
	assert.equal((await page()).status, 303);
});

test('and so is nobody else', async () => {
	assert.equal((await send(foreign, 0)).status, 202);
	assert.equal((await get(foreign, '/api/v1/devices')).status, 200);
});

test('what it had is there when it is resumed, and the trail tells', async () => {
	assert.match(await ctl('suspend', plant.name), /already/);
	assert.match(await ctl('resume', plant.name), /^resumed/);
	assert.match(await ctl('resume', plant.name), /not suspended/);
	assert.equal((await page()).status, 200);
	assert.deepEqual((await telemetry(key, 'GW-D', { from: start,
		to: start + 60000 })).map((r) => r.value), [0]);
	assert.equal((await send(key, 1)).status, 202);
	assert.equal(await sql('super', `SELECT string_agg(act || ' ' || role, ', '
		ORDER BY seq) FROM flux.audit WHERE tenant_id = ${plant.id}
		AND act <> 'tenant.make' AND act LIKE 'tenant.%'`),
	'tenant.suspend admin, tenant.resume admin');
});
