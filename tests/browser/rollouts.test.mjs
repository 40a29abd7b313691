// The page of edge agents' plans in a real browser: sound at every width, and a
// version is made, held back and goes on without script.
import { after, before, test } from 'node:test';
import { sql } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';
import { admin_of, signed_in, sound, start, stop } from './browser.mjs';

let plant, page, said;

const look = (name) => sound(page, said, name);

before(async () => {
	await start();
	plant = await Plant.make('Rollouts');
	({ page, said } = await signed_in(await admin_of(plant)));
});
after(stop);

test('there is none at first', async () => {
	await page.goto('/admin/rollouts');
	await page.getByText('There is no gateway with Modbus devices').waitFor();
	await look('rollouts-none');
});

test('a version is made for one and held back for another', async () => {
	for (const [gw, name] of [['GW', 'V1'], ['GW2', 'V2']]) {
		await plant.gateway(gw);
		await plant.device(name, 'fluxline-valve', '--gateway', gw, '--modbus',
			'tcp:192.0.2.1:502:1');
	}
	await page.goto('/admin/rollouts');
	await page.locator('[name="gateway:GW"]').selectOption('now');
	await page.getByLabel('Device GW2').selectOption('held');
	await page.getByLabel('What for').fill('A <b>first</b> one');
	await page.getByRole('button', { name: 'Sign and roll out' }).click();
	await page.getByRole('heading', { name: 'Rollout 1: A <b>first</b> one' })
		.waitFor();
	await page.getByText('held back', { exact: true }).waitFor();
	await sql('super', `UPDATE flux.plan SET state = 'rolled_back', said_at = now(),
		why = 'No answer any more: V1' WHERE tenant_id = ${plant.id}
		AND state = 'offered'`);
	await page.reload();
	await look('rollouts');
	await page.getByRole('button', { name: 'Go on with those held back' }).click();
	await page.getByText('offered', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'Pause' }).click();
	await page.getByText('held back', { exact: true }).waitFor();
});
