// What a device's page says of an agent that is gone, in a real browser: sound
// at every width, and the devices are taken back.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';
import { admin_of, axe, signed_in, start, stop } from './browser.mjs';

const shots = process.env.FLUX_SHOTS; // where pictures are kept, if anywhere
let page, said;

before(async () => {
	await start();
	const plant = await Plant.make('Gone');
	await plant.gateway('GW');
	await plant.device('V1', 'fluxline-valve', '--gateway', 'GW', '--modbus',
		'tcp:127.0.0.1:1:1');
	await sql('super', `UPDATE flux.device
		SET agent_since = now() - interval '3 days'
		WHERE tenant_id = ${plant.id} AND key = 'GW'`);
	({ page, said } = await signed_in(await admin_of(plant)));
});
after(stop);

test('it is said, soundly', async () => {
	await page.goto('/devices/V1');
	for (const width of [320, 360, 820, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <=
			document.documentElement.clientWidth), `${width} px`);
		assert.deepEqual(await axe(page), [], `${width} px`);
		if (shots)
			await page.screenshot({ path: path.join(shots, `agent-${width}.png`) });
	}
	assert.deepEqual(said, []);
});

test('and one press takes the devices back', async () => {
	const agent = page.getByRole('region', { name: 'Edge agent' });

	assert.match(await agent.innerText(), /Nobody polls what is behind it/);
	await agent.getByRole('button', { name: 'Poll from here' }).click();
	await page.waitForURL('**/devices/GW');
	assert.equal(await page.getByRole('region', { name: 'Edge agent' }).count(),
		0);
	assert.deepEqual(said, []);
});
