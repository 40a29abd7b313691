// app.js - what script adds to every page: the theme button, living values,
// an honest word about how old the picture is, and offline copies.
//
// The other modules carry this one's ?v=, so that a page never mixes versions.

const version = new URL(import.meta.url).search;
const [page, { live }, offline] = await Promise.all([
	import(`./page.js${version}`),
	import(`./live.js${version}`),
	import(`./offline.js${version}`)
]);

const body = document.body;
const KEEP_EVERY = 60000;
const GRACE = 3000; // a single lost answer is not worth a banner

// Storage may be refused; then nothing is remembered.
function remember(name, value) {
	try {
		localStorage.setItem(name, value);
	} catch {
		return;
	}
}

function recall(name) {
	try {
		return localStorage.getItem(name);
	} catch {
		return null;
	}
}

// ---- Theme -----------------------------------------------------------------

const THEMES = [['', 'Auto'], ['sun', 'Sun'], ['night', 'Night']];

function theme_button() {
	const button = document.getElementById('theme');
	const root = document.documentElement;
	const now = () => THEMES.findIndex(([name]) =>
		name === (root.dataset.theme ?? ''));

	function say() {
		const name = THEMES[now()][1];

		button.querySelector('.name').textContent = name;
		button.setAttribute('aria-label', `Theme: ${name}`);
	}

	button.addEventListener('click', () => {
		const [name] = THEMES[(now() + 1) % THEMES.length];

		if (name)
			root.dataset.theme = name;
		else
			delete root.dataset.theme;
		remember('theme', name);
		say();
	});
	say();
	button.hidden = false;
}

// ---- How old the picture is ------------------------------------------------

const indicator = document.getElementById('live');
const banner = document.getElementById('banner');
let heard = Date.parse(body.dataset.now); // server's time of the last word
let skew = Number(recall('skew')) || 0;   // server's clock minus ours, ms
let state = 'still';
let said = '';                            // by the banner

const now = () => Date.now() + skew;

// "14:05", or with its day when that is not today.
function clock(ms) {
	const at = new Date(ms);
	const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

	if (at.toDateString() !== new Date().toDateString())
		Object.assign(options, { day: 'numeric', month: 'short' });
	return at.toLocaleString(undefined, options);
}

// Keeps the page as it stands; read again, it must not call itself live.
function keep() {
	return offline.keep(`as of ${clock(heard)}`);
}

function say_banner(text, link) {
	if (said === text)
		return;
	said = text;
	banner.textContent = text;
	if (link) {
		const a = document.createElement('a');

		a.href = link.href;
		a.textContent = link.text;
		banner.append(' ', a);
	}
	banner.hidden = false;
}

function say_indicator(text) {
	indicator.dataset.state = state;
	const place = indicator.querySelector('.text');

	if (place.textContent !== text)
		place.textContent = text;
}

function say_gone() {
	const old = Math.max(0, now() - heard);
	const minutes = Math.floor(old / 60000);
	const ago = minutes === 0 ? 'less than a minute' :
	    page.age_text(old / 1000);

	say_indicator(`offline — last data ${page.age_text(old / 1000)} ago`);
	if (old < GRACE && navigator.onLine)
		return;
	say_banner(`Offline — this is the picture of ${clock(heard)}, ${ago} ago.`);
}

function tick() {
	if (state === 'still')
		return;
	page.show_ages(now());
	if (state === 'gone')
		say_gone();
}

function on_data(answer) {
	heard = Date.parse(answer.now);
	skew = heard - Date.now();
	remember('skew', String(skew));
	body.dataset.now = answer.now;
	body.dataset.live = answer.version;
	answer.changed.forEach(page.show_reading);
	(answer.devices ?? []).forEach(page.show_device);
	if (answer.stats)
		page.show_stats(answer.stats);
	state = 'live';
	say_indicator('live');
	banner.hidden = true;
	said = '';
	tick();
}

function on_gone() {
	if (state === 'live')
		keep();
	state = 'gone';
	tick();
}

function on_out() {
	const next = encodeURIComponent(location.pathname + location.search);

	state = 'out';
	say_indicator('signed out');
	say_banner('You are signed out; these values no longer change.',
	    { href: `/login?next=${next}`, text: 'Sign in again' });
}

// ---- Start -----------------------------------------------------------------

async function list_kept(place) {
	for (const { href, title } of await offline.kept()) {
		const item = document.createElement('li');
		const a = document.createElement('a');

		a.href = href;
		a.textContent = title;
		item.append(a);
		place.append(item);
	}
}

theme_button();
document.getElementById('logout')?.addEventListener('submit', () => {
	offline.forget();
});
for (const place of document.querySelectorAll('[data-light]'))
	(await import(`./light.js${version}`)).light(place);
if (document.getElementById('kept'))
	list_kept(document.getElementById('kept'));
if (indicator) {
	if (!navigator.onLine)
		on_gone();
	live(body.dataset.live, { data: on_data, gone: on_gone, out: on_out });
	setInterval(tick, 1000);
	setInterval(() => state === 'live' && keep(), KEEP_EVERY);
}
if (await offline.register(body.dataset.assets) && state !== 'gone')
	keep();
