// Lists of devices, assets and people: tried, made, written to be read again.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { index_of } from '../lib/address.mjs';
import { Desk } from '../lib/desk.mjs';
import { http, sql, waitFor } from '../lib/flux.mjs';
import { Imports, outcome } from '../lib/imports.mjs';
import { Lists } from '../lib/lists.mjs';
import { Plant, isProblem } from '../lib/plant.mjs';
import { Wizard } from '../lib/wizard.mjs';

let plant, other, lists, wizard, count = 0;

before(async () => {
	plant = await Plant.make('Lists');
	other = await Plant.make('Lists other');
	lists = await Lists.of(plant);
	({ wizard } = lists);
});

const bring = (...args) => lists.bring(...args);
const made = (...args) => lists.made(...args);
const list = async (kind, desk = wizard.desk) => {
	const answer = await desk.get(`/admin/lists/${kind}`);

	assert.equal(answer.status, 200, answer.body);
	assert.match(answer.headers['content-type'], /^text\/csv/);
	assert.match(answer.headers['content-disposition'], RegExp(`="${kind}.csv"`));
	return answer.body;
};
const audited = (act) => sql('super', `SELECT detail FROM flux.audit
	WHERE tenant_id = ${plant.id} AND act = '${act}' ORDER BY seq DESC LIMIT 1`);
const assets = () => sql('super', `SELECT string_agg(a.key || '<' ||
	coalesce(p.key, '') || '@' || s.key, ' ' ORDER BY a.key) FROM flux.asset a
	JOIN flux.site s ON s.tenant_id = a.tenant_id AND s.site_id = a.site_id
	LEFT JOIN flux.asset p ON p.tenant_id = a.tenant_id
	 AND p.asset_id = a.parent_id WHERE a.tenant_id = ${plant.id}`);

// The worker has seen to it that the planner knows what came.
const analysed = (whose) => waitFor(() => sql('super', `SELECT 1
	FROM ctx.tenant_home WHERE tenant_id = ${whose.id} AND unanalysed < 500`));

test('what is too much to be imported again is not written', async () => {
	const many = await Plant.make('Lists many');
	const desk = (await Wizard.of(many)).desk;

	await sql('super', `INSERT INTO flux.site (tenant_id, key, name)
		SELECT ${many.id}, 'S' || i, 'S' FROM generate_series(1, 5000) i;
		INSERT INTO flux.asset (tenant_id, site_id, key, name, type)
		SELECT tenant_id, site_id, 'A' || key, 'A', 'pump' FROM flux.site
		 WHERE tenant_id = ${many.id} AND key LIKE 'S%'`);
	await analysed(many);
	const answer = await desk.get('/admin/lists/assets');

	assert.equal(answer.status, 413, answer.body.slice(0, 300));
	assert.match(answer.body, /more than 10000 rows of assets/);
	assert.match(answer.headers['content-type'], /^text\/html/);
	assert.equal(answer.headers['content-disposition'], undefined);
	await sql('super', `DELETE FROM flux.asset WHERE tenant_id = ${many.id}
		AND site_id IN (SELECT site_id FROM flux.site WHERE key = 'S1'
			AND tenant_id = ${many.id})`);
	assert.equal((await list('assets', desk)).trim().split('\r\n').length,
		10001);
});

test('a longer list is read in proportion: each of its assets a few times',
	async () => {
		const n = 2000;
		const array = (what) =>
			`(SELECT array_agg(${what} ORDER BY i) FROM generate_series(0, ${n - 1}) i)`;
		const [became, read] = (await sql('super', `BEGIN;
			SELECT ctx.begin_admin(${plant.id}) IS NULL;
			SELECT string_agg(DISTINCT became, ' ') FROM flux.import_assets(0, false,
				false, ${array("text 'asset'")}, ${array("'L-' || i")}, ${array("text ''")},
				${array("text 'HALL'")}, ${array(`CASE i WHEN 0 THEN ''
				ELSE 'L-' || (i - 1) / 4 END`)}, ${array("text ''")}, ${array("text ''")},
				${array("text ''")}, ${array("text ''")});
			SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
			 WHERE relid = 'flux.asset'::regclass;
			ROLLBACK`)).split('\n').slice(1);

		assert.equal(became, 'made');
		assert.ok(read < 30 * n, `${read} for ${n}`);
	});

