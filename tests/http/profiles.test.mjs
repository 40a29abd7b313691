// Device profiles: the schema and the loader agree, and register maps of
// others become profiles that decode as theirs do.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import Ajv from 'ajv/dist/2020.js';
import { corpora, flux_var, root } from '../lib/flux.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxprofiles.'));
const program = path.join(flux_var, 'app/bin/fluxline-profile');
const golden = path.join(root, 'tests/golden/profiles');
const maps = corpora && path.join(corpora, 'register_maps');
const skip = (!maps || !existsSync(maps)) && 'no corpora';
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const good = read(path.join(golden, 'good.json'));
const schema = new Ajv.default({ strict: false })
	.compile(read(path.join(root, 'profiles/schema.json')));

after(() => rmSync(folder, { recursive: true }));

// { ok, out, said } of fluxline-profile.
async function profile(...args) {
	try {
		const { stdout, stderr } = await promisify(execFile)(program, args,
			{ maxBuffer: 1 << 24 });

		return { ok: true, out: stdout, said: stderr };
	} catch (e) {
		assert.ok(typeof e.code === 'number', e.message);
		return { ok: false, out: e.stdout, said: e.stderr };
	}
}

function put(name, content) {
	const file = path.join(folder, name);

	writeFileSync(file, typeof content === 'string' ? content :
		JSON.stringify(content));
	return file;
}

// The profile of a map, and what was said of it.
async function imported(format, file, ...options) {
	const { ok, out, said } = await profile('import', format, file, ...options);

	assert.ok(ok, said);
	const p = JSON.parse(out);

	assert.ok(schema(p), `${file}: ${JSON.stringify(schema.errors)}`);
	return { p, said, point: Object.fromEntries(p.points.map((t) => [t.key, t])),
		file: put('imported.json', out) };
}

async function decoded(file, ...runs) {
	const { ok, out, said } = await profile('decode', file, ...runs);

	assert.ok(ok, said);
	return Object.fromEntries(out.trim().split('\n')
		.map((line) => line.split('\t').slice(0, 2)));
}

describe('the schema says what the loader says', () => {
	const shipped = readdirSync(path.join(root, 'profiles'))
		.filter((f) => f !== 'schema.json').map((f) => path.join(root, 'profiles', f));

	test('both take every profile that is shipped, and one of everything', async () => {
		const all = [...shipped, path.join(golden, 'good.json')];

		for (const file of all)
			assert.ok(schema(read(file)), `${file}: ${JSON.stringify(schema.errors)}`);
		const { ok, out, said } = await profile('check', ...all);

		assert.ok(ok, said);
		assert.equal(out.trim().split('\n').length, all.length);
	});

	test('both refuse the same mistakes, and the loader names them', async () => {
		const files = [], table = read(path.join(golden, 'mistakes.json')).slice(1);
		const own = table.filter((row) => row[4] !== true);

		for (const [what, , place, value] of table) {
			const p = structuredClone(good), steps = place.split('/');
			const last = steps.pop();
			const at = steps.reduce((o, k) => o[k] ??= {}, p);

			if (value === undefined)
				delete at[last];
			else
				at[last] = value;
			files.push(put(`${files.length}.json`, p));
			assert.equal(schema(p), table[files.length - 1][4] === true, what);
		}
		const { ok, out, said } = await profile('check', ...files);
		const lines = said.trim().split('\n');

		assert.equal(ok, false);
		assert.equal(out, '');
		assert.equal(lines.length, table.length);
		table.forEach(([what, word], i) => assert.ok(
			lines[i].startsWith(files[i]) && lines[i].includes(word),
			`${what}: ${lines[i]}`));
		console.log(`# ${table.length} mistakes, ${own.length} of them seen by both`);
	});

	test('a file that is no JSON is refused by its line', async () => {
		const { ok, said } = await profile('check', put('bad.json', '{\n"a": }'));

		assert.equal(ok, false);
		assert.match(said, /line 2/);
	});
});

