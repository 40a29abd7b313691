// A device shows that it has its certificate's key, and gets tokens; whoever
// cannot show it gets one and the same answer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority, Device, auth } from '../lib/authority.mjs';
import { sql, waitFor } from '../lib/flux.mjs';
import { isProblem, Plant } from '../lib/plant.mjs';

const CHALLENGE_S = 60;
const names = ['GOOD', 'TWICE', 'OVER', 'GONE', 'SERVER', 'MOVED',
	'BOUND', 'FIRST', 'NEW', 'STOPPED'];
const device = {};
let plant, authority, stranger;

// How all of them are refused.
const refused = (answer) => {
	isProblem(answer, 401, 'unauthenticated', /^This is not accepted\.$/);
	return answer;
};

before(async () => {
	plant = await Plant.make('Devices');
	authority = await Authority.make('Plant', plant);
	stranger = await Authority.make('Plant');
	for (const name of names) {
		await plant.device(name);
		device[name] = await authority.enrol(name,
			name === 'SERVER' ? { use: 'serverAuth' } : {});
	}
});

after(() => Promise.all([authority.remove(), stranger.remove()]));

describe('a device', () => {
	test('gets exactly what the contract says', async () => {
		const asked = await device.GOOD.asks();
		const answer = await auth('device', asked);
		const got = answer.json();

		assert.deepEqual(Object.keys(asked),
			['deviceId', 'certificate', 'signature']);
		assert.equal(answer.status, 200, answer.body);
		assert.match(answer.headers['content-type'], /^application\/json/);
		assert.equal(answer.headers['cache-control'], 'no-store');
		assert.deepEqual(Object.keys(got),
			['accessToken', 'refreshToken', 'expiresIn', 'permissions']);
		assert.match(got.accessToken,
			/^eyJ[\w-]+\.[\w-]+\.[\w-]{86}$/);
		assert.match(got.refreshToken, /^flr_[\w-]{43}$/);
		assert.equal(got.expiresIn, 3600);
		assert.deepEqual(got.permissions,
			['telemetry:read', 'telemetry:write', 'devices:read']);
	});

	test('that has not the key is told to whose certificate it is', async () => {
		const { deviceId, certificate } = await device.BOUND.asks();
		const { signature } = await device.FIRST.asks();
		const told = () => sql('super', `SELECT detail FROM flux.audit
			WHERE tenant_id = ${plant.id} AND act = 'auth.refuse'
			  AND object = 'certificate:' || (SELECT cred_id
			  FROM ctx.device_cert WHERE cert_hash = ${device.BOUND.hash})`);

		for (let i = 0; i < 3; i++)
			refused(await auth('device', { deviceId, certificate, signature }));
		await waitFor(told);
		assert.equal(await told(), '{"addr": "127.0.0.1", "times": 1}');
	});

	test('is told no more than the signature\'s faults', async () => {
		const asked = await device.FIRST.asks();
		const cases = [
			[{ ...asked, deviceId: undefined }, /^deviceId: /],
			[{ ...asked, certificate: undefined }, /^certificate: /],
			[{ ...asked, signature: undefined }, /^signature: /],
			[{ ...asked, signature: 7 }, /^signature: /],
			[{ ...asked, signature: '!' }, /^signature: /],
			[{ ...asked, deviceId: 'X'.repeat(65) }, /^deviceId: /],
			[{ ...asked, tenant: '8' }, /^tenant: /],
			[{ ...asked, certificate: 'x' }, /./],
			[{ ...asked, certificate: asked.certificate + asked.certificate }, /./],
			[[asked], /object/],
			['{"deviceId":"FIRST"', /./],
			['', /./],
		];

		for (const [body, detail] of cases)
			isProblem(await auth('device', body), 400, 'bad_request', detail);
		assert.equal((await auth('device', asked)).status, 200);
	});

	test('may send base64 of either kind', async () => {
		const asked = await device.NEW.asks();

		asked.signature = Buffer.from(asked.signature, 'base64url')
			.toString('base64');
		assert.equal((await auth('device', asked)).status, 200);
	});

	test('leaves an entry in the chain', async () => {
		await device.BOUND.opens();
		assert.equal(await sql('super', `SELECT count(*) FROM flux.audit a
			WHERE tenant_id = ${plant.id} AND act = 'token.open'
			AND user_id = -(SELECT device_id FROM flux.device d
			WHERE d.tenant_id = a.tenant_id AND key = 'BOUND')`), '1');
	});
});

