// The edge agent compiles for ARM64, without a warning.  Only where the cross
// compiler is at hand (Debian: gcc-aarch64-linux-gnu); it takes a minute then.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = spawnSync('aarch64-linux-gnu-gcc', ['-dumpmachine'],
	{ encoding: 'utf8' });

test('the edge agent compiles for ARM64',
	{ skip: compiler.status !== 0 && 'no aarch64-linux-gnu-gcc' }, async () => {
		await promisify(execFile)('make', ['arm64'], { cwd: root });
		const { stdout } = await promisify(execFile)('readelf',
			['-h', path.join(root, 'build/arm64/poller/main.o')]);

		assert.match(stdout, /Machine:\s+AArch64/);
	});