describe('a table of eight columns', () => {
	const rows = [
		['key', 'name', 'register', 'address', 'type', 'order', 'scale', 'unit'],
		['flow', 'Flow rate', 'holding', '0', 'float', 'CDAB', '', 'm3/h'],
		['temp', 'Temperature', 'input', '0x10', 's16', '', '/10', '°C'],
		['run', 'Running', 'coil', '3', 'bool', '', '', ''],
		['sn', 'Serial', 'holding', '20', 'string[4]', '', '', ''],
		['odd', 'No such type', 'holding', '30', 'bcd', '', '', ''],
		['far', 'Beyond all', 'holding', '70000', 'u16', '', '', ''],
	];

	for (const [name, by] of [['commas', ','], ['tabs', '\t'], ['semicolons', ';']])
		test(`with ${name}`, async () => {
			const file = put('map.csv', `${rows.map((r) => r.join(by)).join('\n')}\n`);
			const { p, said, point } = await imported('csv', file, '--id', 'mine');

			assert.equal(p.id, 'mine');
			assert.deepEqual(Object.keys(point), ['flow', 'temp', 'run', 'sn']);
			assert.deepEqual(point.flow, { key: 'flow', register: 'holding', address: 0,
				type: 'FLOAT32', name: 'Flow rate', byte_order: 'CDAB', unit: 'm3/h' });
			assert.equal(point.temp.address, 16);
			assert.equal(point.temp.scale, 0.1);
			assert.equal(point.temp.unit, 'Cel');
			assert.equal(point.sn.length, 4);
			assert.match(p.tests[0].name, /^generated/);
			assert.match(said, /line 6: odd: its type is not known/);
			assert.match(said, /far: address out of bounds/);
		});

	test('without a heading, in traditional numbers, with a decimal comma', async () => {
		const file = put('map.csv', 'a;;;40101;INT16;;0,01;bar\nb;;;300011;U32;3412\n');
		const { point, file: made } = await imported('csv', file,
			'--addressing', 'modicon');

		assert.equal(point.a.scale, 0.01);
		assert.deepEqual(await decoded(made, 'holding:100=425', 'input:10=34464,1'),
			{ a: '4.25', b: '100000' });
	});

	test('of which nothing can be used is refused', async () => {
		const { ok, said } = await profile('import', 'csv', put('map.csv', 'a,b,c,d\n'));

		assert.equal(ok, false);
		assert.match(said, /no point of it can be used/);
	});
});

test('the requests of a Teltonika router', async () => {
	const file = put('requests.csv', [
		'name,data_type,function,first_reg,reg_count',
		'flow,32bit_float3412,4,11,2',
		'volts,16bit_uint_hi_first,Read holding registers (3),1,3',
		'odd,16bit_int_low_first,3,9,1',
		'on,bool,1,1,1',
		'name,ascii,3,21,2',
		'set,16bit_uint_hi_first,6,1,1',
		'raw,hex,3,1,2', ''].join('\n'));
	const { p, said, file: made } = await imported('teltonika', file);

	assert.equal(p.addressing, 'zero');
	assert.deepEqual(await decoded(made, 'input:10=49703,15622',
		'holding:0=230,231,232,0,0,0,0,0,65279', 'coil:0=1', 'holding:20=16706,17152'), {
		flow: '0.032900001853704453',
		'volts.1': '230', 'volts.2': '231', 'volts.3': '232', odd: '-2',
		on: '1', name: 'ABC' });
	assert.match(said, /line 7: set: its function reads no registers/);
	assert.match(said, /line 8: raw:/);
});

