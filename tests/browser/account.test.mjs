// From an invitation to a second factor in a real browser, each page on the
// way looked at.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ctl, sql } from '../lib/flux.mjs';
import { codeOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';
import { axe, base, listen, profile, start, stop, stores } from './browser.mjs';

const PASSWORD = 'thirteen grey herons';
const shots = process.env.FLUX_SHOTS; // where pictures are kept, if anywhere
let plant;

before(async () => {
	await start();
	plant = await Plant.make('Account');
});
after(stop);

// The page is sound: axe, widths, nothing said.
async function look(page, name) {
	for (const width of [320, 1280]) {
		await page.setViewportSize({ width, height: 900 });
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <=
			document.documentElement.clientWidth), `${name} at ${width} px`);
		assert.deepEqual(await axe(page), [], `${name} at ${width} px`);
		if (shots)
			await page.screenshot({ path: path.join(shots, `${name}-${width}.png`),
				fullPage: true });
	}
}

async function signIn(page, email) {
	await page.getByLabel('E-mail').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
	await page.getByRole('button', { name: 'Sign in' }).click();
}

// What a telephone reads from the square on the page.
async function scanned(page) {
	const file = path.join(os.tmpdir(), `${randomBytes(6).toString('hex')}.png`);

	await page.locator('svg.qr').screenshot({ path: file });
	try {
		return execFileSync('zbarimg', ['-q', '--raw', file],
			{ stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
	} finally {
		rmSync(file);
	}
}

for (const javaScriptEnabled of [true, false])
	test(`an invitation leads to a second factor${javaScriptEnabled ? '' :
		', without script as well'}`, async () => {
		const email = `b${randomBytes(5).toString('hex')}@people.example`;
		const link = new URL(await ctl('invite', plant.name, email, 'Bo Browser',
			'viewer'));
		const context = await profile({ javaScriptEnabled });
		const page = await context.newPage();
		const said = listen(page);
		const see = (name) => javaScriptEnabled ? look(page, name) : undefined;

		await page.goto(base + link.pathname);
		await see('invite');
		await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
		await page.getByLabel('The same again').fill(PASSWORD);
		await page.getByRole('button', { name: 'Set the password' }).click();
		await page.getByText('Your password is set').waitFor();
		await signIn(page, email);
		await page.getByRole('link', { name: 'Account' }).click();
		await see('account');
		await page.getByRole('button', { name: 'Set up a second factor' }).click();
		await see('factor');
		const uri = await scanned(page);

		assert.match(uri, /^otpauth:\/\/totp\/Fluxline:b[0-9a-f]+@people\.example\?secret=/);
		const secret = new URL(uri).searchParams.get('secret');

		await page.getByLabel('Code', { exact: true }).fill(codeOf(secret));
		await page.getByRole('button', { name: 'Turn it on' }).click();
		await page.getByText('They are shown only now').waitFor();
		assert.equal(await page.locator('li code').count(), 10);
		await see('codes');
		await page.getByRole('link', { name: 'I have kept them' }).click();
		await page.getByText('Recovery codes left: 10').waitFor();
		await page.getByRole('button', { name: 'Sign out' }).click();
		await page.getByRole('link', { name: 'Password forgotten?' }).click();
		await see('forgot');
		await page.getByRole('link', { name: 'To sign in' }).click();
		await signIn(page, email);
		// The one before is spent.
		await page.getByLabel('Code of your authenticator')
			.fill(codeOf(secret, 1));
		await see('code');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.goto(`${base}/confirm?next=/account`);
		await see('confirm');
		// No page of an account stays on the device.
		if (javaScriptEnabled) {
			const kept = await page.evaluate(async (names) => (await Promise.all(
				names.map(async (name) => (await (await caches.open(name)).keys())
					.map((k) => new URL(k.url).pathname)))).flat(), await stores(page));

			assert.deepEqual(kept.filter((p) => p !== '/'), []);
			assert.deepEqual(said, []);
		}
		await context.close();
	});

test('who must have a second factor sets it up before anything opens', async () => {
	const strict = await Plant.make('Strict');
	const email = `b${randomBytes(5).toString('hex')}@people.example`;

	await ctl('user', strict.name, email, 'Bo Browser', 'viewer',
		{ input: PASSWORD });
	await sql('super', `UPDATE ctx.tenant_home SET factor_for = 'everybody'
		WHERE tenant_id = ${strict.id}`);
	const context = await profile({});
	const page = await context.newPage();
	const said = listen(page);

	await page.goto(`${base}/login`);
	await signIn(page, email);
	await page.getByText('Nothing else opens before').waitFor();
	await look(page, 'setup');
	await page.getByRole('button', { name: 'Set it up' }).click();
	await page.locator('svg.qr').waitFor();
	await look(page, 'setup-code');
	const secret = new URL(await scanned(page)).searchParams.get('secret');

	await page.getByLabel('Code', { exact: true }).fill(codeOf(secret));
	await page.getByRole('button', { name: 'Turn it on' }).click();
	await page.getByText('They are shown only now').waitFor();
	await page.getByRole('link', { name: 'I have kept them' }).click();
	await page.getByRole('link', { name: 'Account' }).waitFor();
	assert.deepEqual(said, []);
	await context.close();
});
