// The edge: what nginx answers by itself, and what it never lets through.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import http2 from 'node:http2';
import path from 'node:path';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { ca, flux_var, http, run } from '../lib/flux.mjs';
import { parse, plain, raw, secure } from '../lib/raw.mjs';

const big = Buffer.alloc(1024 * 1024 + 1, ' ');

// What comes back until the end, which comes by itself.
const told = async (bytes, options) =>
	parse(await raw(bytes, { ms: 60000, ...options }));

const HEADERS = {
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'referrer-policy': 'same-origin',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	server: 'nginx',
};

const KINDS = [
	['a page', 'GET', '/'],
	['the login page', 'GET', '/login'],
	['a page that is not there', 'GET', '/no/such/page'],
	['a form sent without its token', 'POST', '/logout', { body: '' }],
	['a file', 'GET', '/static/app.css'],
	['a file that is not there', 'GET', '/static/none.css'],
	['a file under the wrong verb', 'POST', '/static/app.css', { body: '' }],
	['the service worker', 'GET', '/sw.js'],
	['the manifest', 'GET', '/app.webmanifest'],
	['the health of the interface', 'GET', '/api/health'],
	['a route that the interface lacks', 'GET', '/api/none'],
	['readings without a key', 'POST', '/api/v1/ingest', { body: {} }],
	['a body that is too large', 'POST', '/api/v1/ingest', { body: big }],
	['a page\'s body that is too large', 'POST', '/login', { body: big }],
	['a header that is too long', 'GET', '/',
		{ headers: { 'X-Long': 'x'.repeat(9000) } }],
];

function carries_all(answer, where) {
	for (const [name, value] of Object.entries(HEADERS))
		assert.equal(answer.headers[name], value, `${where}: ${name}`);
	assert.match(answer.headers['x-request-id'], /^[0-9a-f]{32}$/, where);
	assert.match(answer.headers['permissions-policy'], /camera=\(\)/, where);
	assert.match(answer.headers['content-security-policy'],
		/^default-src 'none'; /, where);
	assert.ok(answer.headers['cache-control'], `${where}: cache-control`);
	assert.doesNotMatch(answer.headers['cache-control'], /,.*no-store/, where);
}

describe('every answer carries every security header', () => {
	for (const [title, method, url, options] of KINDS) {
		test(title, async () => {
			for (const over of [false, true]) {
				const answer = await http(method, url, { ...options, tls: over });

				carries_all(answer, over ? 'TLS' : 'plain');
				assert.equal(answer.headers['strict-transport-security'],
					over ? 'max-age=31536000; includeSubDomains' : undefined);
			}
		});
	}

	test('a request that is not HTTP', async () => {
		const answer = await told('GET / HTTP/1.1\r\nHost x\r\n\r\n');

		assert.equal(answer.status, 400);
		carries_all(answer, 'plain');
	});

	test('plain HTTP on the TLS port', async () => {
		const answer = await told('GET / HTTP/1.1\r\nHost: x\r\n\r\n',
			{ port: secure.port });

		assert.equal(answer.status, 400);
		carries_all(answer, 'TLS');
	});
});

test('the content policy allows nothing inline and nobody else', async () => {
	const { headers } = await http('GET', '/login', { tls: true });
	const policy = headers['content-security-policy'];

	assert.doesNotMatch(policy, /unsafe|\*|https?:|blob:/);
	for (const rule of ["script-src 'self'", "style-src 'self'",
		"connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'",
		"form-action 'self'", "object-src 'none'"])
		assert.ok(policy.split('; ').includes(rule), rule);
});

