import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { env, http } from '../lib/flux.mjs';
import { within } from '../lib/pace.mjs';
import { base, profile, session, sign_in, start, stop } from './browser.mjs';

const UNIT = 5;              // of FLOW-101 in the simulator
const DEVICE = 'FLOW-101';
const WITHIN = 2000;

before(start);
after(stop);

// Writes a float into two holding registers, function 16, as any master does.
async function write_float(address, value) {
	const [host, port] = env.FLUX_MODBUS.split(':');
	const socket = net.connect(Number(port), host);
	const frame = Buffer.alloc(17);

	frame.writeUInt16BE(1, 0);       // transaction
	frame.writeUInt16BE(11, 4);      // bytes that follow
	frame.writeUInt8(UNIT, 6);
	frame.writeUInt8(16, 7);
	frame.writeUInt16BE(address, 8);
	frame.writeUInt16BE(2, 10);
	frame.writeUInt8(4, 12);
	frame.writeFloatBE(value, 13);
	await once(socket, 'connect');
	socket.write(frame);
	const [answer] = await once(socket, 'data');
	socket.destroy();
	assert.equal(answer[7], 16, 'the simulator takes the write');
}

test('a register is on the screen within 2 s of its change', async () => {
	const context = await session();
	const page = await context.newPage();

	await page.goto('/');
	await page.locator('#live[data-state="live"]').waitFor();
	const place = page.locator(`[data-device="${DEVICE}"] .reading`,
		{ hasText: 'Flow rate' });

	for (const value of [431.25, 287.5, 613.75]) {
		let more = 0;

		await within(WITHIN, async () => {
			const now = value + more++;

			await write_float(0, now);
			await place.locator('.value', { hasText: now.toFixed(2) })
				.waitFor();
		}, 'a register');
	}
	assert.equal(await place.locator('.unit').textContent(), 'm³/h');
	assert.match(await place.locator('.age').textContent(), /\d+ s ago/);
	await context.close();
});

test("a gateway's reading is on the screen within 2 s of its answer", async () => {
	const context = await session();
	const page = await context.newPage();

	await page.goto('/');
	await page.locator('#live[data-state="live"]').waitFor();
	const place = page.locator('[data-device="NIVUS_750_001"] .reading',
		{ hasText: 'Flow rate' });

	let flow_rate = 77.25;

	for (let i = 0; i < 2; i++)
		await within(WITHIN, async () => {
			flow_rate++;
			const answer = await http('POST', '/api/v1/ingest', {
				headers: { Authorization: `Bearer ${env.FLUX_KEY}` },
				body: { readings: [{ device: 'NIVUS_750_001',
					ts: new Date().toISOString(), values: { flow_rate } }] },
			});

			assert.equal(Math.floor(answer.status / 100), 2);
			await place.locator('.value', { hasText: flow_rate.toFixed(2) })
				.waitFor();
		}, 'a reading');
	await context.close();
});

test('only what has changed is touched', async () => {
	const context = await session();
	const page = await context.newPage();

	await page.goto('/');
	await page.locator('#live[data-state="live"]').waitFor();
	await page.evaluate(() => {
		globalThis.added = 0;
		new MutationObserver((records) => {
			for (const { addedNodes } of records)
				for (const node of addedNodes)
					globalThis.added += node.nodeType === Node.ELEMENT_NODE;
		}).observe(document.getElementById('main'),
			{ childList: true, subtree: true });
	});
	const before = await page.locator('.reading').count();

	await sleep(3000);
	assert.equal(await page.locator('.reading').count(), before);
	assert.equal(await page.evaluate(() => globalThis.added), 0);
	await context.close();
});

test('a page that is not looked at asks for nothing', async () => {
	const context = await session();
	const page = await context.newPage();
	let asked = 0;

	await page.goto('/');
	await page.locator('#live[data-state="live"]').waitFor();
	await page.evaluate(() => {
		Object.defineProperty(document, 'hidden', { get: () => true });
		document.dispatchEvent(new Event('visibilitychange'));
	});
	await sleep(1200);
	page.on('request', (r) => { asked += r.url().includes('/live'); });
	await sleep(2500);
	assert.equal(asked, 0);
	await context.close();
});

test('whose session is over is told, and finds the way back', async () => {
	const context = await profile();
	const page = await context.newPage();

	await sign_in(page);
	await page.goto('/devices/FLOW-101');
	await page.locator('#live[data-state="live"]').waitFor();
	await context.clearCookies();
	await page.locator('#live[data-state="out"]').waitFor();
	assert.match(await page.locator('#banner').textContent(), /signed out/);
	assert.equal(await page.locator('#banner a').getAttribute('href'),
		'/login?next=%2Fdevices%2FFLOW-101');
	await page.locator('#banner a').click();
	assert.ok(page.url().startsWith(`${base}/login`));
	await context.close();
});
