// Setting up a sender: what is shown works when it is pasted, and the light
// beside it says what has come, or why it was refused.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { env, flux_var, http, sql, waitFor } from '../lib/flux.mjs';
import { within } from '../lib/pace.mjs';
import { Plant, post } from '../lib/plant.mjs';
import { admin_of, axe, listen, profile, signed_in, start, stop }
	from './browser.mjs';

const run = promisify(execFile);
const KINDS = ['teltonika', 'telegraf', 'node-red', 'home-assistant', 'esp32',
	'python', 'plc', 'scada', 'curl'];
const SOON_MS = 2000;

let plant, desk, phone, folder;

// A gateway of its own, so that each has room for its keys.
async function gateway(key) {
	await plant.gateway(key);
	await plant.device(`${key}-N`, undefined, '--gateway', key);
}

// The texts of a kind with a new key in them.
async function texts(page, to, kind) {
	await page.goto(`/setup?to=${to}&for=${kind}`);
	await page.getByRole('button', { name: /^Make a key/ }).click();
	await page.getByText('A key was made').waitFor();
	return page.locator('pre code').allTextContents();
}

const value_of = async (device) => {
	const [row] = (await sql('super', `SELECT l.value[1] FROM flux.latest l
		JOIN flux.device d USING (tenant_id, device_id)
		WHERE l.tenant_id = ${plant.id} AND d.key = '${device}'`)).split('\n');

	return row;
};
const arrives = (device) => waitFor(async () => await value_of(device) !== '');

before(async () => {
	plant = await Plant.make('Setup');
	const person = await admin_of(plant);

	for (const kind of [...KINDS, 'light', 'refused', 'full', 'once'])
		await gateway(`GW-${kind}`);
	await start();
	({ page: desk } = await signed_in(person,
		{ viewport: { width: 1440, height: 900 } }));
	({ page: phone } = await signed_in(person,
		{ viewport: { width: 320, height: 640 } }));
	folder = await mkdtemp(path.join(tmpdir(), 'flux-setup-'));
});

after(async () => {
	await stop();
	await rm(folder, { recursive: true });
});

