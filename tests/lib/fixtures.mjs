// fixtures.mjs - texts that break programs.  cases(KIND) are the recordings'
// if there are any, and ours, of the same shape, if not; "from" says which.
//
//   json      [name, bytes]: n_ is refused, y_ is taken, i_ may be either
//   numbers   decimal texts, each nearest to one double
//   text      what people and machines call things
//   times     [text, the instant in milliseconds, or null if it is none]
//   line      { text, error } and what else golden/line.json has
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync,
	rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { corpora, root } from './flux.mjs';
import { random } from './plant.mjs';

// A recording, unpacked.
export function recorded(name) {
	const bytes = readFileSync(path.join(corpora, name));

	return name.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes;
}

// The files of a tar archive of the recordings: [name, bytes].
export function archived(name) {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxcases.'));

	try {
		execFileSync('tar', ['xzf', path.join(corpora, name), '-C', folder]);
		return readdirSync(folder, { recursive: true, withFileTypes: true })
			.filter((f) => f.isFile())
			.map((f) => [f.name, readFileSync(path.join(f.path, f.name))]);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

// ---- JSON: each point of the grammar, whole and broken once ----

const WHOLE = {
	number: ['0', '-0', '1', '-1', '10', '1.5', '1e3', '1E+3', '1.5e-3', '-0.0'],
	text: ['""', '"a"', '"\\n"', '"\\u00e9"', '"\\ud83d\\ude00"', '"\u00e9"',
		'"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\u2028"'],
	word: ['true', 'false', 'null'],
	space: [' 1 ', '\t1\r\n'],
};
const BROKEN = ['01', '+1', '.5', '1.', '1e', '1e+', '--1', '0x1', '1_0', 'NaN',
	'Infinity', '-', '"', '"a', 'a"', '\'a\'', '"\\x41"', '"\\u12"', '"\t"',
	'"\n"', '"\\', 'tru', 'True', 'nul', 'undefined', '[1', '[1,]', '[,1]',
	'[1 2]', '[1}', '{"a"}', '{"a":}', '{a:1}', '{"a" 1}', '{"a":1,}',
	'{1:1}', '/* */1', '1 // a', '', '\u00a01'];
const EITHER = ['1e400', '-1e400', '"\\ud800"', '"\\udc00"', '"\\u0000"',
	'{"a":1,"a":2}', '[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]',
	'123456789012345678901234567890', '1e-400', '"\\ufffe"'];

function own_json() {
	const wrap = (kind) => (text, i) =>
		[`${kind}_own_${i}.json`, Buffer.from(`{"v":[${text}]}`)];
	const bytes = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xc3]];

	return [...Object.values(WHOLE).flat().map(wrap('y')),
		...BROKEN.filter(Boolean).map(wrap('n')), ...EITHER.map(wrap('i')),
		...['{"v":1', '{"v":1}]', '{"v":1}{"v":1}'].map((text, i) =>
			[`n_own_end_${i}.json`, Buffer.from(text)]),
		...bytes.map((b, i) => [`n_own_bytes_${i}.json`,
			Buffer.concat([Buffer.from('{"v":"'), Buffer.from(b),
				Buffer.from('"}')])])];
}

// ---- numbers ----

// Between two doubles, a little below, on and above the middle of them.
function* halfway(rnd) {
	for (let i = 0; i < 60; i++) {
		const n = (1n << 53n) + BigInt(Math.floor(rnd() * 2 ** 52));
		const zeros = Math.floor(rnd() * 20);
		const middle = `${2n * n + 1n}`;

		for (const rest of ['.', '.0000000000000001', `.${'0'.repeat(zeros)}1`])
			yield `${middle}${rest === '.' ? '.0' : rest}`;
	}
}

function own_numbers() {
	const rnd = random(53);
	const digits = (n) => Array.from({ length: n },
		() => Math.floor(rnd() * 10)).join('');
	const drawn = Array.from({ length: 320 }, () => {
		const whole = Math.floor(rnd() * 10 ** Math.floor(rnd() * 15));
		const e = rnd() < 0.5 ? '' : `e${Math.floor(rnd() * 500) - 250}`;

		return `${rnd() < 0.3 ? '-' : ''}${whole}.${digits(1 + rnd() * 24)}${e}`;
	});

	return [...drawn, ...halfway(rnd), '5e-324', '2.4703282292062327e-324',
		'1.7976931348623157e308', '2.2250738585072014e-308', '0.1',
		'9007199254740991', '-0.0'].filter((s) => Number.isFinite(Number(s)));
}

