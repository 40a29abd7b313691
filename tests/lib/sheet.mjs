// sheet.mjs - reads what spreadsheets read: XLSX, which is XML in a ZIP file,
// and CSV by RFC 4180.
import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';

const DAY = 864e5;
const EPOCH = 25569; // 1970, in days of a spreadsheet

// The parts of a ZIP file by name, each a function that unpacks it.
export function parts(bytes) {
	const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
	const found = new Map();
	let at = bytes.readUInt32LE(end + 16);

	assert.ok(end > 0, 'a ZIP file has a directory');
	for (let n = bytes.readUInt16LE(end + 10); n > 0; n--) {
		assert.equal(bytes.readUInt32LE(at), 0x02014b50);
		const method = bytes.readUInt16LE(at + 10);
		const packed = bytes.readUInt32LE(at + 20);
		const size = bytes.readUInt32LE(at + 24);
		const name_length = bytes.readUInt16LE(at + 28);
		const local = bytes.readUInt32LE(at + 42);
		const name = bytes.toString('utf8', at + 46, at + 46 + name_length);
		const from = local + 30 + bytes.readUInt16LE(local + 26) +
			bytes.readUInt16LE(local + 28);
		const data = bytes.subarray(from, from + packed);

		found.set(name, () => {
			const whole = method === 8 ? inflateRawSync(data) : data;

			assert.equal(whole.length, size);
			return whole;
		});
		at += 46 + name_length + bytes.readUInt16LE(at + 30) +
			bytes.readUInt16LE(at + 32);
	}
	return found;
}

const SIGNS = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function plain(text) {
	return text.replace(/&(\w+);/g, (all, name) => SIGNS[name])
		.replace(/_x([0-9A-F]{4})_/g, (all, hex) =>
			String.fromCharCode(parseInt(hex, 16)));
}

// "AB12" is column 27.
function column(place) {
	return [...place.match(/^[A-Z]+/)[0]]
		.reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0) - 1;
}

// Which cell styles are dates.
function dates(styles) {
	const formats = new Map([...styles.matchAll(
		/<numFmt numFmtId="(\d+)" formatCode="([^"]*)"/g)]
		.map(([, id, code]) => [id, code]));

	return [...styles.match(/<cellXfs.*?<\/cellXfs>/s)[0]
		.matchAll(/<xf numFmtId="(\d+)"/g)]
		.map(([, id]) => /yyyy-mm-dd/.test(formats.get(id) ?? ''));
}

// A cell's value: text, number, boolean, or a Date whose UTC is what it shows.
function value(attributes, inner, is_date) {
	const style = Number(attributes.match(/ s="(\d+)"/)?.[1] ?? 0);
	const number = inner.match(/<v>([^<]*)<\/v>/)?.[1];

	assert.ok(!inner.includes('<f'), `a formula: ${inner}`);
	if (/ t="inlineStr"/.test(attributes))
		return plain(inner.match(/<t[^>]*>([^<]*)<\/t>/)[1]);
	if (number === undefined)
		return null;
	if (/ t="b"/.test(attributes))
		return number === '1';
	assert.ok(!/ t="/.test(attributes), attributes);
	return is_date[style]
		? new Date(Math.round((Number(number) - EPOCH) * DAY)) : Number(number);
}

// The sheets of a workbook: name, XML, and rows() of values, null: empty.
export function workbook(bytes) {
	const found = parts(bytes);
	const text = (name) => found.get(name)().toString('utf8');
	const is_date = dates(text('xl/styles.xml'));
	const names = [...text('xl/workbook.xml').matchAll(/<sheet name="([^"]*)"/g)]
		.map(([, name]) => plain(name));

	return names.map((name, i) => {
		const xml = text(`xl/worksheets/sheet${i + 1}.xml`);

		return { name, xml, rows: () => [...xml.matchAll(
			/<row r="(\d+)"[^>]*?(?:\/>|>(.*?)<\/row>)/gs)].map(([, r, cells], n) => {
			const row = [];

			assert.equal(Number(r), n + 1, 'no row is left out');
			for (const [, place, attributes, inner = ''] of (cells ?? '').matchAll(
				/<c r="([A-Z]+\d+)"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs))
				row[column(place)] = value(attributes, inner, is_date);
			return Array.from(row, (v) => v ?? null);
		}) };
	});
}

// The rows of a CSV text, each a list of texts.
export function csv(text, delimiter = ',') {
	const all = [[]];
	let cell = '', quoted = false;

	assert.ok(text.endsWith('\r\n'));
	for (let i = 0; i < text.length; i++) {
		const c = text[i];

		if (quoted && c === '"' && text[i + 1] === '"')
			cell += text[++i];
		else if (c === '"')
			quoted = !quoted;
		else if (!quoted && c === delimiter)
			all.at(-1).push(cell), cell = '';
		else if (!quoted && c === '\r' && text[i + 1] === '\n')
			all.at(-1).push(cell), cell = '', all.push([]), i++;
		else
			cell += c;
	}
	all.pop();
	return all;
}
