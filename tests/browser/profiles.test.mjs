// The pages of device profiles in a real browser: sound at every width.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { book } from '../lib/book.mjs';
import { root } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';
import { admin_of, base, signed_in, sound, start, stop, users }
	from './browser.mjs';

const good = readFileSync(path.join(root, 'tests/golden/profiles/good.json'), 'utf8');
let plant, page, said;

const look = (name) => sound(page, said, name);

before(async () => {
	await start();
	plant = await Plant.make('Maps');
	await plant.device('P1', '');
	({ page, said } = await signed_in(await admin_of(plant)));
});
after(stop);

test('there is none at first', async () => {
	await page.goto('/admin/profiles');
	await look('profiles-none');
});

test('a table pasted from a data sheet becomes a profile', async () => {
	await page.getByLabel('What it is').selectOption('csv');
	await page.getByLabel('Text', { exact: true }).fill('flow\tFlow\tholding\t0\tfloat\t' +
		'CDAB\t\tm3/h\nodd\tOdd one\tholding\t9\tbcd\n');
	await page.getByText('For register maps of others').click();
	await page.getByLabel('Profile', { exact: true }).fill('sheet');
	await page.getByRole('button', { name: 'Look at it' }).click();
	await page.getByText('its type is not known').waitFor();
	await look('profile-sheet');
});

test('what is wrong is said beside the form', async () => {
	await page.goto('/admin/profiles');
	await page.getByLabel('Text', { exact: true }).fill('{');
	await page.getByRole('button', { name: 'Look at it' }).click();
	await page.getByRole('alert').waitFor();
	said.length = 0; // the browser tells of the 400
	await look('profiles-wrong');
});

test('a version is used, and the next one says what it changes', async () => {
	for (const [version, low] of [['1', -100], ['2', -50]]) {
		const p = JSON.parse(good);

		p.version = version;
		p.points[0].range[0] = low;
		await page.goto('/admin/profiles');
		await page.getByLabel('What it is').selectOption('json');
		await page.getByLabel('Text', { exact: true }).fill(JSON.stringify(p));
		await page.getByRole('button', { name: 'Look at it' }).click();
		await page.getByRole('heading', { name: `good ${version}` }).waitFor();
		if (version === '1') {
			await page.getByLabel('Device').fill('P1');
			await page.getByRole('button', { name: 'Use for this device' }).click();
			await page.getByText('1 device ·').waitFor();
		}
	}
	await page.getByText('-50 to 100').waitFor();
	await look('profile-changes');
	await page.getByRole('button', { name: 'Use for all' }).click();
	await page.getByText('1 device ·').waitFor();
});

test('registers are read under every type and order', async () => {
	await page.goto('/admin/words');
	await page.getByLabel('Registers, in').fill('16950, 52429, 457');
	await page.getByLabel('Which one reads').fill('45.7');
	await page.getByRole('button', { name: 'Show them' }).click();
	await page.getByRole('heading', { name: 'Reads as 45.7' }).waitFor();
	await look('words');
});

test('a spreadsheet is shown sheet by sheet', async () => {
	await page.goto('/admin/profiles');
	await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'registers.xlsx',
		mimeType: 'application/octet-stream', buffer: book({ Cover: [],
			Registers: [['key', 'name', 'register', 'address', 'type', 'unit'],
				['flow', 'Flow rate', 'holding', 0, 'float', 'm3/h'],
				['level', 'Level', 'holding', 2, 'float', 'm']] }) });
	await page.getByRole('button', { name: 'Show its sheets' }).click();
	await page.getByRole('heading', { name: 'Registers', exact: true }).waitFor();
	await look('sheets');
	await page.getByLabel('Profile', { exact: true }).fill('mine');
	await page.getByRole('button', { name: 'Look at it' }).click();
	await page.getByRole('cell', { name: 'Flow rate' }).waitFor();
});

test('registers are read from a device, and one becomes a point', async () => {
	({ page, said } = await signed_in(users.a));
	await page.goto(`${base}/admin/words`);
	const device = page.getByRole('combobox', { name: 'Device' });

	await look('words-live');
	await device.fill('FLOW-101');
	await page.getByLabel('Address of the first, from 0').first().fill('0');
	await page.getByLabel('How many').fill('4');
	await page.getByRole('button', { name: 'Read', exact: true }).click();
	await page.getByRole('heading', { name: 'All readings' }).waitFor();
	const shown = await page.locator('tbody td.number').first().textContent();

	await page.getByLabel('Which one reads').first().fill(shown.trim());
	await page.getByRole('button', { name: 'Find it' }).click();
	await page.getByRole('button', { name: 'Make a point of it' }).first().waitFor();
	await look('words-read');
	await page.getByRole('button', { name: 'Make a point of it' }).first().click();
	await page.getByRole('heading', { name: 'Add a version' }).waitFor();
	assert.match(await page.getByLabel('Text', { exact: true }).inputValue(),
		/^key,name,register.*\nvalue,Value,holding,0,/);
	await look('words-point');
});
