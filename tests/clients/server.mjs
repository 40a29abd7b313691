// modbus-serial as a server: the 32 registers of fluxline-float64x8, where
// channel k is k + 0.5, of which it gives LIMIT at a time, at PORT.
import Modbus from 'modbus-serial';

const { PORT, LIMIT } = process.env;
const registers = Buffer.alloc(64);

for (let k = 0; k < 8; k++)
	registers.writeDoubleBE(k + 0.5, 8 * k);

const refuse = (modbusErrorCode) => Object.assign(new Error('no'),
	{ modbusErrorCode });

new Modbus.ServerTCP({
	getMultipleHoldingRegisters(first, n, unit, done) {
		if (n > Number(LIMIT))
			return done(refuse(3));
		if (first + n > 32)
			return done(refuse(2));
		return done(null, Array.from({ length: n },
			(_, i) => registers.readUInt16BE(2 * (first + i))));
	},
}, { host: '127.0.0.1', port: Number(PORT), unitID: 255 });
