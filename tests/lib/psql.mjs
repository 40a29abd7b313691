// psql.mjs - sessions of psql that stay.  To start one and to connect it costs
// more than most statements do, and tests ask thousands.  What a text leaves
// behind is rolled back and discarded before the next; one that fails ends its
// session, as ON_ERROR_STOP wants.
import { spawn } from 'node:child_process';

const KEPT = 4;

// Nobody waits for a session that is idle.
function hold(child, verb) {
	for (const part of [child, child.stdin, child.stdout, child.stderr])
		part[verb]();
}

function start(args, env) {
	const child = spawn('stdbuf', ['-oL', 'psql', ...args], { env });
	const session = { child, used: 0, out: '', said: '', heard: () => {} };

	child.stdout.setEncoding('utf8').on('data', (part) => {
		session.out += part;
		session.heard();
	});
	child.stderr.setEncoding('utf8').on('data', (part) => {
		session.said += part;
	});
	child.stdin.on('error', () => {});
	child.on('error', (e) => { session.said += e.message; });
	child.on('close', (code) => {
		session.code = code ?? -1;
		session.heard();
	});
	return session;
}

// What a session answers to a text; rejected when it has ended over it.
function ask(session, text) {
	const mark = `of ${++session.used}`;
	const ready = `ready ${mark}\n`, done = `done ${mark}\n`;

	Object.assign(session, { out: '', said: '' });
	session.child.stdin.write(`SELECT 'ready ${mark}';\n${text}\n;\n` +
		`ROLLBACK;\n\\echo done ${mark}\nDISCARD ALL;\n`);
	return new Promise((resolve, reject) => {
		session.heard = () => {
			const is_ready = session.out.startsWith(ready);

			if (session.code !== undefined)
				reject(Object.assign(new Error(session.said.trim() ||
					`psql ended with ${session.code}`), { is_ready,
					code: session.code,
					out: session.out.slice(is_ready ? ready.length : 0) }));
			else if (session.out.endsWith(done))
				resolve(session.out.slice(ready.length, -done.length)
					.trimEnd());
		};
		session.heard();
	});
}

// A way to ask: each text by a session that is idle, or by a new one.  Whoever
// stopped the server's side of an idle one has not stopped its next text.
export function sessions(args, env) {
	const idle = [];

	return async function next(text) {
		const session = idle.pop() ?? start(args, env);

		hold(session.child, 'ref');
		try {
			const out = await ask(session, text);

			if (idle.length < KEPT)
				idle.push(session);
			else
				session.child.stdin.end();
			return out;
		} catch (e) {
			if (session.used === 1 || e.is_ready)
				throw e;
			return await next(text);
		} finally {
			session.heard = () => {};
			hold(session.child, 'unref');
		}
	};
}
