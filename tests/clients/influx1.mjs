// influx, the client of InfluxDB 1: it pings, makes sure that its database is
// there, and writes.
//
//	URL, KEY, CA  where to, the password, and who signed its certificate
//	POINTS        JSON: [{"device", "field", "time": ms, "value"}]
import { readFileSync } from 'node:fs';
import { InfluxDB } from 'influx';

const { URL: url, KEY: password, CA, POINTS } = process.env;
const { hostname: host, port, protocol } = new URL(url);
const influx = new InfluxDB({ host, port: Number(port), database: 'plant',
	protocol: protocol.slice(0, -1), username: 'gateway', password,
	options: { ca: readFileSync(CA) } });
const [ping] = await influx.ping(5000);

await influx.createDatabase('plant');
await influx.writePoints(JSON.parse(POINTS).map((p) => ({
	measurement: 'pump', tags: { device: p.device },
	fields: { [p.field]: p.value }, timestamp: new Date(p.time) })));
console.log(JSON.stringify({ online: ping.online, version: ping.version }));
