// worker.mjs - this instance's worker: its processes, and how to hurry it.
import { readFileSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import assert from 'node:assert/strict';
import { during, flux_var, sql, waitFor } from './flux.mjs';

function read(file) {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return ''; // it is gone
	}
}

// { pid, parent } of each, found by the program that they were started from.
export function workers() {
	const mine = path.join(realpathSync(flux_var), 'app/bin/fluxline-worker');

	return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) &&
		read(`/proc/${pid}/cmdline`).split('\0')[0] === mine)
		.map((pid) => {
			const rest = read(`/proc/${pid}/stat`).split(') ')[1] ?? '';

			return { pid: Number(pid), state: rest.split(' ')[0],
				parent: Number(rest.split(' ')[1]) };
		}).filter((w) => w.state !== '' && w.state !== 'Z');
}

export function worker_children() {
	const all = workers();

	return all.filter((w) => all.some((p) => p.pid === w.parent));
}

// To all of them; the parent alone listens to anything but stop and go.
export function signal_worker(signal) {
	const all = workers();

	assert.ok(all.length > 0, 'there is a worker');
	for (const { pid } of all)
		try {
			process.kill(pid, signal);
		} catch (e) {
			if (e.code !== 'ESRCH')
				throw e;
		}
}

// All of them stand still, and none in the midst of a transaction, for whoever
// wanted a row of his would wait for ever.  SIGCONT lets them go on.
export async function freeze_worker() {
	await waitFor(async () => {
		signal_worker('SIGSTOP');
		if (await sql('super', `SELECT count(*) FROM pg_stat_activity
			WHERE usename = 'fl_worker' AND xact_start IS NOT NULL`) === '0')
			return true;
		signal_worker('SIGCONT');
		return false;
	}, 0, 20);
}

// What fn comes to while nobody derives the tenant, so that landing keeps its
// rows; what comes meanwhile is taken as ever.
export function underived(plant, fn) {
	return during(`SELECT FROM flux.tenant WHERE tenant_id = ${plant.id}
		FOR NO KEY UPDATE`, fn);
}

// What fn comes to while nobody packs the tenant, so that fresh keeps its rows.
export async function unpacked(plant, fn) {
	await sql('super', `INSERT INTO flux.packing (tenant_id)
		VALUES (${plant.id}) ON CONFLICT DO NOTHING`);
	return during(`SELECT FROM flux.packing WHERE tenant_id = ${plant.id}
		FOR UPDATE`, fn);
}

// Until everything of the tenant that is there now is packed into chunks.
export async function settle(plant, ms = 30000) {
	const asked = { at: 0 };

	await plant.derived();
	await waitFor(async () => {
		if (Date.now() - asked.at > 1000) {
			asked.at = Date.now();
			signal_worker('SIGUSR1');
		}
		return await sql('super', `SELECT NOT EXISTS (SELECT FROM flux.fresh
			 WHERE tenant_id = ${plant.id})`) === 't';
	}, ms);
}
