// stalls.mjs - when the machine stood still: a thread that does nothing but wake
// up, and notes how late it was.
import { Worker } from 'node:worker_threads';

const TICK_MS = 50;
const LATE_MS = 100; // what is not worth noting

const ticks = `
	const { parentPort } = require('node:worker_threads');
	let last = Date.now();

	setInterval(() => {
		const now = Date.now();

		if (now - last > ${TICK_MS + LATE_MS})
			parentPort.postMessage([last + ${TICK_MS}, now]);
		last = now;
	}, ${TICK_MS});`;

export class Stalls {
	static KNOWN_MS = 3 * TICK_MS; // after it a stall is in the list

	noted = []; // [from, to], ms of the clock

	constructor() {
		this.thread = new Worker(ticks, { eval: true });
		this.thread.on('message', (stall) => this.noted.push(stall));
		this.thread.unref();
	}

	// How much of this span the machine stood still.
	within(from, to) {
		return this.noted.reduce((ms, [a, b]) => ms +
			Math.max(0, Math.min(b, to) - Math.max(a, from)), 0);
	}

	end() {
		return this.thread.terminate();
	}
}
