// Node-RED without its editor, with one flow; it runs until it is killed.
//
//	FLOW  the file of the flow, as its editor exports it
//	HOME  a folder of its own
import http from 'node:http';
import path from 'node:path';
import RED from 'node-red';

const { FLOW, HOME } = process.env;

RED.init(http.createServer(), { userDir: HOME, flowFile: path.resolve(FLOW),
	httpAdminRoot: false, httpNodeRoot: false, credentialSecret: false,
	telemetry: { enabled: false, updateNotification: false },
	logging: { console: { level: 'warn' } } });
await RED.start();
