// address.mjs - what the database has in place of an e-mail address: what
// seal_index of lib/trust does, once more and by another library.
import { createHmac, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { flux_var } from './flux.mjs';

const first_line = () => readFileSync(path.join(flux_var, 'secret/index.key'),
	'utf8').split('\n')[0];

export function index_of(address) {
	const key = hkdfSync('sha256', Buffer.from(first_line(), 'hex'),
		'fluxline seal 1', 'purpose|index of addresses', 32);

	return createHmac('sha256', Buffer.from(key)).update(address.toLowerCase())
		.digest('hex').slice(0, 32);
}
