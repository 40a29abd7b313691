// How long a wrong password takes tells nobody which addresses there are.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Person } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';

test('a wrong password costs an unknown address the time of a known one', async () => {
	const { name } = await Plant.make('Signin');
	const known = await Person.make(name);
	const times = { known: [], unknown: [] };
	// What else the machine does only adds: the quicker quarter tells, and on a
	// busy one more tries do.
	const quartile = (v) => v.sort((a, b) => a - b)[v.length >> 2];

	let ratio;

	for (let i = 0; i < 120 && !(i >= 12 && ratio > 0.85 && ratio < 1.15); i++) {
		for (const [kind, email] of [['known', known.email],
			['unknown', `m${randomBytes(5).toString('hex')}@people.example`]]) {
			const at = performance.now();

			await known.elsewhere().login({ email, password: 'wrong' });
			times[kind].push(performance.now() - at);
		}
		ratio = quartile(times.known) / quartile(times.unknown);
	}
	assert.ok(ratio > 0.85 && ratio < 1.15, `ratio ${ratio.toFixed(3)}`);
});
