// The page of what is simulated in a real browser: sound at every width, from
// how to begin to the devices of one place and the file that plays them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ctl } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';
import { admin_of, signed_in, sound, start, stop } from './browser.mjs';

let plant, page, said;

const look = (name) => sound(page, said, name);

before(async () => {
	await start();
	plant = await Plant.make('Simulation');
	({ page, said } = await signed_in(await admin_of(plant)));
});
after(stop);

test('there is none at first', async () => {
	await page.goto('/admin');
	await page.getByRole('link', { name: 'Simulation' }).click();
	await page.getByText('Nothing is simulated').waitFor();
	await look('simulation-none');
});

test('a place leads to its devices, and comes as a file', async () => {
	const made = await ctl('simulate', plant.name, 'HALL', 'BOT', 'robot', '30',
		'192.0.2.1:5020');

	await ctl('simulate', plant.name, 'HALL', 'STATION', 'pump-station', '3',
		'simulator.of.a.long.name.example:15020');
	await plant.device('BOX', '', '--kind', 'gateway', '--simulated');
	await page.goto('/admin/simulation');
	await look('simulation');
	const [file] = await Promise.all([page.waitForEvent('download'),
		page.getByRole('link', { name: 'Scenario of 192.0.2.1:5020' }).click()]);

	assert.equal(file.suggestedFilename(), 'scenario.json');
	assert.equal(readFileSync(await file.path(), 'utf8'), `${made}\n`);
	await page.getByRole('link', { name: '192.0.2.1:5020', exact: true }).click();
	await page.getByRole('link', { name: 'BOT 30' }).waitFor();
	await look('simulation-place');
});
