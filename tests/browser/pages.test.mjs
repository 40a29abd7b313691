// Takes long.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { root } from '../lib/flux.mjs';
import { axe, listen, profile, session, sign_in, start, stop }
	from './browser.mjs';

const DEVICE = '/devices/PUMP-101';
const PAGES = { login: '/login', overview: '/', device: DEVICE,
	error: '/devices/no-such-thing', admin: '/admin', users: '/admin/users',
	roles: '/admin/roles' };
// The other pages of the desk, which are made of the same parts.
const DESK = ['/account', '/admin/keys', '/admin/devices',
	'/admin/certificates', '/admin/audit', '/admin/quota', '/admin/settings',
	'/admin/provider', '/admin/tenant'];
const SCRIPT_MAX = 60 * 1024; // gzipped, all of it

before(start);
after(stop);

const open = (name, options) =>
	name === 'login' ? profile(options) : session(options);

// Is nothing of it wider than the page?
const fits = (page) => page.evaluate(() => document.documentElement
	.scrollWidth <= document.documentElement.clientWidth);

// A page is loaded once and then made wider, as a window is.
for (const [name, url] of Object.entries(PAGES))
	for (const colorScheme of ['light', 'dark'])
		test(`axe finds nothing on ${name} in ${colorScheme}, and it needs ` +
			'no scrolling sideways at 320 px', async () => {
			const context = await open(name, { colorScheme,
				viewport: { width: 320, height: 640 } });
			const page = await context.newPage();

			await page.goto(url);
			assert.ok(await fits(page));
			for (const width of [360, 820, 1440]) {
				await page.setViewportSize({ width, height: 900 });
				assert.deepEqual(await axe(page), [], `at ${width} px`);
			}
			await context.close();
		});

for (const url of DESK)
	test(`axe finds nothing on ${url}, and it fits on 320 px`, async () => {
		const context = await session({ colorScheme: 'light',
			viewport: { width: 320, height: 900 } });
		const page = await context.newPage();

		assert.equal((await page.goto(url)).status(), 200);
		for (const [colorScheme, width] of [['light', 320], ['dark', 1440]]) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize({ width, height: 900 });
			assert.deepEqual(await axe(page), [], `at ${width} px`);
			assert.ok(await fits(page));
		}
		await context.close();
	});

describe('left open for a while', { concurrency: true }, () => {
	for (const [name, url] of Object.entries(PAGES))
		test(`${name} breaks no rule of the content policy`, async () => {
			const context = await open(name);
			const page = await context.newPage();
			const said = listen(page);
			const answer = await page.goto(url);

			assert.match(answer.headers()['content-security-policy'],
				/^default-src 'none'/);
			await page.waitForTimeout(1500);
			assert.deepEqual(said.filter((line) => !(name === 'error' &&
				/status of 404/.test(line))), []);
			await context.close();
		});
});

test('what is pressed is 60 px high on a narrow page', async () => {
	const context = await session({ viewport: { width: 360, height: 800 } });
	const page = await context.newPage();

	for (const url of ['/', DEVICE]) {
		await page.goto(url);
		const small = await page.evaluate(() => [...document
			.querySelectorAll('button, .button, input, .spans a, .card-head')]
			.filter((e) => e.checkVisibility() && e.type !== 'hidden' &&
				e.getBoundingClientRect().height < 60)
			.map((e) => e.outerHTML));

		assert.deepEqual(small, []);
	}
	await context.close();
});

test('the keyboard reaches the content and every device', async () => {
	const context = await session();
	const page = await context.newPage();
	const focus = () => page.evaluate(() => {
		const e = document.activeElement;

		return { id: e.id, href: e.getAttribute('href'),
			outline: getComputedStyle(e).outlineStyle };
	});

	await page.goto('/');
	await page.keyboard.press('Tab');
	assert.equal((await focus()).href, '#main');
	await page.keyboard.press('Enter');
	assert.equal((await focus()).id, 'main');

	const devices = await page.locator('.card h3 a')
		.evaluateAll((links) => links.map((a) => a.getAttribute('href')));
	assert.ok(devices.length > 0);
	for (const href of devices) {
		await page.keyboard.press('Tab');
		const at = await focus();

		assert.equal(at.href, href);
		assert.notEqual(at.outline, 'none', 'the focus can be seen');
	}
	await context.close();
});

