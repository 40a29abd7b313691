// live.js - asks the server once a second what has changed.
//
// One request at a time.  A hidden page asks nothing; a failing server is
// asked ever less often; a signed-out user not at all.

const PACE = 1000, WAIT = 5000, BACKOFF_MAX = 30000;

// Calls on.data(answer) for each answer, on.gone() after each failure and
// on.out() once, when the session is over.
export function live(version, on) {
	let timer, asking = false, failures = 0, over = false;

	function later(ms) {
		clearTimeout(timer);
		if (!over && !document.hidden)
			timer = setTimeout(ask, ms);
	}

	function backoff(response) {
		const asked = Number(response?.headers.get('Retry-After')) * 1000;
		const ms = Math.min(PACE * 2 ** failures, BACKOFF_MAX);

		failures++;
		return Math.max(asked || 0, ms * (0.75 + Math.random() / 2));
	}

	async function ask() {
		let response;

		if (asking)
			return;
		asking = true;
		try {
			response = await fetch(`/live?since=${version}`, {
				cache: 'no-store',
				headers: { Accept: 'application/json' },
				signal: AbortSignal.timeout(WAIT)
			});
			if (response.status === 401) {
				over = true;
				on.out();
			} else if (!response.ok) {
				throw new Error(`status ${response.status}`);
			} else {
				const answer = await response.json();

				version = answer.version;
				failures = 0;
				on.data(answer);
				later(PACE);
			}
		} catch {
			on.gone();
			later(backoff(response));
		} finally {
			asking = false;
		}
	}

	document.addEventListener('visibilitychange', () => later(0));
	addEventListener('online', () => later(0));
	addEventListener('offline', () => over || on.gone());
	later(0);
}
