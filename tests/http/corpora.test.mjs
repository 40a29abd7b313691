// Texts that have broken other programs, given to ours: each is answered, none
// with 5xx, and afterwards all is as before.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { corpora } from '../lib/flux.mjs';
import { FLUXIO, INGEST, Plant, get, post, telemetry } from '../lib/plant.mjs';
import { plain, raw } from '../lib/raw.mjs';

const skip = corpora === null && 'no corpora';
const file = (name) => {
	const bytes = readFileSync(path.join(corpora, name));

	return name.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes;
};
let plant, key, clock = Date.now() - 20 * 3600e3;

// The cases of a tar archive: [name, bytes].
function cases(name) {
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

// Eight at a time.
async function each(list, run) {
	const queue = [...list.entries()];

	await Promise.all(Array.from({ length: 8 }, async () => {
		for (let next; (next = queue.shift());)
			await run(next[1], next[0]);
	}));
}

function answered(answer, what) {
	assert.ok(answer.status >= 200 && answer.status < 500,
		`${what}: ${answer.status}`);
	if (answer.status >= 400) {
		assert.match(answer.headers['content-type'],
			/^application\/problem\+json/, what);
		assert.equal(answer.json().status, answer.status, what);
	}
	assert.ok(!answer.bytes.includes(0), what);
	assert.ok(Buffer.from(answer.bytes.toString()).equals(answer.bytes),
		`${what}: the answer is UTF-8`);
}

describe('corpora', () => {
	before(async () => {
		if (skip)
			return;
		plant = await Plant.make('Corpora');
		await plant.device('N1', 'fluxline-float64x8');
		key = await plant.key('N1');
	});

	after(async () => {
		if (skip)
			return;
		const t = (clock += 1000);
		const answer = await post(key, { device: 'N1', ts: t, values: { ch0: 1 } });

		assert.equal(answer.status, 202);
		assert.equal((await telemetry(key, 'N1', { from: t, to: t + 1 })).length, 1);
		await plant.balances();
	});

	test('JSON that is none is refused, each of 188, and kept', { skip }, async () => {
		const all = cases('json/JSONTestSuite_parsing.tar.gz')
			.filter(([name]) => name.startsWith('n_'));
		const mark = await plant.mark();

		assert.equal(all.length, 188);
		await each(all, async ([name, bytes]) => {
			const answer = await post(key, bytes);

			answered(answer, name);
			assert.equal(answer.status, 400, name);
		});
		assert.equal((await plant.letters(mark)).length, all.length);
	});

	test('any JSON is answered, bare and as a value', { skip }, async () => {
		const wrap = (bytes) => Buffer.concat([Buffer.from(
			`{"readings":[{"device":"N1","ts":${clock += 10},"values":{"ch0":`),
		bytes, Buffer.from('}}]}')]);

		await each(cases('json/JSONTestSuite_parsing.tar.gz'),
			async ([name, bytes]) => {
				answered(await post(key, bytes, { url: FLUXIO }), name);
				answered(await post(key, wrap(bytes)), `${name} as a value`);
			});
	});

	test('valid JSON is never called invalid', { skip }, async () => {
		const refused = [];

		await each(cases('json/JSONTestSuite_parsing.tar.gz')
			.filter(([name]) => name.startsWith('y_')), async ([name, bytes]) => {
			const answer = await post(key, bytes);

			if (answer.status === 400 && /JSON is not valid/.test(answer.body))
				refused.push([name, bytes.toString().trim()]);
		});
		// A body is an object or an array, has no member twice and no NUL.
		assert.deepEqual(refused.filter(([name, text]) => /^[[{]/.test(text) &&
			!/duplicated_key|null_escape|null_in_key/.test(name)), []);
		assert.equal(refused.length, 12, String(refused));
	});

	test('each number is stored as the double nearest to it', { skip }, async () => {
		const texts = [...new Set(['lemire-fast-float', 'more-test-cases']
			.flatMap((name) => file(`numbers/${name}.txt.gz`).toString().split('\n')
				.map((line) => line.split(' ')[3])))]
			.filter((s) => /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(s ?? '') &&
				Number.isFinite(Number(s)) &&
				!(/^-?\d+$/.test(s) && Math.abs(Number(s)) >= 2 ** 53));
		const from = (clock += 1000);

		assert.ok(texts.length > 1000);
		const answer = await post(key, `{"readings":[${texts.map((s, i) =>
			`{"device":"N1","ts":${from + i},"values":{"ch0":${s},"ch1":"${s}"}}`)
		}]}`);

		clock += texts.length;
		assert.equal(answer.status, 202, answer.body);
		assert.equal(answer.json().accepted, 2 * texts.length,
			JSON.stringify(answer.json().rejected[0]));
		const got = await telemetry(key, 'N1', { from, to: clock + 1 });

		assert.equal(got.length, 2 * texts.length);
		for (const r of got)
			assert.ok(r.value === Number(texts[r.timestamp - from]),
				`${r.value} ${texts[r.timestamp - from]}`);
	});

	const strings = skip ? [] : [
		...JSON.parse(file('text/blns.json')),
		...['sqli_Auth_Bypass.txt', 'sqli_Generic_SQLI.txt',
			'sqli_Generic_TimeBased.txt', 'xss_payloads.txt.gz']
			.flatMap((name) => file(`text/${name}`).toString().split('\n')
				.filter((line, i, all) => i % Math.ceil(all.length / 150) === 0)),
	];

	test('naughty strings in a reading do no harm', { skip }, async () => {
		await each(strings, async (s) => {
			const answer = await post(key, { batch_id: s.slice(0, 100), readings: [
				{ device: s, ts: clock, values: { ch0: 1 } },
				{ device: 'N1', ts: clock, values: { [s]: 1 } },
				{ device: 'N1', ts: clock, values: { ch0: s } },
				{ device: 'N1', ts: s, values: { ch0: 1 } },
				{ device: 'N1', ts: clock, values: { ch0: 1 }, units: { ch0: s } },
				{ sensorId: s, ts: clock, value: s, unit: s, quality: s }] });

			answered(answer, s);
		});
	});

	test('naughty strings as parameters do no harm', { skip }, async () => {
		await each(strings, async (s) => {
			const text = encodeURIComponent(s.toWellFormed?.() ?? s);

			for (const url of [`/api/v1/telemetry?device=${text}`,
				`/api/v1/telemetry?device=N1&sensor=${text}&from=${text}`,
				`/api/flow-data?device_id=${text}`,
				`/api/flow-data?limit=${text}`])
				answered(await get(key, url), url);
		});
	});

	test('parameters of every encoding do no harm', { skip }, async () => {
		await each(JSON.parse(file('http/urlencoded_parser_data.json')),
			async ({ input }) => {
				const text = [...Buffer.from(input)].map((c) =>
					c > 32 && c < 127 && c !== 35 ? String.fromCharCode(c)
						: `%${c.toString(16).padStart(2, '0')}`).join('');

				for (const url of [`/api/v1/telemetry?device=${text}`,
					`/api/v1/telemetry?${text}&device=N1`])
					answered(await get(key, url), url);
			});
	});

	test('invalid HTTP is refused or closed', { skip }, async () => {
		const asked = file('http/llhttp_request_invalid.md').toString()
			.matchAll(/```http\n([^]*?)```/g);
		const requests = [...asked].map(([, text]) => text.replace(/\n$/, '')
			.replace(/(?<!\\r)\n/g, '\r\n').replace(/\\r/g, '\r')
			.replace(/\\n/g, '\n'));

		assert.ok(requests.length > 10);
		await each(requests, async (text) => {
			const got = await raw(`${text}\r\n\r\n`, { ms: 500, port: plain.port });

			assert.doesNotMatch(got, /HTTP\/1\.. 50[0234]/, text);
		});
	});

	test('a path that is no UTF-8 is refused', { skip }, async () => {
		for (const url of ['/api/v1/%ff', '/devices/%c3%28', '/%ed%a0%80'])
			assert.equal((await get(key, url)).status, 400, url);
	});

	test('form bodies of every kind are no readings', { skip }, async () => {
		await each(cases('http/multipart.tar.gz'), async ([name, bytes]) => {
			answered(await post(key, bytes, { url: INGEST,
				headers: { 'Content-Type': 'multipart/form-data; boundary=x' } }),
			name);
		});
	});
});
