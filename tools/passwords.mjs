// passwords.mjs - the passwords that others try first, in the order of their
// bytes, a line each: those of the npm package zxcvbn, and words of this trade.
import lists from 'zxcvbn/lib/frequency_lists.js';

const ours = ['flowmeter', 'fluxline', 'mustermann', 'passphrase', 'pumpstation'];
const common = [...ours, ...lists.passwords].map((word) => word.toLowerCase());
const bytes = [...new Set(common)].map((word) => Buffer.from(word));

process.stdout.write(Buffer.concat(bytes.sort(Buffer.compare)
	.flatMap((word) => [word, Buffer.from('\n')])));
