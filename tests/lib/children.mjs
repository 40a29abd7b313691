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

// What each has worked so far, { pid: ms }, in milliseconds of the processor: a
// machine that does other things takes longer over it, but works as much.
export function worked(pids) {
	return new Map(pids.flatMap((pid) => {
		try {
			const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
				.split(') ').at(-1).split(' ').slice(11, 13).map(Number);

			return [[pid, (user + system) * TICK_MS]];
		} catch {
			return []; // it is gone
		}
	}));
}

// What these have worked since was = worked(...), in all; of one that has gone
// meanwhile nothing is known.
export function worked_since(was, pids) {
	return [...worked(pids)].reduce((sum, [pid, ms]) =>
		sum + ms - (was.get(pid) ?? 0), 0);
}

// The most memory it had since forget(pid), in bytes; NaN of one that is gone.
export function peak(pid) {
	try {
		return 1024 * Number(readFileSync(`/proc/${pid}/status`, 'utf8')
			.match(/VmHWM:\s+(\d+)/)[1]);
	} catch {
		return NaN;
	}
}

export function forget(pid) {
	try {
		writeFileSync(`/proc/${pid}/clear_refs`, '5');
	} catch {
		// It is gone.
	}
}

// What fn comes to, and how many bytes more one of the children had meanwhile, at
// most.  Where one was replaced meanwhile, fn is called once more: as requests go
// round, all may have served as many as they should one after the other.  When
// there are more than that, one has grown too large, and then it is NaN.
export async function growing(fn) {
	for (let replaced = 0;;) {
		const pids = children();

		pids.forEach(forget);
		const base = pids.map(peak);
		const got = await fn();
		const grown = Math.max(...pids.map((pid, i) => peak(pid) - base[i]));

		if (!Number.isNaN(grown) || ++replaced > pids.length)
			return [got, grown];
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
