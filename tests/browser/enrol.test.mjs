// A device comes in by its printed label: a phone reads the QR code, a person
// confirms, the device fetches its key and sends.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { auth } from '../lib/authority.mjs';
import { request_for } from '../lib/enrol.mjs';
import { ctl, sql } from '../lib/flux.mjs';
import { Plant, post } from '../lib/plant.mjs';
import { admin_of, axe, listen, signed_in, start, stop } from './browser.mjs';

const run = promisify(execFile);
const PHONE = { width: 320, height: 640 };
let plant, desk, phone, folder;

before(async () => {
	plant = await Plant.make('Label');
	const person = await admin_of(plant);

	await plant.device('PUMP');
	await ctl('ca', plant.name, 'make');
	await ctl('cert', plant.name, 'issue', 'PUMP', '-',
		{ input: (await request_for('PUMP')).csr });
	await start();
	({ page: desk } = await signed_in(person));
	({ page: phone } = await signed_in(person, { viewport: PHONE }));
	folder = await mkdtemp(path.join(tmpdir(), 'flux-label-'));
});

after(async () => {
	await stop();
	await rm(folder, { recursive: true });
});

describe('a label', () => {
	test('is printed, scanned, opened; then the device sends', async () => {
		const said = [listen(desk), listen(phone)];

		await desk.goto('/admin/devices');
		await desk.getByRole('link', { name: 'Label of Device PUMP' }).click();
		await desk.getByRole('button', { name: 'Print a new label' }).click();
		await desk.locator('svg.qr').screenshot(
			{ path: path.join(folder, 'qr.png') });
		const url = (await run('zbarimg', ['-q', '--raw',
			path.join(folder, 'qr.png')])).stdout.trim();

		await phone.goto(url);
		await phone.getByLabel('Name').fill('Pump of the hall');
		await phone.getByRole('button', { name: 'Confirm' }).click();
		await phone.getByText('Open until').waitFor();
		const answer = await auth('claim', { claim: url.split('/').at(-1) });

		assert.equal(answer.status, 201, answer.body);
		const sent = await post(answer.json().key, { readings: [{
			device: 'PUMP', ts: new Date().toISOString(),
			values: { flow_rate: 1 } }] });

		assert.equal(sent.status, 202, sent.body);
		await phone.reload();
		await phone.getByText('came in on').waitFor();
		assert.deepEqual(said.flat(), []);
	});

	test('is on paper without what is around it', async () => {
		await desk.emulateMedia({ media: 'print' });
		await desk.goto('/admin/devices/PUMP/label');
		await desk.getByRole('button', { name: 'Print a new label' }).click();
		await desk.locator('svg.qr').waitFor();
		assert.ok(await desk.locator('svg.qr').isVisible());
		for (const way of await desk.locator('.apart').all())
			assert.ok(!await way.isVisible());
		await desk.emulateMedia({ media: null });
	});
});

describe('the pages of enrolment', () => {
	const pages = [
		['the devices', '/admin/devices'],
		['a device\'s label', '/admin/devices/PUMP/label'],
		['the certificates', '/admin/certificates'],
		['a label that was scanned', null],
		['the printed label', 'print'],
	];

	async function show(page, url) {
		if (url === null)
			url = new URL(await ctl('claim', plant.name, 'PUMP')).pathname;
		await page.goto(url === 'print' ? '/admin/devices/PUMP/label' : url);
		if (url === 'print')
			await page.getByRole('button', { name: 'Print a new' }).click();
	}

	for (const [name, url] of pages)
		test(`fit a phone and please axe: ${name}`, async () => {
			for (const page of [desk, phone]) {
				await show(page, url);
				assert.deepEqual(await axe(page), []);
			}
			assert.ok(await phone.evaluate(() =>
				document.documentElement.scrollWidth <= innerWidth));
		});

	test('ask again who it is before they end a certificate', async () => {
		await sql('super', `UPDATE ctx.session SET fresh_till = '-infinity'
			WHERE tenant_id = ${plant.id}`);
		await desk.goto('/admin/certificates');
		await desk.getByRole('button', { name: /^End the certificate/ })
			.first().click();
		await desk.waitForURL(/\/confirm/);
		assert.equal(await sql('super', `SELECT count(*) FROM ctx.device_cert
			WHERE tenant_id = ${plant.id} AND revoked_at IS NOT NULL`), '0');
	});
});
