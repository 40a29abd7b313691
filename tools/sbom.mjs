// sbom.mjs [FOLDER] - the bill of materials of the programs in FOLDER
// (build/bin) as CycloneDX JSON: every library that each is linked with and
// the package it comes from, what is linked in, what browsers load, and the
// servers that run beside them.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = process.argv[2] ?? path.join(root, 'build/bin');

const BESIDE = ['nginx', 'postgresql-15'];
const INSIDE = ['clearsilver-dev']; // its libraries are linked in

// What a program prints; nothing when it fails.
function call(program, ...args) {
	try {
		return execFileSync(program, args,
			{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
	} catch {
		return '';
	}
}

// The package of a file, whichever side of /usr it was packed on.
function package_of(file) {
	for (const name of [file, `/usr${file}`, file.replace(/^\/usr/, '')]) {
		const said = call('dpkg-query', '-S', name);

		if (said !== '')
			return said.split(':')[0];
	}
	return `unknown:${path.basename(file)}`;
}

const version_of = (name) =>
	call('dpkg-query', '-W', '-f', '${Version}\n', name).split('\n')[0];

// name -> { use, version, files, from }
const components = new Map();

function note(use, name, version, file) {
	const known = components.get(name) ?? { use, version, files: new Set() };

	if (file !== undefined)
		known.files.add(file);
	components.set(name, known);
}

const packages = new Map();

// The packages of the libraries that a program loads.
function linked(program) {
	const names = new Set();

	for (const [, library, file] of call('ldd', path.join(bin, program))
		.matchAll(/^\s*(\S+) => (\/\S+)/gm)) {
		if (!packages.has(file))
			packages.set(file, package_of(realpathSync(file)));
		const name = packages.get(file);

		note('linked', name, version_of(name), library);
		names.add(name);
	}
	return [...names].sort();
}

const programs = readdirSync(bin).sort();
const dependencies = programs.map((program) =>
	({ ref: program, dependsOn: linked(program) }));

for (const name of INSIDE)
	note('linked in', name, version_of(name));
for (const name of BESIDE)
	note('beside', name, version_of(name));
const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json')));

for (const [where, { version, dev }] of Object.entries(lock.packages))
	if (where !== '' && !dev)
		note('browser', where.replace(/^node_modules\//, ''), version);

console.log(JSON.stringify({
	bomFormat: 'CycloneDX',
	specVersion: '1.5',
	version: 1,
	metadata: { component: { type: 'application', name: 'fluxline' } },
	components: [
		...programs.map((name) => ({ type: 'application', 'bom-ref': name, name })),
		...[...components].sort().map(([name, { use, version, files }]) => ({
			type: 'library',
			'bom-ref': name,
			name,
			version,
			purl: `pkg:${use === 'browser' ? 'npm' : 'deb/debian'}/${name}@${version}`,
			properties: [{ name: 'fluxline:use', value: use },
				...[...files].sort().map((file) =>
					({ name: 'fluxline:file', value: file }))],
		})),
	],
	dependencies,
}, null, 1));
