// brute.mjs - readings of a test's own, and what they come to by plain
// counting: the answers must be equal.
import assert from 'node:assert/strict';
import { sql } from './flux.mjs';
import { post } from './plant.mjs';

const BODY = 20000;

// Bodies of so many readings each, { device, ts, values, quality, revision }.
export async function send(key, readings, size = BODY) {
	for (let i = 0; i < readings.length; i += size) {
		const answer = await post(key,
			{ readings: readings.slice(i, i + size) });

		assert.equal(answer.status, 202, answer.body);
		assert.deepEqual(answer.json().rejected, []);
	}
}

// What the store must hold of all that was sent, of one sensor, by time:
// the first of a key wins unless another has a higher revision.
export function settled(readings, sensor) {
	const best = new Map();

	for (const { ts, values, quality = 100, revision = 0 } of readings) {
		const had = best.get(ts);

		if (!(sensor in values) || had && had.revision >= revision)
			continue;
		const value = values[sensor];

		best.set(ts, { ts, value, revision,
			quality: value === null ? 0 : quality });
	}
	return [...best.values()].sort((a, b) => a.ts - b.ts);
}

// One bucket, from <= ts < to, of settled readings.
export function bucket(list, from, to) {
	const all = list.filter((r) => r.ts >= from && r.ts < to);
	const v = all.filter((r) => r.value !== null).map((r) => r.value);
	const n = v.length;
	const avg = n ? v.reduce((s, x) => s + x, 0) / n : null;

	return { count: n, bad: all.length - n, avg,
		min: n ? v.reduce((a, b) => Math.min(a, b)) : null,
		max: n ? v.reduce((a, b) => Math.max(a, b)) : null,
		first: v[0] ?? null, last: v[n - 1] ?? null,
		stdDev: n ? Math.sqrt(v.reduce((s, x) => s + (x - avg) ** 2, 0) / n)
			: null,
		quality: all.length ? Math.min(...all.map((r) => r.quality)) : null };
}

// Silence of more than `silence` ms between readings and the span's ends.
export function gaps(list, from, to, silence) {
	const inside = list.map((r) => r.ts).filter((t) => t >= from && t < to);
	const at = [from, ...inside, to];

	return at.slice(1).map((t, i) => ({ from: at[i], to: t }))
		.filter((g) => g.to - g.from > silence);
}

// The way up of a counter; what it shows after a fall was counted since.  What
// is bad does not count.
export function increase(list) {
	const v = list.filter((r) => r.value !== null && r.quality > 0)
		.map((r) => r.value);

	return v.slice(1).reduce((sum, x, i) =>
		sum + (x >= v[i] ? x - v[i] : x), 0);
}

export function near(got, want, about) {
	if (want === null || got === null)
		return assert.equal(got, want, about);
	assert.ok(Math.abs(got - want) <= 1e-9 * Math.max(1, Math.abs(want)),
		`${about}: ${got} instead of ${want}`);
}

// Makes chunks as no worker would, for it joins the small ones of a day: a row
// of fresh of one sensor that lies within a day becomes a chunk of its own, if
// none is there yet.  Otherwise settle of worker.mjs is what is wanted.
export function pack(tenant) {
	return sql('super', `
		SELECT flux.partition_at('chunk', t_min) FROM flux.fresh
		 WHERE tenant_id = ${tenant};
		WITH pick AS (
			SELECT DISTINCT ON (f.sensor[1], f.t_min::date) f.tenant_id,
			       f.tier, f.fresh_id
			  FROM flux.fresh f
			 WHERE f.tenant_id = ${tenant} AND f.series = 1
			   AND date_trunc('day', f.t_min, 'UTC')
			       = date_trunc('day', f.t_max, 'UTC')
			   AND NOT EXISTS (SELECT FROM flux.chunk c
			        WHERE c.tenant_id = f.tenant_id
			          AND c.sensor_id = f.sensor[1]
			          AND c.t_max >= f.t_min AND c.t_min <= f.t_max)
			 ORDER BY f.sensor[1], f.t_min::date, f.n DESC
		), gone AS (
			DELETE FROM flux.fresh f USING pick p
			 WHERE f.tenant_id = p.tenant_id AND f.tier = p.tier
			   AND f.fresh_id = p.fresh_id
			RETURNING f.*
		)
		INSERT INTO flux.chunk (tenant_id, sensor_id, t_min, t_max, n, run)
		SELECT tenant_id, sensor[1], t_min, t_max, n,
		       substring(block FROM offset_[1] + 1
		                 FOR offset_[2] - offset_[1])
		  FROM gone`);
}