describe('a list of sites and assets', () => {
	const file = 'kind,key,name,site,parent,type,latitude,longitude,zone\n' +
		'asset,PUMP-1,Pump 1,NORTH,NORTH-HALL/LINE-1,pump,,,\n' +
		'asset,LINE-1,Line 1,NORTH,NORTH-HALL,line,,,\n' +
		'asset,NORTH-HALL,"Hall, north",NORTH,,hall,,,\n' +
		'site,NORTH,North works,,,,53.55,-9.99,Europe/Berlin\n';

	test('makes a tree in whatever order, and is the same again', async () => {
		const first = await made('assets', file);

		assert.deepEqual(first.tried.facts, [4, 0, 0]);
		assert.deepEqual(first.tried.lines.map((l) => l[2]),
			Array(4).fill('would be made'));
		assert.match(first.tried.html, /Nothing is stored yet/);
		assert.deepEqual(first.done.facts, [4, 0, 0]);
		assert.equal(await assets(),
			'LINE-1<NORTH-HALL@NORTH NORTH-HALL<@NORTH PUMP-1<LINE-1@NORTH');
		assert.equal(await sql('super', `SELECT zone || ' ' || latitude || ' ' ||
			longitude FROM flux.site WHERE tenant_id = ${plant.id}
			AND key = 'NORTH'`), 'Europe/Berlin 53.55 -9.99');
		assert.equal(await audited('asset.import'), '{"made": 4, "changed": 0}');
		const again = await made('assets', file);

		assert.deepEqual([again.tried.facts, again.done.facts],
			[[0, 4, 0], [0, 4, 0]]);
		assert.deepEqual(again.done.lines.map((l) => l[2]),
			Array(4).fill('is as it says'));
	});

	test('a dry run makes nothing, and counts what a run does', async () => {
		const page = await bring('assets',
			'kind,key,site,name\nasset,DRY,NORTH,\nasset,LINE-1,,Line one\n');
		const csrf = page.values.csrf;

		await wizard.goes_on(await wizard.post(`${page.path}/dry`, { csrf }));
		const { facts, lines } = await outcome(wizard, page);

		assert.deepEqual(facts, [2, 0, 0]);
		assert.deepEqual(lines.map((l) => l.slice(1)),
			[['DRY', 'would be made'], ['LINE-1', 'would be changed']]);
		assert.doesNotMatch(await assets(), /DRY/);
		assert.equal(await sql('super', `SELECT name FROM flux.asset WHERE
			tenant_id = ${plant.id} AND key = 'LINE-1'`), 'Line 1');
	});

	test('what is wrong is named with its line, and stops nothing else',
		async () => {
			const long = (n) => 'n'.repeat(n);
			const faults = [
				['asset,A B,,NORTH,,,,,', 'key', /letters, digits/],
				['hall,A1,,NORTH,,,,,', 'kind', /site or asset/],
				['asset,A2,,,,,,,', 'site', /needs its site/],
				['asset,A3,,SOUTH,,,,,', 'site', /no site/],
				['asset,A4,,NORTH,B,,,,', 'parent', /no asset/],
				['asset,A5,,NORTH,PUMP-1/LINE-1,,,,', 'parent',
					/would be at NORTH-HALL\/LINE-1\/A5/],
				['asset,A6,,NORTH,A6,,,,', 'parent', /below itself/],
				['asset,NORTH-HALL,,,PUMP-1,,,,', 'parent', /below itself/],
				['site,S1,,,,,,,Mars/Olympus', 'zone', /Europe\/Berlin/],
				['site,S2,,,,,91,,', 'latitude', /-90 to 90/],
				['site,S3,,,,,,east,', 'longitude', /-180/],
				['site,S4,,NORTH,,,,,', 'site', /only an asset/],
				['asset,A7,,NORTH,,,,,UTC', 'zone', /its site/],
				[`asset,A8,${long(101)},NORTH,,,,,`, 'name', /100 letters/],
				[`asset,A9,${long(257)},NORTH,,,,,`, 'name', /256 letters/],
			];
			const { tried, done } = await made('assets',
				'kind,key,name,site,parent,type,latitude,longitude,zone\n' +
				faults.map(([line]) => `${line}\n`).join('') +
				'asset,SOUND,,NORTH,,,,,\n');

			assert.deepEqual([tried.facts, done.facts],
				Array(2).fill([1, 0, faults.length]));
			for (const [i, [, column, why]] of faults.entries()) {
				assert.deepEqual(done.wrong[i].slice(0, 2), [`${i + 2}`, column]);
				assert.match(done.wrong[i][3], why);
			}
			assert.match(await assets(), /\bSOUND</);
			assert.match(await assets(), /NORTH-HALL<@NORTH/);
		});

	test('circles and repetitions are refused, with what hangs on them',
		async () => {
			const { done } = await made('assets', 'kind,key,site,parent\n' +
				'asset,C1,NORTH,C2\nasset,C2,NORTH,C1\nasset,C3,NORTH,C2\n' +
				'asset,C4,NORTH,\nasset,C4,NORTH,\nasset,C5,NORTH,NONE\n' +
				'asset,C6,NORTH,C5\n');

			assert.deepEqual(done.facts, [1, 0, 6]);
			assert.deepEqual(done.wrong.map((w) => Number(w[0])),
				[2, 3, 4, 6, 7, 8]);
			assert.doesNotMatch(await assets(), /C[12356]</);
		});

	test('moves, and takes away no parent but when it says so', async () => {
		await made('assets', 'kind,key,site,parent\n' +
			'asset,M1,NORTH,\nasset,M2,NORTH,M1\nasset,M3,NORTH,M2\n');
		await made('assets', 'key,parent,name\nM3,M1,Three\nM2,,Two\n');
		assert.match(await assets(), /M2<M1@NORTH M3<M1@NORTH/);
		const { done } = await made('assets', 'key,parent\nM3,/\nM1,M3\n');

		assert.deepEqual(done.facts, [2, 0, 0]);
		assert.match(await assets(), /M1<M3@NORTH M2<M1@NORTH M3<@NORTH/);
	});

	test('all or nothing is nothing when one line is wrong', async () => {
		const { done, to } = await made('assets',
			'key,site\nALL-1,NORTH\nALL-2,NOWHERE\n', { whole: '1' });

		assert.deepEqual(done.facts, [1, 0, 1]);
		assert.match(done.html, /Nothing is stored yet/);
		assert.match(to, /\?whole=1/);
		assert.match((await wizard.desk.get(to)).body,
			/name="whole" value="1" checked/);
		assert.doesNotMatch(await assets(), /ALL-/);
	});

	for (const [what, file, says] of [
		['without a key', 'name,site\nA,NORTH\n', /has no key/],
		['with a column that there is not', 'key,sight\nA,NORTH\n',
			/names &quot;sight&quot;|names "sight"/],
		['with a column twice', 'key,site,SITE\nA,NORTH,\n', /names site twice/],
	])
		test(`${what} it is refused, and the columns are said`, async () => {
			const page = await bring('assets', file);
			const answer = await wizard.post(`${page.path}/dry`,
				{ csrf: page.values.csrf });

			assert.equal(answer.status, 422);
			assert.match(answer.body, says);
			assert.match(answer.body, /kind, key, name, site, parent, type/);
			await wizard.post(`${page.path}/cancel`, { csrf: page.values.csrf });
		});

	test('programs bring it as well, and no key of a device', async () => {
		await plant.gateway('GW');
		const key = new Imports(await plant.key('GW',
			'ingest,view,devices:write'));

		isProblem(await key.send('key,site\nP1,NORTH\n', { kind: 'assets' }),
			400, 'bad_request', /^kind: /);
		isProblem(await key.send('email\na@b.example\n', { kind: 'users' }),
			400, 'bad_request', /^kind: /);
	});
});

