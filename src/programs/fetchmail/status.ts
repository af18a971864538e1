/** Exit statuses of fetchmail (fetchmail(1), EXIT CODES) and the way out with one. */

export const PS = {
	SUCCESS: 0,
	NOMAIL: 1,
	SOCKET: 2,
	AUTHFAIL: 3,
	PROTOCOL: 4,
	SYNTAX: 5,
	IOERR: 6,
	ERROR: 7,
	EXCLUDE: 8,
	LOCKBUSY: 9,
	SMTP: 10,
	DNS: 11,
	BSMTP: 12,
	MAXFETCH: 13,
	SERVBUSY: 14
} as const;

export function nameOfStatus(status: number): string {
	return Object.entries(PS).find(([, number]) => number === status)?.[0] ?? 'UNDEFINED';
}

/** Ends a poll. */
export class Failed {
	constructor(
		readonly status: number,
		/** why, for whoever tells it */
		readonly text = ''
	) {}
}
