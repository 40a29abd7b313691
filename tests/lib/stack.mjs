// stack.mjs - an instance of a test's own, for what would disturb the others:
// made by tools/up in a scratch folder on free ports, and its processes, to be
// killed, frozen and counted.  Every process here is found by walking down
// from the supervisor of that folder, so nobody else's is ever touched.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync }
	from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from './ports.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

function read(file) {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
}

// One line of /proc a process: pid, parent, state and command.
function processOf(pid) {
	const stat = read(`/proc/${pid}/stat`);
	const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');

	return stat && { pid: Number(pid), parent: Number(rest[1]),
		state: rest[0], born: rest[19], ticks: Number(rest[11]) + Number(rest[12]),
		command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() };
}

class Stack {
	// Brings it up; flux is tests/lib/flux.mjs, speaking to it.
	static async up(name) {
		const stack = new Stack();
		const [port, tls_port, device_port] = await freePorts(3);

		stack.var = mkdtempSync(path.join(
			process.env.FLUX_SCRATCH ?? '/tmp', `${name}.`));
		stack.settings = { ...process.env, FLUX_VAR: stack.var,
			FLUX_PORT: String(port), FLUX_TLS_PORT: String(tls_port),
			FLUX_DEVICE_PORT: String(device_port) };
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
			process.once(signal, () => stack.down()
				.finally(() => process.exit(130)));
		try {
			await stack.tool('up');
			Object.assign(process.env, { FLUX_VAR: stack.var, FLUX_STACK: '1' });
			stack.flux = await import('./flux.mjs');
		} catch (e) {
			await stack.down();
			throw e;
		}
		return stack;
	}

	// One of tools/, for this instance.
	tool(name) {
		return new Promise((resolve, reject) => {
			const child = spawn(path.join(root, 'tools', name), {
				env: this.settings, stdio: ['ignore', 'pipe', 'pipe'] });
			let said = '';

			for (const stream of [child.stdout, child.stderr])
				stream.on('data', (part) => { said += part; });
			child.on('close', (code) => (code === 0 ? resolve(said)
				: reject(new Error(`tools/${name}: ${said}`))));
		});
	}

	async down() {
		for (const p of this.processes())
			this.signal(p, 'SIGCONT');
		await this.tool('down').catch((e) => console.error(e.message));
		const run = path.join(this.var, 'run');

		try {
			rmSync(readlinkSync(run), { recursive: true, force: true });
		} catch {
			// A plain folder, which goes with the rest.
		}
		rmSync(this.var, { recursive: true, force: true });
	}

	supervisor() {
		const p = processOf(
			read(path.join(this.var, 'run/supervise.pid')).trim() || '-');

		return p && p.command.includes(this.var) ? p : null;
	}

	// Everything below the supervisor, each with its daemon's name.
	processes() {
		const top = this.supervisor();
		const all = new Map(readdirSync('/proc')
			.filter((pid) => /^\d+$/.test(pid)).map(processOf)
			.filter(Boolean).map((p) => [p.pid, p]));

		function isBelow(p) {
			for (; p; p = all.get(p.parent))
				if (p.parent === top.pid)
					return true;
			return false;
		}
		if (!top)
			return [];
		return [...all.values()].filter((p) => p.state !== 'Z' && isBelow(p))
			.map((p) => ({ ...p, master: p.parent === top.pid,
				daemon: this.nameOf(p) }));
	}

	nameOf({ command }) {
		return command.match(/\/(web|auth|admin|api|ingest)\.fcgi /)?.[1] ??
			command.match(/\/fluxline-([a-z]+) /)?.[1] ??
			command.match(/^(nginx|postgres):/)?.[1] ??
			(command.includes('/postgres -D') ? 'postgres' : 'other');
	}

	of(daemon) {
		return this.processes().filter((p) => p.daemon === daemon);
	}

	master(daemon) {
		return this.of(daemon).find((p) => p.master);
	}

	isAlive(p) {
		const now = processOf(p.pid);

		return Boolean(now) && now.state !== 'Z' && now.born === p.born;
	}

	// Sends it while the number still belongs to that process.
	signal(p, signal) {
		if (!p || !this.isAlive(p))
			return false;
		try {
			return process.kill(p.pid, signal);
		} catch (e) {
			if (e.code === 'ESRCH')
				return false;
			throw e;
		}
	}

	// Until each part answers: a page, the interface, a reading's way in.
	async healthy() {
		const { flux } = this;
		const key = { 'X-API-Key': flux.env.FLUX_KEY };

		await flux.waitFor(async () => {
			const answers = await Promise.all([
				flux.request('GET', '/login'),
				flux.request('GET', '/api/v1/devices', { headers: key }),
				flux.request('POST', '/api/v1/ingest',
					{ headers: key, body: {} }),
			]).catch(() => []);

			return answers.map((a) => a.status).join() === '200,200,400';
		});
	}
}

export { Stack, sleep };
