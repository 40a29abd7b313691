// golden.mjs - what senders post, word by word, and what must become of it.
//
// tests/golden/formats/NAME.json holds one format:
//
//   gateway   its key, with "sensors" as below; {"key": "GW"} without it
//   zone      of the site; UTC without it
//   devices   below the gateway: {"key", "profile", "sensors": [{"key",
//             "unit", "kind", "states", "code"}]}; the seed's profile unless
//             there are sensors, "" for none
//   sql       a statement for what else must be there; $TENANT, $GATEWAY
//   cases     in this order, each:
//     title     a claim
//     path      /api/v1/ingest without it; {key} is the key, which goes as
//               X-API-Key unless it stands here or in a header
//     method    POST without it
//     headers
//     text, json or base64: the body; $TENANT is the tenant's name
//     gzip      true: it is sent so
//     status    of the answer
//     reply     what is in it, at least; a text is the whole of it
//     stored    every reading that is new, {"device", "sensor", "time", "value"},
//               with what else it must have; "now" as the time is its arrival
//     rejected  every new dead letter: {"place", "code"}
//     facts     what is known of a device besides: {"device", "name", "value"}
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { http, root, sql } from './flux.mjs';
import { Plant, rows, telemetry } from './plant.mjs';

const folder = path.join(root, 'tests/golden/formats');

// { name, devices, cases, ... } of each file.
export const formats = readdirSync(folder).filter((f) => f.endsWith('.json'))
	.sort().map((file) => ({ name: path.basename(file, '.json'),
		...JSON.parse(readFileSync(path.join(folder, file), 'utf8')) }));

const CLOCK_MS = 1; // how far two readers of one clock may be apart

const quoted = (text) => (text === undefined || text === null ? 'NULL'
	: `'${String(text).replaceAll('\'', '\'\'')}'`);

function sensors(plant, device, list = []) {
	return sql('super', list.map((s) => `INSERT INTO flux.sensor (tenant_id,
		       device_id, key, code, name, unit, kind, states, low, high)
		SELECT ${plant.id}, device_id, ${quoted(s.key)},
		       ${quoted(s.code ?? `${device}/${s.key}`)}, ${quoted(s.key)},
		       ${quoted(s.unit ?? '')}, ${quoted(s.kind ?? 'gauge')},
		       ${quoted(s.states && JSON.stringify(s.states))},
		       ${s.low ?? 'NULL'}, ${s.high ?? 'NULL'}
		  FROM flux.device WHERE tenant_id = ${plant.id}
		   AND key = ${quoted(device)};`).join('\n'));
}

// The tenant of a format, with all that it names.
export async function plant_of(format) {
	const plant = await Plant.make(`Golden ${format.name}`);
	const gateway = { key: 'GW', ...format.gateway };

	if (format.zone)
		await sql('super', `UPDATE flux.site SET zone = ${quoted(format.zone)}
			 WHERE tenant_id = ${plant.id}`);
	await plant.gateway(gateway.key);
	await sensors(plant, gateway.key, gateway.sensors);
	for (const d of format.devices ?? []) {
		await plant.device(d.key, d.sensors ? d.profile ?? '' : d.profile,
			'--gateway', gateway.key);
		await sensors(plant, d.key, d.sensors);
	}
	if (format.sql)
		await sql('super', format.sql.replaceAll('$TENANT', plant.id)
			.replaceAll('$GATEWAY', await plant.deviceId(gateway.key)));
	plant.gateway_key = await plant.key(gateway.key);
	plant.all = [gateway.key, ...(format.devices ?? []).map((d) => d.key)];
	plant.known = new Set();
	plant.mark_of = 0;
	return plant;
}

function body_of(plant, c) {
	const text = c.text ?? (c.json === undefined ? '' : JSON.stringify(c.json));
	const bytes = c.base64 !== undefined ? Buffer.from(c.base64, 'base64')
		: Buffer.from(text.replaceAll('$TENANT', plant.name));

	return c.gzip ? zlib.gzipSync(bytes) : bytes;
}

