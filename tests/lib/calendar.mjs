// calendar.mjs - for tests that are about the hour or the day under way.
import { setTimeout as sleep } from 'node:timers/promises';

export const MINUTE = 60e3, HOUR = 36e5, DAY = 864e5;

// So much of this hour, or day of UTC, is left: now, or when it is over.
export async function leaves(need_ms, period_ms) {
	const left = period_ms - Date.now() % period_ms;

	if (left < need_ms)
		await sleep(left + 1000);
}
