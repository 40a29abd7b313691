// Hostile bodies: whatever the bytes are, every decoder takes or refuses them,
// says why, counts them and comes to an end.  SAN=1 looks for what it reads or
// writes that is not its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { hostile } from '../lib/hostile.mjs';

const WANTED = 10000 / 60; // a second
const TIMES = Number(process.env.FLUX_HOSTILE ?? 20);

function framed(list) {
	return Buffer.concat(list.flatMap(([, bytes]) => {
		const head = Buffer.alloc(4);

		head.writeUInt32LE(bytes.length);
		return [head, bytes];
	}));
}

function run(args, input) {
	const child = spawn(path.join(process.env.FLUX_BUILD, 'tests/field/hostile'),
		args, { stdio: ['pipe', 'pipe', 'pipe'] });
	let out = '', said = '';

	child.stdout.on('data', (part) => { out += part; });
	child.stderr.on('data', (part) => { said += part; });
	child.stdin.on('error', () => {});
	child.stdin.end(input);
	return new Promise((resolve) => {
		child.on('close', (code) => resolve({ code, out, said }));
	});
}

describe('hostile bodies', () => {
	const { from, list } = hostile(800);

	test(`through every decoder, ${TIMES} times damaged: ${from}`, async () => {
		const { code, out, said } = await run([String(TIMES), '5'],
			framed(list));

		assert.equal(code, 0, said.slice(0, 4000));
		const [, n, taken, s, slowest] = out.match(
			/^bodies (\d+) taken (\d+) seconds ([\d.]+) slowest_ms ([\d.]+)/)
			.map(Number);

		console.log(`hostile ${n} bodies in ${s} s, ${Math.round(n / s)}/s, ` +
			`${taken} taken, the slowest ${slowest} ms`);
		assert.ok(n >= 10000, `${n} bodies`);
		assert.ok(taken > n / 100 && taken < n, `${taken} taken`);
		assert.ok(n / s >= WANTED, `${n / s} a second`);
		assert.ok(slowest < 1000, `${slowest} ms`);
	});
});
