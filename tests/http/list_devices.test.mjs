// Lists of devices: what becomes of each line, in whatever order they stand.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ctl, http, sql } from '../lib/flux.mjs';
import { Lists } from '../lib/lists.mjs';
import { Plant } from '../lib/plant.mjs';

let plant, lists;

before(async () => {
	plant = await Plant.make('Device lists');
	lists = await Lists.of(plant);
});

const made = (lines) => lists.made('devices', `key,name,site,asset,gateway,kind
${lines.join('\n')}\n`);
const wrong = (step) => step.wrong.map((w) => w.slice(0, 3).join(' '));

// Each device of these, what it is behind, and whether it is simulated.
const devices = (like) => sql('super', `SELECT string_agg(d.key || '<' ||
	coalesce(g.key, '') || CASE WHEN d.simulated THEN '!' ELSE '' END, ' '
	ORDER BY d.key) FROM flux.device d LEFT JOIN flux.device g
	ON g.tenant_id = d.tenant_id AND g.device_id = d.gateway_id
	WHERE d.tenant_id = ${plant.id} AND d.key LIKE '${like}%'`);

test('a list of devices says line by line what it does', async () => {
	const { tried, done } = await made(['L-1,One,HALL,,,', 'L-1,Again,HALL,,,',
		'L-2,Two,NOWHERE,,,', 'L-3,,HALL,NONE,,', 'L-4,,HALL,,,pump',
		'L 5,,HALL,,,']);

	assert.deepEqual(tried.lines.map((l) => l[2]),
		['would be made', ...Array(5).fill('wrong, see above')]);
	assert.deepEqual(done.wrong.map((w) => w.join(' ')), [
		'3 key L-1 an earlier line has it',
		'4 site NOWHERE there is no site of this key; a new device needs one',
		'5 asset NONE there is no asset of this key',
		'6 kind pump want device or gateway',
		'7 key L 5 letters, digits and . _ : - only, up to 64']);
	assert.equal(await devices('L'), 'L-1<');
	assert.equal((await http('GET', '/admin/lists/devices')).status, 303);
});

test('gateways may stand below what is behind them, and below each other',
	async () => {
		const { done } = await made(['O-3,,HALL,,O-G2,', 'O-G2,,HALL,,O-G1,gateway',
			'O-G1,,HALL,,O-G0,gateway', 'O-G0,,HALL,,,gateway']);

		assert.deepEqual(done.facts, [4, 0, 0]);
		assert.equal(await devices('O'), 'O-3<O-G2 O-G0< O-G1<O-G0 O-G2<O-G1');
	});

test('what is behind a gateway that cannot be made is not made', async () => {
	const { done } = await made(['W-1,,HALL,,W-G1,', 'W-G1,,HALL,,W-G0,gateway',
		'W-G0,,NOWHERE,,,gateway', 'W-A,,HALL,,W-B,gateway',
		'W-B,,HALL,,W-A,gateway', 'W-C,,HALL,,W-C,gateway', 'W-2,,HALL,,W-1,',
		'W-3,,HALL,,,']);

	assert.deepEqual(wrong(done), ['2 gateway W-G1', '3 gateway W-G0',
		'4 site NOWHERE', '5 gateway W-B', '6 gateway W-A', '7 gateway W-C',
		'8 gateway W-1']);
	assert.equal(await devices('W'), 'W-3<');
});

test('what is there is changed, and stays what it is', async () => {
	await plant.gateway('C-G');
	await plant.device('C-1');
	await plant.device('C-2');
	const { done } = await made(['C-1,New name,,,C-G,', 'C-2,,,,,device',
		'C-G,,,,,device', 'C-2,,,,,']);

	assert.deepEqual(done.facts, [1, 1, 2]);
	assert.deepEqual(wrong(done), ['4 kind device', '5 key C-2']);
	assert.equal(await devices('C'), 'C-1<C-G C-2< C-G<');
	assert.equal(await sql('super', `SELECT name FROM flux.device WHERE
		tenant_id = ${plant.id} AND key = 'C-1'`), 'New name');
});

test('what is behind something simulated is, and nothing else becomes it',
	async () => {
		await plant.device('S-G', '', '--kind', 'gateway', '--simulated');
		await plant.device('S-1');
		const { done } = await made(['S-2,,HALL,,S-G1,', 'S-G1,,HALL,,S-G,gateway',
			'S-1,,,,S-G1,']);

		assert.deepEqual(done.facts, [2, 0, 1]);
		assert.equal(await devices('S'), 'S-1< S-2<S-G1! S-G<! S-G1<S-G!');
	});

test('the longest list is read in proportion, quota or not', async () => {
	const n = 10000;
	const array = (what) =>
		`(SELECT array_agg(${what} ORDER BY i) FROM generate_series(1, ${n}) i)`;
	const none = array("text ''");

	await ctl('quota', plant.name, 'devices', '20000');
	const [became, read] = (await sql('super', `BEGIN;
		SELECT ctx.begin_admin(${plant.id}) IS NULL;
		SELECT string_agg(DISTINCT became, ' ') FROM flux.import_devices(0, false,
			false, 0, ${array("'M-' || i")}, ${none}, ${array("text 'HALL'")},
			${array("CASE i WHEN 1 THEN '' ELSE 'M-' || (i + 2) / 4 END")}, ${none},
			${array("text 'gateway'")}, ${none});
		SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
		 WHERE relid = 'flux.device'::regclass;
		ROLLBACK`)).split('\n').slice(1);

	assert.equal(became, 'made');
	assert.ok(read < 10 * n, `${read} for ${n}`);
});