describe('what is shown', () => {
	test('is found from the administration, chosen, and has no key at first',
		async () => {
			const said = listen(desk);

			await desk.goto('/admin');
			await desk.getByRole('link', { name: /Set up a sender/ }).click();
			await desk.getByLabel('Gateway or device').selectOption('GW-curl');
			await desk.getByLabel(/Telegraf/).check();
			await desk.getByRole('button', { name: 'Show what to paste' })
				.click();
			await desk.waitForURL(/\/setup\?to=GW-curl&for=telegraf/);
			assert.match(await desk.locator('pre').first().textContent(),
				/token = "THE-KEY"/);
			assert.deepEqual(said, []);
		});

	test('works when it is pasted: the file and curl', async () => {
		const [text] = await texts(desk, 'GW-curl', 'curl');
		const ca = await desk.evaluate(async () =>
			(await fetch('/setup/ca')).text());

		assert.equal(ca, await readFile(env.FLUX_CA, 'utf8'));
		await writeFile(path.join(folder, 'fluxline-ca.pem'), ca);
		const { stdout } = await run('bash', ['-c', text], { cwd: folder });

		assert.equal(JSON.parse(stdout).accepted, 1);
		await arrives('GW-curl-N');
	});

	test('works when it is pasted: Python', async () => {
		const [text] = await texts(desk, 'GW-python', 'python');

		await writeFile(path.join(folder, 'send.py'), text);
		const sender = spawn('python3', ['send.py'], { cwd: folder });
		let said = '', wrong = '';

		sender.stdout.on('data', (part) => { said += part; });
		sender.stderr.on('data', (part) => { wrong += part; });
		await waitFor(() => said.includes('\n') || sender.exitCode !== null);
		assert.equal(sender.exitCode, null, wrong); // it goes on
		sender.kill();
		assert.equal(JSON.parse(said.split('\n')[0]).accepted, 1);
	});

	// What the nodes do with it: the function makes a message, the request
	// posts what is in that.
	test('works when it is pasted: the flow of Node-RED', async () => {
		const [text] = await texts(desk, 'GW-node-red', 'node-red');
		const flow = JSON.parse(text);
		const by = (type) => flow.find((n) => n.type === type);
		const msg = new Function('msg', by('function').func)({ payload: 7 });

		for (const node of flow)
			for (const next of node.wires.flat())
				assert.ok(flow.some((n) => n.id === next), next);
		assert.equal(new URL(by('http request').url).origin,
			new URL(env.FLUX_TLS_URL).origin);
		const answer = await http('POST', new URL(by('http request').url).pathname,
			{ headers: msg.headers, body: JSON.stringify(msg.payload) });

		assert.equal(answer.json().accepted, 1, answer.body);
	});

	// As Telegraf does: the token in a header, its own organisation and bucket.
	test('works when it is pasted: both outputs of Telegraf', async (t) => {
		if ((await http('GET', '/ping')).status === 404) {
			t.skip('line protocol is not built');
			return;
		}
		const [v2, json] = await texts(desk, 'GW-telegraf', 'telegraf');
		const of = (text, name) => text.match(
			new RegExp(`${name} = \\[?"([^"]+)"`))[1];
		const line = await http('POST', '/api/v2/write?bucket=' +
			`${of(v2, 'bucket')}&org=${of(v2, 'organization')}`, {
			headers: { Authorization: `Token ${of(v2, 'token')}` },
			body: 'modbus,name=GW-telegraf-N,slave_id=1 flow_rate=1.5\n' });

		assert.equal(line.status, 204, line.body);
		await arrives('GW-telegraf-N');
		const url = new URL(of(json, 'url'));
		const batch = await http('POST', url.pathname + url.search, {
			headers: { 'X-API-Key': of(json, 'X-API-Key') },
			body: JSON.stringify({ metrics: [{ name: 'modbus',
				tags: { name: 'GW-telegraf-N' }, fields: { flow_rate: 2 },
				timestamp: Math.floor(Date.now() / 1000) - 60 }] }) });

		assert.equal(batch.json().accepted, 1, batch.body);
	});

	test('names our address, the key and a device in each kind', async () => {
		for (const kind of KINDS) {
			await desk.goto(`/setup?to=GW-${kind}&for=${kind}`);
			const all = (await desk.locator('pre code').allTextContents())
				.join('\n');

			assert.doesNotMatch(all, /\{(url|host|port|key|device|sensor|\/?ca)\}/);
			assert.match(all, /THE-KEY/, kind);
			assert.match(all, new RegExp(new URL(env.FLUX_TLS_URL).port), kind);
			assert.ok(kind === 'home-assistant' || all.includes(`GW-${kind}-N`),
				kind);
			assert.match(all, /fluxline-ca\.pem|file that is offered/, kind);
		}
	});

	test('has the key once, with the right to send only, in no address',
		async () => {
			const [text] = await texts(desk, 'GW-once', 'telegraf');
			const key = text.match(/token = "(flx_\w+)"/)[1];

			assert.equal(await sql('super', `SELECT name || ' ' ||
				array_to_string(ctx.can_names(can), ',') FROM ctx.api_key
				WHERE tenant_id = ${plant.id}
				AND key_id = '${key.split('_')[1]}'`),
			'Telegraf telemetry:write');
			assert.doesNotMatch(desk.url(), /flx_/);
			await desk.goto('/setup?to=GW-once&for=telegraf');
			assert.doesNotMatch(await desk.content(), /flx_[0-9a-f]{8}_/);
			const logs = await run('grep', ['-rlF', key, path.join(
				flux_var, 'log')]).catch((e) => e);

			assert.equal(logs.code, 1, logs.stdout);
			assert.equal(await desk.evaluate(async (secret) => {
				for (const name of await caches.keys())
					for (const at of await (await caches.open(name)).keys()) {
						const kept = await caches.match(at);

						if ((await kept.text()).includes(secret))
							return at.url;
					}
				return '';
			}, key), '');
		});

	test('is refused with the reason when the device has keys enough', async () => {
		await plant.key('GW-full');
		await plant.key('GW-full');
		await desk.goto('/setup?to=GW-full&for=curl');
		await desk.getByRole('button', { name: /^Make a key/ }).click();
		await desk.getByText(/two|already/i).first().waitFor();
	});

	test('asks again who it is before it makes a key', async () => {
		await sql('super', `UPDATE ctx.session SET fresh_till = '-infinity'
			WHERE tenant_id = ${plant.id}`);
		await desk.goto('/setup?to=GW-esp32&for=esp32');
		await desk.getByRole('button', { name: /^Make a key/ }).click();
		await desk.waitForURL(/\/confirm/);
		await sql('super', `UPDATE ctx.session
			SET fresh_till = now() + interval '10 min'
			WHERE tenant_id = ${plant.id}`);
	});
});

