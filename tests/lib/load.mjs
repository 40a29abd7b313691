// load.mjs - clients of a stack (stack.mjs) that ask each of its programs, what
// it took and how it was answered.

// A request to each program, by its name.  An answer has what it took, in ms; a
// broken connection is status 0.
export async function questions(stack) {
	const { env, login, request } = stack.flux;
	const key = { 'X-API-Key': env.FLUX_KEY };
	const cookie = await login();
	let n = 0;

	async function timed(method, path, options) {
		const begun = performance.now();
		const answer = await request(method, path, options)
			.catch((e) => ({ status: 0, headers: {}, body: e.message }));

		return { ...answer, ms: performance.now() - begun };
	}
	return {
		ingest: () => timed('POST', '/api/v1/ingest', { headers: key, body: {
			readings: [{ device: 'NIVUS_750_001', ts: Date.now() + n++ / 1000,
				values: { flow_rate: n % 100 } }] } }),
		api: () => timed('GET', '/api/v1/devices', { headers: key }),
		web: () => timed('GET', '/', { headers: { Cookie: cookie } }),
	};
}

export const isWell = (answer) => [200, 202].includes(answer.status);

const loads = []; // those that a failed test has left running

export function endLoads() {
	for (const run of loads)
		run.over = true;
}

// Clients that put all questions in turn until stop(), each time anew; and as
// many of them as there are, one more thing of their own.
export function startLoad(asks, clients, more = []) {
	const run = { over: false, answers: [] };

	loads.push(run);
	const all = Array.from({ length: clients }, async (_, i) => {
		for (;;) {
			for (const ask of [...Object.values(asks), ...more.slice(i, i + 1)]) {
				if (run.over)
					return;
				run.answers.push(await ask());
			}
		}
	});

	return { async stop() {
		run.over = true;
		await Promise.all(all);
		const failed = run.answers.filter((a) => !isWell(a));

		return { answers: run.answers, failed: failed.map((a) =>
			`${a.status} ${a.body}`) };
	} };
}
