// checked.mjs - an API key with its check: the CRC-32 of what stands before it.
// By hand, as the node of Debian 12 has no zlib.crc32.
function crc32(text) {
	let c = ~0;

	for (const byte of Buffer.from(text)) {
		c ^= byte;
		for (let k = 0; k < 8; k++)
			c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
	}
	return ~c >>> 0;
}

export const checked = (text) =>
	`${text}_${crc32(text).toString(16).padStart(8, '0')}`;
