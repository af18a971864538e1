/** The date of a mail header (mail_date(3)), always in UTC, with the zone's name behind it. */

/** "Sun, 22 Nov 2026 16:00:00 +0000 (UTC)" @param now microseconds */
export function mailDate(now: number): string {
	const date = new Date(Math.floor(now / 1000));
	const two = (value: number): string => String(value).padStart(2, '0');
	const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()];
	const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
		date.getUTCMonth()
	];
	return `${day}, ${date.getUTCDate()} ${month} ${date.getUTCFullYear()} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000 (UTC)`;
}
