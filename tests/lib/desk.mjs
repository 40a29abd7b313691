// desk.mjs - a person of a tenant who keeps it in order: signed in, confirmed
// just now, and able to send the forms of its pages.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ctl, env, http, login, sql } from './flux.mjs';

export class Desk {
	// A person with that role in the plant's tenant.
	static async of(plant, role = 'admin') {
		const desk = new Desk();
		const email = `${role}-${randomBytes(4).toString('hex')}@desk.example`;
		const password = randomBytes(12).toString('hex');

		desk.plant = plant;
		desk.email = email;
		await ctl('user', plant.name, email, `A ${role}`, role,
			{ input: password });
		desk.cookie = await login(email, password);
		await desk.confirmed();
		return desk;
	}

	// As if the password had been typed once more, and holds for a whole test.
	confirmed() {
		return sql('super', `UPDATE ctx.session
			SET fresh_till = now() + interval '2 h'
			WHERE tenant_id = ${this.plant.id}`);
	}

	get(path) {
		return http('GET', path, { headers: { Cookie: this.cookie } });
	}

	// The form of a page, by its fields; the token comes from the page.
	async post(path, fields, page = '/admin/keys') {
		const shown = await this.get(page);
		const csrf = shown.body.match(/name="csrf" value="([0-9a-f]+)"/)?.[1];

		assert.ok(csrf, `${page} has no form: ${shown.status}`);
		return http('POST', path, {
			headers: {
				'Content-Type': 'application/x-www-form-urlencoded',
				Origin: new URL(env.FLUX_URL).origin,
				'Sec-Fetch-Site': 'same-origin',
				Cookie: this.cookie,
			},
			body: new URLSearchParams({ csrf, ...fields }).toString(),
		});
	}
}