export function send(plant, c) {
	const key = plant.gateway_key;
	const fill = (text) => text.replaceAll('{key}', key);
	const asked = fill(c.path ?? '/api/v1/ingest');
	const headers = Object.fromEntries(Object.entries(c.headers ?? {})
		.map(([name, value]) => [name, fill(value)]));

	if (!JSON.stringify([c.path, c.headers]).includes('{key}'))
		headers['X-API-Key'] = key;
	if (c.gzip)
		headers['Content-Encoding'] = 'gzip';
	return http(c.method ?? 'POST', asked, { headers,
		body: c.method === 'GET' ? undefined : body_of(plant, c) });
}

const name_of = (r) => [r.device, r.sensor, r.time].join(' ');

// The readings that were not there when this was asked before, by name.
export async function news(plant) {
	const found = [];

	for (const device of plant.all)
		for (const r of await telemetry(plant.gateway_key, device,
			{ to: Date.now() + 1000 }))
			found.push({ device, ...r });
	const fresh = found.filter((r) => !plant.known.has(name_of(r)));

	for (const r of fresh)
		plant.known.add(name_of(r));
	return fresh.sort((a, b) => (name_of(a) < name_of(b) ? -1 : 1));
}

// "wanted" is in "got", to any depth; what is no object must be the same.
export function holds(got, wanted, where = '') {
	if (typeof wanted !== 'object' || wanted === null) {
		assert.deepEqual(got, wanted, where);
		return;
	}
	assert.equal(typeof got, 'object', where);
	if (Array.isArray(wanted))
		assert.equal(got.length, wanted.length, `${where}: ${JSON.stringify(got)}`);
	for (const [name, value] of Object.entries(wanted))
		holds(got[name], value, `${where}/${name}`);
}

function answered(answer, c) {
	assert.equal(answer.status, c.status, answer.body);
	if (typeof c.reply === 'string')
		assert.equal(answer.body, c.reply);
	else if (c.reply !== undefined)
		holds(answer.json(), c.reply);
}

function stored(got, wanted, begun, ended) {
	const list = wanted.map((r) => ({ ...r, time: r.time === 'now' ? r.time
		: new Date(r.time).toISOString() }));
	const now = new Set(list.filter((r) => r.time === 'now')
		.map((r) => `${r.device} ${r.sensor}`));
	const found = got.map((r) => (now.has(`${r.device} ${r.sensor}`) &&
		Date.parse(r.time) >= begun - CLOCK_MS &&
		Date.parse(r.time) <= ended ? { ...r, time: 'now' } : r));
	const order = (a, b) => (name_of(a) < name_of(b) ? -1 : 1);

	assert.deepEqual(found.map(name_of).sort(), list.map(name_of).sort());
	holds([...found].sort(order), [...list].sort(order), 'stored');
}

// The dead letters that were not there when this was asked before.
async function letters(plant) {
	const found = await rows(`SELECT dead_id, place, code FROM flux.dead_letter
		 WHERE tenant_id = ${plant.id} AND dead_id > ${plant.mark_of}
		 ORDER BY dead_id`);

	plant.mark_of = found.at(-1)?.dead_id ?? plant.mark_of;
	return found.map(({ place, code }) => ({ place, code }));
}

// One case, whole.
export async function check(plant, c) {
	const begun = Date.now();

	answered(await send(plant, c), c);
	const ended = Date.now();

	stored(await news(plant), c.stored ?? [], begun, ended);
	assert.deepEqual(await letters(plant), c.rejected ?? []);
	for (const f of c.facts ?? [])
		assert.deepEqual((await rows(`SELECT a.value FROM flux.attribute a
			  JOIN flux.device d USING (tenant_id, device_id)
			 WHERE tenant_id = ${plant.id} AND d.key = ${quoted(f.device)}
			   AND a.name = ${quoted(f.name)}`)),
		[{ value: f.value }], f.name);
}
