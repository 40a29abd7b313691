// rollup.mjs - hours and days reckoned here, in the plainest way, to compare
// the store's with.  Times are milliseconds; readings are
// { at, value, bad, n, min, max, dev }, by time, one of each.
import assert from 'node:assert/strict';
import { during, sql, waitFor } from './flux.mjs';
import { post, rows } from './plant.mjs';

const QUARTER = 900000;
export const HOUR = 3600000;

// A device that sends every period_s, with eight sensors, behind gateway GW and
// at a site of its own: its name, zone, its sensors' keys, and { key: id }.
export async function place(plant, name, zone, period_s) {
	await plant.device(name, 'fluxline-float64x8', '--gateway', 'GW',
		'--period', String(period_s));
	await sql('super', `WITH s AS (
		INSERT INTO flux.site (tenant_id, key, name, zone)
		VALUES (${plant.id}, '${name}', '${name}', '${zone}')
		RETURNING site_id)
		UPDATE flux.device SET site_id = (SELECT site_id FROM s)
		 WHERE tenant_id = ${plant.id} AND key = '${name}'`);
	const found = await rows(`SELECT s.key, s.sensor_id FROM flux.sensor s
		JOIN flux.device d USING (tenant_id, device_id)
		WHERE s.tenant_id = ${plant.id} AND d.key = '${name}'
		ORDER BY s.position, s.sensor_id`);

	return { name, zone, keys: found.map((s) => s.key),
		ids: Object.fromEntries(found.map((s) => [s.key, s.sensor_id])) };
}

// Another kind of sensor.
export function become(plant, d, sensor, kind) {
	return sql('fl_admin', `BEGIN; SELECT FROM ctx.begin_admin(${plant.id});
		UPDATE flux.sensor SET kind = '${kind}'
		 WHERE sensor_id = ${d.ids[sensor]}; COMMIT`);
}

// Readings { sensor, at, value, quality, revision } of a device, in posts of a
// thousand.
export async function deliver(key, d, readings) {
	for (let i = 0; i < readings.length; i += 1000) {
		const answer = await post(key, { readings: readings.slice(i, i + 1000)
			.map(({ sensor, at, value, quality, revision }) => ({
				device: d.name, sensor, ts: at, value,
				...(quality === undefined ? {} : { quality }),
				...(revision ? { revision } : {}) })) });

		assert.equal(answer.status, 202, answer.body);
		assert.deepEqual(answer.json().rejected, []);
	}
}

export const every = (sensor, from, to, ms, value) => Array.from(
	{ length: Math.floor((to - from) / ms) },
	(_, i) => ({ sensor, at: from + i * ms, value: value(i, from + i * ms) }));

const formats = new Map();

// "2026-10-25" and minutes of the local clock.
function local(zone, at) {
	if (!formats.has(zone))
		formats.set(zone, new Intl.DateTimeFormat('sv-SE', { timeZone: zone,
			year: 'numeric', month: '2-digit', day: '2-digit',
			hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }));
	const [date, time] = formats.get(zone).format(at).split(' ');

	return { date, minute: Number(time.slice(3)) };
}

