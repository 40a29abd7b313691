// Formats: what senders post, word by word, each case of tests/golden/formats,
// and what becomes of it: the answer, what is stored and what is refused.
import { after, before, describe, test } from 'node:test';
import { check, formats, plant_of } from '../lib/golden.mjs';

// Each format has a tenant of its own, so they need not wait for each other.
describe('formats', { concurrency: 4 }, () => {
	for (const format of formats) {
		describe(format.name, { concurrency: 1 }, () => {
			let plant;

			before(async () => { plant = await plant_of(format); });
			after(() => plant.balances());
			for (const c of format.cases)
				test(c.title, () => check(plant, c));
		});
	}
});
