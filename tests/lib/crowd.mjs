// crowd.mjs - connections that never finish what they begin, in a process of
// their own: whoever measures beside them shares nothing with them but the host.
//
//	fork('crowd.mjs', [PORT, TLS_PORT, COUNT])
//
// takes the words "hold" and "rest", and answers each when it is done: they are
// open, and whoever is cut off comes back; none is left, { least, answers }: so
// many were open nine tenths of the time between at least (a machine that stood
// still has many cut off at once), and what they were told, by status.
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const DRIP_MS = 1000; // a byte
const COMING_MS = 4000; // all of them, so that they are not cut off all at once
const AGAIN_MS = 50; // until one that was cut off is back
const COUNT_MS = 20; // between two looks at how many are open

const [port, tls_port, count] = process.argv.slice(2).map(Number);
const head = 'GET /api/health HTTP/1.1\r\nHost: x\r\nX-Drip: ';
const body = 'POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\n' +
	'Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n{';

const kinds = [
	{ port, start: '' },
	{ port: tls_port, start: '' }, // a handshake that does not begin
	{ port, start: head },
	{ port, start: head, drips: true },
	{ port, start: body },
	{ port, start: body, drips: true },
];

const held = new Set();
let round = 0, holding = false, counts, counting, answers;

function open(kind) {
	const mine = round;
	const socket = net.connect(kind.port, '127.0.0.1');
	let drip;

	socket.on('error', () => {});
	socket.on('connect', () => {
		held.add(socket);
		if (kind.start)
			socket.write(kind.start);
		if (kind.drips)
			drip = setInterval(() => socket.write('x'), DRIP_MS);
	});
	socket.on('data', (part) => {
		const [, status] = part.toString('latin1').match(/^HTTP\S+ (\d+)/) ?? [];

		if (status)
			answers[status] = (answers[status] ?? 0) + 1;
	});
	socket.on('close', () => {
		clearInterval(drip);
		held.delete(socket);
		if (holding)
			setTimeout(() => holding && mine === round && open(kind), AGAIN_MS);
	});
}

async function hold() {
	const begun = Date.now();

	round++;
	holding = true;
	counts = [];
	answers = {};
	for (let i = 0; i < count; i++) {
		open(kinds[i % kinds.length]);
		await sleep(Math.max(0, begun + i * COMING_MS / count - Date.now()));
	}
	while (held.size < 0.95 * count)
		await sleep(5);
	counting = setInterval(() => counts.push(held.size), COUNT_MS);
	return {};
}

async function rest() {
	holding = false;
	clearInterval(counting);
	counts.sort((a, b) => a - b);
	for (const socket of held)
		socket.destroy();
	while (held.size > 0)
		await sleep(5);
	return { least: counts[Math.floor(counts.length / 10)], answers };
}

const words = { hold, rest };

process.on('message', async (word) => process.send(await words[word]()));
process.on('disconnect', () => process.exit());
