/**
 * Light or dark. Follows the system until a person chooses; the choice is kept in this browser. The first paint is
 * settled by the inline script of `app.html`, which reads the same key.
 */
const KEY = 'postern-theme';

class Theme {
	dark = $state(false);

	/** Called once in the browser, by the layout. */
	follow(): void {
		const system = matchMedia('(prefers-color-scheme: dark)');
		const read = () => {
			const chosen = document.documentElement.dataset.theme;
			this.dark = chosen === 'dark' || (chosen !== 'light' && system.matches);
		};
		read();
		system.addEventListener('change', read);
	}

	toggle(): void {
		this.dark = !this.dark;
		const name = this.dark ? 'dark' : 'light';
		document.documentElement.dataset.theme = name;
		try {
			localStorage.setItem(KEY, name);
		} catch {
			// a browser that stores nothing: the choice holds for this page
		}
	}
}

export const theme = new Theme();

/**
 * A token's value now, for what cannot read custom properties: Monaco, xterm, canvas. Colours come with six digits, as
 * Monaco wants them; the build shortens some.
 */
export function token(name: string): string {
	const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
	return value.replace(/^#([0-9a-f])([0-9a-f])([0-9a-f])$/i, '#$1$1$2$2$3$3');
}

/** Pixels of a rem: the page's letters grow on wide screens and for presenting. */
export const rem = (): number =>
	typeof document === 'undefined' ? 16 : parseFloat(getComputedStyle(document.documentElement).fontSize);

export const reducedMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;
