// plant.mjs - a tenant of a test's own, so that no test sees another's data,
// and what the tests ask about it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ctl, flux_var, http, sql, waitFor } from './flux.mjs';

export const SEED = 'nivus-generic-seed';
export const INGEST = '/api/v1/ingest';
export const FLUXIO = '/api/ingest';

// Rows of a query as objects.
export async function rows(text) {
	return JSON.parse(await sql('super',
		`SELECT coalesce(json_agg(r), '[]') FROM (${text}) r`));
}

export function post(key, body, { url = INGEST, headers = {} } = {}) {
	return http('POST', url, { headers: { 'X-API-Key': key, ...headers }, body });
}

export function get(key, url, headers = {}) {
	return http('GET', url, { headers: { 'X-API-Key': key, ...headers } });
}

// White space that does not pack well: in front of a body that does, it keeps
// both together below what a packed body may become.
export function blanks(n) {
	return Array.from(randomBytes(n), (byte) => ' \t\n\r'[byte & 3]).join('');
}

// An error under /api, in every part of it.
export function isProblem(answer, status, code, detail = /.{10}/) {
	assert.equal(answer.status, status, answer.body);
	assert.match(answer.headers['content-type'], /^application\/problem\+json/);
	const problem = answer.json();

	assert.equal(problem.status, status);
	assert.equal(problem.code, code);
	assert.match(problem.detail, detail);
	assert.equal(typeof problem.title, 'string');
	assert.equal(problem.type, 'about:blank');
	assert.equal(problem.request_id, answer.headers['x-request-id']);
	assert.match(problem.request_id, /^[0-9a-f]{32}$/);
}

// Whether bodies wait on the disk for the database: of a tenant, or of anybody.
export function isKept(tenant) {
	const folder = path.join(flux_var, 'intake',
		tenant === undefined ? '' : `T${tenant}`);

	if (tenant !== undefined && !existsSync(folder))
		return false; // it never had any
	try {
		return readdirSync(folder, { recursive: true })
			.some((name) => name.endsWith('.seg') &&
				statSync(path.join(folder, name)).size > 0);
	} catch (e) {
		if (e.code === 'ENOENT')
			return true; // one has just gone: look again
		throw e;
	}
}

export class Plant {
	// A tenant with a site. The worker's daily retention has been there, so
	// that readings of any age stay until a test has them deleted.
	static async make(word) {
		const p = new Plant();

		p.name = `${word} ${randomBytes(4).toString('hex')}`;
		await ctl('tenant', p.name);
		await ctl('site', p.name, 'HALL', 'Hall', 'UTC');
		p.id = Number(await sql('super',
			`SELECT tenant_id FROM flux.tenant WHERE name = '${p.name}'`));
		await sql('super', `INSERT INTO flux.retained AS r (tenant_id, ran_at)
			VALUES (${p.id}, now())
			ON CONFLICT (tenant_id) DO UPDATE SET ran_at = now()`);
		return p;
	}

	// Silent for 15 minutes before it is offline, unless told otherwise.
	async device(key, profile = SEED, ...options) {
		if (!options.includes('--period'))
			options.push('--period', '300');
		await ctl('device', this.name, 'HALL', key, `Device ${key}`, profile,
			...options);
		return key;
	}

	gateway(key) {
		return this.device(key, '', '--kind', 'gateway');
	}

	async key(device, scope = 'ingest,view') {
		return (await ctl('key', this.name, device, scope)).match(/flx_\w+/)[0];
	}

	async deviceId(key) {
		return Number(await sql('super', `SELECT device_id FROM flux.device
			 WHERE tenant_id = ${this.id} AND key = '${key}'`));
	}

	// Until the worker has consumed everything that is there now, and what is
	// on the disk because the database was slow; what comes meanwhile may wait.
	async derived(ms = 15000) {
		await waitFor(() => !isKept(this.id), ms, 20);
		const upto = await sql('super', `SELECT coalesce(max(landing_id), 0)
			 FROM flux.landing WHERE tenant_id = ${this.id}`);

		await waitFor(() => sql('super',
			`SELECT 1 WHERE NOT EXISTS (SELECT FROM flux.landing
			  WHERE tenant_id = ${this.id} AND landing_id <= ${upto})`), ms, 20);
	}

	// The newest mark of dead_letter; letters(mark) are those after it.
	async mark() {
		return Number(await sql('super', `SELECT coalesce(max(dead_id), 0)
			 FROM flux.dead_letter WHERE tenant_id = ${this.id}`));
	}

	async letters(mark = 0) {
		const all = await rows(`SELECT source_id, place, code, detail,
			        encode(body, 'base64') AS body
			   FROM flux.dead_letter
			  WHERE tenant_id = ${this.id} AND dead_id > ${mark}
			  ORDER BY dead_id`);

		return all.map((l) => ({ ...l, body: Buffer.from(l.body, 'base64') }));
	}

	async ledger() {
		return (await rows(`SELECT count(*)::int AS batches,
			        coalesce(sum(sent), 0)::int AS sent,
			        coalesce(sum(stored), 0)::int AS stored,
			        coalesce(sum(duplicate), 0)::int AS duplicate,
			        coalesce(sum(rejected), 0)::int AS rejected
			   FROM flux.ingest_batch WHERE tenant_id = ${this.id}`))[0];
	}

	// Every batch of the tenant adds up, after the worker has been at it; one
	// that has come since then is still in landing.
	async balances() {
		await this.derived();
		assert.equal(await sql('super', `SELECT count(*)
			  FROM flux.ingest_batch b
			 WHERE tenant_id = ${this.id} AND (stored IS NULL OR
			       sent <> stored + duplicate + rejected)
			   AND NOT EXISTS (SELECT FROM flux.landing l
			        WHERE l.tenant_id = b.tenant_id
			          AND l.batch_id = b.batch_id)`), '0');
	}
}

// All readings of a device, page by page; each { sensor, time, value, ... }.
export async function telemetry(key, device, { from = 0, to, limit = 100000,
	sensor } = {}) {
	const all = [];

	for (let at = from; at !== null;) {
		const answer = await get(key, `/api/v1/telemetry?device=${device}` +
			`&from=${encodeURIComponent(at)}&limit=${limit}` +
			(to !== undefined ? `&to=${encodeURIComponent(to)}` : '') +
			(sensor !== undefined ? `&sensor=${sensor}` : ''));

		assert.equal(answer.status, 200, answer.body);
		const page = answer.json();

		all.push(...page.readings);
		at = page.next;
	}
	return all;
}

// The latest value of each sensor of a device: { flow_rate: {...}, ... }.
export async function latest(key, device) {
	const found = (await get(key, '/api/v1/devices')).json().devices
		.find((d) => d.device === device);

	return Object.fromEntries(found.sensors
		.filter((s) => s.time !== undefined)
		.map((s) => [s.sensor,
			{ time: s.time, value: s.value, quality: s.quality }]));
}

// Numbers that are the same at every run.
export function random(seed) {
	let s = seed >>> 0;

	return () => {
		s = (s + 0x6d2b79f5) >>> 0;
		let t = Math.imul(s ^ (s >>> 15), 1 | s);

		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

export function shuffled(list, rnd) {
	const v = [...list];

	for (let i = v.length - 1; i > 0; i--) {
		const k = Math.floor(rnd() * (i + 1));

		[v[i], v[k]] = [v[k], v[i]];
	}
	return v;
}
