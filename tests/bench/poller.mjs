// make bench-poller - what it costs to poll 1,000 devices of 20 registers once
// a second, and how regularly they are asked: by our poller, which spools what
// it reads, and by modbus-serial and pymodbus, which throw it away.  Then a bus
// of 30 units of which one is dead and one drips: how much longer the others'
// cycles are than on a bus where all answer.
//
// The devices are one process, tests/bench/slaves.c, which also measures how
// far the time between two questions is off the period.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './bench.mjs';
import { BUS_MS, address, end, freePort, memory, ours, processor, root, slaves,
	start, stop } from './polled.mjs';

const DEVICES = Number(process.env.DEVICES ?? 1000);
const SECONDS = Number(process.env.SECONDS ?? 20);
const WARM_S = 8;
const UNITS = 30;

// One poller against all devices: its processor, memory and jitter.
async function timed(suffix, launch) {
	const port = await freePort();
	const devices = await slaves(port, DEVICES, 1000);
	const poller = launch(port);

	await sleep(WARM_S * 1000);
	devices.kill('SIGUSR1');
	const before = processor(poller.pid);

	await sleep(SECONDS * 1000);
	const took = processor(poller.pid) - before;
	const rss = memory(poller.pid);

	await stop(devices);
	await stop(poller);
	const asked = JSON.parse(devices.out.trim().split('\n').at(-1));

	if (asked.requests < 0.98 * DEVICES * SECONDS)
		console.error(`${suffix || 'ours'}: ${asked.requests} requests only`);
	say(`poll_cpu_percent${suffix}`, 100 * took / SECONDS, '%');
	say(`poll_rss_mb${suffix}`, rss, 'MB');
	say(`poll_jitter_p99_ms${suffix}`, asked.p99_ms, 'ms');
	return took;
}

// The mean time from one question to the next of the units that answer.
async function bus(name, dead, dripping) {
	const port = await freePort();
	const units = await slaves(port, 1, BUS_MS, dead, dripping);
	const poller = ours(name, port, Array.from({ length: UNITS }, (_, i) =>
		({ profile: 'bus', unit: i + 1, host: address(0) })));

	await sleep(WARM_S * 1000);
	units.kill('SIGUSR1');
	await sleep(SECONDS * 1000);
	await stop(units);
	await stop(poller);
	return JSON.parse(units.out.trim().split('\n').at(-1));
}

try {
	const own = await timed('', (port) => ours('all', port,
		Array.from({ length: DEVICES }, (_, i) =>
			({ profile: 'bench', unit: 1, host: address(i) }))));
	const env = (port) => ({ ...process.env, PORT: port, DEVICES });
	const serial = await timed('_modbus_serial', (port) =>
		start(process.execPath, [path.join(root, 'tests/clients/poll.mjs')],
			{ env: env(port) }));
	const py = await timed('_pymodbus', (port) => start('/usr/bin/python3',
		[path.join(root, 'tests/bench/pymodbus_poll.py')], { env: env(port) }));

	say('poll_cpu_less_than_modbus_serial', serial / own, 'times');
	say('poll_cpu_less_than_pymodbus', py / own, 'times');
	const well = await bus('well', -1, -1);
	const ill = await bus('ill', 7, 19);

	say('bus_cycle_ms', well.mean_ms, 'ms');
	say('bus_cycle_ms_one_dead_one_dripping', ill.mean_ms, 'ms');
	say('bus_cycle_longer_percent', 100 * (ill.mean_ms / well.mean_ms - 1), '%');
	say('bus_jitter_p99_ms', well.p99_ms, 'ms');
	say('bus_jitter_p99_ms_one_dead_one_dripping', ill.p99_ms, 'ms');
} finally {
	end();
}
