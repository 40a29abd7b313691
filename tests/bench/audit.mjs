// audit.mjs - how fast chains grow: an entry by flux.audit_put in a
// transaction of its own, its commit included, and beside it the same columns
// as a plain row in a table without a chain.  Both pass the worker's gate, by
// the same clients over the same tenants, turn by turn.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { begin, say, SECONDS } from './bench.mjs';

const run = promisify(execFile);
const TENANTS = 50;
const CLIENTS = 4;
const TURNS = 3;

const stack = await begin('fluxaudit');
const { ctl, sql, run: socket } = stack.flux;

// The same as flux.audit, but for what makes it a chain.
const table = `CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO fl_worker;
CREATE TABLE bench.entry (
	tenant_id int NOT NULL,
	seq       bigint GENERATED ALWAYS AS IDENTITY,
	at        timestamptz NOT NULL DEFAULT clock_timestamp(),
	role      text NOT NULL,
	user_id   bigint NOT NULL,
	cred      bigint NOT NULL,
	act       text NOT NULL,
	object    text NOT NULL,
	detail    jsonb NOT NULL,
	PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX ON bench.entry (tenant_id, act, seq);
CREATE INDEX ON bench.entry (tenant_id, at);
GRANT INSERT ON bench.entry TO fl_worker;`;

// pgbench takes what is behind a colon for a variable, in quotes too.
const ENTRY = `'export.telemetry', 'GW-1', '{"from": "2026-01-01"}'`;
const kinds = {
	audit_put_per_s: ['entries/s', `SELECT flux.audit_put(${ENTRY})`],
	plain_insert_per_s: ['rows/s', `INSERT INTO bench.entry (tenant_id, role,
		user_id, cred, act, object, detail) VALUES (:t, ctx.app_role(),
		ctx.user_id(), ctx.cred(), ${ENTRY})`.replaceAll(/\s+/g, ' ')],
};

async function rate(statement, first) {
	const file = path.join(stack.var, 'audit.sql');

	writeFileSync(file, `\\set t random(${first}, ${first + TENANTS - 1})
\\startpipeline
BEGIN;
SELECT tenant_id FROM ctx.begin_worker(:t);
${statement};
COMMIT;
\\endpipeline
`);
	const { stdout } = await run('pgbench', ['-n', '-M', 'prepared',
		'-c', CLIENTS, '-j', 1, '-T', SECONDS, '-f', file, '-h', socket,
		'-p', '5432', '-U', 'fl_worker', 'flux'].map(String), { env: {
		...process.env, PGPASSFILE:
			path.join(stack.var, 'secret/fl_worker.pgpass') } });

	if (/number of failed transactions: [^0]/.test(stdout))
		throw new Error(stdout);
	return Number(stdout.match(/tps = ([0-9.]+)/)[1]);
}

try {
	for (let i = 0; i < TENANTS; i++)
		await ctl('tenant', `Chain ${i}`);
	await sql('super', table);
	const first = Number(await sql('super', `SELECT tenant_id
		FROM flux.tenant WHERE name = 'Chain 0'`));
	const got = Object.fromEntries(Object.keys(kinds).map((k) => [k, []]));

	for (let i = 0; i < TURNS; i++)
		for (const [kind, [, statement]] of Object.entries(kinds))
			got[kind].push(await rate(statement, first));
	for (const [kind, [unit]] of Object.entries(kinds))
		say(kind, got[kind].sort((a, b) => a - b)[TURNS >> 1], unit);
} finally {
	await stack.down();
}
