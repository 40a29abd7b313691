// What fluxctl says of itself, which is made from its table of commands.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ctl, during, flux_var, root, sql, waitFor } from '../lib/flux.mjs';

const program = path.join(flux_var, 'app/bin/fluxctl');
const config = path.join(flux_var, 'etc/fluxctl.conf');

// What a program says, and how it ends.
const says = (file, args) => new Promise((resolve) => {
	execFile(file, args, (error, out, err) =>
		resolve({ code: error?.code ?? 0, out, err })).stdin.end();
});
const fluxctl = (...args) => says(program, args);

// The commands by the usage: { name: what stands behind it }.
const commands = async () => Object.fromEntries([...(await fluxctl()).err
	.matchAll(/^ {2}(\S+) (.*(?:\n\t.*)*)/gm)]
	.map(([, name, usage]) => [name, usage.replace(/\n\t/g, ' ')]));

describe('the manual page', () => {
	let page;

	before(async () => {
		page = (await fluxctl('--man')).out;
	});

	test('in docs/ is the one that the program prints', () => {
		assert.equal(readFileSync(path.join(root, 'docs/fluxctl.1'), 'utf8'),
			page, 'build/bin/fluxctl --man > docs/fluxctl.1');
	});

	test('names every command, once, with what it takes and does', async () => {
		const all = Object.entries(await commands());
		const told = page.replace(/\\f[IRB]/g, '').replaceAll('\\-', '-')
			.replaceAll('\\e', '\\');

		assert.ok(all.length > 30, `${all.length} commands`);
		for (const [name, usage] of all) {
			const part = told.split(
				`.PP\n${`${name} ${usage}`.trimEnd()}\n.RS 4\n`);

			assert.equal(part.length, 2, name);
			assert.match(part[1], /^[A-Z].{10,}\.\n\.RE\n/, name);
		}
	});

	test('names every setting of the configuration', () => {
		const names = readFileSync(config, 'utf8').match(/^\w+(?= =)/gm);

		assert.ok(names.length > 10);
		for (const name of names)
			assert.match(page, new RegExp(`^\\.B ${name}\n[a-z]`, 'm'));
	});
});

describe('bash completes', () => {
	let script;

	before(async () => {
		script = (await fluxctl('--completion')).out;
	});

	// What is offered for the last of these words.
	async function offered(...words) {
		const { code, out, err } = await says('bash', ['-euc', `
			eval "$1"
			shift
			COMP_WORDS=(fluxctl "$@")
			COMP_CWORD=$#
			_fluxctl fluxctl "\${@: -1}" ''
			printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', script, ...words]);

		assert.equal(code, 0, err);
		return out.trim().split('\n').filter(Boolean);
	}

	const cases = [
		[['--'], ['--man', '--completion']],
		[['etc/flux'], []],
		[['c', 'per'], ['permissions']],
		[['c', 'user', 'T', 'e', 'n', ''], ['admin', 'operator', 'viewer']],
		[['c', 'role', 'T', 't'], ['take']],
		[['c', 'audit', 'verify', '--'], ['--act', '--object', '--user',
			'--since', '--till', '--limit', '--anchor']],
		[['c', 'audit', 'v'], ['verify']],
		[['c', 'quota', 'T', 'readings'], ['readings_day']],
		[['c', 'archive', 'restore', 'FILE', '--'], ['--hold']],
		[['c', 'suspend', ''], []],
		[['c', 'nothing', ''], []],
	];

	for (const [words, expected] of cases)
		test(`${words.join(' ')} to ${expected.join(' ') || 'nothing'}`,
			async () => {
				assert.deepEqual(await offered(...words), expected);
			});

	test('every command', async () => {
		assert.deepEqual(await offered('c', ''), Object.keys(await commands()));
	});

	test('files where a word is none of these', () => {
		assert.match(script, /^complete -o default -F _fluxctl fluxctl$/m);
	});
});

describe('who types something else', () => {
	const cases = [
		['of no command is shown all', [config, 'nothing'], /\n {2}revoke /],
		['too short is shown that one', [config, 'user', 'T'],
			/^usage: fluxctl CONFIG user TENANT .*\n.*stdin\.\n$/],
		['as --woman is shown all', ['--woman'], /\n {2}revoke /],
	];

	for (const [name, args, expected] of cases)
		test(name, async () => {
			const { code, out, err } = await fluxctl(...args);

			assert.equal(code, 2);
			assert.equal(out, '');
			assert.match(err, expected);
		});
});

describe('a migration of what is up to date', () => {
	test('waits for nobody, and nobody waits for it', async () => {
		await during('LOCK TABLE flux.device, flux.command, flux.landing '
			+ 'IN ROW EXCLUSIVE MODE', async () => {
			const { code, err } = await fluxctl(config, 'migrate');

			assert.deepEqual([code, err], [0, '']);
		});
	});

	test('gives a table back its policy once its users are done', async () => {
		const policies = () => sql('super', `SELECT polname FROM pg_policy
			WHERE polrelid = 'flux.command'::regclass ORDER BY 1`);
		const all = await policies();
		let running;

		assert.equal(all, 'subtree\ntenant_only');
		try {
			await sql('super',
				'ALTER POLICY subtree ON flux.command USING (true)');
			await during('LOCK TABLE flux.command IN ROW EXCLUSIVE MODE',
				async () => {
					running = fluxctl(config, 'migrate');
					await waitFor(() => sql('super', `SELECT 1 FROM pg_locks
						WHERE relation = 'flux.command'::regclass
						AND NOT granted`));
					await waitFor(async () => await sql('super', `SELECT count(*)
						FROM pg_locks WHERE NOT granted
						AND relation = 'flux.command'::regclass`) === '0',
					10000, 20);
				});
			const { code, err } = await running;

			assert.deepEqual([code, err], [0, '']);
			assert.equal(await policies(), all);
			assert.match(await sql('super', `SELECT pg_get_expr(polqual, polrelid)
				FROM pg_policy WHERE polname = 'subtree'
				AND polrelid = 'flux.command'::regclass`), /scoped/);
		} finally {
			// The others of this instance are to have it as well.
			await running;
			await ctl('migrate');
		}
	});
});

describe('a migration that was changed after it ran', () => {
	const FILE = '0013_parts.sql';
	const text = readFileSync(path.join(root, 'sql/migrate', FILE), 'utf8');
	const ran = (digest) => sql('super', `UPDATE ctx.migration
		SET digest = '${digest}' WHERE name = '${FILE}'`);
	let today;

	before(async () => {
		today = await sql('super', `SELECT digest FROM ctx.migration
			WHERE name = '${FILE}'`);
	});
	after(() => ran(today));

	test('is refused', async () => {
		await ran('0'.repeat(64));
		const { code, err } = await fluxctl(config, 'migrate');

		assert.equal(code, 1);
		assert.match(err, new RegExp(`${FILE} was changed after it had run`));
	});

	test('is let be when it says what it was', async () => {
		await ran(text.match(/^-- was ([0-9a-f]{64})$/m)[1]);
		const { code, err } = await fluxctl(config, 'migrate');

		assert.deepEqual([code, err], [0, '']);
	});
});
