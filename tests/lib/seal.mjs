// seal.mjs - what lib/trust/seal does, once more and by another library: so
// that the format is what its header says, and not only what it happens to be.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes }
	from 'node:crypto';

const SALT = 'fluxline seal 1';

const head = (number) => {
	const bytes = Buffer.alloc(5);

	bytes[0] = 1;
	bytes.writeUInt32BE(number >>> 0, 1);
	return bytes;
};

// The master keys of a file, the current one first.
export function masters(text) {
	return text.trim().split('\n').map((line) => {
		const key = Buffer.from(line, 'hex');

		return { key, mark: Buffer.from(hkdfSync('sha256', key, SALT, 'mark',
			32)).readUInt32BE(0) };
	});
}

export function put(key, number, place, plain) {
	const nonce = randomBytes(12), begin = head(number);
	const c = createCipheriv('aes-256-gcm', key, nonce);

	c.setAAD(Buffer.concat([begin, Buffer.from(place)]));
	return Buffer.concat([begin, nonce, c.update(plain), c.final(),
		c.getAuthTag()]);
}

export function get(key, place, sealed) {
	const c = createDecipheriv('aes-256-gcm', key, sealed.subarray(5, 17));

	c.setAAD(Buffer.concat([sealed.subarray(0, 5), Buffer.from(place)]));
	c.setAuthTag(sealed.subarray(-16));
	return Buffer.concat([c.update(sealed.subarray(17, -16)), c.final()]);
}

// A tenant's data key from its row; the master keys are tried by their mark.
export function unwrap(keys, tenant, id, wrapped) {
	const master = keys.find((k) => k.mark === wrapped.readUInt32BE(1));

	if (!master)
		throw new Error('its master key is not here');
	return get(master.key, `data key|${tenant}|${id}`, wrapped);
}

export const number = (sealed) => sealed.readUInt32BE(1);
export const value_place = (tenant, place) => `value|${tenant}|${place}`;
