// Who holds a role below an asset only: what stands elsewhere is missing, on
// every route, and however often somebody else has just looked at it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { ctl, flux_var, http, login, sql } from '../lib/flux.mjs';
import { Plant, post } from '../lib/plant.mjs';

const MANY = 60; // requests: every child gets some
const PASSWORD = 'four words are enough';
let p, admin, rita, gateway_key;

// What a device says, and nothing else does.
const flow = { 'in-hall': 1234.25, 'in-pump': 2345.25, 'in-yard': 7654.25,
	'in-nowhere': 8765.25 };
const sensor = {}; // the number of each device's flow
const near = ['in-hall', 'in-pump'], far = ['in-yard', 'in-nowhere'];
const said = (device) => new RegExp(`(?<!\\d)${String(flow[device])[0]}` +
	`\\D?${String(flow[device]).slice(1, 4)}[.,]\\d`);

function as_operator(text) {
	return sql('fl_admin',
		`BEGIN; SELECT FROM ctx.begin_admin(${p.id}); ${text}; COMMIT`);
}

const move = (asset, to) => as_operator(`UPDATE flux.asset SET parent_id =
	(SELECT asset_id FROM flux.asset WHERE key = '${to}')
	WHERE key = '${asset}'`);

const page = (cookie, url) => http('GET', url, { headers: { Cookie: cookie } });

async function person(name, role) {
	const email = `${name}-${p.id}@subtree.example`;

	await ctl('user', p.name, email, name, role, { input: PASSWORD });
	return { email, cookie: await login(email, PASSWORD) };
}

// From the whole tenant to one asset.
async function restrict(who, asset, role = 'viewer') {
	await ctl('role', p.name, 'give', who.email, role, asset);
	await ctl('role', p.name, 'take', who.email, 'viewer');
}

async function say(device, value) {
	const answer = await post(gateway_key, { readings: [{ device,
		ts: Date.now(), values: { flow_rate: value } }] });

	assert.equal(answer.json().accepted, 1, answer.body);
}

before(async () => {
	p = await Plant.make('Subtree');
	for (const asset of ['HALL', 'PUMP', 'YARD'])
		await ctl('asset', p.name, 'HALL', asset, `Asset ${asset}`, 'x');
	await move('PUMP', 'HALL');
	await p.gateway('GW');
	for (const [device, asset] of [['in-hall', 'HALL'], ['in-pump', 'PUMP'],
		['in-yard', 'YARD'], ['in-nowhere', null]])
		await p.device(device, 'nivus-generic-seed', '--gateway', 'GW',
			...(asset ? ['--asset', asset] : []));
	gateway_key = await p.key('GW', 'ingest');
	for (const [device, value] of Object.entries(flow)) {
		await say(device, value);
		sensor[device] = await sql('super', `SELECT sensor_id
			  FROM flux.sensor WHERE tenant_id = ${p.id}
			   AND code = '${device}/flow_rate'`);
	}
	await p.derived();
	admin = await person('admin', 'admin');
	rita = await person('rita', 'viewer');
	await restrict(rita, 'HALL');
});

// The addresses of a device on every GET route.
function addresses(device) {
	return ['web', 'api'].flatMap((program) =>
		execFileSync(path.join(flux_var, 'app/bin', `${program}.fcgi`),
			['--routes'], { encoding: 'utf8' }).trim().split('\n')
			.map((line) => line.split(' ')).filter(([, verb, , , , mode]) =>
				verb === 'GET' && mode !== 'TX_NONE' && mode !== 'none')
			.map(([, , route]) => route.includes(':key') ?
				{ url: route.replace(':key', device) +
					`?sensor=${route.endsWith('/why') ? 'flow_rate'
						: sensor[device]}`, named: true } :
				{ url: `${route}?device=${device}&sensor=flow_rate` +
					'&device_id=' + device + '&since=0', named: false }));
}

