// hostile.mjs - bodies that break programs: what others collected (see
// fixtures.mjs), what gateways send, and each put into the other.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { archived, cases, recorded } from './fixtures.mjs';
import { corpora, root } from './flux.mjs';

const folder = path.join(root, 'tests/golden/formats');

// What gateways send: { name, body } of each golden case that has a body.
export const sent = readdirSync(folder).sort().flatMap((file) =>
	JSON.parse(readFileSync(path.join(folder, file), 'utf8')).cases
		.filter((c) => c.text ?? c.json ?? c.base64)
		.map((c) => ({ name: path.basename(file, '.json'),
			path: c.path ?? '/api/v1/ingest',
			body: c.base64 !== undefined ? Buffer.from(c.base64, 'base64')
				: Buffer.from(c.text ?? JSON.stringify(c.json)) })));

const one_of_each = [...new Map(sent.map((c) => [c.name, c])).values()];

// Every place of a value in what is sent, with this in its place.
function in_place(body, text) {
	const whole = body.toString();
	const places = [...whole.matchAll(/[:=[,]\s*("(?:[^"\\]|\\.)*"|-?\d[\d.]*)/g)];

	return places.map((m) => whole.slice(0, m.index + m[0].length - m[1].length) +
		text + whole.slice(m.index + m[0].length));
}

function spread(list, n) {
	const step = Math.max(1, list.length / n);

	return Array.from({ length: Math.min(n, list.length) },
		(_, i) => list[Math.floor(i * step)]);
}

// The HTTP messages of the recordings, as bodies; they are none here.
const messages = () => (corpora === null
	? ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'a=1&b=%zz&=&c=%00']
	: [...['invalid', 'sample', 'content-length'].map((name) =>
		recorded(`http/llhttp_request_${name}.md`)),
	recorded('http/urlencoded_parser_data.json'),
	...archived('http/multipart.tar.gz').map(([, bytes]) => bytes)]);

/*
 * { from, list: [[what, bytes]] }: about n of them, of each kind some; those of
 * the JSON and line suites all.
 */
export function hostile(n) {
	const json = cases('json'), line = cases('line');
	const texts = spread(cases('text'), n / 4).map((t) => JSON.stringify(t));
	const numbers = spread(cases('numbers'), n / 4).map(String);
	const fill = (list, what) => list.flatMap((text, i) => {
		const { name, body } = one_of_each[i % one_of_each.length];
		const all = in_place(body, text);

		return all.length > 0
			? [[`${what} ${text.slice(0, 40)} in ${name}`,
				Buffer.from(all[i % all.length])]] : [];
	});

	return { from: json.from, list: [...json,
		...line.map((c, i) => [`line ${i}`, c.text]),
		...messages().map((m, i) => [`message ${i}`, Buffer.from(m)]),
		...sent.map((c) => [c.name, c.body]),
		...fill(texts, 'text'), ...fill(numbers, 'number')] };
}
