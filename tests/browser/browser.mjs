// browser.mjs - a real browser on the running instance.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { PATIENCE_MS as WAIT, ctl, env, waitFor } from '../lib/flux.mjs';

const require = createRequire(import.meta.url);
const axe_source = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

// The instance's CA is known to no browser.
export const launching = {
	timeout: WAIT,
	executablePath: process.env.FLUX_CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
		'--disable-background-networking', '--disable-component-update',
		'--disable-sync', '--ignore-certificate-errors'],
};

export const base = env.FLUX_TLS_URL;
export const users = {
	a: [env.FLUX_USER, env.FLUX_PASSWORD],
	b: [env.FLUX_USER_B, env.FLUX_PASSWORD_B],
};

// What a page said that it should not: errors, refusals, CSP reports.
export function listen(page) {
	const said = [];

	page.on('pageerror', (e) => said.push(String(e)));
	page.on('console', (m) => {
		if (m.type() === 'error' || /Content Security Policy/.test(m.text()))
			said.push(`${m.text()} (${m.location().url})`);
	});
	return said;
}

export async function sign_in(page, [user, password] = users.a) {
	await page.goto(`${base}/login`);
	await page.getByLabel('E-mail').fill(user);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL(`${base}/`);
}

let browser, cookies;

export async function start() {
	browser = await chromium.launch(launching);
}

export async function stop() {
	await browser.close();
}

// A fresh browser profile.
export async function profile(options = {}) {
	const context = await browser.newContext({ baseURL: base, ...options });

	context.setDefaultTimeout(WAIT);
	return context;
}

// Somebody who may do everything in a tenant: for sign_in().
export async function admin_of(plant) {
	const person = [`admin-${plant.id}@browser.example`, 'fourteen grey herons'];

	await ctl('user', plant.name, person[0], 'Mia', 'admin',
		{ input: person[1] });
	return person;
}

// A page of a fresh profile where this person is signed in, and what it says
// that it should not.
export async function signed_in(person, options) {
	const page = await (await profile(options)).newPage();
	const said = listen(page);

	await sign_in(page, person);
	return { page, said };
}

// A fresh profile with the session of user A, who signs in only once.
export async function session(options = {}) {
	if (!cookies) {
		const context = await profile();

		await sign_in(await context.newPage());
		cookies = await context.cookies();
		await context.close();
	}
	const context = await profile(options);
	await context.addCookies(cookies);
	return context;
}

// What axe finds wrong, one line each; of what it finds right it keeps no list,
// which would cost more than the search.
export async function axe(page) {
	if (!await page.evaluate(() => 'axe' in globalThis))
		await page.evaluate(axe_source);
	const { violations } = await page.evaluate(() =>
		globalThis.axe.run({ resultTypes: ['violations'] }));

	return violations.flatMap(({ id, nodes }) =>
		nodes.map((node) => `${id}: ${node.target.join(' ')}: ` +
			`${node.failureSummary}`));
}

// The names of the stores in which pages are kept.
export const stores = (page) => page.evaluate(async () =>
	(await caches.keys()).filter((name) => name.startsWith('pages-')));

// Waits until this page is kept for when the network is away.
export const is_kept = (page, url) => waitFor(() => page.evaluate(
	async (href) => {
		const worker = await navigator.serviceWorker.getRegistration();

		return worker?.active?.state === 'activated' &&
			!!(await caches.match(new URL(href, location.href)));
	}, url));

// The page is sound: no scrolling sideways at any width, axe finds nothing, and
// nothing was said.  FLUX_SHOTS names a folder for pictures.
export async function sound(page, said, name) {
	const shots = process.env.FLUX_SHOTS;

	for (const width of [320, 360, 820, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <=
			document.documentElement.clientWidth), `${name} at ${width} px`);
		if (width === 360)
			assert.deepEqual(await axe(page), [], `${name} at ${width} px`);
		if (shots)
			await page.screenshot({ path: path.join(shots, `${name}-${width}.png`),
				fullPage: true });
	}
	assert.deepEqual(said, []);
}
