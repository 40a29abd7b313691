// imports.mjs - files that are brought by the API: sent, tried, run, waited for.
import assert from 'node:assert/strict';
import { http, waitFor } from './flux.mjs';

const IMPORTS = '/api/v1/imports';
const OPEN = ['dry', 'ready', 'running'];

export class Imports {
	constructor(key) {
		this.headers = { 'X-API-Key': key };
	}

	// The answer to a file, as bytes or text.
	send(file, { name = 'file.csv', kind = 'readings', headers = {} } = {}) {
		return http('POST', `${IMPORTS}?kind=${kind}` +
			`&name=${encodeURIComponent(name)}`, {
			headers: { ...this.headers, ...headers,
				'Content-Type': 'text/csv' },
			body: Buffer.from(file),
		});
	}

	async open(file, options) {
		const answer = await this.send(file, options);

		assert.equal(answer.status, 201, answer.body);
		return answer.json();
	}

	step(id, what, plan) {
		return http('POST', `${IMPORTS}/${id}/${what}`, {
			headers: this.headers,
			...(plan === undefined ? {} : { body: plan }),
		});
	}

	async show(id) {
		const answer = await http('GET', `${IMPORTS}/${id}`,
			{ headers: this.headers });

		assert.equal(answer.status, 200, answer.body);
		return answer.json();
	}

	async errors(id) {
		return (await http('GET', `${IMPORTS}/${id}/errors`,
			{ headers: this.headers })).json().errors;
	}

	// What became of it, when the worker and the ledger are through.
	async decide(id, what, plan) {
		const answer = await this.step(id, what, plan);

		assert.equal(answer.status, 202, answer.body);
		return waitFor(async () => {
			const now = await this.show(id);

			return !OPEN.includes(now.state) && now.waiting === 0 && now;
		}, 600000, 200);
	}

	// From the file to its end, with what is likely and what is said besides.
	async run(file, more, options) {
		const { id, plan } = await this.open(file, options);

		return this.decide(id, 'run', { ...plan, ...more });
	}
}

// The page of a file after a step: counts, lines, and what is wrong.
export async function outcome(wizard, page) {
	const { html } = await wizard.look(page.path);
	const facts = Object.fromEntries([...html.matchAll(
		/<dt>([^<]*)<\/dt><dd>([^<]*)<\/dd>/g)].map(([, k, v]) => [k, Number(v)]));
	const cells = (row) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)]
		.map(([, cell]) => cell.replace(/<[^>]*>/g, '').trim());
	const table = (id) => [...(html.match(new RegExp(
		`<h2 id="${id}">.*?</section>`, 's'))?.[0] ?? '').matchAll(
		/<tr><th scope="row".*?<\/tr>/gs)].map(([row]) => cells(row));

	return { html, facts: [facts['Made or changed'], facts['There already'],
		facts.Wrong], lines: table('lines'), wrong: table('wrong') };
}
