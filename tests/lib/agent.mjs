// agent.mjs - what stands on either side of an edge agent in a test: a tap on the
// line to its slave, and a front before its server.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { env, flux_var } from './flux.mjs';

export const COMMANDS = '/api/v1/ingest/commands';
export const BUNDLE = '/api/v1/ingest/bundle';

const server = new URL(env.FLUX_TLS_URL);
const WRITES = [5, 6, 15, 16];

// In front of the slave: counts what is asked and what is written, and may keep
// a write to itself.
export async function tap(port) {
	const t = { asked: 0, writes: 0, keeps: false, sockets: new Set() };

	t.server = net.createServer((near) => {
		const far = net.connect(port, '127.0.0.1');

		for (const [one, other] of [[near, far], [far, near]]) {
			t.sockets.add(one);
			one.on('error', () => {});
			one.on('close', () => { t.sockets.delete(one); other.destroy(); });
		}
		far.on('data', (part) => near.write(part));
		near.on('data', (part) => {
			t.asked++;
			if (WRITES.includes(part[7])) {
				t.writes++;
				if (t.keeps)
					return;
			}
			far.write(part);
		});
	}).listen(0, '127.0.0.1');
	await once(t.server, 'listening');
	t.port = t.server.address().port;
	t.end = () => {
		for (const socket of t.sockets)
			socket.destroy();
		t.server.close();
	};
	return t;
}

// In front of the server: notes the rounds with commands, may lose or delay an
// answer that the server has given, put another plan in the place of one, and
// be cut off.
export async function front_of() {
	const p = { rounds: [], bundles: [], cut: false, lose: () => false,
		delay: () => 0, bundle: (b) => b };
	const passed = async (question, body) => {
		const on = https.request({ host: '127.0.0.1', port: server.port,
			method: question.method, path: question.url,
			ca: readFileSync(env.FLUX_CA), servername: 'localhost',
			headers: question.headers });

		on.end(body);
		const [from] = await once(on, 'response');

		return { status: from.statusCode, headers: from.headers,
			body: await read(from) };
	};
	const read = async (stream) => {
		const parts = [];

		for await (const part of stream)
			parts.push(part);
		return Buffer.concat(parts);
	};
	const changed = async ({ method, url }, came) => {
		if (came.status !== 200)
			return came.body;
		if (url === COMMANDS) {
			const round = JSON.parse(came.body);

			p.rounds.push(round);
			if (p.lose(round))
				return null;
			await new Promise((done) => { setTimeout(done, p.delay(round)); });
		}
		if (url === BUNDLE && method === 'GET') {
			p.bundles.push(JSON.parse(came.body));
			return Buffer.from(JSON.stringify(p.bundle(p.bundles.at(-1))));
		}
		return came.body;
	};

	p.server = https.createServer({
		key: readFileSync(path.join(flux_var, 'tls/server.key')),
		cert: readFileSync(path.join(flux_var, 'tls/server.pem')),
	}, async (question, answer) => {
		try {
			const came = await passed(question, await read(question));
			const body = await changed(question, came);

			if (body === null || p.cut)
				throw new Error('lost');
			delete came.headers['content-length'];
			delete came.headers['transfer-encoding'];
			answer.writeHead(came.status, came.headers).end(body);
		} catch {
			answer.destroy();
		}
	}).listen(0, '127.0.0.1');
	await once(p.server, 'listening');
	p.port = p.server.address().port;
	p.end = () => {
		p.server.closeAllConnections();
		p.server.close();
	};
	return p;
}
