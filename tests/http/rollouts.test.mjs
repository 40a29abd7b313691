// The page of edge agents' plans, with more gateways and versions than one page
// has: each is offered on some page, and no rollout is shown in part.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { sql } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';

const PAGE = '/admin/rollouts';
const MANY = 57;

let plant, desk;

const hrefs = (html, text) => html.match(
	new RegExp(`href="([^"]+)">${text}</a>`))?.[1].replaceAll('&amp;', '&');
const fields = (html) => [...html.matchAll(/name="gateway:(\w+)"/g)]
	.map(([, key]) => key);

before(async () => {
	plant = await Plant.make('Rollouts');
	await plant.gateway('G00');
	await plant.device('D00', 'fluxline-valve', '--gateway', 'G00', '--modbus',
		'tcp:192.0.2.1:502:1');
	await sql('super', `INSERT INTO flux.device (tenant_id, key, name, kind, mode,
		 site_id) SELECT tenant_id, 'G' || lpad(i::text, 2, '0'), 'G', 'gateway',
		 mode, site_id FROM flux.device, generate_series(1, ${MANY - 1}) i
		 WHERE tenant_id = ${plant.id} AND key = 'G00';
		INSERT INTO flux.device (tenant_id, key, name, kind, mode, gateway_id,
		 site_id, profile, profile_version, modbus_transport, modbus_host)
		SELECT d.tenant_id, 'D' || substr(g.key, 2), 'D', d.kind, d.mode,
		 g.device_id, d.site_id, d.profile, d.profile_version,
		 d.modbus_transport, d.modbus_host
		  FROM flux.device d JOIN flux.device g ON g.tenant_id = d.tenant_id
		   AND g.kind = 'gateway' AND g.key <> 'G00'
		 WHERE d.tenant_id = ${plant.id} AND d.key = 'D00'`);
	desk = await Desk.of(plant);
});

test('each gateway is offered on some page', async () => {
	const first = (await desk.get(PAGE)).body;
	const more = hrefs(first, 'More gateways');

	assert.equal(more, `${PAGE}?after=G49`);
	assert.match(first, /A rollout is made of the gateways of one page/);
	const last = (await desk.get(more)).body;

	assert.equal(fields(first).concat(fields(last)).length, MANY);
	assert.equal(fields(last).at(-1), 'G56');
	assert.equal(hrefs(last, 'More gateways'), undefined);
	const bad = await desk.post(PAGE, { after: 'G49', note: '' }, more);

	assert.equal(bad.status, 400);
	assert.deepEqual(fields(bad.body), fields(last));
	assert.equal((await desk.post(PAGE, { after: 'G49', note: 'the last',
		'gateway:G56': 'held' }, more)).status, 303);
	assert.match((await desk.get(PAGE)).body, /Rollout 1: the last/);
});

test('a rollout is shown whole, with its buttons', async () => {
	// Of each of five rollouts only the last of 50 gateways is held back.
	await sql('super', `INSERT INTO flux.plan (tenant_id, gateway_id, version,
		 rollout_id, made_by, note, changes, body, manifest, state)
		SELECT d.tenant_id, d.device_id, r, r, 0, 'round ' || r, '', '[]', '{}',
		 CASE d.key WHEN 'G49' THEN 'held' ELSE 'confirmed' END
		  FROM flux.device d, generate_series(2, 6) r
		 WHERE d.tenant_id = ${plant.id} AND d.kind = 'gateway'
		   AND d.key <= 'G49'`);
	const shown = [];

	for (let at = PAGE; at; ) {
		const html = (await desk.get(at)).body;

		for (const [, card] of html.matchAll(
			/<h2 id="r\d+">(Rollout \d+.*?)<\/section>/gs))
			shown.push([Number(card.match(/\d+/)[0]),
				card.match(/<th scope="row">/g).length,
				/Go on with those held back/.test(card)]);
		at = hrefs(html, 'Older rollouts');
	}
	assert.deepEqual(shown, [...[6, 5, 4, 3, 2].map((r) => [r, 50, true]),
		[1, 1, true]]);
});
