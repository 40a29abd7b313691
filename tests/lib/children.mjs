// children.mjs - the processes that serve this instance's API, or another
// program of it.
import { readFileSync, readdirSync, readlinkSync, realpathSync,
	writeFileSync } from 'node:fs';
import path from 'node:path';
import { flux_var } from './flux.mjs';

const TICK_MS = 10; // of /proc

export function children(program = 'api.fcgi') {
	const mine = path.join(realpathSync(flux_var), 'app/bin', program);

	return readdirSync('/proc').filter((pid) => {
		try {
			return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`,
				'utf8').split('\0')[0] === mine;
		} catch {
			return false; // it is gone
		}
	});
}

// The one that has started the others; the number of a child that has just gone
// is nobody's.
export function parent_of(pids) {
	return pids.find((pid) => {
		try {
			return !pids.includes(readFileSync(`/proc/${pid}/stat`, 'utf8')
				.split(') ').at(-1).split(' ')[1]);
		} catch {
			return false;
		}
	});
}

// What they have worked so far, in milliseconds of the processor: a machine that
// does other things takes longer over it, but works as much.
export function worked(pids) {
	return pids.reduce((sum, pid) => {
		try {
			const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
				.split(') ').at(-1).split(' ').slice(11, 13).map(Number);

			return sum + (user + system) * TICK_MS;
		} catch {
			return sum; // it is gone
		}
	}, 0);
}

// The most memory it had since forget(pid), in bytes.
export function peak(pid) {
	try {
		return 1024 * Number(readFileSync(`/proc/${pid}/status`, 'utf8')
			.match(/VmHWM:\s+(\d+)/)[1]);
	} catch {
		return 0; // it was replaced, as they are now and then
	}
}

export function forget(pid) {
	try {
		writeFileSync(`/proc/${pid}/clear_refs`, '5');
	} catch {
		// It is gone.
	}
}

// What it has open below a folder, with names or without.
export function held(pid, folder) {
	try {
		return readdirSync(`/proc/${pid}/fd`)
			.map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
			.filter((name) => name.startsWith(folder));
	} catch {
		return []; // it is gone, or has closed one meanwhile
	}
}
