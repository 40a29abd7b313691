// What a tenant's admin sets: by whom, how, and what is said of nonsense.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, http, login, sql } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';

const PASSWORD = 'correct horse battery';
let plant, admin, viewer;

async function person(role) {
	const email = `${role}-${plant.id}@settings.example`;

	await ctl('user', plant.name, email, role, role, { input: PASSWORD });
	return login(email, PASSWORD);
}

const fresh = () => sql('super', `UPDATE ctx.session SET fresh_till =
	now() + interval '10 min' WHERE tenant_id = ${plant.id}`);

const page = (cookie) => http('GET', '/admin/settings',
	{ headers: { Cookie: cookie } });

async function save(cookie, what, fields) {
	const csrf = (await http('GET', '/', { headers: { Cookie: cookie } }))
		.body.match(/name="csrf" value="([0-9a-f]{64})"/)[1];

	return http('POST', `/admin/settings/${what}`, {
		body: new URLSearchParams({ csrf, ...fields }).toString(),
		headers: { Cookie: cookie,
			'Content-Type': 'application/x-www-form-urlencoded' } });
}

const origins = () => sql('super', `SELECT string_agg(origin, ' ' ORDER BY
	origin) FROM ctx.cors WHERE tenant_id = ${plant.id}`);

before(async () => {
	plant = await Plant.make('Settings');
	admin = await person('admin');
	viewer = await person('viewer');
});

describe('settings', () => {
	test('are shown to an admin, and to no viewer', async () => {
		const answer = await page(admin);

		assert.equal(answer.status, 200);
		assert.match(answer.body, /name="idle"[^>]*value="30"/);
		assert.match(answer.body, /name="absolute"[^>]*value="12"/);
		assert.equal((await page(viewer)).status, 403);
	});

	test('ask first who it is', async () => {
		await sql('super', `UPDATE ctx.session SET fresh_till = '-infinity'
			WHERE tenant_id = ${plant.id}`);
		const answer = await save(admin, 'cors',
			{ origins: 'https://app.example.com' });

		assert.equal(answer.status, 303);
		assert.match(answer.headers.location, /^\/confirm\?next=/);
		assert.equal(await origins(), '');
	});

	test('are saved, and the trail says by whom', async () => {
		await fresh();
		const answer = await save(admin, 'cors', { origins:
			'https://app.example.com\r\n\r\nhttps://b.example:8443' });

		assert.equal(answer.status, 303, answer.body);
		assert.equal(answer.headers.location, '/admin/settings?saved=1');
		assert.equal(await origins(),
			'https://app.example.com https://b.example:8443');
		assert.match((await page(admin)).body,
			/>https:\/\/app\.example\.com\nhttps:\/\/b\.example:8443</);
		assert.equal(await sql('super', `SELECT act || ' ' || role || ' ' ||
			(user_id > 0) FROM flux.audit WHERE tenant_id = ${plant.id}
			ORDER BY seq DESC LIMIT 1`), 'settings.cors session true');
	});

	test('can be emptied', async () => {
		await fresh();
		assert.equal((await save(admin, 'cors', { origins: ' ' })).status, 303);
		assert.equal(await origins(), '');
	});

	for (const origin of ['http://app.example.com', 'https://app.example.com/x',
		'https://APP.example.com', 'app.example.com', '*',
		`https://${'a'.repeat(250)}.example`])
		test(`refuse ${origin.slice(0, 30)} and say how it is written`,
			async () => {
				await fresh();
				const answer = await save(admin, 'cors', { origins: origin });

				assert.equal(answer.status, 400);
				assert.match(answer.body, /https:\/\/app\.example\.com:8443/);
				assert.equal(await origins(), '');
			});

	for (const [fields, status] of [[{ idle: '15', absolute: '8' }, 303],
		[{ idle: '4', absolute: '8' }, 400], [{ idle: '15', absolute: '169' }, 400],
		[{ idle: '90', absolute: '1' }, 400], [{ idle: 'x', absolute: '8' }, 400],
		[{ idle: '', absolute: '8' }, 400], [{ absolute: '8' }, 400]])
		test(`${JSON.stringify(fields)} is ${status}`, async () => {
			await fresh();
			const answer = await save(admin, 'security', fields);

			assert.equal(answer.status, status, answer.body);
			assert.equal(await sql('super', `SELECT idle || ' ' || absolute FROM
				ctx.tenant_home WHERE tenant_id = ${plant.id}`),
			'00:15:00 08:00:00');
		});

	test('change nothing for a viewer', async () => {
		await fresh();
		assert.equal((await save(viewer, 'cors',
			{ origins: 'https://app.example.com' })).status, 403);
		assert.equal(await origins(), '');
	});
});