// What a file may hold that no tool writes.
describe('a map that is odd', () => {
	const u16 = (name, more) => ({ name, type: 'uint16', size: 1, ...more });
	const sunspec = (group) => JSON.stringify({ id: 64000, group });
	const edgex = (more, mapping) => `name: n
deviceResources:
  - name: a
    attributes: { primaryTable: HOLDING_REGISTERS, startingAddress: "1" }
    properties: { valueType: Uint16, readWrite: RW${more} }
deviceCommands:
  - name: c
    resourceOperations:
      - deviceResource: a
        mappings: { ${mapping} }
`;
	const board = (item) => JSON.stringify({ master: { slaves: [{
		deviceName: 'd', timeseries: [{ tag: 't', functionCode: 3, ...item }] }] } });

	for (const [what, format, text, why] of [
		['of tables in tables', 'telegraf', `[${Array(17).fill('a').join('.')}]\n`,
			/nested too deep/],
		['of groups upon groups', 'sunspec', sunspec({ name: 'g',
			points: [u16('ID')], groups: [{ name: 'h', count: 64, points: [],
				groups: [{ name: 'i', count: 64, points: [] }] }] }),
		/more than 4096 groups/],
		['of two documents', 'edgex', 'a\n---\nb\n', /more than one document/],
		['of texts only', 'csv', 's,,,1,string 2\n', /texts only/]])
		test(`${what} is refused`, async () => {
			const { ok, said } = await profile('import', format, put('odd', text));

			assert.equal(ok, false);
			assert.match(said, why);
		});

	for (const [what, format, text, keys, why] of [
		['a comment first', 'csv', '# made by hand\na,,,1,u16\n', ['a'], /^/],
		['a text of any length', 'csv', 'a,,,1,u16\ns,,,2,string 1e300\n', ['a'],
			/s: its type is not known/],
		['a factor beyond all', 'sunspec', sunspec({ name: 'g', points: [
			u16('a', { sf: -2 }), u16('b', { sf: 11 }),
			u16('c', { sf: Number.MIN_SAFE_INTEGER })] }), ['a'],
		/b: its sf is no power(.|\n)*c: its sf/],
		['an address beyond all', 'victron',
			'com.v.a,/A,u,V,1,uint16,1,R\ncom.v.a,/B,u,V,1e300,uint16,1,R\n', ['A'],
			/B: its register is no number/],
		['digits without end', 'teltonika', 'name,data_type,function,first_reg\n' +
			`a,16bit_uint,3,1\nb,${'9'.repeat(40)}bit_uint,3,1\n`, ['a'],
		/b: its data type/]])
		test(`${what}: the rest is taken`, async () => {
			const { point, said } = await imported(format, put('odd', text));

			assert.deepEqual(Object.keys(point), keys);
			assert.match(said, why);
		});

	test('bounds of one side, moved by the offset; states of numbers', async () => {
		const { point, said } = await imported('edgex', put('odd', edgex(
			', minimum: "5", scale: "0.1", offset: "-40"', '"x": no')));

		assert.deepEqual(point.a.write.range, [5, 6513.5]);
		assert.equal(point.a.enum, undefined);
		assert.match(said, /a: a mapping is of no number/);
		const free = await imported('edgex', put('odd', edgex(
			', offset: "-40"', '"true": no')));

		assert.deepEqual(free.point.a.enum, { 1: 'no' });
	});

	test('of more bits than are taken, and more notes than are kept', async () => {
		const { point, said } = await imported('thingsboard', put('odd',
			board({ type: 'bits', address: 1, objectsCount: 65 })));

		assert.equal(Object.keys(point).length, 64);
		assert.match(said, /t: only the first 64/);
		const many = await imported('csv', put('odd',
			`a,,,1,u16\n${'b,,,1,bcd\n'.repeat(1001)}`));

		assert.match(many.said, /There are more/);
	});
});

