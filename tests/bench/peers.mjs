// peers.mjs - other databases from Debian's packages, as processes of our own
// on free ports with their data in the instance's scratch folder.  They speak
// TLS with the instance's certificate, so that everybody pays for that.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { folderSize, note, sleep } from './bench.mjs';

const START_MS = 15000;

const freePort = () => new Promise((resolve) => {
	const server = net.createServer().listen(0, '127.0.0.1', () => {
		const { port } = server.address();

		server.close(() => resolve(port));
	});
});

const influxConf = ({ folder, port, rpc, tls, cold }) => `
reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  index-version = "tsi1"
${cold ? `  cache-snapshot-write-cold-duration = "3s"
  compact-full-write-cold-duration = "3s"` : ''}
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  https-enabled = true
  https-certificate = "${tls}/server.pem"
  https-private-key = "${tls}/server.key"
  log-enabled = false
  max-row-limit = 0
`;

// How each is started, and what is asked of it.  "s" is a series' tag; cold:
// it is to compact at once, for the size of what it keeps.
const kinds = {
	influx: {
		program: '/usr/bin/influxd',
		args(at) {
			const file = path.join(at.folder, 'influxdb.conf');

			writeFileSync(file, influxConf(at));
			return ['-config', file];
		},
		ping: '/ping',
		ready: (peer) => peer.call('POST', '/query?q=CREATE%20DATABASE%20b'),
		write: '/write?db=b',
		rests_s: 20, // it looks for what is cold now and then
		settle: () => {},
		queries: {
			latest: (s) => ask(`SELECT last(v) FROM t WHERE s='${s}'`),
			chart: (s, from, to) => ask('SELECT min(v),mean(v),max(v) ' +
				`FROM t WHERE s='${s}' AND time>=${from}ms AND ` +
				`time<${to}ms GROUP BY time(1m)`),
			raw: (s, from, to) => ask(`SELECT v FROM t WHERE s='${s}' ` +
				`AND time>=${from}ms AND time<${to}ms`),
		},
	},
	vm: {
		program: '/usr/bin/victoria-metrics',
		args: ({ folder, port, tls }) => [
			`-storageDataPath=${folder}/data`,
			`-httpListenAddr=127.0.0.1:${port}`, '-tls',
			`-tlsCertFile=${tls}/server.pem`,
			`-tlsKeyFile=${tls}/server.key`, '-retentionPeriod=12',
			'-selfScrapeInterval=0s', '-search.latencyOffset=0s'],
		ping: '/health',
		ready: () => {},
		write: '/write',
		rests_s: 5,
		settle: async (peer) => {
			await peer.call('GET', '/internal/force_flush');
			await peer.call('GET', '/internal/force_merge');
		},
		queries: {
			latest: (s, from, to) => '/api/v1/query?nocache=1&query=' +
				`${series(s)}&time=${(to - 1000) / 1000}`,
			chart: (s, from, to) => '/api/v1/query_range?nocache=1&query=' +
				`${encodeURIComponent(`rollup(t_v{s="${s}"}[1m])`)}` +
				`&start=${from / 1000 + 60}&end=${to / 1000}&step=60`,
			raw: (s, from, to) => `/api/v1/export?match[]=${series(s)}` +
				`&start=${from / 1000}&end=${(to - 1) / 1000}`,
		},
	},
};

const ask = (q) => `/query?db=b&epoch=ms&q=${encodeURIComponent(q)}`;
const series = (s) => encodeURIComponent(`t_v{s="${s}"}`);

class Peer {
	constructor(name, child, at, ca) {
		Object.assign(this, kinds[name], { name, child, at, ca,
			url: `https://localhost:${at.port}` });
		this.gone = new Promise((resolve) => child.once('exit', resolve));
	}

	call(method, url, body) {
		return new Promise((resolve, reject) => {
			const asked = https.request(this.url + url, { method,
				ca: this.ca, agent: false }, (answer) => {
				let text = '';

				answer.on('data', (part) => { text += part; });
				answer.on('end', () => (answer.statusCode < 300
					? resolve(text)
					: reject(new Error(`${url}: ${text}`))));
			}).on('error', reject);

			if (body?.pipe)
				body.pipe(asked);
			else
				asked.end(body);
		});
	}

	pause() {
		this.child.kill('SIGSTOP');
	}

	resume() {
		this.child.kill('SIGCONT');
	}

	// Everything on its disk, once it changes no more.
	async size() {
		let before = -1, now = 0, same = 0;

		await this.settle(this);
		for (let i = 0; same < this.rests_s && i < 120; i++) {
			before = now;
			now = folderSize(path.join(this.at.folder, 'data')) +
				(existsSync(path.join(this.at.folder, 'wal'))
					? folderSize(path.join(this.at.folder, 'wal')) : 0);
			same = now === before ? same + 1 : 0;
			await sleep(1000);
		}
		return now;
	}

	async down() {
		this.resume();
		this.child.kill('SIGTERM');
		const late = setTimeout(() => this.child.kill('SIGKILL'), 10000);

		await this.gone;
		clearTimeout(late);
	}
}

async function start(stack, name, cold) {
	const folder = path.join(stack.var, `peer-${name}`);
	const at = { folder, cold, tls: path.join(stack.var, 'tls'),
		port: await freePort(), rpc: await freePort() };

	mkdirSync(folder, { recursive: true });
	const log = openSync(path.join(folder, 'log'), 'a');
	const child = spawn(kinds[name].program, kinds[name].args(at),
		{ stdio: ['ignore', log, log], cwd: folder });
	const peer = new Peer(name, child, at, stack.flux.ca);

	process.once('exit', () => child.kill('SIGKILL'));
	try {
		await stack.flux.waitFor(() => peer.call('GET', peer.ping)
			.then(() => true, () => false), START_MS);
		await peer.ready(peer);
	} catch (e) {
		await peer.down();
		throw e;
	}
	return peer;
}

// Those that are installed, started and then standing still.
export async function peers(stack, { cold = false } = {}) {
	const all = [];

	for (const name of Object.keys(kinds)) {
		if (!existsSync(kinds[name].program)) {
			note(`${name}: not installed; see make bench-peers`);
			continue;
		}
		const peer = await start(stack, name, cold);

		peer.pause();
		all.push(peer);
	}
	return all;
}
