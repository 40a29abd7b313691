// modbus-serial as the master of a gateway that decodes nothing: it reads
// registers and posts the words as a Teltonika router does.
//
//	PORT, UNIT            of the slave on 127.0.0.1
//	URL, KEY, SERVER      where to, and what the router calls the slave
//	WRITE                 JSON: [[first register, [word, ...]], ...] before that
//	REGISTERS             JSON: [[first register, words], ...] to be read
import Modbus from 'modbus-serial';

const { PORT, UNIT, URL: url, KEY, SERVER, WRITE, REGISTERS } =
	process.env;
const master = new Modbus();
const now = Math.floor(Date.now() / 1000);

await master.connectTCP('127.0.0.1', { port: Number(PORT) });
master.setID(Number(UNIT));
const segments = [];

for (const [first, words] of JSON.parse(WRITE))
	await master.writeRegisters(first, words);
for (const [first, words] of JSON.parse(REGISTERS)) {
	const { data } = await master.readHoldingRegisters(first, words);

	segments.push({ timestamp: now, server_id: Number(UNIT),
		server_name: SERVER, name: `block ${first}`, addr: first,
		full_addr: String(400001 + first), size: words,
		data: JSON.stringify(data) });
}
master.close(() => {});
const answer = await fetch(url, { method: 'POST',
	headers: { 'X-API-Key': KEY, 'Content-Type': 'application/json' },
	body: JSON.stringify({ [SERVER]: segments }) });

console.log(JSON.stringify({ status: answer.status, at: now,
	reply: await answer.json() }));
