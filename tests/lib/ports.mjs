// ports.mjs - ports for servers that are started later: nobody has them, and no
// connection gets them meanwhile, as they are below those that the system deals
// out.  Lanes (tests/run) and demo instances (tools/demo) have others.  Each is
// dealt out once in a run of tests, as it may take long until it is in use.
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const FIRST = 30000, LAST = 32700;

function listen(port) {
	const server = net.createServer();

	return new Promise((resolve) => {
		server.once('error', () => resolve(null));
		server.listen(port, '127.0.0.1', () => resolve(server));
	});
}

// Whether nobody else of this run was given it.
function isOurs(port) {
	if (!process.env.FLUX_SCRATCH)
		return true;
	try {
		closeSync(openSync(path.join(process.env.FLUX_SCRATCH,
			`port.${port}`), 'wx'));
		return true;
	} catch (e) {
		if (e.code === 'EEXIST')
			return false;
		throw e;
	}
}

export async function freePorts(n) {
	const open = [];

	while (open.length < n) {
		const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
		const server = isOurs(port) && await listen(port);

		if (server)
			open.push(server);
	}
	const ports = open.map((server) => server.address().port);

	await Promise.all(open.map((server) =>
		new Promise((done) => { server.close(done); })));
	return ports;
}
