// polled.mjs - what the benchmarks of pollers share: devices in one process, our
// poller with a roster of them, and what a process takes.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const HERTZ = 100; // of the kernel's accounts
export const root = fileURLToPath(new URL('../..', import.meta.url));
export const build = path.join(root, process.env.FLUX_BUILD ?? 'build');
export const folder = mkdtempSync('/tmp/fluxpoller.');
const children = [];

export const BUS_MS = 500;


export function start(program, args, options = {}) {
	const child = spawn(program, args,
		{ stdio: ['ignore', 'pipe', 'pipe'], ...options });

	child.out = '';
	child.stdout.on('data', (part) => { child.out += part; });
	child.stderr.on('data', (part) => { child.said = part.toString(); });
	children.push(child);
	return child;
}

export async function stop(child) {
	if (child.exitCode !== null || child.signalCode !== null)
		throw new Error(`${child.spawnfile} ended: ${child.said}`);
	const over = new Promise((done) => child.once('close', done));

	child.kill();
	await over;
}

export async function until(is, what) {
	for (let i = 0; i < 1000; i++) {
		if (is())
			return;
		await sleep(20);
	}
	throw new Error(what);
}

export async function freePort() {
	const server = net.createServer();

	await new Promise((done) => server.listen(0, done));
	const { port } = server.address();

	await new Promise((done) => server.close(done));
	return port;
}

export async function slaves(port, ...args) {
	const child = start(path.join(build, 'tests/bench/slaves'),
		[port, ...args].map(String));

	await until(() => child.out.includes('ready') || child.exitCode !== null,
		'slaves do not listen');
	return child;
}

// Seconds of processor so far.
export function processor(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
		.replace(/^.*\) /, '').split(' ');

	return (Number(fields[11]) + Number(fields[12])) / HERTZ;
}

export function memory(pid) {
	return Number(/VmRSS:\s+(\d+)/.exec(
		readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

export const address = (i) => `127.77.${(i + 1) >> 8}.${(i + 1) & 255}`;

// Our poller with this roster; without a sink there is a database that is away,
// and what it reads stays in its spool.
export function ours(name, port, targets, sink) {
	const home = path.join(folder, name);
	const points = Array.from({ length: 20 }, (_, i) =>
		({ key: `r${i}`, address: i, type: 'UINT16' }));

	for (const part of ['spool', 'profiles'])
		mkdirSync(path.join(home, part), { recursive: true });
	for (const [id, poll_s] of [['bench', 1], ['bus', BUS_MS / 1000]])
		writeFileSync(path.join(home, `profiles/${id}.json`), JSON.stringify({
			fluxline_profile: 1, id, version: '1', vendor: 'x', model: 'x',
			protocol: 'modbus', defaults: { poll_s }, points,
			tests: [{ name: 'one', holding: { 0: [7] }, expect: { r0: 7 } }] }));
	writeFileSync(path.join(home, 'spool/plan.json'), JSON.stringify(
		targets.map((t, i) => ({ tenant: 1, device: i + 1, key: `D${i}`,
			transport: 'tcp', port, line: '', poll_ms: 0, ...t,
			sensors: points.map(({ key }, k) => [i * 20 + k + 1, key]) }))));
	writeFileSync(path.join(home, 'conf'), `${sink ?? `database = host=${home} user=x
wake = ${home}/wake`}
spool = ${home}/spool
profiles = ${home}/profiles
plan_refresh_s = 3600
`);
	return start(path.join(build, 'bin/fluxline-poller'), [`${home}/conf`]);
}

// All of it is over.
export function end() {
	for (const child of children)
		child.kill('SIGKILL');
	rmSync(folder, { recursive: true });
}
