// raw.mjs - requests as bytes, for what no client library would send.
import net from 'node:net';
import { PATIENCE_MS, env } from './flux.mjs';

const QUIET_MS = 3000; // after which nothing more comes

export const plain = new URL(env.FLUX_URL);
export const secure = new URL(env.FLUX_TLS_URL);

// Bytes to the plain port; what comes back until the end, or for so long, or
// without that until it is quiet.
export function raw(bytes, { ms, port = plain.port, from } = {}) {
	return new Promise((resolve, reject) => {
		const socket = net.connect({ port, host: '127.0.0.1',
			localAddress: from });
		const until = (after) => setTimeout(() => socket.destroy(), after);
		let timer = until(ms ?? PATIENCE_MS), got = '';

		socket.setEncoding('latin1');
		socket.on('data', (part) => {
			got += part;
			if (ms !== undefined)
				return;
			clearTimeout(timer);
			timer = until(QUIET_MS);
		});
		socket.on('error', (e) => e.code === 'ECONNRESET' || reject(e));
		socket.on('close', () => { clearTimeout(timer); resolve(got); });
		socket.write(bytes);
	});
}

// Status, headers and body of the first answer in a raw text.
export function parse(text) {
	const [head, ...rest] = text.split('\r\n\r\n');
	const lines = head.split('\r\n');

	return {
		status: Number(lines[0].split(' ')[1]),
		headers: Object.fromEntries(lines.slice(1).map((line) => {
			const at = line.indexOf(':');

			return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
		})),
		body: rest.join('\r\n\r\n'),
	};
}