describe('outside of his subtree a device is missing', () => {
	test('on every route that names it', async () => {
		let named = 0;

		for (const device of far)
			for (const { url, named: by_path } of addresses(device)) {
				const theirs = await page(admin.cookie, url);
				const his = await page(rita.cookie, url);

				assert.ok(!said(device).test(his.body), url);
				assert.ok(!his.body.includes(`Device ${device}`), url);
				if (by_path) {
					named++;
					assert.equal(theirs.status, 200, url);
					assert.equal(his.status, 404, url);
				}
			}
		assert.ok(named >= 4);
	});

	test('and inside of it it is there', async () => {
		for (const device of near)
			for (const { url, named } of addresses(device))
				if (named)
					assert.equal((await page(rita.cookie, url)).status, 200,
						url);
	});

	test('as one that there never was', async () => {
		for (const url of ['/api/v1/telemetry?device=', '/devices/',
			'/api/v1/telemetry/statistics?sensor=flow_rate&device=']) {
			const far_one = await page(rita.cookie, `${url}in-yard`);
			const none = await page(rita.cookie, `${url}in-never`);
			const text = (a) => a.body.replace(/[0-9a-f]{32}/g, '')
				.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d:\d\d/g, '')
				.replaceAll('in-never', 'in-yard');

			assert.equal(far_one.status, 404, url);
			assert.equal(text(far_one), text(none));
		}
	});

	test('in the overview, the live values and the lists', async () => {
		for (const url of ['/', '/live?since=0', '/api/v1/devices',
			'/api/devices', '/api/v1/telemetry/latest']) {
			const his = await page(rita.cookie, url);
			const theirs = await page(admin.cookie, url);

			assert.equal(his.status, 200, url);
			for (const device of far) {
				assert.ok(!his.body.includes(device), `${url} ${device}`);
				assert.ok(!said(device).test(his.body), `${url} ${device}`);
				assert.match(theirs.body, said(device), url);
			}
			for (const device of near)
				assert.match(his.body, said(device), `${url} ${device}`);
		}
	});

	test('in an export of all', async () => {
		const url = '/api/v1/telemetry/export?device=all&format=csv' +
			`&from=${Date.now() - 3600e3}&to=${Date.now() + 60e3}`;
		const his = await page(rita.cookie, url);

		assert.equal(his.status, 200, his.body);
		for (const device of near)
			assert.ok(his.body.includes(device));
		for (const device of far) {
			assert.ok(!his.body.includes(device));
			assert.ok((await page(admin.cookie, url)).body.includes(device));
		}
	});

	test('and of an asset elsewhere', async () => {
		const latest = (who, asset) =>
			page(who.cookie, `/api/v1/telemetry/latest?asset=${asset}`);

		assert.equal((await latest(admin, 'YARD')).status, 200);
		assert.equal((await latest(rita, 'YARD')).status, 404);
		assert.match((await latest(rita, 'HALL')).body, said('in-pump'));
	});

	test('in the ledger of the gateway', async () => {
		const sent = async (who) => (await page(who.cookie, '/api/v1/ledger'))
			.json().ledger.length;

		assert.equal(await sent(admin), 1);
		assert.equal(await sent(rita), 0);
	});
});

