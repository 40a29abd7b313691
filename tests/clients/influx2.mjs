// @influxdata/influxdb-client as its documentation shows it: points are
// batched, packed by gzip and sent when it closes.
//
//	URL, KEY      where to, and the token
//	POINTS        JSON: [{"device", "field", "time": ms, "value"}]
import { InfluxDB, Point } from '@influxdata/influxdb-client';

const { URL: url, KEY: token, POINTS } = process.env;
const write = new InfluxDB({ url, token }).getWriteApi('any', 'bucket', 'ms',
	{ gzipThreshold: 1, maxRetries: 0 });

for (const p of JSON.parse(POINTS))
	write.writePoint(new Point('pump').tag('device', p.device)
		.floatField(p.field, p.value).timestamp(p.time));
await write.close();
