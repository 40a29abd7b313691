// The pages of names, mappings and dead letters in a real browser: sound at
// every width, and worked with the keyboard's and mouse's own means.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '../lib/flux.mjs';
import { Plant, post, telemetry } from '../lib/plant.mjs';
import { admin_of, signed_in, sound, start, stop } from './browser.mjs';

let plant, page, said, key;

const look = (name) => sound(page, said, name);

before(async () => {
	await start();
	plant = await Plant.make('Names');
	await plant.gateway('GW');
	await plant.device('P1', undefined, '--gateway', 'GW');
	key = await plant.key('GW');
	({ page, said } = await signed_in(await admin_of(plant)));
});
after(stop);

test('there is nothing at first', async () => {
	await page.goto('/admin/waiting');
	await look('waiting-none');
	await page.goto('/admin/letters');
	await look('letters-none');
	await page.goto('/admin/gateways/GW/mapping');
	await look('mapping-none');
});

test('a name is adopted by one click', async () => {
	await post(key, { readings: [{ device: 'Pumpe Süd', ts: Date.now(),
		values: { druck_bar: 4.2, 'a_name_that_is_rather_long_for_a_telephone': 1 },
		units: { druck_bar: 'bar' } }] });
	await page.goto('/admin/waiting');
	await look('waiting');
	await page.getByRole('button', { name: 'Adopt Pumpe Süd druck_bar' }).click();
	await page.getByText('Adopted.').waitFor();
	const [{ value }] = await waitFor(async () => {
		const all = await telemetry(key, 'Pumpe_S_d').catch(() => []);

		return all.length > 0 && all;
	}, 10000);

	assert.equal(value, 4.2);
});

test('a name is led to a sensor that is there', async () => {
	await page.getByRole('link', { name: /^Lead to a sensor/ }).click();
	await page.getByLabel('Leads to').fill('P1/flow_rate');
	await page.getByLabel('Scale').fill('0.5');
	await page.getByRole('button', { name: 'Map', exact: true }).click();
	await page.getByRole('cell', { name: 'P1/flow_rate' }).waitFor();
	await look('mapping');
	assert.equal((await waitFor(async () => {
		const all = await telemetry(key, 'P1');

		return all.length > 0 && all;
	}, 10000))[0].value, 0.5);
});

test('a letter is looked at and dropped', async () => {
	await post(key, { readings: [{ device: 'P1', ts: Date.now(),
		values: { flow_rate: 1e9 } }] });
	await page.goto('/admin/letters');
	await look('letters');
	await page.getByRole('row', { name: /flow_rate/ }).getByRole('link').click();
	await page.getByText('Why it was refused').waitFor();
	await look('letter');
	await page.getByRole('button', { name: 'Drop' }).click();
	await page.getByText('No letter is like that').waitFor();
});
