// Where something stands says who may do what with it: an asset, and a device
// on one, is moved by who may give rights, whichever way.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { sql } from '../lib/flux.mjs';
import { Lists } from '../lib/lists.mjs';
import { Plant } from '../lib/plant.mjs';

let plant, lists;

before(async () => {
	plant = await Plant.make('Places');
	lists = await Lists.of(plant);
	await lists.made('assets', 'kind,key,site,parent\nsite,NORTH,,\n' +
		'site,SOUTH,,\nasset,ROOM-1,NORTH,\nasset,ROOM-2,NORTH,\n' +
		'asset,PLAIN,NORTH,\nasset,NEW,NORTH,ROOM-1\n');
});

const assets = () => sql('super', `SELECT string_agg(a.key || '<' ||
	coalesce(p.key, '') || '@' || s.key, ' ' ORDER BY a.key) FROM flux.asset a
	JOIN flux.site s ON s.tenant_id = a.tenant_id AND s.site_id = a.site_id
	LEFT JOIN flux.asset p ON p.tenant_id = a.tenant_id
	 AND p.asset_id = a.parent_id WHERE a.tenant_id = ${plant.id}`);

test('assets that others have rights by', async () => {
	const file = 'key,site,parent\nROOM-2,,ROOM-1\nPLAIN,SOUTH,\n' +
		'NEW,,ROOM-1\nROOM-1,NORTH,/\n';
	const clerk = await lists.keeper('devices:write');

	await lists.someone_at('ROOM-1');
	try {
		const { done } = await lists.made('assets', file, {}, clerk);

		assert.deepEqual(done.wrong.map((w) => w.slice(0, 2)),
			[['2', 'parent'], ['3', 'site']]);
		assert.deepEqual(done.facts, [0, 2, 2]);
		assert.match(await assets(), /ROOM-2<@NORTH/);
		assert.match(await assets(), /PLAIN<@NORTH/);
		assert.deepEqual((await lists.made('assets', file)).done.facts,
			[2, 2, 0]);
	} finally {
		await lists.nobody_anywhere();
	}
	assert.match(await assets(), /ROOM-2<ROOM-1@NORTH/);
	assert.deepEqual(JSON.parse(await sql('super', `SELECT detail FROM flux.audit
		WHERE tenant_id = ${plant.id} AND act = 'asset.import'
		ORDER BY seq DESC LIMIT 1`)), { made: 0, changed: 2, moved: [
		{ key: 'ROOM-2', what: 'parent', from: null, to: 'ROOM-1' },
		{ key: 'PLAIN', what: 'site', from: 'NORTH', to: 'SOUTH' }] });
});

describe('devices on assets that others have rights by', () => {
	const file = 'key,asset\nAT-1,ROOM-2\nAT-2,ROOM-1\nAT-3,ROOM-2\n' +
		'AT-4,ROOM-1\n';
	const stand = () => sql('super', `SELECT string_agg(d.key || '@' ||
		coalesce(a.key, ''), ' ' ORDER BY d.key) FROM flux.device d
		LEFT JOIN flux.asset a USING (tenant_id, asset_id)
		WHERE d.tenant_id = ${plant.id}`);

	before(async () => {
		await lists.made('devices', 'key,site,asset\nAT-1,NORTH,ROOM-1\n' +
			'AT-2,NORTH,ROOM-1\nAT-3,NORTH,\nAT-4,NORTH,\n');
		// One of those that stand nowhere has sent something.
		await sql('super', `INSERT INTO flux.latest (tenant_id, device_id,
			version, seen, sensor, time, value, quality, rev) SELECT ${plant.id},
			device_id, 1, now(), '{}', '{}', '{}', '{}', '{}' FROM flux.device
			WHERE tenant_id = ${plant.id} AND key = 'AT-3'`);
		await lists.someone_at('ROOM-2');
	});
	after(() => lists.nobody_anywhere());

	test('by a list', async () => {
		const clerk = await lists.keeper('devices:write');
		const { tried, done } = await lists.made('devices', file, {}, clerk);

		for (const { wrong } of [tried, done])
			assert.deepEqual(wrong.map((w) => w.slice(0, 2)),
				[['2', 'asset'], ['4', 'asset']]);
		assert.deepEqual(done.facts, [1, 1, 2]);
		assert.equal(await stand(), 'AT-1@ROOM-1 AT-2@ROOM-1 AT-3@ AT-4@ROOM-1');
		assert.deepEqual((await lists.made('devices', file)).done.facts,
			[2, 2, 0]);
		assert.match(await stand(), /AT-1@ROOM-2.* AT-3@ROOM-2/);
	});

	test('by a label, which asks for it nowhere itself', async () => {
		const boss = await Desk.of(plant);
		const { desk } = await lists.keeper('devices:enroll');
		const page = '/admin/devices/AT-1/label';

		await boss.confirmed();
		const code = (await boss.post(page, { kind: 'label' }, page)).body
			.match(/<p class="code"><code>([0-9A-Z-]{39})</)[1].replaceAll('-', '');
		const claim = (who, asset) => who.post(`/claim/${code}`,
			{ name: 'AT-1', site: 'NORTH', asset }, `/claim/${code}`);

		assert.equal((await claim(desk, 'ROOM-1')).status, 403);
		assert.match(await stand(), /AT-1@ROOM-2/);
		assert.equal((await claim(desk, 'ROOM-2')).status, 303);
		assert.equal((await claim(boss, 'ROOM-1')).status, 303);
		assert.match(await stand(), /AT-1@ROOM-1/);
	});
});
