/** Virtual time (microseconds since 1970, UTC) as clocks and logs show it. */

/** "09:12:41", with `digits` decimals of a second when asked for. */
export function clock(time: number, digits: 0 | 3 | 6 = 0): string {
	const text = new Date(Math.floor(time / 1000)).toISOString();
	if (digits === 0) return text.slice(11, 19);
	return (
		text.slice(11, 20) +
		String(Math.floor(time % 1_000_000))
			.padStart(6, '0')
			.slice(0, digits)
	);
}

/** A span of time in words: "40 ms", "3 s", "4 min 39 s", "5 days". */
export function span(microseconds: number): string {
	const ms = microseconds / 1000;
	if (ms < 1) return `${Math.round(microseconds)} µs`;
	if (ms < 1000) return `${Math.round(ms)} ms`;
	const seconds = Math.round(ms / 1000);
	if (seconds < 60) return `${seconds} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
	const hours = Math.floor(minutes / 60);
	if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
	return `${Math.round(hours / 24)} days`;
}