test('a page whose address opens something is named to nobody', async () => {
	for (const url of ['/invite/x', '/reset/x', '/claim/x', '//reset/x',
		'/%72eset/x', '/invite%2fx', '/./reset/x']) {
		const answer = await told(
			`GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

		assert.equal(answer.headers['referrer-policy'], 'strict-origin', url);
	}
	for (const url of ['/login?next=/claim/x', '/devices/a%20b', '/claims/x'])
		assert.equal((await http('GET', url)).headers['referrer-policy'],
			'same-origin', url);
});

test('what is shown to a person is not kept by a cache', async () => {
	for (const url of ['/login', '/static/none.css', '/api/none', '/api/health'])
		assert.match((await http('GET', url)).headers['cache-control'],
			/no-store/, url);
});

describe('errors under /api are problem+json, elsewhere a page', () => {
	async function is_problem(answer, status, code) {
		assert.equal(answer.status, status);
		assert.match(answer.headers['content-type'], /^application\/problem\+json/);
		const problem = JSON.parse(answer.body);

		assert.equal(problem.status, status);
		assert.equal(problem.code, code);
		assert.equal(problem.request_id, answer.headers['x-request-id']);
		for (const key of ['type', 'title', 'detail'])
			assert.equal(typeof problem[key], 'string', key);
		assert.ok(problem.detail.length > 10);
	}

	test('an unknown route is 404', async () => {
		await is_problem(await http('GET', '/api/none'), 404, 'not_found');
		await is_problem(await http('GET', '/api/v1/none'), 404, 'not_found');
		await is_problem(await http('GET', '/api'), 404, 'not_found');
	});

	test('a body over 1 MB is 413 on either ingest route', async () => {
		for (const url of ['/api/ingest', '/api/v1/ingest'])
			await is_problem(await http('POST', url, { body: big }), 413,
				'too_large');
	});

	test('a body over 1 MB in chunks is 413 too', async () => {
		const head = 'POST /api/ingest HTTP/1.1\r\nHost: x\r\n' +
		    'Transfer-Encoding: chunked\r\n\r\n100001\r\n';

		await is_problem(await told(Buffer.concat([Buffer.from(head), big])),
			413, 'too_large');
	});

	test('a body whose chunks make no sense is 400', async () => {
		await is_problem(await told('POST /api/ingest HTTP/1.1\r\n' +
		    'Host: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n'),
		400, 'bad_request');
	});

	test('a program that is away is 503 with Retry-After', async () => {
		const socket = path.join(run, 'api.sock');

		renameSync(socket, `${socket}.away`);
		try {
			const answer = await http('GET', '/api/v1/devices');

			await is_problem(answer, 503, 'busy');
			assert.equal(answer.headers['retry-after'], '2');
		} finally {
			renameSync(`${socket}.away`, socket);
		}
	});

	test('a page whose program is away is a page', async () => {
		const socket = path.join(run, 'web.sock');

		renameSync(socket, `${socket}.away`);
		try {
			const answer = await http('GET', '/');

			assert.equal(answer.status, 503);
			assert.equal(answer.headers['retry-after'], '2');
			assert.match(answer.headers['content-type'], /^text\/html/);
			assert.match(answer.body, /<h1>/);
			assert.doesNotMatch(answer.body, /nginx|Gateway/);
		} finally {
			renameSync(`${socket}.away`, socket);
		}
	});

	test('a file that is not there is 404 and a page', async () => {
		const answer = await http('GET', '/static/none.js');

		assert.equal(answer.status, 404);
		assert.match(answer.headers['content-type'], /^text\/html/);
		assert.doesNotMatch(answer.body, /nginx/);
	});
});

describe('files', () => {
	test('a versioned file is kept for a year, another for an hour', async () => {
		const kept = await http('GET', '/static/app.css?v=1');
		const hour = await http('GET', '/static/app.css');

		assert.equal(kept.headers['cache-control'],
			'public, max-age=31536000, immutable');
		assert.equal(hour.headers['cache-control'], 'public, max-age=3600');
	});

	test('an ETag that fits costs 304 and no body', async () => {
		const first = await http('GET', '/static/app.css');
		const again = await http('GET', '/static/app.css',
			{ headers: { 'If-None-Match': first.headers.etag } });

		assert.equal(first.status, 200);
		assert.equal(again.status, 304);
		assert.equal(again.bytes.length, 0);
	});

	test('the service worker and the manifest are asked for anew', async () => {
		for (const [url, type] of [['/sw.js', /^text\/javascript/],
			['/app.webmanifest', /^application\/manifest\+json/]]) {
			const answer = await http('GET', url);

			assert.equal(answer.status, 200, url);
			assert.match(answer.headers['content-type'], type);
			assert.equal(answer.headers['cache-control'], 'no-cache');
		}
	});

	test('a style sheet comes compressed to who can read it', async () => {
		const answer = await http('GET', '/static/app.css',
			{ headers: { 'Accept-Encoding': 'gzip' } });

		assert.equal(answer.headers['content-encoding'], 'gzip');
	});

	test('no path leads out of the folder', async () => {
		for (const url of ['/static/../nginx.conf', '/static/%2e%2e/nginx.conf',
			'/static/..%2fnginx.conf', '/static/../../secret/super.pgpass',
			'/static/%2e%2e/%2e%2e/demo.env']) {
			const answer = await told(
				`GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

			assert.notEqual(answer.status, 200, url);
			assert.doesNotMatch(answer.body, /FLUX_|worker_processes/, url);
		}
	});
});

