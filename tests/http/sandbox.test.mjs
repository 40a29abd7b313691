// What a daemon cannot do, tried by the daemon itself, and what the kernel
// says of those that run.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { flux_var, run, waitFor } from '../lib/flux.mjs';

const home = realpathSync(flux_var);
const root = process.getuid() === 0;

// The leak check of the sanitizer looks into its own process.
const SAN = process.env.SAN === '1' ? ['tracing', 'a dump of its memory'] : [];
const FILES = ['a new file', 'another name for a file'];
const NET = ['a network socket'];
// What each may, besides sockets of this machine; all else is refused.
const DAEMONS = [
	['web.fcgi', 'web', []],
	['auth.fcgi', 'auth', [...NET, ...FILES]],
	['admin.fcgi', 'admin', []],
	['api.fcgi', 'api', FILES],
	['ingest.fcgi', 'ingest', FILES],
	['fluxline-worker', 'worker', [...NET, ...FILES]],
	['fluxline-poller', 'poller', [...NET, ...FILES]],
	['fluxline-simulator', 'simulator', [...NET, ...FILES]],
];
const REFUSED = ['the password file', 'another program', 'a network socket',
	'a socket of the kernel', 'a new file', 'another name for a file',
	'tracing', 'the memory of another process', 'a mount', 'a namespace',
	'a program inside the kernel', 'the kernel\'s keys', 'a ring of calls',
	'memory to write and run', 'a core file', 'a dump of its memory',
	'new privileges'];

// As the daemons' user; root could read the password file.
function tried(program, conf) {
	const args = [path.join(home, 'app/bin', program),
		path.join(home, 'etc', `${conf}.conf`), '--sandbox-test'];
	const as = ['--reuid', 'fluxline', '--regid', 'fluxline', '--clear-groups'];

	return new Promise((resolve) => {
		execFile(root ? 'setpriv' : args[0],
			root ? [...as, ...args] : args.slice(1),
			(error, out) => resolve({ status: error?.code ?? 0, out }));
	});
}

describe('every daemon is refused', () => {
	for (const [program, conf, allowed] of DAEMONS) {
		test(`${program}: all but ${allowed.join(', ') || 'nothing'}`,
			async () => {
				const { status, out } = await tried(program, conf);
				const lines = out.trim().split('\n');
				const refused = lines.map((line) =>
					line.match(/^ok \d+ - (.*) is refused$/)?.[1])
					.filter(Boolean);

				assert.doesNotMatch(out, /^not ok/m);
				assert.deepEqual(refused,
					REFUSED.filter((what) =>
						![...allowed, ...SAN].includes(what)));
				assert.equal(lines.at(-1), `1..${REFUSED.length}`);
				assert.equal(status, 0);
			});
	}
});

const text = (pid, name) => readFileSync(`/proc/${pid}/${name}`, 'utf8');

// pid, parent and name of all processes below the instance's supervisor.
function family() {
	const top = Number(readFileSync(path.join(run, 'supervise.pid'), 'utf8'));
	const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
		.flatMap((pid) => {
			try {
				const stat = text(pid, 'stat');
				const name = text(pid, 'cmdline').split('\0')[0];

				return [{ pid: Number(pid), name: path.basename(name),
					parent: Number(stat.replace(/^.*\) /s, '')
						.split(' ')[1]) }];
			} catch {
				return [];
			}
		});
	const mine = new Set([top]);

	for (let before = 0; before !== mine.size;) {
		before = mine.size;
		for (const p of all)
			if (mine.has(p.parent))
				mine.add(p.pid);
	}
	return all.filter((p) => mine.has(p.pid) && p.name !== '');
}

const field = (pid, name) =>
	text(pid, 'status').match(new RegExp(`^${name}:\\s*(\\d+)`, 'm'))[1];

// The same, and nothing of one that is gone.
function told(pid, name) {
	try {
		return text(pid, name);
	} catch (e) {
		assert.ok(['ENOENT', 'ESRCH'].includes(e.code), e);
		return '';
	}
}

// So it is with each that runs: it comes to be so with one that begins, and one
// that is gone is nobody's.
async function each(is) {
	for (const { pid, name } of family())
		await waitFor(() => {
			try {
				return is(pid);
			} catch (e) {
				return ['ENOENT', 'ESRCH'].includes(e.code);
			}
		}).catch(() => assert.fail(`${name}, ${pid}`));
}

describe('of the processes that run', () => {
	test('there are some of every kind', () => {
		const all = family();

		for (const [program] of DAEMONS)
			assert.ok(all.some((p) => p.name === program), program);
		assert.ok(all.some((p) => p.name.startsWith('postgres')));
		assert.ok(all.some((p) => p.name.startsWith('nginx')));
	});

	test('none has new privileges, or calls without a filter', () =>
		each((pid) => field(pid, 'NoNewPrivs') === '1' &&
			field(pid, 'Seccomp') === '2'));

	test('none leaves a core file, Postgres and nginx included', () =>
		each((pid) => /^Max core file size +0 +0 /m
			.test(text(pid, 'limits'))));

	// Looked at once: one that has it for a moment only is no better.
	test('none has a secret in its arguments or its environment', () => {
		for (const { pid, name } of family())
			assert.ok(!/password=|PGPASSWORD|[0-9a-f]{48}/.test(
				told(pid, 'cmdline') + (root ? told(pid, 'environ') : '')),
			`${name}, ${pid}`);
	});
});