describe('maps of others', { skip }, () => {
	before(async () => {
		for (const name of ['telegraf_modbus_cases', 'thingsboard_modbus_big']) {
			mkdirSync(path.join(folder, name));
			await promisify(execFile)('tar', ['xzf',
				path.join(maps, `${name}.tar.gz`), '-C', path.join(folder, name)]);
		}
	});

	// M6: every point with its type, length, scale, unit, states and access.
	const sunspec = { int16: 'INT16', uint16: 'UINT16', count: 'UINT16',
		acc16: 'UINT16', enum16: 'UINT16', bitfield16: 'UINT16', sunssf: 'INT16',
		int32: 'INT32', uint32: 'UINT32', acc32: 'UINT32', bitfield32: 'UINT32',
		int64: 'INT64', uint64: 'UINT64', acc64: 'UINT64', float32: 'FLOAT32',
		string: 'STRING' };

	for (const id of [1, 103, 160, 203, 401, 701, 802])
		test(`SunSpec model ${id}`, async () => {
			const file = path.join(maps, `sunspec_model_${id}.json`);
			const { point, said } = await imported('sunspec', file, '--base', '100',
				'--count', '2');
			const { group } = read(file);
			let at = 100, seen = 0;

			function walk(g, prefix) {
				for (const p of g.points) {
					const got = point[`${prefix}${p.name}`];

					at += p.size;
					if (p.type === 'pad')
						continue;
					seen++;
					assert.ok(got, `${prefix}${p.name}: ${said}`);
					assert.equal(got.type, sunspec[p.type], p.name);
					assert.equal(got.address, at - p.size, p.name);
					assert.equal(got.name, p.label ?? undefined, p.name);
					if (p.type === 'string')
						assert.equal(got.length, p.size);
					if (typeof p.sf === 'string')
						assert.ok([p.sf, `${prefix}${p.sf}`].includes(got.scale_from));
					if (p.units)
						assert.ok(got.unit, p.name);
					if (p.type.startsWith('enum'))
						assert.deepEqual(got.enum ?? {}, Object.fromEntries(
							(p.symbols ?? []).map((s) => [String(s.value), s.name])));
					if (p.type.startsWith('bitfield'))
						for (const s of p.symbols ?? [])
							assert.equal(point[`${prefix}${p.name}.${s.name}`].bit, s.value);
					assert.equal(got.write !== undefined,
						p.access === 'RW' && p.type !== 'string' &&
						typeof p.sf !== 'string', p.name);
				}
				for (const inner of g.groups ?? [])
					for (let i = 1; i <= 2; i++)
						walk(inner, `${prefix}${inner.name}.${i}.`);
			}
			walk(group, '');
			assert.ok(seen > 5);
		});

	test('SunSpec: the scale beside it counts, and what is not there is none', async () => {
		const { file } = await imported('sunspec',
			path.join(maps, 'sunspec_model_103.json'), '--base', '0');
		const words = Array(52).fill(0);

		words[14] = 12345; // W, and its factor
		words[15] = 65535;
		words[2] = 65535; // A: not implemented
		words[6] = 0;
		const got = await decoded(file, `holding:0=${words.join(',')}`);

		assert.equal(got.W, '1234.5');
		assert.equal(got.A, '');
		assert.equal(got.W_SF, undefined);
	});

	test('Victron: every row that holds a value', async () => {
		const rows = readFileSync(path.join(maps, 'victron_attributes.csv'), 'utf8')
			.trim().split('\n').map((line) => line.split(','));
		const services = [...new Set(rows.map((r) => r[0].split('.').at(-1)))];
		let points = 0;

		for (const part of services) {
			const { p } = await imported('victron',
				path.join(maps, 'victron_attributes.csv'), '--part', part);
			const own = rows.filter((r) => r[0].endsWith(`.${part}`) &&
				!/^(reserved|INTERNAL)/.test(r[5]));

			assert.equal(p.points.length, own.length, part);
			own.forEach(([, , , meaning, register, wire, scale, access], i) => {
				const t = p.points[i], text = wire.startsWith('string');

				assert.equal(t.address, Number(register));
				assert.equal(t.type, text ? 'STRING' : wire.toUpperCase());
				assert.equal(t.length, text ? Number(wire.slice(7, -1)) : undefined);
				if (text)
					return;
				assert.ok(Math.abs((t.scale ?? 1) * Number(scale || 1) - 1) < 1e-12);
				assert.equal(t.enum !== undefined, meaning.includes('='));
				if (!meaning.includes('=') && meaning && meaning !== 'count')
					assert.ok(t.unit, meaning);
				assert.equal(t.write !== undefined, access === 'W');
			});
			points += own.length;
		}
		assert.ok(points > 500);
	});

	test('EdgeX: table, address, bit, raw type, limits and names', async () => {
		const { point } = await imported('edgex',
			path.join(maps, 'edgex_modbus_profile.yml'));

		assert.equal(Object.keys(point).length, 7);
		assert.deepEqual([point.SwitchB.register, point.SwitchB.address,
			point.SwitchB.type, point.SwitchB.write.function], ['coil', 14, 'BIT', 5]);
		assert.deepEqual([point.CommunicationFailure.address,
			point.CommunicationFailure.bit], [10, 10]);
		assert.deepEqual([point.RoomTemperature.type, point.RoomTemperature.scale,
			point.RoomTemperature.register, point.RoomTemperature.write],
		['INT16', 0.1, 'input', undefined]);
		assert.deepEqual(point.OperationMode.write.range, [0, 11]);
		assert.equal(point.OperationMode.enum['3'], 'Dry');
	});

	test('Telegraf refuses and takes what Telegraf does', async () => {
		const cases = path.join(folder, 'telegraf_modbus_cases/testcases');
		let refused = 0, taken = 0;

		for (const name of readdirSync(cases)) {
			const config = path.join(cases, name, 'telegraf.conf');
			const error = path.join(cases, name, 'init.err');

			if (existsSync(error)) {
				const { ok, said } = await profile('import', 'telegraf', config);

				assert.equal(ok, false, name);
				assert.ok(said.includes(readFileSync(error, 'utf8').trim()), said);
				refused++;
				continue;
			}
			const { p } = await imported('telegraf', config);
			const fields = [...readFileSync(config, 'utf8')
				.matchAll(/address *= *(\d+)/g)].map((m) => Number(m[1]));

			assert.deepEqual(p.points.map((t) => t.address), fields, name);
			taken++;
		}
		assert.ok(refused >= 3 && taken >= 2);
	});

	for (const style of ['request', 'metric', 'register'])
		test(`Telegraf's sample of style ${style}`, async () => {
			const part = (name) => readFileSync(path.join(folder,
				'telegraf_modbus_cases', `sample_${name}.conf`), 'utf8');
			const config = put('telegraf.conf', part('general_begin')
				.replace(/configuration_type = .*/, `configuration_type = "${style}"`) +
				part(style) + part('general_end'));
			const { p, point } = await imported('telegraf', config);

			assert.equal(p.transport.timeout_ms, 1000);
			assert.equal(point.voltage.type, 'INT16');
			assert.equal(point.power === undefined, style !== 'register');
			assert.equal(point.firmware.type, style === 'request' ? 'BIT' : 'STRING');
			assert.equal(point.energy.scale, 0.001);
		});

	// M5: the gateway's slave holds little-endian values; read as big ones
	// they are what its tests expect.
	test('ThingsBoard: every type decodes to the value of its tests', async () => {
		const tb = path.join(folder, 'thingsboard_modbus_big');
		const { file, point } = await imported('thingsboard', path.join(tb,
			'configs/uplink_configs/modbus_uplink_converter_holding_registers_reading_big.json'));
		const own = read(path.join(tb, 'test_values/default_slave_values.json'));
		const want = read(path.join(tb, 'test_values/uplink/holding_registers_values_big.json'));
		const image = new Map();
		const words = (at, bytes) => {
			for (let i = 0; i < bytes.length; i += 2)
				image.set(at + i / 2, bytes.readUInt16BE(i));
		};
		const little = (n, put_it) => {
			const b = Buffer.alloc(n);

			put_it(b);
			return b;
		};
		const bits = JSON.parse(own.bits);
		const byte = (from) => bits.slice(from, from + 8)
			.reduce((sum, on, i) => sum + (on ? 1 << i : 0), 0);

		words(0, Buffer.from(own.string));
		words(2, Buffer.from([byte(0), byte(8)]));
		words(4, little(2, (b) => b.writeInt16LE(Number(own['16int']))));
		words(5, little(2, (b) => b.writeUInt16LE(Number(own['16uint']))));
		words(6, little(4, (b) => b.writeInt32LE(Number(own['32int']))));
		words(8, little(4, (b) => b.writeUInt32LE(Number(own['32uint']))));
		words(10, Buffer.from([0x2C, 0x4A])); // 12.34375, turned round
		words(11, little(4, (b) => b.writeFloatLE(Number(own['32float']))));
		words(15, little(8, (b) => b.writeBigInt64LE(BigInt(own['64int']))));
		words(19, little(8, (b) => b.writeBigUInt64LE(BigInt(own['64uint']))));
		words(27, little(8, (b) => b.writeDoubleLE(Number(own['64float']))));
		const got = await decoded(file, `holding:0=${Array.from({ length: 31 },
			(_, at) => image.get(at) ?? 0).join(',')}`);

		assert.equal(got.string, want.string);
		JSON.parse(want.bits).forEach((on, i) =>
			assert.equal(got[`bits.${i}`], on ? '1' : '0', `bit ${i}`));
		for (const key of ['16int', '16uint', '32int', '32uint', '64int', '64uint',
			'64float'])
			assert.equal(Number(got[key]), Number(want[key]), key);
		for (const key of ['16float', '32float'])
			assert.ok(Math.abs(Number(got[key]) - Number(want[key])) < 5e-7, key);
		assert.equal(point['64float'].byte_order, 'ABCD');
	});
});
