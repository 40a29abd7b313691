// The page that tells how all of it is, in a real browser.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { axe, base, profile, start, stop } from './browser.mjs';

const shots = process.env.FLUX_SHOTS; // where pictures are kept, if anywhere

before(start);
after(stop);

test('the status is sound at every width and needs nobody to sign in', async () => {
	const context = await profile();
	const page = await context.newPage();

	await page.goto(`${base}/status`);
	await page.getByRole('heading', { name: 'Status' }).waitFor();
	assert.match(await page.locator('#status').innerText(), /Database\s+has answered for/);
	for (const width of [320, 360, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <=
			document.documentElement.clientWidth), `${width} px`);
		assert.deepEqual(await axe(page), [], `${width} px`);
		if (shots)
			await page.screenshot({ path: path.join(shots, `status-${width}.png`),
				fullPage: true });
	}
	await context.close();
});
