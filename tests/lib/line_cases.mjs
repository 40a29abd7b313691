// The cases of line protocol as a C header, for tests/unit/line_test.c: those
// of tests/golden/line.json, and InfluxData's own beside them when they are
// there.  A point reads "name|tag=value|...|field:f=BITS|...|@time", its tags
// sorted.
import { existsSync, readFileSync } from 'node:fs';
import zlib from 'node:zlib';

const [golden, corpus] = process.argv.slice(2);
const TICKS = { '1ns': 1, '1µs': 1e3, '1ms': 1e6, '1s': 1e9 };

// Numbers beyond a double stand there as they are: they are read as texts.
const exact = (text) => JSON.parse(text.replace(
	/"(time|int|uint|defaultTime)":\s*(-?\d+)/g, '"$1":"$2"'));

function bits(value) {
	const view = new DataView(new ArrayBuffer(8));

	view.setFloat64(0, value === 0 ? 0 : value);
	return view.getBigUint64(0).toString(16).padStart(16, '0');
}

const shown = {
	float: (v) => `f=${bits(v)}`,
	int: (v) => `i=${v}`,
	uint: (v) => (BigInt(v) < 2n ** 63n ? `i=${v}` : `f=${bits(Number(v))}`),
	bool: (v) => `b=${v}`,
	string: (v) => `s=${v}`,
};

const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function point({ name, tags, fields, time }) {
	const values = fields.map(({ key, value }) => {
		const [[kind, v]] = Object.entries(value);

		return `${key}:${shown[kind](v)}`;
	});

	return [name, ...tags.map(({ key, value }) => `${key}=${value}`)
		.sort(byBytes), ...values, `@${time}`].join('|');
}

const ours = () => JSON.parse(readFileSync(golden, 'utf8'));

function theirs() {
	if (!existsSync(corpus))
		return [];
	const { decode } = exact(zlib.gunzipSync(readFileSync(corpus)).toString());

	return Object.values(decode).map(({ input, output }) => ({
		text: input.text.binary ? Buffer.from(input.text.binary, 'base64')
			: input.text,
		tick: TICKS[input.precision], now: input.defaultTime,
		points: output.error ? undefined : output.result.map(point) }));
}

const literal = (what) => `"${[...Buffer.from(what)].map((c) =>
	(/[\w ]/.test(String.fromCharCode(c)) && c < 128 ? String.fromCharCode(c)
		: `\\${c.toString(8).padStart(3, '0')}`)).join('')}"`;

function entry({ text, tick = 1, now = 0, points }) {
	const bytes = Buffer.from(text);

	return `\t{ ${literal(bytes)}, ${bytes.length}, ${tick}, INT64_C(${now}), ` +
		`${points ? literal(points.join('\n')) : 'NULL'} },`;
}

const table = (name, all) => console.log(
	`static const struct line_case ${name}[] = {\n` +
	`${all.map(entry).join('\n')}\n\t{ NULL, 0, 0, 0, NULL },\n};`);

table('line_golden', ours());
table('line_corpus', theirs());
