// A thousand who sign in at once: two passwords are worked on at a time, and
// nobody's readings wait for it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { children, worked, worked_since } from '../lib/children.mjs';
import { http, waitFor } from '../lib/flux.mjs';
import { Person } from '../lib/person.mjs';
import { INGEST, Plant } from '../lib/plant.mjs';

const LOGINS = 1000, POSTS = 200, EVERY = 25, HOUR = 3600000;
const SCRYPT = 24 << 20; // bytes; one needs 32 MB
const TRIES = 3;
let plant, key, login;
let visitors = 0, most; // work on all logins

before(async () => {
	plant = await Plant.make('Logins');
	await plant.device('N1');
	key = await plant.key('N1');
	const visitor = new Person();
	const page = await visitor.get('/login');
	const csrf = page.body.match(/name="csrf" value="([0-9a-f]{64})"/)[1];

	login = () => http('POST', '/login', {
		headers: { Cookie: visitor.cookie,
			'Content-Type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ csrf, email: `flood-${++visitors}@people.example`,
			password: 'not the right one' }).toString(),
	}).then((answer) => answer.status, () => 'no answer');
});

// How many children hold the memory of a scrypt now.
function working() {
	return children('auth.fcgi').filter((pid) => {
		try {
			return Number(readFileSync(`/proc/${pid}/statm`, 'utf8')
				.split(' ')[5]) * 4096 > SCRYPT;
		} catch {
			return false; // it is gone
		}
	}).length;
}

// They are looked at one after the other, so that of two who hand on a turn both
// may be seen: what looks like more is looked at once more while all stand still,
// each with the turn that it has.
function at_once() {
	const n = working();

	if (n <= 2)
		return n;
	const all = children('auth.fcgi');

	const signal = (name) => all.forEach((pid) => {
		try {
			process.kill(Number(pid), name);
		} catch {
			// it is gone
		}
	});

	signal('SIGSTOP');
	try {
		return working();
	} finally {
		signal('SIGCONT');
	}
}

const p99 = (v) => v.sort((a, b) => a - b)[Math.floor(v.length * 0.99)];

// Posts at a steady pace; how long each took, in ms.
async function readings(from) {
	const times = [], all = [];

	for (let i = 0; i < POSTS; i++) {
		const at = performance.now();

		all.push(http('POST', INGEST, { headers: { 'X-API-Key': key },
			body: { readings: [{ device: 'N1', ts: from + i * 1000,
				values: { flow_rate: i } }] } }).then((answer) => {
			times.push(performance.now() - at);
			assert.ok(answer.status < 300, answer.body);
		}));
		await sleep(EVERY);
	}
	await Promise.all(all);
	return p99(times);
}

// How long posts take beside all the logins, and the logins, in ms.
async function flooded() {
	const seen = [];
	const watch = setInterval(() => seen.push(at_once()), 20);
	const begun = performance.now(), was = worked(children('auth.fcgi'));
	const flood = Promise.all(Array.from({ length: LOGINS }, login));

	await sleep(500);
	const beside = await readings(Date.now() - HOUR);
	const statuses = new Set(await flood);
	const took = performance.now() - begun;

	most = worked_since(was, children('auth.fcgi'));
	clearInterval(watch);
	assert.ok(!statuses.has(500) && !statuses.has(303), [...statuses].join(' '));
	assert.ok(statuses.has(401));
	assert.ok([1, 2].includes(Math.max(...seen)), `${Math.max(...seen)} at once`);
	return [beside, took];
}

test('1000 logins run two scrypts at most, and no post waits for them', async () => {
	const alone = await readings(Date.now() - 2 * HOUR);
	let beside, took;

	// A post that waited for the logins would wait as long as they do; how much
	// slower posts are beside so many visitors is the machine's and no claim.
	// One that stands still for a while keeps posts, too, but not each time.
	for (let i = 0; i < TRIES && !(beside < took / 5); i++)
		[beside, took] = await flooded();
	console.log(`# posts p99 ${beside.toFixed(1)} ms beside the logins, ` +
		`${alone.toFixed(1)} ms alone`);
	assert.ok(beside < took / 5, `p99 ${beside.toFixed(1)} ms of ${took | 0} ms`);
});

test('nobody works for those who have given up', async () => {
	const was = worked(children('auth.fcgi'));

	assert.equal(await login(), 401);
	await waitFor(() => working() === 0);
	const more = worked_since(was, children('auth.fcgi'));

	assert.ok(more < most / 3, `${more} of ${most} ms`);
});
