/**
 * Widths and heights of the workbench's places: what a person set by dragging, or else the design's shares of the window.
 * Remembered per lesson, a moment after the last change.
 *
 * Reads: the window's size, and whether there is a lesson to read. Knows no panel.
 */
import { rememberLayout, type Layout } from '../lesson/progress';
import { rem } from '../parts/theme.svelte';

const LESSON = 320;
const RAIL = 44;
const WATCH_SHARE = 1.32 / 2.32;
const UPPER_SHARE = 1.14 / 2.14;
/** with a firewall or a doorman in front, whose walk takes the place of Why */
const SPANNING_SHARE = 0.64;
/** top bar, and time bar with its lanes, pixels */
const ABOVE_AND_BELOW = 44 + 150;
const KEEP_AFTER = 300;

/** Set by hand; null: the design's. */
interface Shares {
	lesson: number | null;
	watch: number | null;
	upper: number | null;
	/** the lesson is folded */
	closed: boolean;
}

export class PaneLayout {
	/** of the window, pixels */
	width = $state(1280);
	height = $state(800);
	presenting = $state(false);
	spanning = $state(false);
	/** the lesson was unfolded by hand where it is a rail by nature */
	unfolded = $state(false);
	readonly #shares = $state<Shares>({ lesson: null, watch: null, upper: null, closed: false });
	#keeping: ReturnType<typeof setTimeout> | undefined;

	/** one place at a time */
	readonly phone = $derived(this.width <= 720);
	/** between the two sizes: the lesson is a rail, and Why lies over Watch while it is wanted */
	readonly middling = $derived(this.width <= 1100 && this.width > 720);
	readonly rail = $derived.by(() => this.reading && !this.unfolded && (this.#shares.closed || this.middling));
	readonly lesson = $derived.by(() => {
		if (!this.reading || this.presenting) return 0;
		if (this.rail) return RAIL;
		return this.#shares.lesson ?? LESSON * (this.width > 0 ? rem() / 16 : 1);
	});
	/** Watch and Why, or terminal and editor, together */
	readonly rest = $derived(Math.max(300, this.width - this.lesson));
	readonly watch = $derived.by(() =>
		Math.round(Math.min(this.rest - 260, this.#shares.watch ?? this.rest * WATCH_SHARE))
	);
	/** between top bar and time bar */
	readonly middle = $derived(Math.max(300, this.height - ABOVE_AND_BELOW));
	readonly upper = $derived.by(() => {
		const share = this.spanning ? SPANNING_SHARE : UPPER_SHARE;
		return Math.round(Math.min(this.middle - 120, this.#shares.upper ?? this.middle * share));
	});

	/** @param path of the lesson; @param reading whether there is a text */
	constructor(
		readonly path: string,
		readonly reading: boolean
	) {}

	recall({ lesson, watch, upper, closed }: Layout): void {
		Object.assign(this.#shares, { lesson: lesson || null, watch: watch || null, upper: upper || null, closed });
	}

	resize(change: Partial<Shares>): void {
		Object.assign(this.#shares, change);
		clearTimeout(this.#keeping);
		this.#keeping = setTimeout(() => void this.#keep(), KEEP_AFTER);
	}

	async #keep(): Promise<void> {
		const { lesson, watch, upper, closed } = this.#shares;
		await rememberLayout(this.path, { version: 1, lesson: lesson ?? 0, watch: watch ?? 0, upper: upper ?? 0, closed });
	}
}
