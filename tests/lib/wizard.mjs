// wizard.mjs - a person who brings a file by the pages: it sends the forms as
// they stand there, with its answers typed over.
import assert from 'node:assert/strict';
import { Desk } from './desk.mjs';
import { env, http, waitFor } from './flux.mjs';

const MARKS = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"',
	'&#39;': '\'' };
const text = (html) => html.replace(/&(amp|lt|gt|quot|#39);/g, (m) => MARKS[m]);
const attribute = (tag, name) =>
	text(tag.match(new RegExp(` ${name}="([^"]*)"`))?.[1] ?? '');

// What a browser would send of a page: { name: value }
function fields(html) {
	const all = {};

	for (const [, tag, inside] of html.matchAll(
		/<(select[^>]*)>([^]*?)<\/select>/g))
		all[attribute(tag, 'name')] = attribute(
			inside.match(/<option[^>]* selected>/)?.[0] ??
			inside.match(/<option[^>]*>/)[0], 'value');
	for (const [tag] of html.matchAll(/<input[^>]*>/g))
		if (!/type="(file|checkbox)"/.test(tag) || / checked/.test(tag))
			all[attribute(tag, 'name')] = attribute(tag, 'value');
	return all;
}

export class Wizard {
	static async of(plant) {
		const w = new Wizard();

		w.desk = await Desk.of(plant);
		return w;
	}

	post(path, values, file) {
		const edge = '----fluxline';
		const part = (name, more = '') =>
			`--${edge}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n`;
		const body = Object.entries(values).map(([name, value]) =>
			Buffer.from(`${part(name)}\r\n${value}\r\n`));

		if (file)
			body.push(Buffer.from(`${part('file', `; filename="${file.name}"`)}` +
				'Content-Type: application/octet-stream\r\n\r\n'),
			file.bytes, Buffer.from('\r\n'));
		return http('POST', path, {
			headers: { Cookie: this.desk.cookie, 'Sec-Fetch-Site': 'same-origin',
				Origin: new URL(env.FLUX_URL).origin,
				'Content-Type': `multipart/form-data; boundary=${edge}` },
			body: Buffer.concat([...body, Buffer.from(`--${edge}--\r\n`)]),
		});
	}

	// The file's page, { path, html, columns, values, asked }.
	async look(path) {
		const answer = await this.desk.get(path);
		const html = answer.body;

		assert.equal(answer.status, 200, path);
		return { path, html, values: fields(html),
			columns: [...html.matchAll(/<p id="column-\d+"><b>([^<]*)<\/b>/g)]
				.map(([, name]) => text(name)),
			asked: [...html.matchAll(/<li><b>(\w+)<\/b>:/g)].map(([, f]) => f) };
	}

	async goes_on(answer) {
		assert.equal(answer.status, 303, `${answer.status}: ${answer.body}`);
		return this.look(answer.headers.location);
	}

	async bring(name, bytes) {
		const { values } = await this.look('/admin/imports');

		return this.goes_on(await this.post('/admin/imports', values,
			{ name, bytes: Buffer.from(bytes) }));
	}

	// What columns are, { 'Start Date': { as, key, unit, low, high } }, typed
	// into the form; with `alone` those that are not named are left out.
	type(page, columns, alone = false) {
		for (const [i, name] of page.columns.entries())
			for (const [field, value] of Object.entries(columns[name] ??
				(alone ? { as: 'leave' } : {})))
				page.values[`${field}-${i}`] = String(value);
		return page;
	}

	// The sensors that the form gives to columns; "" has no name.
	sensors(page) {
		return Object.fromEntries(page.columns.map((name, i) =>
			[/^column \d+$/.test(name) ? '' : name, page.values[`key-${i}`]]));
	}

	// The form as it stands, and answers over it: { zone, make: '1' }.
	async press(page, button, answers = {}) {
		return this.goes_on(await this.post(`${page.path}/${button}`,
			{ ...page.values, ...answers }));
	}

	// Until nothing is under way any more: what became of it, by its words.
	ended(page) {
		return waitFor(async () => {
			const now = await this.look(page.path);

			if (/<progress|still being counted/.test(now.html))
				return false;
			return { ...now, state: now.html.match(
				/role="status">[^]*?<\/p>/)[0].replace(/<[^>]*>/g, '')
				.replace(/^role="status">/, '').trim(),
			facts: Object.fromEntries([...now.html.matchAll(
				/<dt>([^<]*)<\/dt><dd>([^<]*)<\/dd>/g)]
				.map(([, k, v]) => [k, Number(v)])) };
		}, 600000, 100);
	}
}