describe('what there is', () => {
	test('comes out as a file that changes nothing', async () => {
		await plant.device('D-1', undefined, '--gateway', 'GW');
		await sql('super', `UPDATE flux.asset SET name = '=1+1, "x"'
			WHERE tenant_id = ${plant.id} AND key = 'LINE-1'`);
		for (const kind of ['assets', 'devices', 'users']) {
			const file = await list(kind);
			const rows = file.trim().split('\r\n').length - 1;
			const { done } = await made(kind, file, { changes: '1' });

			assert.ok(rows > 0, kind);
			assert.deepEqual(done.facts, [0, rows, 0], kind + done.html);
			assert.equal(await list(kind), file, kind);
		}
		assert.match(await list('assets'), /"'=1\+1, ""x"""/);
	});

	test('has a first row of its own', async () => {
		assert.equal((await wizard.desk.get('/admin/lists/users?empty=1')).body,
			'email,name,role,place\r\n');
	});

	test('is the tenant\'s, and for who may see it', async () => {
		const desk = await Desk.of(other);
		const viewer = await Desk.of(plant, 'viewer');

		assert.doesNotMatch(await list('assets', desk), /NORTH/);
		assert.doesNotMatch(await list('devices', desk), /D-1/);
		assert.doesNotMatch(await list('users', desk),
			new RegExp(wizard.desk.email));
		assert.equal((await viewer.get('/admin/lists/users')).status, 403);
		const keeper = await Desk.of(plant);

		assert.equal((await keeper.get('/admin/lists/users')).status, 200);
		assert.equal(await audited('user.list'), '{}');
		await sql('super', `UPDATE ctx.session SET fresh_till = '-infinity'
			WHERE tenant_id = ${plant.id}`);
		assert.match((await keeper.get('/admin/lists/users')).headers.location,
			/^\/confirm\?/);
		await keeper.confirmed();
		assert.equal((await viewer.get('/admin/lists/devices')).status, 200);
	});
});

