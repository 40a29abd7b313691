// book.mjs - makes spreadsheets as others do: XLSX, XML in a ZIP file, part by
// part, so that a test may spoil any of them.
import { deflateRawSync } from 'node:zlib';

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
	for (let k = 0; k < 8; k++)
		n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
	return n;
});

function crc(bytes) {
	let c = ~0;

	for (const byte of bytes)
		c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
	return ~c >>> 0;
}

// A ZIP file of these parts, { name: text or bytes }.
export function zip(parts) {
	const files = [], list = [];
	let at = 0;

	for (const [name, content] of Object.entries(parts)) {
		const whole = Buffer.from(content), packed = deflateRawSync(whole);
		const head = Buffer.alloc(26);

		head.writeUInt16LE(20, 0);
		head.writeUInt16LE(8, 4);
		head.writeUInt32LE(crc(whole), 10);
		head.writeUInt32LE(packed.length, 14);
		head.writeUInt32LE(whole.length, 18);
		head.writeUInt16LE(name.length, 22);
		const file = Buffer.concat([Buffer.from('PK\x03\x04'), head,
			Buffer.from(name), packed]);
		const entry = Buffer.alloc(46);

		entry.write('PK\x01\x02', 'latin1');
		entry.writeUInt16LE(20, 4);
		head.copy(entry, 6);
		entry.writeUInt32LE(at, 42);
		files.push(file);
		list.push(entry, Buffer.from(name));
		at += file.length;
	}
	const end = Buffer.alloc(22), directory = Buffer.concat(list);

	end.write('PK\x05\x06', 'latin1');
	end.writeUInt16LE(files.length, 8);
	end.writeUInt16LE(files.length, 10);
	end.writeUInt32LE(directory.length, 12);
	end.writeUInt32LE(at, 16);
	return Buffer.concat([...files, directory, end]);
}

const NS = 'http://schemas.openxmlformats.org';
const plain = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const xml = (body) => `<?xml version="1.0" encoding="UTF-8"?>${body}`;

// The parts of a workbook, { sheet: rows of cells }: numbers are numbers, texts
// are shared.
export function parts(sheets) {
	const names = Object.keys(sheets), texts = [];
	const cell = (c, at) => {
		const where = `r="${String.fromCharCode(65 + at.c)}${at.r}"`;

		if (c === '')
			return '';
		if (typeof c === 'number')
			return `<c ${where}><v>${c}</v></c>`;
		return `<c ${where} t="s"><v>${texts.push(c) - 1}</v></c>`;
	};
	const made = {
		'xl/workbook.xml': xml(`<workbook xmlns="${NS}/spreadsheetml/2006/main"
			xmlns:r="${NS}/officeDocument/2006/relationships"><sheets>${names
			.map((n, i) => `<sheet name="${plain(n)}" sheetId="${i + 1}"
				r:id="rId${i + 1}"/>`).join('')}</sheets></workbook>`),
		'xl/_rels/workbook.xml.rels': xml(`<Relationships
			xmlns="${NS}/package/2006/relationships">${names.map((_, i) =>
	`<Relationship Id="rId${i + 1}" Target="${i % 2 ? '/xl/' : ''
	}worksheets/s${i}.xml"/>`).join('')}</Relationships>`),
	};

	names.forEach((name, i) => {
		made[`xl/worksheets/s${i}.xml`] = xml(`<x:worksheet
			xmlns:x="${NS}/spreadsheetml/2006/main"><x:sheetData>${sheets[name]
			.map((row, r) => `<row r="${r + 1}">${row.map((c, k) =>
				cell(c, { r: r + 1, c: k })).join('')}</row>`).join('')
			.replace(/<(\/?)(row|c|v)\b/g, '<$1x:$2')}</x:sheetData></x:worksheet>`);
	});
	made['xl/sharedStrings.xml'] = xml(`<sst xmlns="${NS}/spreadsheetml/2006/main">${
		texts.map((t) => `<si><r><t>${plain(t.slice(0, 1))}</t></r><r><t>${
			plain(t.slice(1))}</t></r><rPh><t>aside</t></rPh></si>`).join('')}</sst>`);
	return made;
}

export const book = (sheets) => zip(parts(sheets));
