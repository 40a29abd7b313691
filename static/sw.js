// sw.js - keeps the shell and the last pictures of pages for when the network
// is away.  Registered as /sw.js?v=ASSETS: a new version is a new worker.
//
// Two stores:  shell-ASSETS   styles, scripts, icons, /offline
//              pages-USER     pages of the one user of this device
// A page is stored only if it shows the fleet, and is a 200 of HTML that names
// its user: what is said about accounts and keys stays nowhere.  Another user's
// page, or a logout, empties the store.

const version = new URL(location.href).searchParams.get('v') ?? '';
const SHELL = `shell-${version}`;
const PAGES_MAX = 30;
const KEPT = /^\/(devices\/[^/]+)?$/;
const PATIENCE = 4000; // ms for the network when there is a copy

const versioned = ['/static/theme.css', '/static/app.css', '/static/pages.css',
	'/static/js/theme.js', '/static/js/app.js', '/static/js/page.js',
	'/static/js/live.js', '/static/js/offline.js', '/static/js/chart.js'];
const shell = [...versioned.map((path) => `${path}?v=${version}`),
	'/offline', '/app.webmanifest', '/static/icons/icon.svg',
	'/static/icons/icon-192.png'];

let logouts = 0; // that this worker has seen

async function page_stores() {
	return (await caches.keys()).filter((name) => name.startsWith('pages-'));
}

async function forget(except) {
	for (const name of await page_stores())
		if (name !== except)
			await caches.delete(name);
}

// Whose page it is: what the template writes into <body>; "" for nobody.
function user_of(html) {
	return html.match(/<body[^>]* data-user="([^"]+)"/)?.[1] ?? '';
}

// What was asked for before a logout is not stored after it: since is how many
// there were then.
async function store(url, response, since) {
	const type = response.headers.get('Content-Type') ?? '';

	if (response.status !== 200 || response.type !== 'basic' ||
	    response.redirected || !type.startsWith('text/html') ||
	    !KEPT.test(new URL(url).pathname))
		return;
	const user = user_of(await response.clone().text());
	if (!user)
		return;
	const name = `pages-${user}`;
	await forget(name);
	if (since !== logouts)
		return;
	const cache = await caches.open(name);
	await cache.put(url, response);
	if (since !== logouts) {
		await caches.delete(name);
		return;
	}
	const keys = await cache.keys();
	for (const key of keys.slice(0, Math.max(0, keys.length - PAGES_MAX)))
		await cache.delete(key);
}

async function stored(url) {
	for (const name of await page_stores()) {
		const copy = await (await caches.open(name)).match(url);

		if (copy)
			return copy;
	}
	return undefined;
}

// The network first; then this page's copy; then the shell.
async function navigate(event) {
	const url = event.request.url, since = logouts;
	const copy = await stored(url);
	const network = fetch(event.request).then((response) => {
		event.waitUntil(store(url, response.clone(), since).catch(() => {}));
		return response;
	});

	event.waitUntil(network.catch(() => {}));
	try {
		if (!copy)
			return await network;
		return await Promise.race([network, new Promise((_, refuse) => {
			setTimeout(refuse, PATIENCE);
		})]);
	} catch {
		return copy ?? await caches.match('/offline') ?? Response.error();
	}
}

// This version's file; else the network; else any version's.
async function file(event) {
	const kept = await (await caches.open(SHELL)).match(event.request);

	if (kept)
		return kept;
	try {
		return await fetch(event.request);
	} catch {
		return await caches.match(event.request, { ignoreSearch: true }) ??
		    Response.error();
	}
}

addEventListener('install', (event) => {
	event.waitUntil(caches.open(SHELL)
	    .then((cache) => cache.addAll(shell))
	    .then(() => skipWaiting()));
});

addEventListener('activate', (event) => {
	event.waitUntil((async () => {
		for (const name of await caches.keys())
			if (name.startsWith('shell-') && name !== SHELL)
				await caches.delete(name);
		await clients.claim();
	})());
});

addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);

	if (url.origin !== location.origin)
		return;
	if (request.method === 'POST' && url.pathname === '/logout') {
		logouts++;
		event.waitUntil(forget());
		return;
	}
	if (request.method !== 'GET')
		return;
	if (request.mode === 'navigate')
		event.respondWith(navigate(event));
	else if (url.pathname.startsWith('/static/') ||
	    url.pathname === '/app.webmanifest')
		event.respondWith(file(event));
});

// A page loaded before this worker was in charge asks to be kept.
addEventListener('message', (event) => {
	const url = event.data?.keep, since = logouts;

	if (typeof url !== 'string' || new URL(url).origin !== location.origin)
		return;
	event.waitUntil(fetch(url, { headers: { Accept: 'text/html' } })
	    .then((response) => store(url, response, since)).catch(() => {}));
});
