// We are restarted: nobody who asks meanwhile sees anything of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { endLoads, questions, startLoad } from '../lib/load.mjs';
import { Stack, sleep } from '../lib/stack.mjs';

const SOON_MS = 3000;

let stack, asks, usual; // ms that nine of ten answers take undisturbed

before(async () => {
	stack = await Stack.up('fluxrestart');
	await stack.healthy();
	asks = await questions(stack);
	const load = startLoad(asks, 8, await people());

	await sleep(2000);
	usual = nine_of_ten((await load.stop()).answers);
});
after(() => {
	endLoads();
	return stack?.down();
});

function nine_of_ten(answers) {
	const took = answers.map((a) => a.ms ?? 0).sort((a, b) => a - b);

	return took[Math.floor(took.length * 0.9)];
}

// What a client asks of the other programs: pages of the administration; to be
// signed in, as a browser; and the next tokens, each of which is good for once.
async function people() {
	const { env, login, request } = stack.flux;
	const auth = (what, body) => request('POST', `/api/v1/auth/${what}`, { body });
	const headers = { Cookie: await login() };
	const first = await auth('token',
		{ email: env.FLUX_USER, password: env.FLUX_PASSWORD });
	let { refreshToken } = first.json();

	return [
		() => request('GET', '/admin/keys', { headers }),
		async () => (await login(), { status: 200 }),
		async () => {
			const answer = await auth('refresh', { refreshToken });

			if (answer.status === 200)
				({ refreshToken } = answer.json());
			return answer;
		},
	].map((ask) => () => ask().catch((e) => ({ status: 0, body: e.message })));
}

const PROGRAMS = ['ingest', 'api', 'web', 'auth', 'admin'];
const children = () => stack.processes()
	.filter((p) => !p.master && PROGRAMS.includes(p.daemon));

describe('restarting us under load fails no request', () => {
	for (const name of PROGRAMS) {
		test(`SIGTERM to ${name}, three times`, async () => {
			const load = startLoad(asks, 8, await people());
			const before = stack.of(name).map((p) => p.pid);

			for (let i = 0; i < 3; i++) {
				const master = stack.master(name);

				await sleep(300);
				assert.ok(stack.signal(master, 'SIGTERM'));
				await stack.flux.waitFor(() => {
					const now = stack.master(name);

					return now && now.pid !== master.pid;
				});
			}
			await sleep(300);
			const { answers, failed } = await load.stop();

			assert.deepEqual(failed, [], `of ${answers.length}`);
			assert.ok(stack.of(name).every((p) => !before.includes(p.pid)));
			// Who is signed in has to wait for a password's work.
			const took = nine_of_ten(answers);

			assert.ok(took < SOON_MS + 2 * usual,
				`${took} ms, usually ${usual} ms`);
		});
	}

	test('SIGTERM to a child, every 100 ms', async () => {
		const load = startLoad(asks, 8, await people());

		for (let i = 0; i < 20; i++) {
			const all = children();

			stack.signal(all[i * 7 % all.length], 'SIGTERM');
			await sleep(100);
		}
		const { answers, failed } = await load.stop();

		assert.deepEqual(failed, [], `of ${answers.length}`);
	});

	const disturbances = {
		'SIGTERM to every child of every program': () =>
			children().filter((p) => stack.signal(p, 'SIGTERM')).length > 0,
		'nginx -s reload': () =>
			stack.signal(stack.master('nginx'), 'SIGHUP'),
	};

	for (const [name, disturb] of Object.entries(disturbances))
		test(`${name}, every 300 ms`, async () => {
			const load = startLoad(asks, 8, await people());

			for (let i = 0; i < 10; i++) {
				await sleep(300);
				assert.ok(disturb());
			}
			const { answers, failed } = await load.stop();

			assert.deepEqual(failed, [], `of ${answers.length}`);
		});
});
