// Texts that have broken other programs, given to ours: each is answered, none
// with 5xx, and afterwards all is as before.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { archived, cases, recorded } from '../lib/fixtures.mjs';
import { corpora } from '../lib/flux.mjs';
import { FLUXIO, INGEST, Plant, get, post, telemetry } from '../lib/plant.mjs';
import { plain, raw } from '../lib/raw.mjs';

const skip = corpora === null && 'no corpora';
let plant, key, clock = Date.now() - 20 * 3600e3;

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
		plant = await Plant.make('Corpora');
		await plant.device('N1', 'fluxline-float64x8');
		key = await plant.key('N1');
	});

	after(async () => {
		const t = (clock += 1000);
		const answer = await post(key, { device: 'N1', ts: t, values: { ch0: 1 } });

		assert.equal(answer.status, 202);
		assert.equal((await telemetry(key, 'N1', { from: t, to: t + 1 })).length, 1);
		await plant.balances();
	});

	const json = cases('json');

	test(`JSON that is none is refused and kept: ${json.from}`, async () => {
		const all = json.filter(([name]) => name.startsWith('n_'));
		const mark = await plant.mark();

		assert.ok(skip ? all.length > 40 : all.length === 188);
		await each(all, async ([name, bytes]) => {
			const answer = await post(key, bytes);

			answered(answer, name);
			assert.equal(answer.status, 400, name);
		});
		assert.equal((await plant.letters(mark)).length, all.length);
	});

	test('any JSON is answered, bare and as a value', async () => {
		const wrap = (bytes) => Buffer.concat([Buffer.from(
			`{"readings":[{"device":"N1","ts":${clock += 10},"values":{"ch0":`),
		bytes, Buffer.from('}}]}')]);

		await each(json, async ([name, bytes]) => {
			answered(await post(key, bytes, { url: FLUXIO }), name);
			answered(await post(key, wrap(bytes)), `${name} as a value`);
		});
	});

	test('valid JSON is never called invalid', async () => {
		const refused = [];

		await each(json.filter(([name]) => name.startsWith('y_')),
			async ([name, bytes]) => {
				const answer = await post(key, bytes);

				if (answer.status === 400 &&
				    /JSON is not valid/.test(answer.body))
					refused.push([name, bytes.toString().trim()]);
			});
		// A body is an object or an array, has no member twice and no NUL.
		assert.deepEqual(refused.filter(([name, text]) => /^[[{]/.test(text) &&
			!/duplicated_key|null_escape|null_in_key/.test(name)), []);
		assert.equal(refused.length, skip ? 0 : 12, String(refused));
	});

	test('each number is stored as the double nearest to it', async () => {
		const texts = [...new Set(cases('numbers'))];
		const from = (clock += 1000);

		assert.ok(texts.length > (skip ? 400 : 1000));
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

	const strings = cases('text');

	test('naughty strings in a reading do no harm', async () => {
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

	test('naughty strings as parameters do no harm', async () => {
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
		await each(JSON.parse(recorded('http/urlencoded_parser_data.json')),
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
		const asked = recorded('http/llhttp_request_invalid.md').toString()
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

	test('a path that is no UTF-8 is refused', async () => {
		for (const url of ['/api/v1/%ff', '/devices/%c3%28', '/%ed%a0%80'])
			assert.equal((await get(key, url)).status, 400, url);
	});

	test('form bodies of every kind are no readings', { skip }, async () => {
		await each(archived('http/multipart.tar.gz'), async ([name, bytes]) => {
			answered(await post(key, bytes, { url: INGEST,
				headers: { 'Content-Type': 'multipart/form-data; boundary=x' } }),
			name);
		});
	});
});
