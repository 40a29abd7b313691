// A request that is given up leaves nothing behind: no transaction stays open
// on its connection, for the next one's commit to finish.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { env, login, request, sql, waitFor } from '../lib/flux.mjs';

const KEY = { 'X-API-Key': env.FLUX_KEY };
let cookie;

before(async () => {
	cookie = { Cookie: await login() };
});

// Each goes past the gate and is refused behind it.
const REQUESTS = [
	['a body refused whole', 422, () => request('POST',
		'/api/v1/ingest?strict=1', { headers: KEY, body: { readings: [
			{ device: 'NOBODY', ts: Date.now(), values: { a: 1 } }] } })],
	['a device that is not there', 404, () => request('GET',
		'/api/v1/telemetry?device=NOBODY', { headers: KEY })],
	['a field that is nonsense', 400, () => request('GET',
		'/api/v1/telemetry?device=METER-1&from=yesterday', { headers: KEY })],
	['a page that is not there', 404, () => request('GET',
		'/devices/NOBODY', { headers: cookie })],
];

// What of theirs is open: "none", or "some" that stays so.  A child notes after
// its answer when a credential was used; and Postgres ends what is idle for ten
// seconds, which nobody waits for.
const leftOpen = () => sql('super', `SELECT CASE WHEN count(*) = 0 THEN 'none'
	WHEN max(now() - state_change) FILTER (WHERE state ~ '^idle')
	     > interval '5 s' THEN 'some' END
	FROM pg_stat_activity WHERE xact_start IS NOT NULL
	AND usename IN ('fl_ingest', 'fl_api', 'fl_page')`);

describe('behind it no transaction is open', () => {
	for (const [title, status, ask] of REQUESTS)
		test(title, async () => {
			// More often than there are children.
			for (let i = 0; i < 10; i++)
				assert.equal((await ask()).status, status);
			assert.equal(await waitFor(leftOpen), 'none');
		});
});
