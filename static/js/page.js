// page.js - changes what the server has drawn: values, ages, states.
//
// It touches only elements that the templates mark (docs/pages.md), writes
// text, never markup, and only where something differs.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const STATE_TEXT = { online: 'online', offline: 'offline', never: 'never seen' };

const all = (selector, root = document) => root.querySelectorAll(selector);

// As C writes it: rounded down, days only from the third on.
export function age_text(seconds) {
	const s = Math.max(0, Math.floor(seconds));

	if (s < MINUTE)
		return `${s} s`;
	if (s < HOUR)
		return `${Math.floor(s / MINUTE)} min`;
	if (s < 2 * DAY)
		return `${Math.floor(s / HOUR)} h`;
	return `${Math.floor(s / DAY)} d`;
}

function write(element, text) {
	if (element && element.textContent !== text)
		element.textContent = text;
}

function mark(element, name, value) {
	if (element.dataset[name] !== value)
		element.dataset[name] = value;
}

// The age element as the template draws it, for a sensor's first reading.
function age_begin(place) {
	const age = place.querySelector('.age');
	const word = document.createElement('span');

	word.className = 'stale-word';
	word.textContent = 'stale · ';
	age.replaceChildren(word, document.createElement('time'), ' ago');
}

function quality_begin(place) {
	const shape = document.createElement('i');
	const word = document.createElement('span');

	shape.className = 'shape';
	shape.setAttribute('aria-hidden', 'true');
	word.className = 'word';
	place.querySelector('.quality').replaceChildren(shape, word);
}

function highlight(place) {
	place.classList.remove('changed');
	void place.offsetWidth; // lets the animation begin again
	place.classList.add('changed');
}

// A reading of /live into every place that shows its sensor.
export function show_reading(reading) {
	for (const place of all(`.reading[data-sensor="${Number(reading.sensor)}"]`)) {
		const value = place.querySelector('.value');
		const differs = value.textContent !== reading.value;

		if (!place.querySelector('.age time'))
			age_begin(place);
		if (!place.querySelector('.quality .word'))
			quality_begin(place);
		write(value, reading.value);
		write(place.querySelector('.unit'), reading.unit);
		write(place.querySelector('.quality .word'), reading.word);
		mark(place, 'quality', reading.word);
		mark(place, 'time', reading.time);
		place.querySelector('.age time').dateTime = reading.time;
		if (differs)
			highlight(place);
	}
}

function show_state(place, state) {
	const status = place.querySelector('.status');

	mark(place, 'state', state);
	mark(status, 'state', state);
	write(status.querySelector('.word'), STATE_TEXT[state] ?? state);
}

function seen_begin(place) {
	place.querySelector('.seen').replaceChildren(
	    'seen ', document.createElement('time'), ' ago');
}

// A device of /live: whether it talks, and since when not.
export function show_device(device) {
	const key = CSS.escape(device.key);

	for (const place of all(`[data-device="${key}"]`)) {
		if (device.seen) {
			if (!place.querySelector('.seen time'))
				seen_begin(place);
			mark(place, 'seen', device.seen);
			place.querySelector('.seen time').dateTime = device.seen;
		}
		show_state(place, device.state);
	}
}

export function show_stats(stats) {
	for (const [name, value] of Object.entries(stats)) {
		for (const figure of all(`[data-stat="${CSS.escape(name)}"]`)) {
			write(figure, String(value));
			mark(figure.closest('.stat'), 'value', String(value));
		}
	}
}

// Counts every age on to `now` (ms) and says what that makes stale.
export function show_ages(now) {
	for (const place of all('.reading[data-time]:not([data-time=""])')) {
		const age = (now - Date.parse(place.dataset.time)) / 1000;

		write(place.querySelector('.age time'), age_text(age));
		mark(place, 'stale', age > Number(place.dataset.staleAfter) ? '1' : '0');
	}
	for (const place of all('[data-seen]:not([data-seen=""])')) {
		const age = (now - Date.parse(place.dataset.seen)) / 1000;

		write(place.querySelector('.seen time'), age_text(age));
		if (age > Number(place.dataset.offlineAfter) &&
		    place.dataset.state === 'online')
			show_state(place, 'offline');
	}
}