describe('a list of people', () => {
	const guest = () => `guest${++count}-${plant.id}@lists.example`;
	const holds = (email) => sql('super', `SELECT string_agg(r.name ||
		coalesce(' at ' || a.key, ''), ', ' ORDER BY r.name) FROM flux.member m
		JOIN flux.grant_ g USING (tenant_id, user_id)
		JOIN flux.role r USING (tenant_id, role_id)
		LEFT JOIN flux.asset a USING (tenant_id, asset_id)
		WHERE m.tenant_id = ${plant.id} AND m.email = '${index_of(email)}'`);
	const present = (email) => sql('super', `SELECT count(*) FROM flux.member
		WHERE tenant_id = ${plant.id} AND email = '${index_of(email)}'`);

	test('invites, once, with several roles each', async () => {
		const [a, b] = [guest(), guest()];
		const file = `Email;Name;Role;Place\n${a};Anna;viewer;\n` +
			`${b};Ben;viewer;\n${a.toUpperCase()};Anna;technician;PUMP-1\n`;
		const { tried, done } = await made('users', file);

		assert.deepEqual([tried.facts, done.facts], [[3, 0, 0], [3, 0, 0]]);
		assert.deepEqual(tried.lines.map((l) => l[1]), ['Anna', 'Ben', 'Anna']);
		assert.equal(await holds(a), 'technician at PUMP-1, viewer');
		assert.equal(await audited('user.import'), '{"made": 2, "changed": 0}');
		const shown = (await wizard.desk.get(`/admin/users?find=${a}`)).body;

		for (const word of ['Anna', a, 'invited'])
			assert.ok(shown.includes(word), word);
		const again = await made('users', file);

		assert.deepEqual(again.done.facts, [0, 3, 0]);
	});

	test('leaves who is there, unless roles are to change', async () => {
		const a = guest();

		await made('users', `email,name,role\n${a},Cleo,viewer\n`);
		const file = `email,name,role\n${a},Other,operator\n`;
		const left = await made('users', file);

		assert.deepEqual(left.done.facts, [0, 1, 0]);
		assert.equal(left.done.lines[0][2], 'stayed as it is');
		assert.equal(await holds(a), 'viewer');
		const said = await made('users', file, { changes: '1' });

		assert.deepEqual(said.done.facts, [1, 0, 0]);
		assert.equal(await holds(a), 'operator');
		assert.doesNotMatch((await wizard.desk.get(`/admin/users?find=${a}`))
			.body, /Other/);
	});

	test('names what is wrong, and spares the person\'s other lines',
		async () => {
			const [a, b] = [guest(), guest()];
			const { done } = await made('users', 'email,name,role,place\n' +
				`${a},Dora,viewer,\n${a},Dora,emperor,\nnobody,Eve,viewer,\n` +
				`${b},,viewer,\n${guest()},Fay,,\n${guest()},Gil,viewer,MOON\n`);

			assert.deepEqual(done.wrong.map((w) => w.slice(0, 3)), [
				['2', '', ''], ['3', 'role', 'emperor'], ['4', 'email', ''],
				['5', 'name', ''], ['6', 'role', ''], ['7', 'place', 'MOON']]);
			assert.equal(await present(a), '0');
		});

	test('gives nobody more than its bringer may give', async () => {
		await sql('super', `INSERT INTO flux.role (tenant_id, name, can)
			VALUES (${plant.id}, 'clerk', ctx.can_of('{users:read,users:write,
			telemetry:write,devices:read}'))`);
		const clerk = await Wizard.of(plant);
		const [a, b] = [guest(), guest()];
		const boss = await Desk.of(plant);
		const was = await holds(boss.email);

		await made('users', `email,role\n${clerk.desk.email},clerk\n`,
			{ changes: '1' });
		await clerk.desk.confirmed();
		const { done } = await made('users', 'email,name,role\n' +
			`${a},A,admin\n${b},B,clerk\n${boss.email},C,clerk\n` +
			`${clerk.desk.email},D,admin\n`, { changes: '1' }, clerk);

		assert.deepEqual(done.wrong.map((w) => w.slice(0, 2)),
			[['2', 'role'], ['4', 'role'], ['5', 'role']]);
		assert.deepEqual([await present(a), await holds(b), await holds(boss.email),
			await holds(clerk.desk.email)], ['0', 'clerk', was, 'clerk']);
	});

	test('asks for the password again, and by no other way', async () => {
		const a = guest();
		const page = await bring('users', `email,name,role\n${a},H,viewer\n`);
		const csrf = page.values.csrf;

		await sql('super', `UPDATE ctx.session SET fresh_till = now()
			WHERE tenant_id = ${plant.id}`);
		const answer = await wizard.post(`${page.path}/invite`, { csrf });

		assert.equal(answer.status, 303);
		assert.match(answer.headers.location, /^\/confirm\?next=/);
		assert.equal((await wizard.post(`${page.path}/run`, { csrf })).status,
			409);
		assert.equal(await present(a), '0');
		await wizard.desk.confirmed();
	});

	test('is kept sealed until its end, and then not at all', async () => {
		const a = guest();
		const page = await bring('users', `email,name,role\n${a},I,viewer\n`);
		const id = page.path.match(/\d+$/)[0];
		const kept = (where) => sql('super', `SELECT count(*) FROM
			ctx.import_people WHERE tenant_id = ${plant.id}
			AND import_id = ${id} ${where}`);

		assert.equal(await kept(''), '1');
		assert.equal(await kept(`AND position('${a}'::bytea IN sealed_file) > 0`),
			'0');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.import_part
			WHERE tenant_id = ${plant.id} AND import_id = ${id}`), '0');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.import i
			WHERE tenant_id = ${plant.id} AND i::text LIKE '%${a}%'`), '0');
		await wizard.post(`${page.path}/cancel`, { csrf: page.values.csrf });
		assert.equal(await kept(''), '0');
	});

	test('is refused and not kept when it is brought as another kind',
		async () => {
			const { values } = await wizard.look('/admin/imports');

			for (const [kind, head] of [['readings', 'email,name'],
				['devices', ' EMAIL;role'], ['assets', 'name,"Email"']]) {
				const answer = await wizard.post('/admin/imports',
					{ ...values, kind }, { name: 'people.csv',
						bytes: Buffer.from(`${head}\na@b.example,A\n`) });

				assert.equal(answer.status, 422, kind);
				assert.match(answer.body, /People are invited by a file of users/);
			}
			assert.equal(await sql('super', `SELECT count(*) FROM
				flux.import_part WHERE tenant_id = ${plant.id}
				AND position('a@b.example'::bytea IN bytes) > 0`), '0');
		});

	test('is told of and ended by who may see and invite', async () => {
		const program = new Imports(await plant.key('GW', 'ingest,view'));
		const page = await bring('users', `email,name,role\n${guest()},,viewer\n`);
		const id = page.path.match(/\d+$/)[0];

		await sql('super', `UPDATE ctx.api_key SET device_id = 0
			WHERE key_id = '${program.headers['X-API-Key'].split('_')[1]}'`);
		await wizard.post(`${page.path}/dry`, { csrf: page.values.csrf });
		isProblem(await http('GET', `/api/v1/imports/${id}/errors`,
			{ headers: program.headers }), 403, 'forbidden');
		isProblem(await program.step(id, 'cancel'), 403, 'forbidden');
		assert.equal((await outcome(wizard, page)).wrong.length, 1);
		await wizard.goes_on(await wizard.post(`${page.path}/cancel`,
			{ csrf: page.values.csrf }));
	});

	test('needs the right to invite', async () => {
		const keeper = new Wizard();

		keeper.desk = await Desk.of(plant, 'operator');
		const { html, values } = await keeper.look('/admin/imports');
		const answer = await keeper.post('/admin/imports',
			{ ...values, kind: 'users' },
			{ name: 'u.csv', bytes: Buffer.from('email\na@b.example\n') });

		assert.doesNotMatch(html, /value="users"/);
		assert.equal(answer.status, 403);
	});

	test('of another tenant is not there', async () => {
		const page = await bring('users', `email,name,role\n${guest()},J,viewer\n`);
		const theirs = await Desk.of(other);

		for (const step of ['dry', 'invite', 'cancel'])
			assert.equal((await theirs.post(`${page.path}/${step}`, {})).status,
				404, step);
		assert.equal((await theirs.get(page.path)).status, 404);
	});
});
