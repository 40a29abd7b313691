// What comes in thousands is known to the planner as soon as it is there, and
// not when autovacuum comes by.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sql, waitFor } from '../lib/flux.mjs';
import { Imports } from '../lib/imports.mjs';
import { Lists } from '../lib/lists.mjs';
import { Plant, rows } from '../lib/plant.mjs';

const MANY = 4500;
const now = () => sql('super', 'SELECT clock_timestamp()');

// The tables that were analysed since then, and not by autovacuum; once the
// worker has been there.
async function analysed_since(at, plant) {
	await waitFor(() => sql('super', `SELECT 1 FROM ctx.tenant_home
		WHERE tenant_id = ${plant.id} AND unanalysed < 500`));
	return (await rows(`SELECT relname FROM pg_stat_all_tables
		WHERE schemaname = 'flux' AND last_analyze > '${at}'
		ORDER BY relname`)).map((r) => r.relname);
}

// How many of its rows a tenant has, as the planner would say.
const expected = async (plant, table) => Number((await sql('super', `EXPLAIN
	(FORMAT JSON) SELECT FROM flux.${table} WHERE tenant_id = ${plant.id}`))
	.match(/"Plan Rows": (\d+)/)[1]);

describe('a list of thousands of sites and assets', () => {
	let plant, lists, begun;

	before(async () => {
		plant = await Plant.make('Analysed list');
		lists = await Lists.of(plant);
		// The planner knows another's, and thinks that those are all.
		const other = await Plant.make('Analysed other');

		await sql('super', `INSERT INTO flux.asset (tenant_id, site_id, key,
			name, type) SELECT tenant_id, site_id, 'A', 'A', 'pump'
			FROM flux.site WHERE tenant_id = ${other.id};
			ANALYZE flux.site, flux.asset`);
		const all = Array.from({ length: MANY }, (_, i) =>
			`site,S${i},S${i},\nasset,A${i},A${i},S${i}\n`);

		begun = await now();
		const { done } = await lists.made('assets',
			`kind,key,name,site\n${all.join('')}`);

		assert.deepEqual(done.facts, [2 * MANY, 0, 0]);
	});

	test('is analysed behind its import', async () => {
		const tables = await analysed_since(begun, plant);

		assert.deepEqual(['asset', 'device', 'sensor', 'site'].filter(
			(t) => !tables.includes(t)), []);
		for (const table of ['site', 'asset']) {
			const n = await expected(plant, table);

			assert.ok(n > MANY / 2 && n < 2 * MANY, `${n} of ${table}`);
		}
	});

	test('is written at once', async () => {
		const answer = await lists.wizard.desk.get('/admin/lists/assets');

		assert.equal(answer.status, 200, answer.body.slice(0, 300));
		assert.equal(answer.body.trim().split('\r\n').length, 2 * MANY + 2);
	});
});

test('sensors that an import of readings makes are analysed', async () => {
	const plant = await Plant.make('Analysed file');
	const imports = new Imports(await plant.key(await plant.gateway('GW'),
		'ingest,view,devices:write'));
	const begun = await now();
	const all = Array.from({ length: 600 }, (_, i) =>
		`2026-01-05T00:00:00Z,M${i % 20},s${i},${i}\n`);
	const done = await imports.run(`time,device,sensor,value\n${all.join('')}`,
		{ make: true, site: 'HALL' });

	assert.deepEqual([done.state, done.bad], ['done', 0], JSON.stringify(done));
	assert.ok((await analysed_since(begun, plant)).includes('sensor'));
});
