/** xterm.js and its font, asked for once and early; a screen awaits them. */

async function load() {
	const [{ Terminal }, { FitAddon }, { WebLinksAddon }] = await Promise.all([
		import('@xterm/xterm'),
		import('@xterm/addon-fit'),
		import('@xterm/addon-web-links'),
		import('@xterm/xterm/css/xterm.css'),
		// letters are measured with the font; a font that does not come soon is not waited for
		Promise.race([
			document.fonts?.load('400 13px "IBM Plex Mono"').catch(() => undefined),
			new Promise((resolve) => setTimeout(resolve, 300))
		])
	]);
	return { Terminal, FitAddon, WebLinksAddon };
}

let loaded: ReturnType<typeof load> | undefined;

export function preload(): ReturnType<typeof load> {
	loaded ??= load().catch((error: unknown) => {
		loaded = undefined;
		throw error;
	});
	return loaded;
}
