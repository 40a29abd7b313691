// make bench-edge - what an edge agent takes of the box it is put on: its
// program, every library that this needs and the device profiles, as bytes on
// the disk; and its memory while it asks DEVICES (500) devices of 20 registers
// once a second and sends what it read to an ingest over HTTPS.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, realpathSync, statSync,
	writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './bench.mjs';
import { address, build, end, folder, freePort, memory, ours, root, slaves,
	stop } from './polled.mjs';

const MB = 1024 * 1024;
const DEVICES = Number(process.env.DEVICES ?? 500);
const SECONDS = Number(process.env.SECONDS ?? 20);
const program = path.join(build, 'bin/fluxline-poller');

// The program and what the loader brings with it, each file once.
function installed() {
	const libraries = execFileSync('ldd', [program], { encoding: 'utf8' })
		.match(/\/\S+/g).map((name) => realpathSync(name));
	const profiles = path.join(root, 'profiles');

	return [program, ...new Set(libraries),
		...readdirSync(profiles).map((name) => path.join(profiles, name))];
}

// An ingest that takes everything and has no other plan.
async function ingest() {
	const key = path.join(folder, 'key.pem');
	const cert = path.join(folder, 'cert.pem');
	const counted = { posts: 0, bytes: 0 };

	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
		'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=ingest',
		'-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
	{ stdio: 'ignore' });
	const server = https.createServer({ key: readFileSync(key),
		cert: readFileSync(cert) }, (request, response) => {
		request.on('data', (part) => { counted.bytes += part.length; });
		request.on('end', () => {
			counted.posts += request.method === 'POST';
			response.writeHead(request.method === 'POST' ? 200 : 503);
			response.end('{}');
		});
	});

	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	return { counted, cert, server, port: server.address().port };
}

try {
	const bytes = installed().reduce((sum, name) => sum + statSync(name).size, 0);

	say('edge_install_mb', bytes / MB, 'MB');
	const port = await freePort();
	const devices = await slaves(port, DEVICES, 1000);
	const to = await ingest();
	const key = path.join(folder, 'key');

	writeFileSync(key, `flx_${'0'.repeat(40)}\n`, { mode: 0o600 });
	const poller = ours('edge', port,
		Array.from({ length: DEVICES }, (_, i) =>
			({ profile: 'bench', unit: 1, host: address(i) })),
		`server = https://127.0.0.1:${to.port}\nserver_ca = ${to.cert}\n` +
		`key_file = ${key}`);

	await sleep(SECONDS * 1000);
	say(`edge_rss_${DEVICES * 20}_points_mb`, memory(poller.pid), 'MB');
	await stop(poller);
	await stop(devices);
	to.server.close();
	to.server.closeAllConnections();
	if (to.counted.posts < SECONDS / 4)
		console.error(`${to.counted.posts} posts only: ${poller.said}`);
} finally {
	end();
}