describe('the light', () => {
	test('turns within 2 s: nothing, refused and why, data', async () => {
		const key = await plant.key('GW-light');
		const light = desk.locator('.light');

		await desk.goto('/setup?to=GW-light&for=curl');
		await light.getByText('Nothing has come').waitFor();
		let n = 0;

		await within(SOON_MS, async () => {
			await post(key, { readings: [{ device: 'GW-light-N',
				values: { [`nose${++n}`]: 1 } }] });
			await light.getByText(`unknown_sensor at readings[0].values.nose${n}`)
				.waitFor();
		});
		assert.equal(await light.locator('.status').getAttribute('data-state'),
			'offline');
		await within(SOON_MS, async () => {
			await post(key, { readings: [{ device: 'GW-light-N',
				values: { flow_rate: 12.5 + n } }] });
			await light.getByText(/being stored|\d\.50 m3\/h/).waitFor();
		});
		await light.getByText(`${(12.5 + n).toFixed(2)} m3/h`).waitFor();
		assert.equal(await light.locator('.status').getAttribute('data-state'),
			'online');
	});

	test('says it of a body that nobody can read, without script', async () => {
		const key = await plant.key('GW-refused');
		const page = await (await profile({ javaScriptEnabled: false,
			storageState: await desk.context().storageState() })).newPage();
		const answer = await page.goto('/setup/GW-refused/light');

		assert.equal(answer.headers().refresh, '5');
		await page.getByText('Nothing has come').waitFor();
		await post(key, '{"readings": <b>');
		await page.reload();
		await page.getByText(/refused: The JSON is not valid/).waitFor();
		await page.getByRole('link', { name: 'Set up a sender' }).click();
		await page.getByRole('button', { name: 'Show what to paste' }).waitFor();
	});

	test('is of one\'s own tenant only', async () => {
		const other = await Plant.make('Elsewhere');

		await other.gateway('THEIRS');
		for (const url of ['/setup/THEIRS/light', '/setup?to=THEIRS&for=curl'])
			assert.equal((await desk.goto(url)).status(), 404);
	});
});

describe('the pages', () => {
	for (const [name, url] of [['the choice', '/setup'],
		['the texts', '/setup?to=GW-teltonika&for=teltonika'],
		['the light', '/setup/GW-light/light']])
		test(`fit a phone and please axe: ${name}`, async () => {
			for (const page of [desk, phone]) {
				await page.goto(url);
				assert.deepEqual(await axe(page), []);
				if (process.env.FLUX_SHOTS)
					await page.screenshot({ fullPage: true, path: path.join(
						process.env.FLUX_SHOTS,
						`${name.replace(/\W/g, '_')}-${page.viewportSize().width}.png`) });
			}
			assert.ok(await phone.evaluate(() =>
				document.documentElement.scrollWidth <= innerWidth));
		});
});
