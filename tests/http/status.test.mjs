// How all of it is, told without the database: to people, to programs, and
// when it is not there.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Stack } from '../lib/stack.mjs';

const RED_MS = 6000; // five seconds, and one for the look

let stack, request, waitFor;

before(async () => {
	stack = await Stack.up('fluxstatus');
	await stack.healthy();
	({ request, waitFor } = stack.flux);
	await waitFor(async () => (await request('GET', '/healthz')).status === 200);
});
after(() => stack?.down());

const get = (url) => request('GET', url);

// The time until it answers with this status.
async function until(url, status) {
	const begun = performance.now();

	await waitFor(async () => (await get(url)).status === status);
	return performance.now() - begun;
}

// It is red within the time of what makes it so; at one try of three, as a busy
// machine is late.
async function assertRed(make, undo) {
	const took = [];

	for (let i = 0; i < 3; i++) {
		make();
		took.push(await until('/healthz', 503));
		if (took.at(-1) < RED_MS)
			return;
		undo();
		await until('/healthz', 200);
	}
	assert.fail(`red after ${took.map((ms) => ms | 0).join(', ')} ms`);
}

function freeze(signal) {
	for (const p of stack.of('postgres'))
		stack.signal(p, signal);
}

// { name: { labels: value } } of the text format, each line of which is one.
function metrics(text) {
	const all = {};
	const typed = new Set();

	for (const line of text.trimEnd().split('\n')) {
		const type = line.match(/^# TYPE (\w+) (counter|gauge|histogram|summary)$/);

		if (type) {
			assert.ok(!typed.has(type[1]), line);
			typed.add(type[1]);
		}
		if (line.startsWith('# HELP fluxline_') || type)
			continue;
		const [, name, labels, value] = line.match(
			/^(fluxline_\w+)(\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? (\S+)$/) ?? [];

		assert.ok(name, line);
		assert.ok(typed.has(name.replace(/_(bucket|sum|count)$/, '')) ||
			typed.has(name), line);
		assert.ok(Number.isFinite(Number(value)), line);
		(all[name] ??= {})[labels ?? ''] = Number(value);
	}
	return all;
}

describe('all is well', () => {
	test('/healthz, /readyz, /livez are 200 and JSON, and nobody is asked who he is',
		async () => {
			for (const url of ['/healthz', '/readyz', '/livez']) {
				const answer = await get(url);

				assert.equal(answer.status, 200, url);
				assert.equal(answer.headers['content-type'], 'application/json');
				assert.equal(answer.json().status, 'pass', answer.body);
				assert.equal(answer.headers['cache-control'], 'no-store');
			}
			assert.equal((await get('/healthz')).json().database, 'up');
		});

	test('/status says so in a sentence', async () => {
		const answer = await get('/status');

		assert.equal(answer.status, 200);
		assert.match(answer.body, /Everything works\./);
		assert.match(answer.body, /has answered for/);
		assert.equal(answer.headers['set-cookie'], undefined);
	});

	test('no version, path, host or tenant is told', async () => {
		for (const url of ['/status', '/healthz', '/readyz', '/metrics']) {
			const { body } = await get(url);

			assert.ok(!body.includes(stack.var), url);
			assert.ok(!/postgres|nginx\/|flx_|tenant_id|Demo/i.test(body), url);
		}
	});

	test('metrics count requests and readings of all processes', async () => {
		const { env } = stack.flux;
		const before = metrics((await get('/metrics')).body);
		const N = 40;

		await Promise.all(Array.from({ length: N }, (_, i) =>
			request('POST', '/api/v1/ingest', { headers:
				{ 'X-API-Key': env.FLUX_KEY }, body: { readings: [
				{ device: 'NIVUS_750_001', ts: Date.UTC(2026, 0, 1) + i * 1000,
					values: { flow_rate: i } },
				{ device: 'NOBODY', ts: 1767225600000, values: { x: i } }] } })));
		await request('POST', '/api/v1/ingest', { headers:
			{ 'X-API-Key': env.FLUX_KEY }, body: 'no JSON' });
		const now = metrics((await get('/metrics')).body);
		const grew = (name, labels) => now[name][labels] -
			(before[name][labels] ?? 0);

		assert.equal(grew('fluxline_ingest_readings_total',
			'{decoder="native",result="stored"}'), N);
		assert.equal(grew('fluxline_ingest_readings_total',
			'{decoder="native",result="rejected"}'), N);
		assert.ok(grew('fluxline_http_requests_total',
			'{program="ingest",code="2xx"}') >= N);
		assert.equal(grew('fluxline_http_requests_total',
			'{program="ingest",code="4xx"}'), 1);
		const all = now['fluxline_http_request_duration_seconds_bucket'];

		assert.equal(all['{program="ingest",le="+Inf"}'],
			now['fluxline_http_request_duration_seconds_count']['{program="ingest"}']);
		assert.ok(all['{program="ingest",le="0.001"}'] <=
			all['{program="ingest",le="10"}']);
		assert.equal(now['fluxline_database_up'][''], 1);
		assert.ok(now['fluxline_partitions_ahead'][''] >= 2);
		assert.ok(now['fluxline_disk_free_bytes'][''] > 0);
		await waitFor(async () => metrics((await get('/metrics')).body)
			.fluxline_ingest_lag_seconds_count[''] > 0);
	});

	test('metrics have the connections of nginx, whatever is asked', async () => {
		const { port, hostname } = new URL(stack.flux.env.FLUX_URL);
		const held = await Promise.all(Array.from({ length: 5 }, async () => {
			const one = net.connect(Number(port), hostname);

			await once(one, 'connect');
			return one;
		}));
		const all = await waitFor(async () => {
			const now = metrics((await get('/metrics?active=999')).body)
				.fluxline_nginx_connections;

			return now['{state="active"}'] >= 6 && now;
		});

		for (const one of held)
			one.destroy();
		assert.ok(all['{state="active"}'] < 999);
		assert.equal(all['{state="active"}'], all['{state="reading"}'] +
			all['{state="writing"}'] + all['{state="waiting"}']);
	});

	test('metrics are for this machine only', async () => {
		const answer = await request('GET', '/metrics',
			{ headers: { 'X-Forwarded-For': '203.0.113.7' } });

		assert.equal(answer.status, 200); // nobody believes that header
		const { readFileSync } = await import('node:fs');
		const { default: path } = await import('node:path');
		const conf = readFileSync(path.join(stack.var, 'app/nginx.conf'), 'utf8');

		assert.match(conf,
			/location = \/metrics \{\s*allow 127\.0\.0\.1;\s*allow ::1;\s*deny all;/);
	});
});

describe('a Postgres that is gone', () => {
	after(() => stack.signal(stack.supervisor(), 'SIGCONT'));

	test('is red within 5 s, and told with its reason', async () => {
		await assertRed(() => {
			const postmaster = stack.master('postgres');

			stack.signal(stack.supervisor(), 'SIGSTOP');
			stack.signal(postmaster, 'SIGINT');
		}, () => stack.signal(stack.supervisor(), 'SIGCONT'));
		const answer = await waitFor(async () => {
			const got = await get('/healthz');

			return got.json().database === 'down' && got;
		});

		assert.deepEqual(answer.json().faults, ['database_away']);
		assert.equal((await get('/readyz')).status, 503);
		assert.equal((await get('/livez')).status, 200);
	});

	test('the page shows without it, and what is kept', async () => {
		const { env } = stack.flux;
		const answer = await request('POST', '/api/v1/ingest', { headers:
			{ 'X-API-Key': env.FLUX_KEY }, body: { readings: [{
			device: 'NIVUS_750_001', ts: Date.now(), values: { status: 1 } }] } });

		assert.equal(answer.json().spooled, true, answer.body);
		await waitFor(async () => (await get('/healthz')).json().spool_bytes > 0);
		const page = await get('/status');

		assert.equal(page.status, 200);
		assert.match(page.body, /The database does not answer\./);
		assert.match(page.body, /has been away for \d+ s/);
		assert.match(page.body, /of 1 tenant</);
		const all = metrics((await get('/metrics')).body);

		assert.equal(all.fluxline_database_up[''], 0);
		assert.ok(all.fluxline_buffer_bytes[''] > 0);
	});

	test('is green soon after, and nothing is kept any more', async () => {
		stack.signal(stack.supervisor(), 'SIGCONT');
		await until('/healthz', 200);
		await waitFor(async () => {
			const { spool_bytes: left } = (await get('/healthz')).json();

			return left === 0;
		});
		assert.ok(metrics((await get('/metrics')).body)
			.fluxline_spool_drained_total[''] >= 1);
	});
});

describe('a frozen Postgres', () => {
	after(() => freeze('SIGCONT'));

	test('is red within 5 s', async () => {
		await assertRed(() => freeze('SIGSTOP'), () => freeze('SIGCONT'));
		freeze('SIGCONT');
		await until('/healthz', 200);
	});
});

describe('a worker that is silent', () => {
	test('is red, and the page says that nobody knows', async () => {
		const all = stack.of('worker');

		for (const p of all)
			stack.signal(p, 'SIGSTOP');
		await until('/healthz', 503);
		const answer = (await get('/healthz')).json();

		assert.equal(answer.database, 'unknown');
		assert.deepEqual(answer.faults, ['worker_silent']);
		assert.match((await get('/status')).body, /nobody knows/);
		for (const p of all)
			stack.signal(p, 'SIGCONT');
		await until('/healthz', 200);
	});
});
