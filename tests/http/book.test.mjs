// Register maps out of spreadsheets: by sheet, as one would type them, and
// nothing of a file that means harm.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { book, parts, zip } from '../lib/book.mjs';
import { flux_var } from '../lib/flux.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxbook.'));
const program = path.join(flux_var, 'app/bin/fluxline-profile');

after(() => rmSync(folder, { recursive: true }));

// { ok, out, said } of fluxline-profile about this file.
async function read(bytes, ...options) {
	const file = path.join(folder, 'map.xlsx');

	writeFileSync(file, bytes);
	try {
		const { stdout, stderr } = await promisify(execFile)(program,
			['import', 'csv', file, ...options]);

		return { ok: true, out: stdout, said: stderr };
	} catch (e) {
		assert.ok(typeof e.code === 'number', e.message);
		return { ok: false, out: e.stdout, said: e.stderr };
	}
}

// The points by their keys, and what was said of them.
async function imported(bytes, ...options) {
	const { ok, out, said } = await read(bytes, ...options);

	assert.ok(ok, said);
	return { said, point: Object.fromEntries(JSON.parse(out).points
		.map((p) => [p.key, p])) };
}

describe('a spreadsheet', () => {
	const rows = [
		['key', 'name', 'register', 'address', 'type', 'order', 'scale', 'unit'],
		['flow', 'Flow "main" & more', 'holding', 0, 'float', 'CDAB', '', 'm3/h'],
		[],
		['temp', 'Temperature', 'input', 16, 's16', '', 0.1, '°C'],
		['odd', 'No such type', 'holding', 30, 'bcd'],
	];
	const sheets = { Notes: [], 'Map & more': rows,
		Other: [['a', '', '', 0.30000000000000004 * 10, 'u16']] };
	const refused = async (what, bytes, why, ...options) => {
		const { ok, out, said } = await read(bytes, ...options);

		assert.deepEqual([ok, out], [false, ''], what);
		assert.match(said, why, what);
	};
	const spoilt = (name, edit) => {
		const all = parts(sheets);

		all[name] = edit(all[name]);
		return zip(all);
	};

	test('is read from its first sheet with anything', async () => {
		const { point, said } = await imported(book(sheets));

		assert.deepEqual(Object.keys(point), ['flow', 'temp']);
		assert.equal(point.flow.name, 'Flow "main" & more');
		assert.deepEqual([point.temp.address, point.temp.scale], [16, 0.1]);
		assert.match(said, /line 5: odd: its type is not known/);
	});

	test('or from the one that is named', async () => {
		const { point } = await imported(book(sheets), '--part', 'Other');

		assert.deepEqual([Object.keys(point), point.a.address], [['a'], 3]);
		await refused('no such one', book(sheets), /no such sheet/, '--part', 'None');
	});

	test('that is hostile is refused', async () => {
		const sheet = 'xl/worksheets/s1.xml', whole = book(sheets);

		await refused('cut', whole.subarray(0, whole.length - 30), /is damaged/);
		await refused('no workbook', zip({ a: 'b' }), /is damaged/);
		await refused('no XML', spoilt(sheet, () => '<a><b></a>'), /is damaged/);
		await refused('entities', spoilt(sheet, (s) => s.replace('?>',
			'?><!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "d">]>')),
		/is damaged.*document type/);
		await refused('a bomb', spoilt(sheet, (s) => s.replace('<x:sheetData>',
			`<x:sheetData>${' '.repeat(17 << 20)}`)), /unpacks to too much/);
		await refused('of nothing', book({ a: [] }), /is empty/);
	});

	test('has bounds', async () => {
		const wide = [[...rows[0], ...Array(70).fill('x')], ...rows.slice(1)];

		assert.deepEqual(Object.keys((await imported(book({ wide }))).point),
			['flow', 'temp']);
	});
});