// An instant as the clocks of a place show it, with how far they are ahead.
export function local_iso(zone, at) {
	const parts = Object.fromEntries(new Intl.DateTimeFormat('sv-SE', {
		timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
		.formatToParts(at).map((p) => [p.type, p.value]));
	const shown = `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:` +
		`${parts.minute}:${parts.second}`;
	const ahead = (Date.parse(`${shown}Z`) - at) / 60000;
	const two = (n) => String(Math.floor(n)).padStart(2, '0');

	return `${shown}${ahead < 0 ? '-' : '+'}${two(Math.abs(ahead) / 60)}:` +
		two(Math.abs(ahead) % 60);
}

// Where hours and days begin, from a day before to a day after.  No clock is
// put other than at a quarter of an hour.
export function edges(zone, from, to) {
	const found = { hour: [], day: [] };
	let date = '9999';

	for (let t = Math.floor(from / QUARTER) * QUARTER - 48 * HOUR;
		t <= to + 48 * HOUR; t += QUARTER) {
		const now = local(zone, t);

		if (now.minute === 0)
			found.hour.push(t);
		if (now.date > date || date === '9999')
			found.day.push(t);
		if (now.date > date || date === '9999')
			date = now.date;
	}
	return found;
}

// The increase from one value to the next, past the meters swapped between.
function step(kind, a, b) {
	const one = (from, to) => to >= from ? [to - from, 0]
		: kind.wrap && from < kind.wrap && to >= 0 &&
			from - to >= kind.wrap / 2 ? [kind.wrap - from + to, 0] : [to, 1];
	let value = a.value;
	let sum = 0;
	let resets = 0;

	for (const s of [...(kind.swaps ?? []),
		{ at: Infinity, old_last: b.value }]) {
		if (s.at <= a.at || (s.at > b.at && s.at !== Infinity))
			continue;
		const [more, again] = one(value, s.old_last);

		sum += more;
		resets += again;
		value = s.new_first;
	}
	return [sum, resets];
}

// One bucket: everything that lies or holds in it.
function bucket(readings, kind, start, till) {
	const inside = readings.filter((r) => r.at >= start && r.at < till);
	const valued = inside.filter((r) => r.value !== null);
	const b = { start, till, count: valued.reduce((n, r) => n + (r.n ?? 1), 0),
		bad: inside.length - valued.length, held: 0, area: 0 };
	const states = new Map();

	readings.forEach((r, i) => {
		const end = Math.min(till, readings[i + 1]?.at ?? Infinity,
			r.at + kind.hold);
		const ms = end - Math.max(start, r.at);

		if (r.value === null || ms <= 0)
			return;
		b.held += ms / 1000;
		b.area += r.value * ms / 1000;
		states.set(r.value, (states.get(r.value) ?? 0) + ms / 1000);
	});
	if (inside.length === 0 && b.held === 0)
		return null;
	b.quality = Math.min(100, ...inside.map((r) => r.quality));
	b.twa = b.held > 0 ? b.area / b.held : null;
	if (valued.length > 0) {
		b.sum = valued.reduce((s, r) => s + r.value * (r.n ?? 1), 0);
		b.mean = b.sum / b.count;
		b.min = Math.min(...valued.map((r) => r.min ?? r.value));
		b.max = Math.max(...valued.map((r) => r.max ?? r.value));
		b.stddev = Math.sqrt(valued.reduce((s, r) => s + (r.n ?? 1) *
			((r.value - b.mean) ** 2 + (r.dev ?? 0) ** 2), 0) / b.count);
		b.first = valued[0].value;
		b.last = valued.at(-1).value;
		b.first_at = valued[0].at;
		b.last_at = valued.at(-1).at;
	}
	if (kind.kind === 'counter') {
		const good = readings.filter((r) => r.value !== null &&
			r.quality > 0 && r.at < till);

		b.increase = 0;
		b.resets = 0;
		good.forEach((r, i) => {
			if (i === 0 || r.at < start)
				return;
			const [sum, resets] = step(kind, good[i - 1], r);

			b.increase += sum;
			b.resets += resets;
		});
	}
	if (kind.kind === 'state') {
		b.state = [...states.keys()].sort((x, y) => x - y);
		b.seconds = b.state.map((s) => states.get(s));
	}
	return b;
}

// kind: { kind, hold (ms), wrap, swaps, zone }.
export function reckon(readings, kind) {
	const out = { hour: [], day: [] };

	if (readings.length === 0)
		return out;
	const all = edges(kind.zone, readings[0].at,
		readings.at(-1).at + kind.hold);

	for (const unit of ['hour', 'day'])
		for (let i = 0; i + 1 < all[unit].length; i++) {
			const b = bucket(readings, kind, all[unit][i], all[unit][i + 1]);

			if (b !== null)
				out[unit].push(b);
		}
	return out;
}

// The same as the store has them.
export async function stored(tenant, sensor, unit) {
	const found = await rows(`SELECT extract(epoch FROM start) * 1000 AS start,
		extract(epoch FROM till) * 1000 AS till, count, bad, quality, min, max,
		sum, mean, stddev, first, last,
		extract(epoch FROM first_at) * 1000 AS first_at,
		extract(epoch FROM last_at) * 1000 AS last_at, held, twa, increase,
		resets, state, seconds
		  FROM flux.rollup_${unit}
		 WHERE tenant_id = ${tenant} AND sensor_id = ${sensor}
		 ORDER BY start`);

	return found;
}

const isNear = (x, y) => Math.abs(x - y) <=
	1e-9 * Math.max(1, Math.abs(x), Math.abs(y));

// Every member that is wanted; what is not wanted is NULL.
export function same(got, want, what) {
	assert.deepEqual(got.map((b) => new Date(b.start).toISOString()),
		want.map((b) => new Date(b.start).toISOString()), what);
	got.forEach((g, i) => {
		for (const [name, value] of Object.entries(g)) {
			const wanted = want[i][name] ?? null;
			const at = `${what} ${new Date(g.start).toISOString()} ${name}: ` +
				`${JSON.stringify(value)}, not ${JSON.stringify(wanted)}`;

			if (Array.isArray(value))
				assert.ok(value.length === wanted?.length &&
					value.every((v, k) => isNear(v, wanted[k])), at);
			else if (value === null || wanted === null)
				assert.equal(value, wanted, at);
			else
				assert.ok(isNear(value, wanted), at);
		}
	});
}

// Until the rollups are made of everything that is there now; what is newer
// may wait.  What is late may be rolled up in parts, each marked anew.
export async function rolled(plant, ms = 30000) {
	await plant.derived();

	const [{ devices, versions }] = await rows(`SELECT
		coalesce(array_agg(device_id), '{}')::text AS devices,
		coalesce(array_agg(version), '{}')::text AS versions
		  FROM flux.latest
		 WHERE tenant_id = ${plant.id} AND sensor <> '{}'`);

	await waitFor(async () => {
		await sql('super', `UPDATE flux.rolling SET rolled_at = '1970-01-01Z'
			 WHERE tenant_id = ${plant.id}`);
		return sql('super', `SELECT 1 WHERE NOT EXISTS
			 (SELECT FROM flux.mark WHERE tenant_id = ${plant.id})
			 AND NOT EXISTS (SELECT
			  FROM unnest('${devices}'::int[], '${versions}'::bigint[])
			       AS l (device_id, version)
			  LEFT JOIN flux.rolled r
			    ON r.tenant_id = ${plant.id} AND r.device_id = l.device_id
			  WHERE l.version > coalesce(r.version, -1))`);
	}, ms, 100);
}

// What fn comes to while nobody rolls the tenant up, so that marks stay.
export async function unrolled(plant, fn) {
	await sql('super', `INSERT INTO flux.rolling (tenant_id)
		VALUES (${plant.id}) ON CONFLICT DO NOTHING`);
	return during(`SELECT FROM flux.rolling WHERE tenant_id = ${plant.id}
		FOR UPDATE`, fn);
}