describe('a kept fleet of the admin is not shown to the restricted', () => {
	const urls = ['/', '/live?since=0', '/api/v1/devices'];
	const times = (n, ask) => Promise.all(Array.from({ length: n }, ask));

	async function many(who) {
		const answers = [];

		for (const url of urls)
			answers.push(...await times(MANY / urls.length,
				() => page(who.cookie, url)));
		return answers;
	}
	const check = {
		admin: (a) => assert.match(a.body, said('in-yard')),
		rita: (a) => {
			assert.equal(a.status, 200);
			assert.ok(!a.body.includes('in-yard'));
			assert.ok(!said('in-yard').test(a.body));
		},
	};

	test('when he comes after the admin', async () => {
		await as_operator("UPDATE flux.device SET name = 'Renamed one'");
		(await many(admin)).forEach(check.admin);
		(await many(rita)).forEach(check.rita);
	});

	test('nor is his small one to the admin', async () => {
		await as_operator("UPDATE flux.device SET name = 'Renamed two'");
		(await many(rita)).forEach(check.rita);
		(await many(admin)).forEach(check.admin);
	});

	test('nor when they come together', async () => {
		await as_operator("UPDATE flux.device SET name = 'Renamed three'");
		await Promise.all(Array.from({ length: MANY * 2 }, async (_, i) => {
			const who = i % 2 === 0 ? 'admin' : 'rita';

			check[who](await page({ admin, rita }[who].cookie,
				urls[i % urls.length]));
		}));
	});

	test('nor a device that is kept alone', async () => {
		const url = '/api/v1/telemetry/aggregate?device=in-yard' +
			'&sensor=flow_rate&points=1';
		const series = `/devices/in-yard/series?sensor=${sensor['in-yard']}`;

		for (const [who, status] of [[admin, 200], [rita, 404], [admin, 200],
			[rita, 404]])
			for (const answer of await times(MANY / 2, () =>
				page(who.cookie, url)))
				assert.equal(answer.status, status, answer.body);
		for (const answer of await times(MANY / 2, () =>
			page(admin.cookie, series)))
			assert.equal(answer.status, 200, answer.body);
		for (const answer of await times(MANY / 2, () =>
			page(rita.cookie, series)))
			assert.equal(answer.status, 404, answer.body);
	});

	test('nor to who may export there, and nothing else', async () => {
		const url = '/api/v1/telemetry/export?device=all&format=csv' +
			`&from=${Date.now() - 3600e3}&to=${Date.now() + 60e3}`;

		await ctl('role', p.name, 'put', 'taker', 'exports:read');
		const who = await person('taker', 'viewer');
		await restrict(who, 'HALL', 'taker');
		await many(admin);
		for (const answer of await times(8, () => page(who.cookie, url))) {
			assert.equal(answer.status, 200, answer.body);
			assert.ok(!answer.body.includes('in-yard'));
			assert.ok(!answer.body.includes('in-nowhere'));
		}
	});

	test('nor when only a value is new', async () => {
		await many(admin);
		await many(rita);
		await say('in-yard', flow['in-yard'] + 0.5);
		await say('in-hall', flow['in-hall'] + 0.5);
		await p.derived();
		(await many(rita)).forEach(check.rita);
		for (const answer of await many(admin))
			assert.match(answer.body, /7\D?654[.,](8|75)/);
	});
});

describe('what changes counts at the next request', () => {
	const sees = async (device) => (await Promise.all(Array.from(
		{ length: MANY }, () => page(rita.cookie, '/api/v1/devices'))))
		.map((a) => a.status === 200 && a.body.includes(device));
	const all = (list, want) => assert.deepEqual([...new Set(list)], [want]);

	test('an asset that moves moves the reach', async () => {
		all(await sees('in-pump'), true);
		await move('PUMP', 'YARD');
		all(await sees('in-pump'), false);
		await move('PUMP', 'HALL');
		all(await sees('in-pump'), true);
	});

	test('another asset is another reach', async () => {
		await ctl('role', p.name, 'give', rita.email, 'viewer', 'YARD');
		all(await sees('in-yard'), true);
		await ctl('role', p.name, 'take', rita.email, 'viewer', 'YARD');
		all(await sees('in-yard'), false);
	});

	test('a role that says less', async () => {
		await ctl('role', p.name, 'put', 'looker',
			'telemetry:read,devices:read');
		await ctl('role', p.name, 'give', rita.email, 'looker', 'HALL');
		await ctl('role', p.name, 'take', rita.email, 'viewer', 'HALL');
		all(await sees('in-hall'), true);
		assert.equal((await page(rita.cookie, '/api/v1/telemetry/export' +
			'?device=in-hall')).status, 403);
		await ctl('role', p.name, 'put', 'looker', 'telemetry:read');
		assert.equal((await page(rita.cookie, '/api/v1/devices')).status, 403);
		assert.equal((await page(rita.cookie, '/')).status, 200);
		await ctl('role', p.name, 'put', 'looker', '');
		assert.equal((await page(rita.cookie, '/')).status, 403);
	});

	test('a role in the whole tenant', async () => {
		await ctl('role', p.name, 'give', rita.email, 'viewer');
		all(await sees('in-nowhere'), true);
	});
});
