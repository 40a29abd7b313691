// What an edge agent asks and tells: by the key of a gateway only, in the words
// that there are, and of as much as there can be.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { http, sql } from '../lib/flux.mjs';
import { Imports } from '../lib/imports.mjs';
import { Plant, isProblem, post } from '../lib/plant.mjs';

const RUN = '0123456789abcdef0123456789abcdef';
const at = (what) => `/api/v1/ingest/${what}`;

let plant, gateway, single, nobody, device;

before(async () => {
	plant = await Plant.make('Agents');
	await plant.gateway('GW');
	await plant.device('V1', undefined, '--gateway', 'GW');
	device = await plant.deviceId('V1');
	gateway = await plant.key('GW');
	single = await plant.key('V1');
	nobody = await plant.key('V1');
	await sql('super', `UPDATE ctx.api_key SET device_id = 0
		WHERE key_id = '${nobody.split('_')[1]}'`);
});

const say = (what, body, key = gateway) => post(key, body, { url: at(what) });
const round = (more) => ({ run: RUN, room: 9, held: [], news: [], ...more });
const report = (more) => ({ device, answers: 5, exceptions: Array(11).fill(1),
	garbage: 0, corrupt: 0, silent: 0, down: 0, missed: 0, answer_ms: 1.5,
	p99_ms: 2, offline: false, busy: 0.1, load: 0.1, waiting: 0,
	most_words: 0, holes: '', remark: '', ...more });

describe('a key of no device', () => {
	test('is told so, whatever it asks as an agent', async () => {
		const says = /gateway/;

		isProblem(await say('commands', round(), nobody), 400, 'bad_request', says);
		isProblem(await say('health', [report()], nobody), 400, 'bad_request',
			says);
		isProblem(await say('bundle', { version: 1, state: 'applied' }, nobody),
			400, 'bad_request', says);
		isProblem(await http('GET', at('bundle'),
			{ headers: { 'X-API-Key': nobody } }), 400, 'bad_request', says);
		isProblem(await say('quality?quality=basic', '', nobody), 400,
			'bad_request', says);
	});
});

describe('the key of a single device', () => {
	test('takes no command of its own and verifies none', async () => {
		// As it is in the queue; nobody has asked for it by the pages.
		const made = await sql('super', `SET session_replication_role = replica;
			INSERT INTO flux.command (tenant_id,
			device_id, point, value, confirm, asked_by, expires_at, state)
			VALUES (${plant.id}, ${device}, 'p', 1, 'none', 0,
			now() + interval '10 min', 'queued') RETURNING command_id`);
		const id = made.match(/\d+/)[0];
		const state = () => sql('super', `SELECT state FROM flux.command
			WHERE tenant_id = ${plant.id} AND command_id = ${id}`);
		const news = [{ id: Number(id), state: 'verified' }];
		const answer = await say('commands', round(), single);

		assert.equal(answer.status, 200, answer.body);
		assert.deepEqual(answer.json().commands, []);
		await say('commands', round({ news }), single);
		assert.equal(await state(), 'queued');
		assert.deepEqual((await say('commands', round())).json().commands
			.map((c) => c.id), [Number(id)]);
		await say('commands', round({ room: 0, news }), single);
		assert.equal(await state(), 'sent');
		await say('commands', round({ room: 0, news }));
		assert.equal(await state(), 'verified');
	});
});

describe('what a gateway says', () => {
	for (const [what, body, field] of [
		['bundle', { version: 1, state: 'confirmd' }, 'state'],
		['bundle', { version: 1, state: 'offered' }, 'state'],
		['commands', round({ news: [{ id: 1, state: 'queued' }] }), 'state'],
		['commands', round({ news: [{ id: 1, state: 'done' }] }), 'state'],
		['quality?quality=best', '', 'quality'],
		['quality', '', 'quality'],
		['quality?quality=full&kbit=abc', '', 'kbit'],
		['quality?quality=full&kbit=1x', '', 'kbit'],
		['quality?quality=full&kbit=-1', '', 'kbit'],
	])
		test(`in words that there are: ${what} ${JSON.stringify(body)}`,
			async () => isProblem(await say(what, body), 400, 'bad_request',
				new RegExp(`^${field}: `)));

	test('names a unit once in a report', async () => {
		isProblem(await say('health', [report(), report()]), 400,
			'bad_request', /^device: it is there twice/);
	});

	for (const field of ['answers', 'garbage', 'corrupt', 'silent', 'down',
		'missed', 'exceptions'])
		test(`is as much as can be: ${field}`, async () => {
			const of = (n) => [report({ [field]: field === 'exceptions'
				? Array(11).fill(n) : n })];

			isProblem(await say('health', of(1000001)), 400, 'bad_request',
				new RegExp(`^${field}: `));
			assert.equal((await say('health', of(1000000))).status, 204);
		});

	test('waits in as great a number as it likes', async () => {
		assert.equal((await say('health', [report({ waiting: 2 ** 30 })])).status,
			204);
	});
});

describe('a file of devices', () => {
	let files;

	before(async () => {
		await plant.gateway('GW2');
		files = new Imports(await plant.key('GW', 'ingest,view,devices:write'));
	});

	test('of a gateway\'s key is about devices behind it', async () => {
		await plant.device('B9', undefined, '--gateway', 'GW2');
		await plant.device('A9', undefined, '--gateway', 'GW');
		const { id } = await files.open('key,name,site,gateway,kind\n' +
			'B9,Taken,HALL,GW,\nA9,Mine,HALL,GW,\nA8,New,HALL,GW,\n' +
			'A7,Other,HALL,GW2,\nA6,None,HALL,,\nGW2,Gate,HALL,GW,\n' +
			'A5,Gate,HALL,GW,gateway\n', { kind: 'devices' });
		const done = (await files.step(id, 'run')).json();

		assert.deepEqual([done.stored, done.bad], [2, 5]);
		assert.deepEqual((await files.errors(id)).map((x) =>
			[x.line, x.code, x.column]), [2, 5, 6, 7, 8].map((n) =>
			[n, 'forbidden', 'gateway']));
		assert.equal(await sql('super', `SELECT string_agg(d.key || ' ' ||
			d.name || ' ' || g.key, ', ' ORDER BY d.key) FROM flux.device d
			JOIN flux.device g ON g.tenant_id = d.tenant_id
			 AND g.device_id = d.gateway_id WHERE d.tenant_id = ${plant.id}
			AND d.key ~ '^[AB][0-9]$'`),
		'A8 New GW, A9 Mine GW, B9 Device B9 GW2');
	});

	test('of a device\'s key is about none', async () => {
		const alone = new Imports(await plant.key('A9',
			'ingest,view,devices:write'));
		const { id } = await alone.open('key,site,gateway\nA3,HALL,A9\n',
			{ kind: 'devices' });

		assert.equal((await alone.step(id, 'run')).json().bad, 1);
	});
});