describe('TLS', () => {
	function shake(options) {
		return new Promise((resolve) => {
			const socket = tls.connect({ host: 'localhost', port: secure.port,
				ca, ...options }, () => {
				resolve({ protocol: socket.getProtocol(),
					alpn: socket.alpnProtocol,
					cert: socket.getPeerCertificate() });
				socket.destroy();
			});

			socket.on('error', (error) => resolve({ error: error.code }));
		});
	}

	test('1.2 is refused', async () => {
		const { error } = await shake({ minVersion: 'TLSv1.2',
			maxVersion: 'TLSv1.2' });

		assert.match(error, /PROTOCOL_VERSION/);
	});

	test('1.3 is spoken, with a certificate our CA vouches for', async () => {
		const { protocol, cert } = await shake({});

		assert.equal(protocol, 'TLSv1.3');
		assert.match(cert.subjectaltname, /DNS:localhost/);
		assert.match(cert.subjectaltname, /IP Address:127\.0\.0\.1/);
		assert.match(cert.subjectaltname, /IP Address:0:0:0:0:0:0:0:1/);
		assert.equal(cert.nistCurve, 'P-256');
	});

	test('who does not know the CA does not trust it', async () => {
		assert.equal((await shake({ ca: undefined })).error,
			'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
	});

	test('HTTP/2 reaches the programs', async () => {
		const session = http2.connect(secure.origin, { ca });
		const asked = session.request({ ':path': '/api/health' });
		const status = await new Promise((resolve, reject) => {
			asked.on('response', (headers) => resolve(headers[':status']));
			asked.on('error', reject);
			session.on('error', reject);
		});

		session.destroy();
		assert.equal(status, 200);
	});
});

test('the plain port is bound to loopback and nothing else', () => {
	const bound = [];

	for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
		if (!existsSync(table))
			continue;
		for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
			const [, local, , state] = line.trim().split(/\s+/);
			const [address, port] = (local ?? '').split(':');

			if (state === '0A' && parseInt(port, 16) === Number(plain.port))
				bound.push(address);
		}
	}
	assert.deepEqual(bound, ['0100007F']);
});

// Each carries a second request in its body or head that must never be
// answered: one refusal, then the end of the connection.
const hidden = 'GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (lines, body) =>
	`POST /api/ingest HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`;