const shared_numbers = () => ['lemire-fast-float', 'more-test-cases']
	.flatMap((name) => recorded(`numbers/${name}.txt.gz`).toString().split('\n')
		.map((line) => line.split(' ')[3]))
	.filter((s) => /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(s ?? '') &&
		Number.isFinite(Number(s)) &&
		!(/^-?\d+$/.test(s) && Math.abs(Number(s)) >= 2 ** 53));

// ---- texts ----

const TEXTS = ['', ' ', '.', '..', '/', '\\', '%', '%00', '%s%n', '${x}', '{{x}}',
	'null', 'undefined', 'true', 'NaN', '-1', '1e999', '0x10', '1/2', '\'', '"',
	'\'; DROP TABLE flux.landing; --', '1) or pg_sleep(5)--', '\' or \'\'=\'',
	'<script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
	'javascript:alert(1)', '&lt;b&gt;', '<?cs var:Page ?>', '=1+1', '@SUM(1)',
	'../../etc/passwd', 'C:\\con', '$(id)', '`id`', '; id', '| id', 'a\tb', 'a\nb',
	'a\r\nSet-Cookie: a=1', '\u0001\u001f', '\u007f\u0085', '\u200b', '\ufeff',
	'\u202eabc', 'e\u0301', '\u00e9', '\u0130i', '\ud83d\ude00',
	'\ud83c\udff3\ufe0f\u200d\ud83c\udf08', '\u{1f468}\u200d\u{1f469}',
	'\u0645\u0631\u062d\u0628\u0627', '\u4e2d\u6587', '\u0928\u092e', 'x'.repeat(65),
	'x'.repeat(1000), '\u00e9'.repeat(64), '\ud800', '{"a":1}', '[1]', 'a,b=c d'];

const shared_text = () => [...JSON.parse(recorded('text/blns.json')),
	...['sqli_Auth_Bypass.txt', 'sqli_Generic_SQLI.txt',
		'sqli_Generic_TimeBased.txt', 'xss_payloads.txt.gz']
		.flatMap((name) => recorded(`text/${name}`).toString().split('\n')
			.filter((line, i, all) => i % Math.ceil(all.length / 150) === 0))];

// ---- times ----

function own_times() {
	const two = (n) => String(n).padStart(2, '0');
	const days = [[2024, 2, 29], [2025, 2, 28], [2025, 12, 31], [2026, 3, 29],
		[2025, 10, 26], [2000, 1, 1], [1999, 12, 31]];
	const good = days.flatMap(([y, m, d]) => [[0, 0], [2, 30], [23, 59]]
		.flatMap(([h, min]) => [['Z', 0], ['+00:00', 0], ['+0300', 180],
			['-05:30', -330], ['+14:00', 840]].map(([zone, off]) =>
			[`${y}-${two(m)}-${two(d)}T${two(h)}:${two(min)}:07.125${zone}`,
				Date.UTC(y, m - 1, d, h, min, 7, 125) - off * 60e3])));
	const bad = ['2025-02-29T00:00:00Z', '2025-13-01T00:00:00Z', 'yesterday',
		'2025-00-10T00:00:00Z', '2025-04-31T00:00:00Z', '2025-01-01T25:00:00Z',
		'2025-01-01T00:61:00Z', '2025-01-01', '', '2025-01-01T00:00:00+25:00'];

	return [...good, ...bad.map((text) => [text, null])];
}

function shared_line() {
	const { decode } = JSON.parse(recorded('line_protocol/corpus.json.gz'));

	return Object.values(decode).map(({ input, output }) => ({ ...input,
		text: input.text.binary !== undefined
			? Buffer.from(input.text.binary, 'base64') : Buffer.from(input.text),
		...output }));
}

function own_line() {
	const file = path.join(root, 'tests/golden/line.json');

	return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8'))
		.map((c) => ({ ...c, text: Buffer.from(c.text) })) : [];
}

const KINDS = {
	json: { shared: () => archived('json/JSONTestSuite_parsing.tar.gz'),
		own: own_json },
	numbers: { shared: shared_numbers, own: own_numbers },
	text: { shared: shared_text, own: () => TEXTS },
	times: { own: own_times },
	line: { shared: shared_line, own: own_line },
};

export function cases(kind) {
	const { shared, own } = KINDS[kind];
	const list = corpora !== null && shared ? shared() : own();

	return Object.assign(list, { from: corpora !== null && shared
		? 'recordings' : 'ours' });
}
