// A form is on a page for those from whom its route takes it, and for nobody
// else: where a right below an asset is enough, it is there, and only there.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Desk } from '../lib/desk.mjs';
import { ctl } from '../lib/flux.mjs';
import { routes } from '../lib/matrix.mjs';
import { Plant } from '../lib/plant.mjs';

const templates = path.join(path.dirname(fileURLToPath(import.meta.url)),
	'../../templates');

const MARKS = [/<\?cs (if|elif|else|\/if)(?::(.*?))? \?>/,
	/(?:form)?action="((?:<\?cs.*?\?>|[^"])*)"/, /<form[^>]*method="(get)"/];

// Each address that a template's forms send to, and the conditions around it.
function* forms_of(text) {
	const around = [];
	let action = '';

	for (const [, what, condition, url, get] of text.matchAll(
		RegExp(MARKS.map((mark) => mark.source).join('|'), 'g'))) {
		if (what === 'if')
			around.push(condition);
		else if (what === 'elif' || what === 'else')
			around.push(`${condition ?? ''} !(${around.pop()})`);
		else if (what === '/if')
			around.pop();
		else if (get)
			action = 'get';
		else if (action === 'get')
			action = '';
		else
			yield { url, around: around.join(' && ') };
	}
}

const route_of = (url) => {
	const at = url.replaceAll(/<\?cs.*?\?>/g, '*');
	const fits = (route) => new RegExp(`^${route.path
		.replaceAll(/:\w+/g, '[^/]+')}$`).test(at);

	return routes.find((route) => route.verb === 'POST' && fits(route));
};

test('the templates ask for the right that the route asks for', () => {
	const found = [];
	let known = 0;

	for (const file of readdirSync(templates).filter((f) => f.endsWith('.cs')))
		for (const { url, around } of forms_of(
			readFileSync(path.join(templates, file), 'utf8'))) {
			const route = route_of(url);

			if (!route?.needs)
				continue;
			const word = route.needs.replace(':', '_');
			const [, sort] = around.match(RegExp(`\\b(\\w+)\\.${word}\\b`)) ?? [];

			known++;
			if (sort && (sort === 'Can') === route.local)
				found.push(`${file}: ${url} behind ${sort}.${word}`);
		}
	assert.deepEqual(found, []);
	assert.ok(known >= 20, `${known} forms`);
});

describe('who may look at all, and change what is below an asset', () => {
	let plant, boss, local, viewer;
	const who = () => ({ boss, local, viewer });

	before(async () => {
		plant = await Plant.make('Forms');
		await ctl('poller', plant.name);
		for (const asset of ['HALL', 'YARD'])
			await ctl('asset', plant.name, 'HALL', asset, asset, 'x');
		for (const [i, asset] of ['HALL', 'YARD'].entries()) {
			await plant.device(`valve-${asset}`, 'fluxline-valve', '--asset',
				asset, '--modbus', `tcp:127.0.0.1:1:${i + 1}`);
			await plant.device(`meter-${asset}`, 'abb-b23', '--asset', asset);
		}
		[boss, local, viewer] = await Promise.all(['admin', 'viewer', 'viewer']
			.map((role) => Desk.of(plant, role)));
		await ctl('role', plant.name, 'give', local.email, 'admin', 'HALL');
		// What is held everywhere is not less where more is held.
		await ctl('role', plant.name, 'give', boss.email, 'viewer', 'HALL');
	});

	// On a page, who is offered what matches.
	async function offered(url, pattern) {
		const names = [];

		for (const [name, desk] of Object.entries(who())) {
			const answer = await desk.get(url);

			assert.equal(answer.status, 200, `${name} ${url}`);
			if (pattern.test(answer.body))
				names.push(name);
		}
		return names.join(' ');
	}

	for (const [what, page, pattern] of [
		['asking for a command', '/commands?device=valve-X',
			/<form[^>]*action="\/commands"/],
		['the way to it', '/devices/valve-X', /href="\/commands\?device=/],
		['reading registers', '/devices/valve-X', /href="\/admin\/words\?/],
		['the rules', '/devices/valve-X', /href="[^"]*\/rules"/],
		['changing the rules', '/admin/devices/valve-X/rules',
			/<form[^>]*action="[^"]*\/rules"/],
		['exchanging a meter', '/devices/meter-X/counters',
			/<form[^>]*action="[^"]*\/exchange"/],
	])
		test(what, async () => {
			assert.equal(await offered(page.replace('X', 'HALL'), pattern),
				'boss local');
			assert.equal(await offered(page.replace('X', 'YARD'), pattern),
				'boss');
		});

	test('and what is offered is taken', async () => {
		const ask = async (desk, asset) => (await desk.post('/commands', {
			device: `valve-${asset}`, point: 'position', value: '50', once: '',
			seconds: '', reason: '' }, '/account'));
		const mine = await ask(local, 'HALL'), theirs = await ask(boss, 'YARD');

		assert.deepEqual([mine.status, theirs.status], [303, 303]);
		assert.equal((await ask(local, 'YARD')).status, 404);
		assert.equal((await ask(viewer, 'HALL')).status, 403);
		for (const button of [/\/confirm"/, />Withdraw</]) {
			assert.equal(await offered(mine.headers.location, button),
				'boss local');
			assert.equal(await offered(theirs.headers.location, button), 'boss');
		}
		assert.equal((await local.post(`${mine.headers.location}/confirm`, {},
			mine.headers.location)).status, 303);
	});

	test('registers are read of what may be read', async () => {
		const option = (asset) => RegExp(`<option value="valve-${asset}"`);

		assert.equal(await offered('/admin/words', option('HALL')), 'boss local');
		assert.equal(await offered('/admin/words', option('YARD')), 'boss');
	});

	test('a label is made by who may let in, anywhere', async () => {
		assert.equal(await offered('/admin/devices', /\/label"/), 'boss');
		assert.equal((await local.get('/admin/devices/valve-HALL/label')).status,
			403);
	});
});
