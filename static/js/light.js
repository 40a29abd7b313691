// light.js - has anything come from the sender that is being set up?
//
// Asks once a second until there is data, then less often, and not at all
// while nobody looks.  Without script there is a page that loads itself anew.

const WAITING = 1000, COMING = 5000;

function show(place, { state, word, text }) {
	const status = place.querySelector('.status');

	if (status.dataset.state !== state)
		status.dataset.state = state;
	for (const [at, said] of [['.status .word', word], ['.text', text]]) {
		const element = place.querySelector(at);

		if (element.textContent !== said)
			element.textContent = said;
	}
}

export async function light(place) {
	let pause = WAITING;

	try {
		if (!document.hidden) {
			const answer = await fetch(`${place.dataset.light}?as=json`);

			if (!answer.ok)
				throw new Error(String(answer.status));
			const said = await answer.json();

			show(place, said);
			if (said.state === 'online')
				pause = COMING;
		}
	} catch {
		show(place, { state: 'never', word: 'not known',
			text: 'The server does not answer.' });
		pause = COMING;
	}
	setTimeout(light, pause, place);
}
