// Mail at a real server: links arrive and work, nothing that opens anything
// waits in a table, what cannot be sent is tried again or shown, nobody is
// flooded, and notices come once.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync }
	from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { index_of } from '../lib/address.mjs';
import { Desk } from '../lib/desk.mjs';
import { ctl, flux_var, run, sql, waitFor } from '../lib/flux.mjs';
import { Person, said, statusOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';
import { Post, link_of, mail_by } from '../lib/smtp.mjs';
import { Wizard } from '../lib/wizard.mjs';

const GOOD = 'nine quiet turbines';
let plant, desk, post;

const address = () => `m${randomBytes(5).toString('hex')}@people.example`;
const outbox = (columns, where = 'true') => sql('super', `SELECT ${columns}
	FROM ctx.mail WHERE tenant_id = ${plant.id} AND ${where}`);
// All of the tenant's that waits is due now.
const hurry = () => sql('super', `UPDATE ctx.mail SET next_at = now()
	WHERE tenant_id = ${plant.id} AND sent_at IS NULL
	  AND next_at < 'infinity'`);

const invite = async (email, name = 'Ina Invited') => desk.post(
	'/admin/invitations', { email, name, role: await sql('super', `SELECT
	role_id FROM flux.role WHERE tenant_id = ${plant.id}
	   AND name = 'viewer'`) }, '/admin/users');

before(async () => {
	plant = await Plant.make('Möwe & Söhne');
	desk = await Desk.of(plant);
	post = await new Post().open();
	await mail_by({ smtp: `smtp://127.0.0.1:${post.port}` });
});

after(async () => {
	await mail_by({ smtp: '', smtp_login: '', smtp_ca: '' });
	await post.close();
});

describe('an invitation', () => {
	test('arrives, and its link works once', async () => {
		const email = address();
		const answer = await invite(email, 'Jürgen "Jü" Ångström, Øre & Söhne');

		assert.equal(answer.status, 303, said(answer));
		assert.match(answer.headers.location, /^\/admin\/users\?mailed=1/);
		assert.match((await desk.get('/admin/users?mailed=1')).body,
			/on its way/);
		const letter = await post.letter(email);
		const h = letter.headers;

		assert.equal(letter.from, 'fluxline@localhost');
		assert.equal(h.to,
			`Jürgen "Jü" Ångström, Øre & Söhne <${email}>`);
		assert.equal(h.from, `${plant.name} <fluxline@localhost>`);
		assert.equal(h.subject, `Your invitation to ${plant.name}`);
		assert.equal(h['auto-submitted'], 'auto-generated');
		assert.equal(h['content-type'], 'text/plain; charset=utf-8');
		assert.match(h['message-id'], /^<[0-9a-f]{32}@localhost>$/);
		assert.ok(Math.abs(Date.parse(h.date) - Date.now()) < 60000);
		assert.ok(letter.raw.split('\r\n').every((line) => line.length <= 78 &&
			/^[\x20-\x7e\t]*$/.test(line)), letter.raw);
		assert.match(letter.text, /^Hello Jürgen "Jü" Ångström, Øre & Söhne,\r\n/);
		const origin = readFileSync(path.join(flux_var, 'etc/worker.conf'),
			'utf8').match(/^origin = (.*)$/m)[1];

		assert.ok(letter.text.includes(`${origin}/invite/`));
		const person = new Person(plant.name, email, GOOD);
		const link = link_of(letter);

		assert.deepEqual(statusOf(await person.post(link,
			{ password: GOOD, again: GOOD })), [303, '/login?done=password']);
		assert.equal((await person.login()).status, 303);
		assert.equal((await person.get(link)).status, 404);
	});

	test('is not sent again to who has come, and four times to nobody',
		async () => {
			const email = address();

			await invite(email);
			const id = await sql('super', `SELECT user_id FROM ctx.login
				WHERE email = '${index_of(email)}'`);
			const again = () => desk.post('/admin/invitations', { user: id },
				'/admin/users');

			for (let n = 1; n <= 3; n++) {
				await post.letter(email, n);
				assert.equal((await again()).status, n < 3 ? 303 : 409);
			}
			// The newest link counts.
			const person = new Person(plant.name, email, GOOD);

			assert.equal((await person.get(link_of(post.to(email)[1]))).status,
				404);
			await person.post(link_of(post.to(email)[2]),
				{ password: GOOD, again: GOOD });
			assert.equal((await again()).status, 409);
		});
});

test('a file of people invites each who is new, and nobody else', async () => {
	const [a, b] = [address(), address()];
	const files = new Wizard();

	files.desk = desk;
	await invite(b);
	await post.letter(b);
	const { values } = await files.look('/admin/imports');
	const page = await files.goes_on(await files.post('/admin/imports',
		{ ...values, kind: 'users' }, { name: 'people.csv', bytes: Buffer.from(
			`email,name,role\n${b},Ben,viewer\n${a},Ada,viewer\n`) }));

	await desk.confirmed();
	assert.equal((await files.post(`${page.path}/invite`,
		{ csrf: page.values.csrf })).status, 303);
	const letter = await post.letter(a);

	assert.match(letter.text, /^Hello Ada,\r\n/);
	assert.ok(link_of(letter));
	assert.equal(await outbox('count(*)', `user_id = (SELECT user_id FROM
		ctx.login WHERE email = '${index_of(b)}')`), '1');
});

describe('a forgotten password', () => {
	const ask = (email) => new Person().post('/forgot', { email });

	test('is answered by a link that sets a new one, and a notice of that',
		async () => {
			const person = await Person.make(plant.name);
			const answer = await ask(person.email.toUpperCase());

			assert.deepEqual(statusOf(answer), [303, '/forgot?done=1']);
			const letter = await post.letter(person.email);

			assert.equal(letter.headers.subject,
				`A new password for ${plant.name}`);
			assert.equal((await person.post(link_of(letter),
				{ password: GOOD, again: GOOD })).status, 303);
			person.password = GOOD;
			assert.equal((await person.login()).status, 303);
			const notice = await post.letter(person.email, 2);

			assert.match(notice.headers.subject, /^How you sign in/);
			assert.match(notice.text, /UTC: your password was changed\./);
			assert.doesNotMatch(notice.text, /reset\//);
		});

	test('of nobody is the same answer, in the same time', async () => {
		const known = await Person.make(plant.name);
		const times = { known: [], unknown: [] };
		const answers = new Set();
		// What else the machine does only adds: the quicker quarter tells, and on
		// a busy one more of them do.
		const quartile = (v) => v.sort((a, b) => a - b)[v.length >> 2];

		let known_ms, apart_ms;

		for (let i = 0; i < 100 && !(i >= 20 && Math.abs(apart_ms) <
			Math.max(2, known_ms / 4)); i++) {
			for (const [kind, email] of [['known', known.email],
				['unknown', address()]]) {
				const visitor = new Person();

				await visitor.get('/forgot');
				const at = performance.now();
				const answer = await visitor.post('/forgot', { email });

				times[kind].push(performance.now() - at);
				answers.add(JSON.stringify([statusOf(answer), answer.body]));
			}
			known_ms = quartile(times.known);
			apart_ms = known_ms - quartile(times.unknown);
		}
		assert.equal(answers.size, 1);
		assert.ok(Math.abs(apart_ms) < Math.max(2, known_ms / 4),
			`${apart_ms.toFixed(2)} of ${known_ms.toFixed(2)} ms`);
		// So many asked, and three letters come at most.
		await ask(known.email);
		await waitFor(() => outbox('count(*) = 0', 'sent_at IS NULL')
			.then((t) => t === 't'), 15000);
		assert.ok(post.to(known.email).length <= 3);
	});

	test('floods nobody: three links an hour, and no more', async () => {
		const person = await Person.make(plant.name);

		for (let n = 1; n <= 3; n++) {
			for (let i = 0; i < 5; i++)
				await ask(person.email);
			await post.letter(person.email, n);
		}
		for (let i = 0; i < 5; i++)
			await ask(person.email);
		assert.equal(await outbox('count(*)', `user_id = (SELECT user_id
			FROM ctx.login WHERE email = '${person.index}')`), '3');
		assert.equal(post.to(person.email).length, 3);
	});

	for (const email of ['', 'nobody', 'a\r\nBcc: x@y.example'])
		test(`${JSON.stringify(email)} is told to be no address`, async () => {
			const answer = await ask(email);

			if (email.includes('@'))
				assert.equal(answer.status, 303);
			else
				assert.match(said(answer), /^email: /);
		});
});

describe('the outbox', () => {
	test('holds no token and no address, and neither does a log', async () => {
		const person = await Person.make(plant.name);

		await new Person().post('/forgot', { email: person.email });
		const token = link_of(await post.letter(person.email)).split('/')[2];
		const dump = await outbox('to_jsonb(mail)');
		const hash = await sql('super', `SELECT count(*) FROM ctx.ticket WHERE
			ticket_hash = sha256(decode('${token}', 'hex'))`);

		assert.equal(hash, '1');
		assert.ok(dump.length > 100);
		assert.ok(!dump.includes(token) && !dump.includes('@'));
		for (const file of ['worker.log', 'auth.log', 'admin.log']) {
			const log = readFileSync(path.join(flux_var, 'log', file), 'utf8');

			assert.ok(!log.includes(token) && !log.includes(person.email), file);
		}
	});

	test('keeps what a server that is away could not take, and sends it then',
		async () => {
			const person = await Person.make(plant.name);

			await post.close();
			await new Person().post('/forgot', { email: person.email });
			await waitFor(() => outbox('1', `tries > 0 AND sent_at IS NULL
				AND why = 'The mail server cannot be reached.'`), 15000);
			assert.ok(Number(await outbox(`max(extract(epoch FROM next_at -
				made_at))`, 'sent_at IS NULL')) > 30);
			await post.open();
			await hurry();
			const letter = await post.letter(person.email);

			assert.equal((await person.get(link_of(letter))).status, 200);
		});

	test('tries again what is not taken now, with another link', async () => {
		const person = await Person.make(plant.name);

		post.refused.set(person.email, 451);
		await new Person().post('/forgot', { email: person.email });
		await waitFor(() => outbox('1', `sent_at IS NULL AND
			why = 'The mail server does not take it (451).'`), 15000);
		const first = await sql('super', `SELECT ticket_hash FROM ctx.ticket t
			JOIN ctx.login USING (user_id) WHERE email = '${person.index}'`);

		post.refused.delete(person.email);
		await hurry();
		const letter = await post.letter(person.email);

		assert.equal((await person.get(link_of(letter))).status, 200);
		assert.notEqual(await sql('super', `SELECT ticket_hash FROM ctx.ticket t
			JOIN ctx.login USING (user_id)
			WHERE email = '${person.index}'`), first);
	});

	test('gives up what is refused, and administrators see it', async () => {
		const email = address();

		post.refused.set(email, 550);
		await invite(email, 'Rita Refused');
		await waitFor(() => outbox('1', `next_at = 'infinity'`), 15000);
		assert.match((await desk.get('/admin/users')).body,
			/could not be sent: 1\. To Rita Refused, an invitation: The mail server refuses this address \(550\)\./);
		assert.equal(post.to(email).length, 0);
	});

	test('gives up what nobody took for a day', async () => {
		const person = await Person.make(plant.name);

		post.refused.set(person.email, 451);
		await new Person().post('/forgot', { email: person.email });
		await waitFor(() => outbox('1', `sent_at IS NULL
			AND why LIKE '%(451).'`), 15000);
		await sql('super', `UPDATE ctx.mail SET made_at = now() -
			interval '25 h' WHERE tenant_id = ${plant.id} AND sent_at IS NULL`);
		await hurry();
		await waitFor(() => outbox('1', `next_at = 'infinity'
			AND why LIKE '%(451).'`), 15000);
		assert.match((await desk.get('/admin/users')).body,
			/could not be sent: 2\./);
	});

	test('refuses addresses that would say more than one', async () => {
		const email = '"a,b"<c>@people.example';

		assert.equal((await invite(email, 'Eve')).status, 303);
		await waitFor(() => outbox('1',
			`why = 'No mail can be sent to this address.'`), 15000);
	});
});

describe('a notice', () => {
	const worker = (call) => sql('fl_worker', `BEGIN;
		SELECT FROM ctx.begin_worker(${plant.id}); SELECT ${call}; COMMIT`);

	test('tells once of keys that end, to who can make others', async () => {
		const keeper = await Person.make(plant.name, 'admin');
		const viewer = await Person.make(plant.name);

		await plant.device('pump-1');
		await plant.device('pump-2');
		for (const device of ['pump-1', 'pump-2'])
			await ctl('key', plant.name, device, 'ingest', '--days', '5');
		await worker('count(*) FROM flux.key_remind()');
		const letter = await post.letter(keeper.email);

		assert.equal(letter.text.match(
			/Key \w+ of Device pump-[12]: 7 days are left/g)?.length, 2,
		letter.text);
		const mails = () => outbox('count(*)', `kind = 'expiry'`);
		const was = await mails();

		await worker('count(*) FROM flux.key_remind()');
		assert.equal(await mails(), was);
		assert.equal(post.to(viewer.email).length, 0);
		assert.equal(post.to(keeper.email).length, 1);
	});

	test('tells once of a quota at 80 % and at 100 %', async () => {
		const keeper = await Person.make(plant.name, 'operator');
		const judge = () => worker('count(*) FROM flux.quota_judge()');

		await ctl('quota', plant.name, 'devices', '2');
		await judge();
		await judge();
		const letter = await post.letter(keeper.email);

		assert.equal(letter.text.match(/2 of 2 devices are used\./g).length, 2,
			letter.text);
		const mails = () => outbox('count(*)', `kind = 'quota'`);
		const was = await mails();

		await judge();
		assert.equal(await mails(), was);
		assert.equal(post.to(keeper.email).length, 1);
		await ctl('quota', plant.name, 'devices', 'none');
	});

	test('tells of second factors, and gathers while there are many',
		async () => {
			const person = await Person.make(plant.name);

			await person.login();
			await person.factor();
			assert.match((await post.letter(person.email)).text,
				/a second factor was set up/);
			for (let n = 2; n <= 3; n++) {
				await person.post('/account/codes', {}, { page: '/account' });
				await post.letter(person.email, n);
			}
			for (let i = 0; i < 2; i++)
				await person.post('/account/codes', {}, { page: '/account' });
			assert.equal(await outbox(`cardinality(what) || ' ' ||
				(next_at > now() + interval '50 min')`,
			`kind = 'security' AND tries = 0`), '2 true');
		});
});

test('a server beyond this machine must show a certificate it is trusted for',
	async () => {
		const folder = mkdtempSync(path.join(run, 'mail.'));
		const at = (name) => path.join(folder, name);
		const openssl = (...args) => execFileSync('openssl', args,
			{ stdio: 'ignore' });
		const person = await Person.make(plant.name);

		openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
			'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
			'/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
			'-keyout', at('key'), '-out', at('cert'));
		openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
			'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
			'/CN=other', '-keyout', at('k2'), '-out', at('other'));
		writeFileSync(at('login'), 'fluxline\nsmtp canary 4711\n');
		for (const name of ['', 'cert', 'other', 'login'])
			chmodSync(at(name), name ? 0o644 : 0o755);
		const secure = await new Post({ key: readFileSync(at('key')),
			cert: readFileSync(at('cert')), authOptional: false,
			onAuth: ({ username, password }, session, done) =>
				done(null, username === 'fluxline' &&
					password === 'smtp canary 4711'
					? { user: 'fluxline' } : {}) }).open();

		try {
			await mail_by({ smtp: `smtp://127.0.0.1:${secure.port}`,
				smtp_login: at('login'), smtp_ca: at('other') });
			await new Person().post('/forgot', { email: person.email });
			await waitFor(() => outbox('1', `sent_at IS NULL AND
				why = 'The mail server''s certificate is not trusted.'`), 15000);
			assert.equal(secure.letters.length, 0);
			await mail_by({ smtp_ca: at('cert') });
			await hurry();
			const letter = await secure.letter(person.email);

			assert.ok(letter.secure);
			assert.equal(letter.user, 'fluxline');
			for (const file of ['worker.log', 'supervise.log'])
				assert.ok(!readFileSync(path.join(flux_var, 'log', file),
					'utf8').includes('canary 4711'), file);
		} finally {
			await secure.close();
			rmSync(folder, { recursive: true });
		}
	});

test('without a server links are shown, and nobody is promised a mail',
	async () => {
		await mail_by({ smtp: '', smtp_login: '', smtp_ca: '' });
		const answer = await invite(address());

		assert.equal(answer.status, 200);
		assert.ok(answer.body.includes('/invite/'));
		const page = await new Person().get('/forgot');

		assert.match(page.body, /administrator/);
		assert.doesNotMatch(page.body, /<form method="post" action="\/forgot"/);
	});
