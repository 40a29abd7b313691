import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { waitFor } from '../lib/flux.mjs';
import { base, is_kept, launching, profile, session, sign_in, start, stop,
	stores, users } from './browser.mjs';

const DEVICE = '/devices/PUMP-101';
const PICTURE = /^Offline — this is the picture of \d\d:\d\d, .+ ago\.$/;

before(start);
after(stop);

test('a reload without network shows the last picture and its age', async () => {
	const context = await session();
	const page = await context.newPage();

	await page.goto('/');
	await page.locator('#live[data-state="live"]').waitFor();
	await is_kept(page, '/');
	const devices = await page.locator('.card.device').count();
	assert.ok(devices > 0);

	await context.setOffline(true);
	await page.reload();
	await page.locator('#banner', { hasText: PICTURE }).waitFor();
	assert.equal(await page.locator('.card.device').count(), devices);
	assert.match(await page.locator('#live').textContent(),
		/offline — last data \d+ (s|min) ago/);
	assert.match(await page.locator('.reading .age').first().textContent(),
		/\d+ (s|min|h|d) ago/);

	await context.setOffline(false);
	await page.locator('#live[data-state="live"]').waitFor();
	assert.equal(await page.locator('#banner').isVisible(), false);
	await context.close();
});

test('the kept picture is as young as the last live value', async () => {
	const context = await session();
	const page = await context.newPage();
	const drawn = () => page.evaluate(() => document.body.dataset.now);

	await page.goto('/');
	await is_kept(page, '/');
	await page.locator('#live[data-state="live"]').waitFor();
	const first = await drawn();
	await page.waitForFunction((then) => Date.parse(document.body.dataset.now) >
		Date.parse(then) + 2000, first);
	const last = await drawn();
	await context.setOffline(true);
	await page.locator('#live[data-state="gone"]').waitFor();
	// With the network gone, what is shown is kept.
	await waitFor(() => page.evaluate(async (then) => {
		const text = await (await caches.match(location.href)).text();
		const [, now] = text.match(/data-now="([^"]*)"/);

		return Date.parse(now) >= Date.parse(then);
	}, last));
	await page.reload();
	assert.ok(Date.parse(await drawn()) >= Date.parse(last));
	await context.close();
});

test('a page that was never open offers those that were', async () => {
	const context = await session();
	const page = await context.newPage();

	await page.goto('/');
	await is_kept(page, '/');
	await is_kept(page, '/offline');
	await context.setOffline(true);
	await page.goto(DEVICE);
	await page.getByRole('heading', { name: 'You are offline' }).waitFor();
	await page.locator('#kept a').first().click();
	await page.locator('.card.device').first().waitFor();
	await context.close();
});

test('signing out leaves nothing behind', async () => {
	const context = await profile();
	const page = await context.newPage();

	await sign_in(page);
	await is_kept(page, '/');
	assert.equal((await stores(page)).length, 1);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.waitForURL(/\/login/);
	assert.deepEqual(await stores(page), []);
	await context.setOffline(true);
	await page.goto('/');
	await page.getByRole('heading', { name: 'You are offline' }).waitFor();
	assert.equal(await page.locator('#kept a').count(), 0);
	await context.close();
});

test('who is signing out keeps nothing more, whatever goes on', async () => {
	const context = await profile();
	const page = await context.newPage();

	await sign_in(page);
	await is_kept(page, '/');
	await page.locator('#live[data-state="live"]').waitFor();
	// As when the question that is under way ends with the page.
	assert.deepEqual(await page.evaluate(async () => {
		const opened = [], { open } = caches;

		caches.open = (name) => {
			opened.push(name);
			return open.call(caches, name);
		};
		document.getElementById('logout').dispatchEvent(new Event('submit'));
		dispatchEvent(new Event('offline'));
		await navigator.serviceWorker.ready;
		return opened;
	}), []);
	await context.close();
});

test('another user finds nothing of the one before', async () => {
	const context = await profile();
	const page = await context.newPage();

	await sign_in(page, users.a);
	await is_kept(page, '/');
	const [store_a] = await stores(page);
	await context.clearCookies();
	await sign_in(page, users.b);
	await waitFor(async () => !(await stores(page)).includes(store_a));
	await is_kept(page, '/');
	assert.equal((await stores(page)).length, 1);
	await context.setOffline(true);
	await page.goto(DEVICE);
	await page.getByRole('heading', { name: 'You are offline' }).waitFor();
	await context.close();
});

test('errors and the sign-in page are never kept', async () => {
	const context = await session();
	const page = await context.newPage();

	await page.goto('/');
	await is_kept(page, '/');
	await page.goto('/devices/no-such-thing');
	await page.goto('/login');
	const kept = await page.evaluate(async () => {
		const urls = [];

		for (const name of await caches.keys())
			for (const { url } of await (await caches.open(name)).keys())
				urls.push(new URL(url).pathname);
		return urls;
	});
	assert.ok(kept.includes('/'));
	assert.ok(!kept.includes('/login'));
	assert.ok(!kept.includes('/devices/no-such-thing'));
	await context.close();
});

test('the browser offers to install it', async () => {
	const folder = await mkdtemp(path.join(tmpdir(), 'profile-'));
	const context = await chromium.launchPersistentContext(folder,
		{ ...launching, baseURL: base });
	const page = await context.newPage();
	const devtools = await context.newCDPSession(page);

	try {
		await page.goto('/login');
		await page.evaluate(() => navigator.serviceWorker.ready
			.then(() => true));
		const manifest = await devtools.send('Page.getAppManifest');
		const { installabilityErrors } = await devtools.send(
			'Page.getInstallabilityErrors');

		assert.deepEqual(manifest.errors, []);
		assert.deepEqual(installabilityErrors, []);
		const { name, short_name, id, start_url, display, icons, shortcuts } =
			JSON.parse(manifest.data);
		assert.ok(name && short_name && id && shortcuts.length);
		assert.equal(start_url, '/');
		assert.equal(display, 'standalone');
		assert.ok(icons.some((icon) => icon.purpose === 'maskable'));
		for (const { src, sizes } of icons.filter((i) => i.sizes !== 'any')) {
			const width = await page.evaluate(async (url) => {
				const image = new Image();

				image.src = url;
				await image.decode();
				return `${image.naturalWidth}x${image.naturalHeight}`;
			}, src);

			assert.equal(width, sizes, src);
		}
	} finally {
		await context.close();
		await rm(folder, { recursive: true, force: true });
	}
});
