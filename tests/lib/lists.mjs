// lists.mjs - lists of devices, assets and people, brought by the pages; and
// people for whom it matters where something stands.
import assert from 'node:assert/strict';
import { Desk } from './desk.mjs';
import { sql } from './flux.mjs';
import { outcome } from './imports.mjs';
import { Wizard } from './wizard.mjs';

export class Lists {
	// As somebody who may do everything there.
	static async of(plant) {
		const lists = new Lists();

		lists.plant = plant;
		lists.wizard = await Wizard.of(plant);
		return lists;
	}

	async bring(kind, file, who = this.wizard) {
		const { values } = await who.look('/admin/imports');

		return who.goes_on(await who.post('/admin/imports', { ...values, kind },
			{ name: `${kind}.csv`, bytes: Buffer.from(file) }));
	}

	// Brought and, after a dry run, made: what each came to.
	async made(kind, file, answers = {}, who = this.wizard) {
		const page = await this.bring(kind, file, who);
		const values = { csrf: page.values.csrf, ...answers };
		let to;
		const step = async (button) => {
			const answer = await who.post(`${page.path}/${button}`, values);

			assert.equal(answer.status, 303,
				`${answer.status}: ${answer.body}`);
			to = answer.headers.location;
			return outcome(this.wizard, page);
		};

		return { page, tried: await step('dry'),
			done: await step(kind === 'users' ? 'invite' : 'run'), to };
	}

	// Somebody who has this in the whole tenant, and may give nobody rights.
	async keeper(permission) {
		const clerk = new Wizard();

		clerk.desk = await Desk.of(this.plant, 'operator');
		await sql('super', `UPDATE ctx.login SET can = can | ctx.can_of(
			'{${permission}}'), wide = wide | ctx.can_of('{${permission}}')
			WHERE tenant_id = ${this.plant.id} AND user_id = (SELECT max(user_id)
			FROM ctx.login WHERE tenant_id = ${this.plant.id})`);
		return clerk;
	}

	// Somebody holds a role there: from now on it says who may do what.
	someone_at(asset) {
		return sql('super', `INSERT INTO flux.grant_ (tenant_id, user_id,
			role_id, asset_id) SELECT ${this.plant.id}, max(m.user_id),
			min(r.role_id), (SELECT asset_id FROM flux.asset
			WHERE tenant_id = ${this.plant.id} AND key = '${asset}')
			FROM flux.member m, flux.role r WHERE m.tenant_id = ${this.plant.id}
			AND r.tenant_id = ${this.plant.id}`);
	}

	nobody_anywhere() {
		return sql('super', `DELETE FROM flux.grant_
			WHERE tenant_id = ${this.plant.id} AND asset_id <> 0`);
	}
}
