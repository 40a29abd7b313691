// captures.mjs - recorded Modbus TCP: the packets of a capture, and what a
// message says, function by function, of all seventeen that are recorded.
import path from 'node:path';
import { readFileSync } from 'node:fs';
import zlib from 'node:zlib';
import { corpora } from './flux.mjs';

const PORT = 502;
const HEAD = 7;
const EXCEPTION = 0x80;
const DIAGNOSTICS = { 2: 'Return Diagnostic Register' };

export const NAMES = { 1: 'READ_COILS', 2: 'READ_DISCRETE_INPUTS',
	3: 'READ_HOLDING_REGISTERS', 4: 'READ_INPUT_REGISTERS',
	5: 'WRITE_SINGLE_COIL', 6: 'WRITE_SINGLE_REGISTER',
	7: 'READ_EXCEPTION_STATUS', 8: 'DIAGNOSTICS', 15: 'WRITE_MULTIPLE_COILS',
	16: 'WRITE_MULTIPLE_REGISTERS', 17: 'REPORT_SLAVE_ID',
	20: 'READ_FILE_RECORD', 21: 'WRITE_FILE_RECORD',
	22: 'MASK_WRITE_REGISTER', 23: 'READ_WRITE_MULTIPLE_REGISTERS',
	24: 'READ_FIFO_QUEUE', 43: 'ENCAP_INTERFACE_TRANSPORT' };
export const EXCEPTIONS = { 1: 'ILLEGAL_FUNCTION', 2: 'ILLEGAL_DATA_ADDRESS',
	3: 'ILLEGAL_DATA_VALUE', 4: 'SLAVE_DEVICE_FAILURE', 5: 'ACKNOWLEDGE',
	6: 'SLAVE_DEVICE_BUSY', 10: 'GATEWAY_PATH_UNAVAILABLE',
	11: 'GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND' };

// All TCP packets of a capture: { asks, data }, of which data may be empty.
export function packets(name) {
	const packed = readFileSync(path.join(corpora, 'modbus_pcap', name));
	const file = name.endsWith('.gz') ? zlib.gunzipSync(packed) : packed;
	const all = [];

	for (let at = 24; at + 16 <= file.length;) {
		const n = file.readUInt32LE(at + 8);
		const ip = file.subarray(at + 16 + 14, at + 16 + n);

		at += 16 + n;
		if (ip.length < 40 || ip[0] >> 4 !== 4 || ip[9] !== 6)
			continue;
		const tcp = ip.subarray((ip[0] & 15) * 4, ip.readUInt16BE(2));

		all.push({ asks: tcp.readUInt16BE(2) === PORT,
			data: tcp.subarray((tcp[12] >> 4) * 4) });
	}
	return all;
}

const words = (p) => Array.from({ length: p.length >> 1 },
	(_, i) => p.readUInt16BE(2 * i));
const bits = (p, n) => Array.from({ length: n }, (_, i) => p[i >> 3] >> i % 8 & 1);
const span = (p) => ({ address: p.readUInt16BE(0), quantity: p.readUInt16BE(2) });
const coil = (p) => ({ address: p.readUInt16BE(0), quantity: 1,
	values: [p.readUInt16BE(2) === 0xFF00 ? 1 : 0] });
const register = (p) => ({ address: p.readUInt16BE(0), quantity: 1,
	values: [p.readUInt16BE(2)] });
const diagnostics = (p) => ({ sub: DIAGNOSTICS[p.readUInt16BE(0)] ?? 'unknown' });
const mask = (p) => ({ address: p.readUInt16BE(0), and: p.readUInt16BE(2),
	or: p.readUInt16BE(4) });
const counted = (p) => ({ quantity: p[0] });
const nothing = () => ({});
const bits_read = (p, asked) => ({ values: bits(p.subarray(1), asked.quantity) });
const words_read = (p) => ({ values: words(p.subarray(1, 1 + p[0])) });

// What a question says behind its function code, and what an answer says.
const READERS = {
	1: [span, bits_read], 2: [span, bits_read],
	3: [span, words_read], 4: [span, words_read],
	5: [coil, coil], 6: [register, register],
	7: [nothing, (p) => ({ status: p[0] })],
	8: [diagnostics, diagnostics],
	15: [(p) => ({ ...span(p), values: bits(p.subarray(5), p.readUInt16BE(2)) }),
		span],
	16: [(p) => ({ ...span(p), values: words(p.subarray(5, 5 + p[4])) }), span],
	17: [nothing, (p) => ({ text: p.subarray(1, 1 + p[0]).toString('latin1') })],
	20: [counted, counted], 21: [counted, counted],
	22: [mask, mask],
	23: [(p) => ({ read: span(p), write_at: p.readUInt16BE(4),
		values: words(p.subarray(9, 9 + p[8])) }), words_read],
	24: [(p) => ({ address: p.readUInt16BE(0) }),
		(p) => ({ quantity: p.readUInt16BE(2) })],
	43: [(p) => ({ mei: p[0] === 14 ? 'Read Device Identification' : 'unknown' }),
		(p) => ({ mei: p[0] === 14 ? 'Read Device Identification' : 'unknown' })],
};

// One frame: { tid, unit, f, exception } and what its function says.  An
// answer's bits are as many as were asked for.
export function decode({ asks, data }, asked) {
	const f = data[HEAD] & ~EXCEPTION;
	const all = { tid: data.readUInt16BE(0), unit: data[6], f };

	if (data.readUInt16BE(4) !== data.length - 6)
		throw new Error(`length ${data.readUInt16BE(4)} of ${data.length - 6}`);
	if (data[HEAD] & EXCEPTION)
		return { ...all, exception: data[HEAD + 1] };
	return { ...all, ...READERS[f][asks ? 0 : 1](data.subarray(HEAD + 1), asked) };
}