const PROBES = [
	['a length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked',
		`0\r\n\r\n${hidden}`)],
	['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 4',
		`0\r\n\r\n${hidden}`)],
	['two lengths', post('Content-Length: 0\r\nContent-Length: 44', hidden)],
	['the same length twice', post('Content-Length: 0\r\nContent-Length: 0',
		hidden)],
	['a list of lengths', post('Content-Length: 0, 44', hidden)],
	['a negative length', post('Content-Length: -1', hidden)],
	['a signed length', post('Content-Length: +0', hidden)],
	['a hexadecimal length', post('Content-Length: 0x0', hidden)],
	['a length beyond 64 bits', post('Content-Length: 18446744073709551616',
		hidden)],
	['an unknown coding', post('Transfer-Encoding: xchunked', `0\r\n\r\n${hidden}`)],
	['two codings', post('Transfer-Encoding: gzip, chunked', `0\r\n\r\n${hidden}`)],
	['chunked twice', post('Transfer-Encoding: chunked\r\n' +
		'Transfer-Encoding: identity', `0\r\n\r\n${hidden}`)],
	['a blank before the colon', post('Transfer-Encoding : chunked',
		`0\r\n\r\n${hidden}`)],
	['a folded header', post('X-A: b\r\n Transfer-Encoding: chunked',
		`0\r\n\r\n${hidden}`)],
	['a chunk that is no number', post('Transfer-Encoding: chunked',
		`g\r\nx\r\n0\r\n\r\n${hidden}`)],
	['a chunk beyond 64 bits', post('Transfer-Encoding: chunked',
		`fffffffffffffffff\r\n${hidden}`)],
	['a chunk longer than it says', post('Transfer-Encoding: chunked',
		`1\r\nxyz\r\n0\r\n\r\n${hidden}`)],
	['a zero byte in a header', post('X-A: a\0b\r\nContent-Length: 0', hidden)],
	['no host', `GET /api/health HTTP/1.1\r\n\r\n${hidden}`],
	['two hosts', `GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${hidden}`],
	['chunks in HTTP/1.0', 'POST /api/ingest HTTP/1.0\r\nHost: x\r\n' +
		`Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
];

describe('a request that could be read in two ways is refused', () => {
	for (const [title, bytes] of PROBES) {
		test(title, async () => {
			const got = await raw(bytes);
			const answers = got.match(/HTTP\/1\.[01] \d+/g) ?? [];

			assert.ok(answers.length <= 1, `answers: ${answers}`);
			assert.ok(answers.every((line) => /[45]\d\d$/.test(line)),
				`answers: ${answers}`);
			assert.doesNotMatch(got, /HTTP\/1\.. 50[0234]/);
		});
	}
});

describe('the addresses that senders of others know', () => {
	test('a body that is too large is refused in their words', async () => {
		for (const url of ['/write', '/api/v2/write', '/query']) {
			const answer = await http('POST', url, { body: big });

			assert.equal(answer.status, 413, url);
			assert.equal(answer.headers['content-type'], 'application/json');
			assert.deepEqual(Object.keys(answer.json()),
				['code', 'message', 'error']);
		}
		for (const url of ['/v1/ingestion/telemetry', `/api/v1/flt_${'a'.repeat(16)}`])
			assert.equal((await http('POST', url, { body: big })).json().code,
				'too_large', url);
	});

	test('a file of readings may be larger', async () => {
		const answer = await http('POST', '/api/v1/imports', { body: big });

		assert.notEqual(answer.status, 413);
	});

	test('a key in an address stands in no log of the edge', async () => {
		const token = `flt_${randomBytes(8).toString('hex')}`;

		for (const url of [`/api/v1/${token}/telemetry`,
			`/tb/api/v1/${token}/telemetry`, `//api/v1/${token}`,
			`/api/v1/./${token}/telemetry`, `/api/v1/${token}/rpc?a=b`])
			await http('POST', url, { body: big }).catch(() => {});
		for (const log of ['access.log', 'supervise.log'])
			assert.ok(!readFileSync(path.join(flux_var, 'log', log), 'utf8')
				.includes(token), log);
	});
});
