// simulator.mjs - simulators of a test's own, each with its slaves.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { flux_var, waitFor } from './flux.mjs';

export const app = path.join(flux_var, 'app');

// Programs of the instance that a test starts, and ends all together; their
// files are in a folder of the test's, which has profiles/.
export class Programs {
	constructor(folder) {
		this.folder = folder;
		this.all = [];
		this.profiles = [];
		this.simulators = 0;
	}

	// A profile of the instance's, for as long as the test: this one, but for
	// how long its devices may take, so that a machine that stands still for a
	// while is no device that does not answer.
	patient(id, ms = 10000) {
		const of = (name) => path.join(app, 'profiles', `${name}.json`);
		const its = JSON.parse(readFileSync(of(id), 'utf8'));

		its.id = `${id}-${ms}ms`;
		its.transport = { ...its.transport, timeout_ms: ms };
		this.profiles.push(of(its.id));
		writeFileSync(of(its.id), JSON.stringify(its));
		return its.id;
	}

	start(program, args, env = {}) {
		const started = spawn(program, args,
			{ stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });

		started.said = '';
		started.stderr.on('data', (part) => { started.said += part; });
		this.all.push(started);
		return started;
	}

	// A simulator of these units; its port.
	async simulate(units, more = {}) {
		const name = path.join(this.folder, `sim${this.simulators++}`);

		writeFileSync(`${name}.json`, JSON.stringify({ listen: '127.0.0.1',
			port: 0, listen_file: `${name}.at`, units, ...more }));
		writeFileSync(`${name}.conf`,
			`scenario = ${name}.json\nprofiles = ${this.folder}/profiles\n`);
		const started = this.start(
			path.join(app, 'bin/fluxline-simulator'), [`${name}.conf`]);

		assert.ok(await waitFor(() => existsSync(`${name}.at`) ||
			started.exitCode !== null, 5000, 10));
		assert.equal(started.exitCode, null, started.said);
		return Number(readFileSync(`${name}.at`, 'utf8').split(/[:\n]/)[1]);
	}

	async end() {
		for (const file of this.profiles)
			rmSync(file, { force: true });
		for (const one of this.all)
			one.kill();
		await Promise.all(this.all.map((one) => one.exitCode !== null ||
			one.signalCode !== null || once(one, 'close')));
	}
}
