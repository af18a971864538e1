/**
 * Rates as limit and hashlimit keep and print them: the time between two packets, shown in the unit that loses least.
 */

/** XT_LIMIT_SCALE */
export const TICKS_A_SECOND = 10000;

export interface RateUnit {
	/** as -S prints it */
	readonly name: string;
	/** as typed, or the beginning of it */
	readonly word: string;
	readonly seconds: number;
}

export const UNITS: readonly RateUnit[] = [
	{ name: 'day', word: 'day', seconds: 86400 },
	{ name: 'hour', word: 'hour', seconds: 3600 },
	{ name: 'min', word: 'minute', seconds: 60 },
	{ name: 'sec', word: 'second', seconds: 1 }
];

/** The smallest unit in which the rate is still a whole number, or nearly. @param period ticks between two packets */
export function unitOf(period: number, ticks = TICKS_A_SECOND): RateUnit {
	let found = UNITS[0]!;
	for (const unit of UNITS.slice(1)) {
		const whole = ticks * unit.seconds;
		if (period > whole || Math.floor(whole / period) < whole % period) break;
		found = unit;
	}
	return found;
}

/** "5/sec" */
export function rateText(period: number, ticks = TICKS_A_SECOND): string {
	const unit = unitOf(period, ticks);
	return `${Math.floor((ticks * unit.seconds) / period)}/${unit.name}`;
}
