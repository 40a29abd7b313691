// corpus.mjs - recordings of real plants, what is published of them, and what
// an instance says of what it has of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import zlib from 'node:zlib';
import { corpora, http } from './flux.mjs';
import { get } from './plant.mjs';

const EPSILON = 1e-9;
const SPAN = 'from=1990-01-01T00:00:00Z&to=2030-01-01T00:00:00Z';

export const bytes = (name) => readFileSync(path.join(corpora, name));
export const slug = (name) => name.replace(/\W+/g, '-').slice(0, 60);

export const plain = (name) => (name.endsWith('.gz')
	? zlib.gunzipSync(bytes(name)) : bytes(name)).toString();

// A file's first rows, of which the first are the header.
export const first = (name, n) => plain(name).split(/(?<=\n)/).slice(0, n)
	.join('');

// The rows of CSV as arrays of texts.
export function cells(text, separator = ',') {
	return text.trim().split(/\r?\n/).map((line) =>
		[...line.matchAll(new RegExp(
			`(?:"([^"]*)"|([^${separator}]*))(?:${separator}|$)`, 'g'))]
			.slice(0, -1).map(([, a, b]) => a ?? b.trim()));
}

// Everything published: { file: { column: { count, min, max, avg, sum } } }
export function published() {
	const all = {};

	for (const line of bytes('reference_aggregates.csv').toString().trim()
		.split('\n').slice(1)) {
		const [file, ...rest] = line.split(',');
		const [count, min, max, avg, sum] = rest.slice(-5).map(Number);

		(all[file] ??= {})[rest.slice(0, -5).join(',').replace(/^"|"$/g, '')
			.replace('(first)', '')] = { count, min, max, avg, sum };
	}
	return all;
}

// The figures of numbers.
export function reckon(v) {
	const sum = v.reduce((a, b) => a + b, 0);

	return { count: v.length, min: Math.min(...v), max: Math.max(...v),
		avg: sum / v.length, sum };
}

// By a key, or by the headers of a session; while months are made for old
// readings an answer may be to ask again.
export async function ask(who, url) {
	for (let n = 0; ; n++) {
		const answer = await (typeof who === 'string' ? get(who, url)
			: http('GET', url, { headers: who }));

		if (answer.status !== 503 || n === 120)
			return answer;
		await sleep(500);
	}
}

// All readings of a device, or of one of its sensors.
export async function readings(who, device, sensor = '') {
	const answer = await ask(who, `/api/v1/telemetry?device=${device}` +
		`&sensor=${sensor}&limit=100000&${SPAN}`);

	assert.equal(answer.status, 200, answer.body);
	assert.equal(answer.json().cursor, null);
	return answer.json().readings;
}

// The figures of a device's sensors over all time: { sensor: { count, ... } }
export async function figures(who, device) {
	const answer = await ask(who,
		`/api/v1/telemetry/statistics?device=${device}&${SPAN}`);

	assert.equal(answer.status, 200, answer.body);
	return Object.fromEntries(answer.json().sensors.map((s) => [s.sensor, s]));
}

// Those of many devices.
export const figures_of = (who, devices) =>
	Promise.all(devices.map((d) => figures(who, d)));

// Of those one sensor, as if it were of one device.
export function joined(list, sensor) {
	const all = list.map((f) => f[sensor]).filter((f) => f !== undefined);
	const some = all.filter((f) => f.count > 0);
	const count = some.reduce((n, f) => n + f.count, 0);
	const sum = some.reduce((n, f) => n + f.sum, 0);

	return { count, sum, avg: sum / count,
		bad: all.reduce((n, f) => n + f.bad, 0),
		min: Math.min(...some.map((f) => f.min)),
		max: Math.max(...some.map((f) => f.max)) };
}

export const together = async (who, devices, sensor) =>
	joined(await figures_of(who, devices), sensor);

export function near(got, want, what) {
	assert.ok(Math.abs(got - want) <= Math.abs(want) * EPSILON + 1e-12,
		`${what}: ${got}, not ${want}`);
}

// Count, least and greatest exactly, mean and sum but for rounding.
export function same(got, want, what) {
	for (const name of ['count', 'min', 'max'])
		assert.equal(got?.[name], want[name], `${what}: ${name}`);
	for (const name of ['avg', 'sum'])
		near(got[name], want[name], `${what}: ${name}`);
}

// Every published figure of a file, by { column: sensor }.
export async function equal_published(who, device, file, table, keys) {
	const got = await figures(who, device);

	for (const [column, want] of Object.entries(table))
		same(got[keys[column]], want, `${file} ${column}`);
}
