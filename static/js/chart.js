// chart.js - lets a reader into a chart: pan, zoom, read off values.
//
// The server's picture stays what it is until somebody asks for more; where
// uPlot is not installed the page offers nothing.  The series comes as
// {"t": [unix seconds], "min": [], "max": [], "mean": [], "step": seconds}, a
// place for each bucket that has readings, about a step wide.

const VENDOR = '/static/vendor';
const charts = document.querySelector('.charts');
const zone = charts?.dataset.zone || 'UTC';
const silence = Number(charts?.dataset.silence) || Infinity; // seconds
let library; // promise of uPlot

// uPlot comes as a plain script that leaves one global behind.
function load() {
	const sheet = document.createElement('link');
	const script = document.createElement('script');

	sheet.rel = 'stylesheet';
	sheet.href = `${VENDOR}/uPlot.min.css`;
	sheet.dataset.script = '';
	script.src = `${VENDOR}/uPlot.iife.min.js`;
	script.dataset.script = '';
	document.head.append(sheet, script);
	return new Promise((resolve, reject) => {
		script.addEventListener('load', () => resolve(globalThis.uPlot));
		script.addEventListener('error', reject);
	});
}

// Columns for uPlot, with a hole wherever the sensor was silent too long.
function with_gaps({ t, min, max, mean, step }) {
	const columns = [[], [], [], []];
	const push = (...row) => row.forEach((v, i) => columns[i].push(v));

	t.forEach((at, i) => {
		const before = t[i - 1];

		if (at - before > silence && at - before > 1.6 * step)
			push((at + before) / 2, null, null, null);
		push(at, max[i], min[i], mean[i]);
	});
	return columns;
}

async function series(figure, { from, to }) {
	const points = Math.max(1, Math.round(figure.clientWidth));
	const url = new URL(figure.dataset.series, location.href);

	url.searchParams.set('from', new Date(from * 1000).toISOString());
	url.searchParams.set('to', new Date(to * 1000).toISOString());
	url.searchParams.set('points', String(points));
	const response = await fetch(url, {
		headers: { Accept: 'application/json' },
		signal: AbortSignal.timeout(10000)
	});

	if (!response.ok)
		throw new Error(`status ${response.status}`);
	return with_gaps(await response.json());
}

// Times as the server's pictures have them: 24 hours, in the site's zone.
function time_format(parts) {
	const format = new Intl.DateTimeFormat(undefined,
	    { timeZone: zone, hourCycle: 'h23', ...parts });

	return (t) => format.format(new Date(t * 1000));
}

const day = time_format({ day: 'numeric', month: 'short' });
const minute = time_format({ hour: '2-digit', minute: '2-digit' });
const moment = time_format({ day: 'numeric', month: 'short',
	hour: '2-digit', minute: '2-digit', second: '2-digit' });

function options(Plot, figure, on_select) {
	const colour = (name) => getComputedStyle(figure)
	    .getPropertyValue(name).trim();
	const accent = colour('--accent');
	const axis = { stroke: colour('--muted'),
		grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
	const number = (plot, v) => (v == null ? '—' :
		`${Number(v.toPrecision(6))} ${figure.dataset.unit}`);
	const edge = { stroke: 'transparent', width: 0, value: number,
		points: { show: false } };

	return {
		width: figure.querySelector('.zoom').clientWidth,
		height: 240,
		tzDate: (t) => Plot.tzDate(new Date(t * 1000), zone),
		axes: [
			{ ...axis, values: (plot, splits, i, space, step) =>
				splits.map(step < 86400 ? minute : day) },
			{ ...axis, size: 64 }
		],
		series: [
			{ label: 'Time', value: (plot, t) => t == null ? '—' : moment(t) },
			{ ...edge, label: 'max' },
			{ ...edge, label: 'min' },
			{ ...edge, label: 'mean', stroke: accent, width: 1.75 }
		],
		bands: [{ series: [1, 2], fill: `${accent}33` }],
		cursor: { drag: { x: true, y: false, setScale: false } },
		hooks: { setSelect: [on_select] }
	};
}

// The span [from, to] in seconds as the server drew it.
function span_of(figure) {
	const query = new URL(figure.dataset.series, location.href).searchParams;

	return { from: Date.parse(query.get('from')) / 1000,
		to: Date.parse(query.get('to')) / 1000 };
}

function button(text, action) {
	const b = document.createElement('button');

	b.type = 'button';
	b.className = 'quiet';
	b.textContent = text;
	b.addEventListener('click', action);
	return b;
}

// Opens the living chart in place of the picture.
async function open(figure) {
	const picture = figure.querySelector('.plot');
	const box = document.createElement('div');
	const bar = document.createElement('p');
	const name = figure.dataset.name;
	let span = span_of(figure), plot;

	async function show(next) {
		const data = await series(figure, next);

		span = next;
		plot.setData(data, false);
		plot.setScale('x', { min: span.from, max: span.to });
	}

	// Moves and scales the span in parts of itself, around its middle.
	function move(shift, scale) {
		const length = span.to - span.from;
		const middle = (span.from + span.to) / 2 + shift * length;
		const half = Math.max(length * scale, 1) / 2;

		show({ from: middle - half, to: middle + half }).catch(close);
	}

	function select(u) {
		const { left, width } = u.select;

		if (width < 4)
			return;
		u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
		show({ from: u.posToVal(left, 'x'),
			to: u.posToVal(left + width, 'x') }).catch(close);
	}

	function close() {
		plot?.destroy();
		box.remove();
		picture.hidden = false;
		figure.querySelector(':scope > button').hidden = false;
	}

	box.className = 'zoom';
	box.dataset.script = '';
	if (figure.querySelector('.sim'))
		box.append(document.querySelector('.watermark').cloneNode(true));
	bar.setAttribute('role', 'group');
	bar.setAttribute('aria-label', `Move in the chart of ${name}`);
	bar.append(button('Earlier', () => move(-0.5, 1)),
	    button('Later', () => move(0.5, 1)),
	    button('Zoom in', () => move(0, 0.5)),
	    button('Zoom out', () => move(0, 2)),
	    button('Close', close));
	try {
		const Plot = await (library ??= load());
		const data = await series(figure, span);

		picture.hidden = true;
		figure.querySelector(':scope > button').hidden = true;
		figure.append(box);
		plot = new Plot(options(Plot, figure, select), data, box);
		plot.setScale('x', { min: span.from, max: span.to });
		box.append(bar);
		bar.querySelector('button').focus();
	} catch {
		close();
		figure.querySelector(':scope > button').remove();
	}
}

for (const figure of document.querySelectorAll('.chart[data-series]')) {
	if (!figure.querySelector('.plot'))
		continue;
	const b = button('Look closer', () => open(figure));

	b.dataset.script = '';
	b.setAttribute('aria-label', `Look closer at ${figure.dataset.name}`);
	figure.append(b);
}
