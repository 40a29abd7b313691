// fluxctl doctor: what is not as it should be is found, and named.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ctl, flux_var, sql } from '../lib/flux.mjs';

const work = mkdtempSync(path.join(tmpdir(), 'fl-doctor-'));
const own = path.join(flux_var, 'etc/fluxctl.conf');

// What it says, a line each, and how it ends; with other settings.
function doctor(settings = {}) {
	const conf = path.join(work, 'fluxctl.conf');
	let text = readFileSync(own, 'utf8');

	for (const [name, value] of Object.entries(settings))
		text = text.replace(new RegExp(`^${name} = .*$`, 'm'),
			`${name} = ${value}`);
	writeFileSync(conf, text);
	return new Promise((resolve) => {
		execFile(path.join(flux_var, 'app/bin/fluxctl'), [conf, 'doctor'],
			(error, out) => resolve({ code: error?.code ?? 0,
				lines: out.trim().split('\n') }));
	});
}

const bad = ({ lines }) => lines.filter((l) => l.startsWith('fail'));
const finds = (answer, pattern) => assert.ok(
	answer.lines.some((l) => pattern.test(l)), answer.lines.join('\n'));

const migrate = () => ctl('migrate');

after(migrate);

test('what was just made has no fault', async () => {
	const answer = await doctor();

	assert.deepEqual(bad(answer), []);
	assert.ok(answer.lines.length >= 15);
	for (const line of answer.lines)
		assert.match(line, /^(ok|warn|fail) +\S/);
	assert.equal(answer.code,
		answer.lines.some((l) => l.startsWith('warn')) ? 1 : 0);
	finds(answer, /^ok +policies, grants, functions/);
	finds(answer, /^ok +migrations/);
});

test('a policy that is gone, and others that came', async () => {
	await sql('super', `DROP POLICY tenant_only ON flux.meter_swap;
		CREATE POLICY more ON flux.hold FOR SELECT USING (true)`);
	const answer = await doctor();

	assert.equal(answer.code, 2);
	finds(answer, /^fail policy tenant_only on flux\.meter_swap: .*missing/);
	finds(answer, /^fail policy more on flux\.hold: .*not promised/);
	await sql('super', 'DROP POLICY more ON flux.hold');
});

test('a grant that is missing, and one too many', async () => {
	await sql('super', `REVOKE SELECT ON flux.hold FROM fl_page;
		GRANT UPDATE (name) ON flux.tenant TO fl_page`);
	const answer = await doctor();

	finds(answer, /^fail grant flux\.hold: fl_page SELECT - is missing/);
	finds(answer, /^fail grant flux\.tenant\.name: fl_page UPDATE - was not/);
	await sql('super', 'REVOKE UPDATE (name) ON flux.tenant FROM fl_page');
});

test('a function that says something else', async () => {
	await sql('super', `ALTER FUNCTION ctx.need(text) SECURITY INVOKER`);
	finds(await doctor(), /^fail function ctx\.need\(text\)/);
	await sql('super', `ALTER FUNCTION ctx.need(text) SECURITY DEFINER`);
});

test('and migrate mends what policy.sql says', async () => {
	await migrate();
	assert.deepEqual(bad(await doctor()), []);
});

test('a migration that was changed after it had run', async () => {
	const folder = path.join(work, 'sql');

	execFileSync('cp', ['-r', path.join(flux_var, 'app/sql'), folder]);
	writeFileSync(path.join(folder, 'migrate/0001_context.sql'), 'SELECT 1');
	writeFileSync(path.join(folder, 'migrate/9999_more.sql'), 'SELECT 1');
	const answer = await doctor({ sql: folder });

	assert.equal(answer.code, 2);
	finds(answer, /^fail migration 0001_context\.sql is not what had run/);
});

test('a certificate that is about to end, and one that is not there', async () => {
	const make = (days) => {
		const file = path.join(work, `cert${days}.pem`);

		execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
			'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=here',
			'-days', String(days), '-keyout', path.join(work, 'key.pem'),
			'-out', file], { stdio: 'ignore' });
		return file;
	};
	const soon = await doctor({ server_cert: make(5) });

	assert.ok(soon.code >= 1);
	finds(soon, /^warn the server's certificate ends /);
	const none = await doctor({ server_cert: path.join(work, 'none.pem') });

	assert.equal(none.code, 2);
	finds(none, /^fail the server's certificate/);
});

test('a key that others can read', async () => {
	const file = path.join(work, 'master.key');

	copyFileSync(path.join(flux_var, 'secret/master.key'), file);
	execFileSync('chmod', ['644', file]);
	const answer = await doctor({ master_key: file });

	assert.equal(answer.code, 2);
	finds(answer, /^fail the master key .*chmod 600/);
});
