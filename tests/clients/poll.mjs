// modbus-serial as a poller, for the bench: DEVICES of slaves.c at PORT, 20
// registers of each a second, each on a timer of its own.
import Modbus from 'modbus-serial';

const { PORT, DEVICES } = process.env;

async function poll(i) {
	const host = `127.77.${(i + 1) >> 8}.${(i + 1) & 255}`;
	const master = new Modbus();

	await master.connectTCP(host, { port: Number(PORT) });
	master.setID(1);
	master.setTimeout(500);
	setTimeout(() => setInterval(() =>
		master.readHoldingRegisters(0, 20).catch(() => {}), 1000),
	1000 * Math.random());
}

await Promise.all(Array.from({ length: Number(DEVICES) }, (_, i) => poll(i)));
