// tables.mjs - what the tests of tables have in common: something to show, and
// how the rows of a file equal those of a JSON answer.
import assert from 'node:assert/strict';
import { send } from './brute.mjs';
import { post } from './plant.mjs';

export const XLSX =
	'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

// Two devices with a little of all that a table may have to show, at a start.
export async function two_devices(plant, key, start) {
	await plant.device('X1', undefined, '--gateway', 'GW');
	await plant.device('X2', undefined, '--gateway', 'GW');
	await send(key, [
		{ device: 'X1', ts: start, values: { flow_rate: 1.5, temperature: 20,
			volume_total: 10 } },
		{ device: 'X1', ts: start + 1, values: { flow_rate: null } },
		{ device: 'X1', ts: start + 2, values: { flow_rate: -7, status: 1,
			volume_total: 12.25 }, quality: 60, revision: 2 },
		{ device: 'X1', ts: start + 3, values: { flow_rate: 1e-7 } },
		{ device: 'X1', ts: start + 999, values: { flow_rate: 1 / 3 } },
		{ device: 'X2', ts: start + 5, values: { status: 2 } }]);
	const window = await post(key, { sensorId: 'X2/temperature',
		timestamp: start + 6, min: 1, max: 4, avg: 2.5, count: 60, stdDev: 0.5 });

	assert.deepEqual(window.json().rejected, []);
	await plant.derived();
}

// A wanted cell against that of a CSV file.
export function same_text(got, want, place) {
	if (typeof want === 'number')
		assert.ok(got !== '' && Number(got) === want, `${place}: ${got}, ${want}`);
	else
		assert.equal(got, want === null || want === undefined ? ''
			: String(want.iso ?? want), place);
}

// The same of a sheet; numbers have sixteen digits there, instants three
// behind the second.
export function same_cell(got, want, place) {
	if (typeof want === 'number')
		assert.ok(typeof got === 'number' &&
			Math.abs(got - want) <= Math.abs(want) * 1e-15,
			`${place}: ${got}, ${want}`);
	else if (want?.iso !== undefined)
		assert.ok(Math.abs(got.getTime() - Date.parse(want.iso)) <= 1,
			`${place}: ${got?.toISOString()}, ${want.iso}`);
	else
		assert.deepEqual(got ?? null, want === undefined || want === '' ? null
			: want, place);
}

export function same_rows(got, want, same) {
	assert.equal(got.length, want.length);
	want.forEach((row, i) => row.forEach((cell, k) =>
		same(got[i][k], cell, `row ${i} column ${k}`)));
}

// Where a JSON answer has texts, sheets have instants.
export const at = (text) => text ? { iso: text } : null;
