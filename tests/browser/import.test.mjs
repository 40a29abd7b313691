// A file brought by a person: chosen, asked about, tried and imported, in a
// real browser, with and without script.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { bytes, published, same, together } from '../lib/corpus.mjs';
import { corpora } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';
import { admin_of, axe, base, signed_in, start, stop } from './browser.mjs';

const shots = process.env.FLUX_SHOTS; // where pictures are kept, if anywhere
const FILE = 'day;flow [L/min];note\n1/2/2025 10:00;1.5;a\n' +
	'1/2/2025 10:01;wet;<b>b</b>\n2/2/2025 10:02;3.5;=1+1\n';
let plant, person;

before(async () => {
	await start();
	plant = await Plant.make('Bring');
	person = await admin_of(plant);
});
after(stop);

async function look(page, name) {
	for (const width of [320, 360, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <=
			document.documentElement.clientWidth), `${name} at ${width} px`);
		assert.deepEqual(await axe(page), [], `${name} at ${width} px`);
		if (shots)
			await page.screenshot({ path: path.join(shots, `${name}-${width}.png`),
				fullPage: true });
	}
}

for (const javaScriptEnabled of [true, false])
	test(`a file becomes readings${javaScriptEnabled ? '' :
		', without script as well'}`, async () => {
		const { page, said } = await signed_in(person, { javaScriptEnabled });
		const device = `B-${javaScriptEnabled ? 1 : 2}`;
		const button = (name) => page.getByRole('button', { name, exact: true });
		const looked = async (name) => javaScriptEnabled && look(page, name);

		await page.goto(`${base}/admin/imports`);
		await looked('imports');
		await page.locator('#file').setInputFiles({ name: 'pump 1.csv',
			mimeType: 'text/csv', buffer: Buffer.from(FILE) });
		await button('Look at it').click();
		await page.getByRole('heading', { name: 'pump 1.csv' }).waitFor();
		const open = page.locator('#open');

		for (const field of ['order', 'zone', 'device'])
			assert.match(await open.textContent(), new RegExp(field));
		await looked('import-asked');
		await page.getByLabel('Device, of rows').fill(device);
		await page.getByLabel('Order of day').selectOption('dmy');
		await page.getByLabel('Zone of times').fill('Europe/Berlin');
		await page.getByLabel('Make devices').check();
		await page.getByLabel('Where they are made').selectOption('HALL');
		await button('Dry run').click();
		await page.getByText('This is what a run would do').waitFor();
		assert.match(await page.locator('#wrong ~ div, .scroll').first()
			.textContent(), /3.*flow \[L\/min\].*wet.*is not a number/s);
		await looked('import-tried');
		await button('Import').click();
		await page.locator('.status', { hasText: /^done$/ }).waitFor();
		assert.match(await page.locator('.facts').textContent(),
			/Stored\s*2\s*There already\s*0\s*Wrong\s*1/);
		await looked('import-done');
		assert.deepEqual(said, []);
		await page.context().close();
	});

test('an import that is cancelled says so', async () => {
	const { page } = await signed_in(person);

	await page.goto(`${base}/admin/imports`);
	await page.locator('#file').setInputFiles({ name: 'other.csv',
		mimeType: 'text/csv', buffer: Buffer.from(FILE) });
	await page.getByRole('button', { name: 'Look at it' }).click();
	await page.getByRole('button', { name: 'Cancel the import' }).click();
	await page.locator('.status', { hasText: 'cancelled' }).waitFor();
	await page.context().close();
});

test('a recording is imported as it is', { skip: corpora === null &&
	'no corpora' }, async () => {
	const { page } = await signed_in(person);
	const file = 'skab/other-1.csv.gz';
	const button = (name) => page.getByRole('button', { name, exact: true });

	await page.goto(`${base}/admin/imports`);
	await page.locator('#file').setInputFiles({ name: 'other-1.csv.gz',
		mimeType: 'application/gzip', buffer: bytes(file) });
	await button('Look at it').click();
	await page.getByLabel('Device, of rows').fill('SKAB');
	await page.getByLabel('Zone of times').fill('UTC');
	await page.getByLabel('Make devices').check();
	await page.getByLabel('Where they are made').selectOption('HALL');
	await page.getByText('Bounds').nth(4).click();
	await page.getByLabel('Lowest').nth(4).fill('-1000');
	if (shots)
		await look(page, 'import-bounds');
	await button('Import').click();
	await page.locator('.status', { hasText: /^done$/ }).waitFor();
	const key = await plant.key('SKAB', 'view');

	same(await together(key, ['SKAB'], 'pressure'),
		published()[file].Pressure, file);
	await page.context().close();
});