test('everything can be read and left without script', async () => {
	const context = await profile({ javaScriptEnabled: false });
	const page = await context.newPage();

	await sign_in(page);
	assert.ok(await page.locator('.reading .value').count() > 0);
	await page.locator(`a[href="${DEVICE}"]`).click();
	assert.ok(await page.locator('.chart path.line').count() > 0);
	await page.locator('.spans a', { hasText: '7 d' }).click();
	assert.equal(await page.locator('.spans a[aria-current]').textContent(),
		'7 d');
	await page.getByRole('button', { name: 'Show' }).click();
	assert.match(page.url(), /from=.*to=/);
	assert.equal(await page.locator('.problem').count(), 0);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.goto('/');
	assert.match(page.url(), /\/login/);
	await context.close();
});

test('a wrong password is told in words and keeps the e-mail', async () => {
	const context = await profile();
	const page = await context.newPage();

	await page.goto('/login');
	await page.getByLabel('E-mail').fill('nobody@example.org');
	await page.getByLabel('Password').fill('not this one, surely');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('alert').waitFor();
	assert.equal(await page.getByLabel('E-mail').inputValue(),
		'nobody@example.org');
	assert.deepEqual(await axe(page), []);
	await context.close();
});

test('what is simulated says so beside, behind and above', async () => {
	const context = await session({ javaScriptEnabled: false });
	const page = await context.newPage();
	const count = (selector) => page.locator(selector).count();

	await page.goto('/');
	const cards = await count('.card[data-simulated]');
	assert.ok(cards > 0);
	assert.equal(await count('.card[data-simulated] .sim'), cards);
	assert.equal(await count('.card[data-simulated] .watermark'), cards);
	assert.equal(await count('.card:not([data-simulated]) .sim'), 0);
	assert.equal(await count('.sim-band'), 1);
	await page.goto(DEVICE);
	assert.equal(await count('.sim-band'), 1);
	assert.equal(await count('.plot rect[fill="url(#simulated)"]'),
		await count('.plot'));
	await context.close();
});

test('the theme that was chosen is remembered', async () => {
	const context = await session({ colorScheme: 'light' });
	const page = await context.newPage();
	const paper = () => page.evaluate(() =>
		getComputedStyle(document.body).backgroundColor);

	await page.goto('/');
	const sun = await paper();
	await page.locator('#theme').click();
	await page.locator('#theme').click();
	assert.match(await page.locator('#theme').textContent(), /Night/);
	const night = await paper();
	assert.notEqual(night, sun);
	await page.goto(DEVICE);
	assert.equal(await paper(), night);
	await context.close();
});

test('a chart can be looked at more closely, and left again', async () => {
	const context = await session();
	const page = await context.newPage();
	const said = listen(page);

	await page.goto(DEVICE);
	const figure = page.locator('.chart').first();
	await figure.getByRole('button', { name: /Look closer/ }).click();
	await figure.locator('canvas').waitFor();
	for (const name of ['Zoom in', 'Earlier', 'Zoom out', 'Later']) {
		const answer = page.waitForResponse(/\/series\?/);

		await figure.getByRole('button', { name, exact: true }).click();
		assert.equal((await answer).status(), 200);
	}
	assert.equal(await figure.locator('.plot').isVisible(), false);
	await figure.getByRole('button', { name: 'Close' }).click();
	assert.equal(await figure.locator('canvas').count(), 0);
	assert.equal(await figure.locator('.plot').isVisible(), true);
	assert.deepEqual(said, []);
	await context.close();
});

test('all script together is at most 60 KB on the way', () => {
	const folders = ['static', 'static/js', 'static/vendor'];
	const sizes = folders.flatMap((folder) => readdirSync(
		path.join(root, folder)).filter((name) => name.endsWith('.js'))
		.map((name) => gzipSync(
			readFileSync(path.join(root, folder, name))).length));

	assert.ok(sizes.length > 5);
	assert.ok(sizes.reduce((a, b) => a + b) <= SCRIPT_MAX, String(sizes));
});
