// ports.mjs - ports for servers that are started later: nobody has them, and no
// connection gets them meanwhile, as they are below those that the system deals
// out.  Lanes (tests/run) and demo instances (tools/demo) have others.
import net from 'node:net';

const FIRST = 30000, LAST = 32700;

function listen(port) {
	const server = net.createServer();

	return new Promise((resolve) => {
		server.once('error', () => resolve(null));
		server.listen(port, '127.0.0.1', () => resolve(server));
	});
}

export async function freePorts(n) {
	const open = [];

	while (open.length < n) {
		const server = await listen(FIRST +
			Math.floor(Math.random() * (LAST - FIRST)));

		if (server)
			open.push(server);
	}
	const ports = open.map((server) => server.address().port);

	await Promise.all(open.map((server) =>
		new Promise((done) => { server.close(done); })));
	return ports;
}
