// docs/formats.md: each of its examples is a case of tests/golden/formats, which
// the tests send, and each format that there is has its row.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
	'../..');
const read = (name) => readFileSync(path.join(root, name), 'utf8');
const folder = path.join(root, 'tests/golden/formats');
const page = read('docs/formats.md');

// A text that is no JSON stands for itself.
function meaning(text) {
	try {
		return JSON.stringify(JSON.parse(text));
	} catch {
		return text.trimEnd();
	}
}

const sent = new Set(readdirSync(folder).flatMap((file) =>
	JSON.parse(readFileSync(path.join(folder, file), 'utf8')).cases
		.map((c) => meaning(c.text ?? JSON.stringify(c.json ?? null)))));
const parts = page.split(/^(?=##+ )/m).map((part) => ({
	title: part.match(/^#+ (.*)$/m)?.[1],
	examples: [...part.matchAll(/^```(?:json|text)\n(.*?)^```$/gms)]
		.map(([, text]) => text) })).filter((p) => p.examples.length > 0);

describe('the page of formats', () => {
	test('has a row for each format', () => {
		const formats = [...read('lib/intake/format.h')
			.matchAll(/^\s*F\((\d+),\s*(\w+),/gm)];

		assert.ok(formats.length >= 3);
		for (const [, number, name] of formats)
			assert.ok(page.includes(`\n| ${number} | ${name} |`), name);
	});

	for (const { title, examples } of parts)
		test(`${title}: its examples are what the tests send`, () => {
			for (const text of examples)
				assert.ok(sent.has(meaning(text)), text);
		});

	test('the filter for Moxa makes a native body', (t) => {
		const [, filter] = page.match(/```jq\n(.*?)\n```/s);
		const tags = [{ prvdName: 'modbus', srcName: 'N1', tagName: 'flow_rate',
			dataValue: 118.45, dataType: 'float', ts: 1763703600123456 }];

		for (const body of [tags, { tags }])
			try {
				assert.deepEqual(JSON.parse(execFileSync('jq', ['-c', filter],
					{ input: JSON.stringify(body), encoding: 'utf8' })),
				{ readings: [{ device: 'N1', ts: 1763703600123456,
					values: { flow_rate: 118.45 } }] });
			} catch (e) {
				if (e.code !== 'ENOENT')
					throw e;
				t.skip('jq is not installed');
			}
	});
});
