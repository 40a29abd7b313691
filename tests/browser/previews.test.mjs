// A profile is tried on a device in a real browser: by keyboard, sound at
// every width, with and without anything to try it on.
// Mostly waits.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ctl, sql, waitFor } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';
import { app, Programs } from '../lib/simulator.mjs';
import { admin_of, signed_in, sound, start, stop } from './browser.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxpreview.'));
const programs = new Programs(folder);
const SHEET = 'key\tname\tregister\taddress\ttype\torder\tscale\tunit\n' +
	'good\tPressure\tholding\t0\tFLOAT64\tABCD\t\tbar\n' +
	'turned\tTurned round\tholding\t4\tFLOAT64\tDCBA\t\tbar\n' +
	'gone\tNot there\tholding\t500\tUINT16\t\t0,1\tV\n' +
	'odd\tOdd one\tholding\tx\tUINT16\n';
let plant, page, said;

const look = (name) => sound(page, said, name);

before(async () => {
	await start();
	plant = await Plant.make('Tries');
	await ctl('poller', plant.name);
	({ page, said } = await signed_in(await admin_of(plant)));
});

after(async () => {
	await stop();
	await programs.end();
	rmSync(folder, { recursive: true });
});

test('without a device the page says what one needs', async () => {
	await page.goto('/admin/previews');
	await page.getByText('There is no device to try it on').waitFor();
	await look('previews-none');
});

test('a pasted table goes on to the form with a device to choose', async () => {
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	const port = await programs.simulate([{ unit: 1,
		profile: 'fluxline-float64x8' }], { steps: [
		{ unit: 1, do: 'holes', from: 500, count: 2 }] });

	await plant.device('P1', 'fluxline-float64x8', '--simulated', '--modbus',
		`tcp:127.0.0.1:${port}:1`);
	assert.ok(await waitFor(() => sql('super', `SELECT 1 FROM flux.latest
		WHERE tenant_id = ${plant.id}`), 60000));
	await page.goto('/admin/profiles');
	await page.getByLabel('What it is').selectOption('csv');
	await page.getByLabel('Text', { exact: true }).fill(SHEET);
	await page.getByText('For register maps of others').click();
	await page.getByLabel('Profile', { exact: true }).fill('sheet');
	await page.getByRole('button', { name: 'Try it on a device' }).click();
	await page.getByLabel('Device', { exact: true }).waitFor();
	assert.equal(await page.getByLabel('Text', { exact: true }).inputValue(), SHEET.trim());
	await look('previews-form');
});

test('and the keyboard alone brings the values', async () => {
	await page.getByLabel('Device', { exact: true }).focus();
	await page.keyboard.type('P1');
	await page.keyboard.press('Enter');
	await page.getByText(/2 of 3 points read/).waitFor({ timeout: 60000 });
	await page.getByText(/^-?\d(\.\d+)?e[-+]\d+ bar$/).waitFor();
	await page.getByText(/As ABCD it reads/).waitFor();
	await page.getByText(/holding 500: Exception 2/).waitFor();
	await page.getByText('its address is no number').waitFor();
	await look('preview');
});

test('from which the draft is changed, or kept', async () => {
	await page.getByRole('button', { name: 'Change it, or try it again' }).click();
	await page.getByLabel('Device', { exact: true }).waitFor();
	await page.goBack();
	await page.getByRole('button', { name: 'Keep this version' }).click();
	await page.getByRole('button', { name: 'See live values of a device' }).waitFor();
	await look('preview-kept');
});
