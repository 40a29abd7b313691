// offline.js - registers the service worker and keeps pictures of pages.
//
// sw.js stores what the server sent; here that copy is renewed with what the
// page has shown since, so that the picture is as young as it can be.

const KEPT_HEADERS = ['Content-Security-Policy', 'Content-Type',
	'X-Content-Type-Options', 'Referrer-Policy'];

// True when a worker is there.  Private windows and plain http refuse one:
// then the page works without.
export async function register(assets) {
	if (!('serviceWorker' in navigator))
		return false;
	try {
		await navigator.serviceWorker.register(
		    `/sw.js?v=${encodeURIComponent(assets)}`);
		return true;
	} catch {
		return false;
	}
}

// The page as it stands, without what script has added to it.
function picture(as_of) {
	const copy = document.documentElement.cloneNode(true);
	const indicator = copy.querySelector('#live');

	copy.removeAttribute('data-theme');
	if (indicator) {
		indicator.dataset.state = 'still';
		indicator.querySelector('.text').textContent = as_of;
	}
	for (const e of copy.querySelectorAll('[data-script]'))
		e.remove();
	for (const e of copy.querySelectorAll('#banner, #theme'))
		e.hidden = true;
	for (const e of copy.querySelectorAll('.changed'))
		e.classList.remove('changed');
	for (const e of copy.querySelectorAll('.plot[hidden]'))
		e.hidden = false;
	return `<!DOCTYPE html>\n${copy.outerHTML}`;
}

let signed_out = false;

// Keeps this page; the first time the service worker fetches it itself.  What
// still goes on when somebody has signed out keeps nothing.
export async function keep(as_of) {
	const user = document.body.dataset.user;

	if (!user || !('serviceWorker' in navigator))
		return;
	const { active } = await navigator.serviceWorker.ready;
	if (signed_out)
		return;
	const cache = await caches.open(`pages-${user}`);
	const old = await cache.match(location.href);

	if (signed_out)
		return;
	if (!old) {
		active.postMessage({ keep: location.href });
		return;
	}
	const headers = new Headers();
	for (const name of KEPT_HEADERS)
		if (old.headers.has(name))
			headers.set(name, old.headers.get(name));
	await cache.put(location.href, new Response(picture(as_of), { headers }));
}

// Nothing of a user stays behind.
export async function forget() {
	signed_out = true;
	if (!('caches' in window))
		return;
	for (const name of await caches.keys())
		if (name.startsWith('pages-'))
			await caches.delete(name);
}

// What there is to show: [{href, title}], for the offline page.
export async function kept() {
	const pages = [];

	for (const name of await caches.keys()) {
		if (!name.startsWith('pages-'))
			continue;
		const cache = await caches.open(name);

		for (const request of await cache.keys()) {
			const text = await (await cache.match(request)).text();
			const title = new DOMParser()
			    .parseFromString(text, 'text/html').title;

			pages.push({ href: request.url, title });
		}
	}
	return pages;
}
