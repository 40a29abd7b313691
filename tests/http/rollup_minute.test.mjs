// A reading is in its hour and its day within a minute of the answer to its
// post, whenever the worker has looked last and late or not.  Mostly waits.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { DAY } from '../lib/calendar.mjs';
import { waitFor } from '../lib/flux.mjs';
import { by } from '../lib/pace.mjs';
import { Plant, get, post } from '../lib/plant.mjs';
import { HOUR } from '../lib/rollup.mjs';

const LATE_MS = 60000;
const PATIENCE_MS = 300000;
const TODAY = Math.floor(Date.now() / DAY) * DAY;
const before_last = TODAY - 2 * DAY, yesterday = TODAY - DAY;
let plant, key;

async function send(...readings) {
	const answer = await post(key, { readings: readings.map(([ts, flow_rate]) =>
		({ device: 'D', ts, values: { flow_rate } })) });

	assert.equal(answer.status, 202, answer.body);
	assert.deepEqual(answer.json().rejected, []);
}

// What is in the hour or day that begins there, "COUNT SUM"; "" while
// something is pending.
async function inside(unit, start) {
	const answer = await get(key, `/api/v1/telemetry/rollup?device=D` +
		`&sensor=flow_rate&unit=${unit}&from=${start}` +
		`&to=${start + (unit === 'day' ? DAY : HOUR)}`);

	assert.equal(answer.status, 200, answer.body);
	const [bucket] = answer.json().series[0]?.buckets ?? [];

	return bucket && !bucket.pending ? `${bucket.count} ${bucket.sum}` : '';
}

const both = async (day, hour) => [await inside('hour', day + hour * HOUR),
	await inside('day', day)].join(', ');

before(async () => {
	plant = await Plant.make('In a minute');
	await plant.device('D');
	key = await plant.key('D');
	await send([before_last + 3 * HOUR, 1]);
	// They have looked just now, and pause.
	await waitFor(async () => await both(before_last, 3) === '1 1, 1 1',
		PATIENCE_MS);
});

describe('hours and days', () => {
	for (const [what, readings, day, hour, want] of [
		['what is new', [[yesterday + 10 * HOUR, 2], [yesterday + 11 * HOUR, 3],
			[yesterday + 11 * HOUR + 60000, 4]], yesterday, 11, '2 7, 3 9'],
		['what is late', [[yesterday + 10 * HOUR + 1, 5]], yesterday, 10,
			'2 7, 4 14'],
		['what is late for a day of its own', [[before_last - DAY, 6]],
			before_last - DAY, 0, '1 6, 1 6']])
		test(`${what} is in within a minute`, async () => {
			await send(...readings);
			await by(LATE_MS, async () => await both(day, hour) === want);
		});
});
