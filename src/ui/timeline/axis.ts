/** The scale of the timeline: which round times are labelled. */

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].map(
	(seconds) => seconds * 1e6
);

export interface Tick {
	readonly time: number;
	readonly label: string;
}

/** At most `most` round times from `from` to `to`; the first label is in full, the others as short as they may be. */
export function axisTicks(from: number, to: number, most: number): Tick[] {
	const step =
		STEPS.find((each) => (to - from) / each <= most) ?? STEPS.at(-1)! * Math.ceil((to - from) / STEPS.at(-1)! / most);
	const ticks: Tick[] = [];
	for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
		const text = new Date(time / 1000).toISOString().slice(11, 19);
		const short = step < 60e6 && time % 60e6 !== 0 ? `:${text.slice(6)}` : text.slice(0, 5);
		ticks.push({ time, label: ticks.length === 0 ? text : short });
	}
	return ticks;
}
