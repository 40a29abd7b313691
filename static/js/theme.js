// theme.js - puts the remembered theme on before anything is painted.  Not a
// module, because those run late.  app.js has the button.
(function () {
	try {
		const theme = localStorage.getItem('theme');

		if (theme === 'sun' || theme === 'night')
			document.documentElement.dataset.theme = theme;
	} catch {
		// Storage is refused: the system's wish stands.
	}
})();