describe('a challenge', () => {
	test('is given for any name, known or not', async () => {
		const [known, unknown] = await Promise.all(['GOOD', 'NOBODY']
			.map((deviceId) => auth('challenge', { deviceId })));

		for (const answer of [known, unknown]) {
			assert.equal(answer.status, 200, answer.body);
			assert.deepEqual(Object.keys(answer.json()),
				['challenge', 'expiresIn']);
			assert.match(answer.json().challenge, /^[\w-]{43}$/);
			assert.equal(answer.json().expiresIn, CHALLENGE_S);
		}
		assert.notEqual(known.json().challenge, unknown.json().challenge);
	});

	test('works once, however it is signed', async () => {
		const { challenge } = (await auth('challenge', { deviceId: 'TWICE' })).json();
		const asked = await device.TWICE.asks(challenge);

		assert.equal((await auth('device', asked)).status, 200);
		refused(await auth('device', asked));
		refused(await auth('device', await device.TWICE.asks(challenge)));
	});

	test('of another device is of no use', async () => {
		const { challenge } = (await auth('challenge', { deviceId: 'GOOD' })).json();

		refused(await auth('device', await device.MOVED.asks(challenge)));
	});

	test('must be signed as it is said', async () => {
		const { challenge } = (await auth('challenge', { deviceId: 'MOVED' })).json();
		const asked = await device.MOVED.asks(challenge);
		const texts = [challenge, `fl-dev-1|MOVED|${challenge}`,
			`fl-dev-1|MOVED|${challenge}|https://evil.example`,
			`fl-ref-1|MOVED|${challenge}`, ''];

		for (const text of texts)
			refused(await auth('device',
				{ ...asked, signature: device.MOVED.sign(text) }));
		refused(await auth('device', { ...asked,
			signature: device.GOOD.sign(`fl-dev-1|MOVED|${challenge}|x`) }));
		refused(await auth('device', { ...asked, signature: '' }));
	});
});

describe('the same answer gets', () => {
	// A certificate that would be good, if something were not wrong with it.
	const cases = [
		['an unknown authority', async () => new Device('GOOD',
			await stranger.certify('GOOD')).asks()],
		['a certificate of ours that was not enrolled', async () =>
			new Device('GOOD', await authority.certify('GOOD')).asks()],
		['a device that is not there', async () =>
			new Device('NOBODY', await stranger.certify('NOBODY')).asks()],
		['a certificate that is over', async () => {
			await sql('super', `UPDATE ctx.device_cert SET not_after = now()
				WHERE cert_hash = ${device.OVER.hash}`);
			return device.OVER.asks();
		}],
		['a certificate that was revoked', async () => {
			await sql('super', `UPDATE ctx.device_cert SET revoked_at = now()
				WHERE cert_hash = ${device.GONE.hash}`);
			return device.GONE.asks();
		}],
		['a certificate for servers only', () => device.SERVER.asks()],
		['the certificate of another device', () =>
			device.GOOD.asks(undefined, 'MOVED')],
		['a certificate with another authority behind it', async () => {
			const other = await Authority.make('Plant', plant);

			await sql('super', `UPDATE ctx.device_cert SET ca_id = ${other.id}
				WHERE cert_hash = ${device.STOPPED.hash}`);
			await other.remove();
			return device.STOPPED.asks();
		}],
	];

	for (const [title, make] of cases)
		test(title, async () => {
			const answer = refused(await auth('device', await make()));

			assert.doesNotMatch(answer.body, /certificate|revoked|device/);
		});
});

test('a device of a suspended tenant is refused', async () => {
	const asked = await device.GOOD.asks();

	await sql('super', `UPDATE ctx.tenant_home SET suspended_at = now()
		WHERE tenant_id = ${plant.id}`);
	try {
		refused(await auth('device', asked));
	} finally {
		await sql('super', `UPDATE ctx.tenant_home SET suspended_at = NULL
			WHERE tenant_id = ${plant.id}`);
	}
});
