/**
 * xterm.js for one terminal of the world: loaded when the first screen is made. Keys go out, bytes come in; the line
 * discipline, echo and editing are the simulated kernel's.
 *
 * Lines in which a program refused or deferred something get a mark at their left edge, which asks why.
 */
import type { FitAddon } from '@xterm/addon-fit';
import type { ITheme, Terminal } from '@xterm/xterm';
import type { Session } from '../door/session.svelte';
import { MARKS } from '../parts/icons';
import { token } from '../parts/theme.svelte';
import { preload } from './load';

export interface Screen {
	readonly terminal: Terminal;
	fit(): void;
	paint(): void;
	focus(): void;
	dispose(): void;
}

export interface ScreenOptions {
	readonly session: Session;
	readonly id: string;
	readonly host: string;
	readonly element: HTMLElement;
	/** Ctrl Shift M: the focus leaves the terminal (Tab belongs to the shell) */
	readonly leave: () => void;
	/** a mark beside a line was chosen */
	readonly why: (line: string) => void;
}

/** a log line or an SMTP reply that says no; 4xx for now, 5xx for good */
const VERDICT_LINE =
	/(?:: (?:NOQUEUE: )?(?:milter-)?reject: |^)(?:[^[]*\[[0-9.]+\]: )?([45])\d\d[ -]\d\.\d\.\d|status=(deferred|bounced)/;

export async function makeScreen({ session, id, host, element, leave, why }: ScreenOptions): Promise<Screen> {
	const { Terminal, FitAddon, WebLinksAddon } = await preload();
	const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
	const terminal = new Terminal({
		fontFamily: token('mono'),
		fontSize: rem * 0.8125,
		fontWeightBold: 600,
		lineHeight: 1.15,
		scrollback: 5000,
		cursorBlink: false,
		theme: colours(),
		minimumContrastRatio: 4.5,
		screenReaderMode: false,
		// decorations beside lines are still marked as proposed
		allowProposedApi: true
	});
	const fitting: FitAddon = new FitAddon();
	terminal.loadAddon(fitting);
	terminal.loadAddon(new WebLinksAddon());
	terminal.open(element);
	terminal.textarea?.setAttribute('aria-label', `Terminal on ${host}`);
	terminal.attachCustomKeyEventHandler((event) => {
		if (
			event.type === 'keydown' &&
			((event.ctrlKey && event.shiftKey && event.key.toLowerCase() === 'm') || event.key === 'F6')
		) {
			if (event.key !== 'F6') leave();
			return false;
		}
		return !(event.ctrlKey && event.shiftKey && /^(c|v|arrowleft|arrowright)$/i.test(event.key));
	});
	terminal.onData((text) => session.keys(id, text));
	let sent = '';
	terminal.onResize(({ rows, cols }) => {
		const size = `${rows}x${cols}`;
		if (size === sent) return;
		sent = size;
		session.input({ kind: 'resize', id, rows, columns: cols }).catch(() => undefined);
	});
	const marks = marker(terminal, why);
	const detach = session.printed(id).attach({
		write: (bytes) => terminal.write(bytes, marks.look),
		reset: () => {
			terminal.reset();
			marks.reset();
		}
	});
	const fit = (): void => {
		if (element.clientWidth > 40 && element.clientHeight > 20) fitting.fit();
	};
	fit();
	return {
		terminal,
		fit,
		paint: () => (terminal.options.theme = colours()),
		focus: () => terminal.focus(),
		dispose: () => {
			detach();
			terminal.dispose();
		}
	};
}

/** Marks beside lines that say no. */
function marker(terminal: Terminal, why: (line: string) => void): { look: () => void; reset: () => void } {
	let seen = 0;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const scan = (): void => {
		timer = undefined;
		const buffer = terminal.buffer.active;
		if (buffer.type !== 'normal') return;
		const end = buffer.baseY + buffer.cursorY;
		if (end < seen) seen = 0;
		for (let y = seen; y < end; y++) {
			const line = buffer.getLine(y);
			if (!line || line.isWrapped) continue;
			let text = line.translateToString(true);
			for (let next = y + 1; buffer.getLine(next)?.isWrapped; next++)
				text += buffer.getLine(next)!.translateToString(true);
			const found = VERDICT_LINE.exec(text);
			if (found)
				mark(
					y - end,
					text,
					found[1] === '5' || found[2] === 'bounced' ? 'refused' : found[2] === 'deferred' ? 'deferred' : 'refused-now'
				);
		}
		seen = end;
	};
	const mark = (offset: number, text: string, kind: 'refused' | 'refused-now' | 'deferred'): void => {
		const at = terminal.registerMarker(offset);
		const decoration = at && terminal.registerDecoration({ marker: at, x: 0, width: 1 });
		decoration?.onRender((element) => {
			if (element.firstChild) return;
			element.classList.add('gutter-mark');
			const button = document.createElement('button');
			button.type = 'button';
			button.className = `v-${kind === 'deferred' ? 'deferred' : 'refused'}`;
			button.setAttribute('aria-label', `Why: ${text.slice(0, 120)}`);
			button.innerHTML = `<svg class="v" viewBox="0 0 16 16" aria-hidden="true">${MARKS[kind]}</svg>`;
			button.addEventListener('click', () => why(text));
			element.append(button);
		});
	};
	return {
		look: () => (timer ??= setTimeout(scan, 60)),
		reset: () => (seen = 0)
	};
}

function colours(): ITheme {
	const [background, foreground] = [token('term-bg'), token('term-fg')];
	const [red, green, yellow, blue, magenta, cyan] = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'].map((name) =>
		token(`ansi-${name}`)
	);
	return {
		background,
		foreground,
		cursor: foreground,
		cursorAccent: background,
		selectionBackground: token('accent-soft'),
		selectionInactiveBackground: token('hover'),
		black: token('ink'),
		white: token('ink-2'),
		brightBlack: token('ink-3'),
		brightWhite: foreground,
		...{ red, green, yellow, blue, magenta, cyan },
		...{
			brightRed: red,
			brightGreen: green,
			brightYellow: yellow,
			brightBlue: blue,
			brightMagenta: magenta,
			brightCyan: cyan
		}
	};
}
