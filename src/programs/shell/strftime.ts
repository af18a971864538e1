/** strftime(3) in UTC and the locale C, for prompts, printf %(…)T and HISTTIMEFORMAT. */
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
	'January',
	'February',
	'March',
	'April',
	'May',
	'June',
	'July',
	'August',
	'September',
	'October',
	'November',
	'December'
];

/** @param microseconds since 1970 */
export function formatTime(format: string, microseconds: number): string {
	const date = new Date(Math.floor(microseconds / 1000));
	return format.replace(/%[-_0^]?([a-zA-Z%+])/g, (whole, letter: string) => {
		const write = FORMATS[letter];
		return write === undefined ? whole : write(date);
	});
}

const two = (value: number, fill = '0') => String(value).padStart(2, fill);
const dayOfYear = (date: Date) =>
	Math.floor(
		(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) /
			86_400_000
	);

function isoWeek(date: Date): { year: number; week: number } {
	const thursday = new Date(
		Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 4 - (date.getUTCDay() || 7))
	);
	return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

const FORMATS: Readonly<Record<string, (date: Date) => string>> = {
	a: (d) => DAYS[d.getUTCDay()]!.slice(0, 3),
	A: (d) => DAYS[d.getUTCDay()]!,
	b: (d) => MONTHS[d.getUTCMonth()]!.slice(0, 3),
	h: (d) => MONTHS[d.getUTCMonth()]!.slice(0, 3),
	B: (d) => MONTHS[d.getUTCMonth()]!,
	C: (d) => two(Math.floor(d.getUTCFullYear() / 100)),
	d: (d) => two(d.getUTCDate()),
	e: (d) => two(d.getUTCDate(), ' '),
	F: (d) => formatOf(d, '%Y-%m-%d'),
	D: (d) => formatOf(d, '%m/%d/%y'),
	g: (d) => two(isoWeek(d).year % 100),
	G: (d) => String(isoWeek(d).year),
	V: (d) => two(isoWeek(d).week),
	H: (d) => two(d.getUTCHours()),
	k: (d) => two(d.getUTCHours(), ' '),
	I: (d) => two(d.getUTCHours() % 12 || 12),
	l: (d) => two(d.getUTCHours() % 12 || 12, ' '),
	j: (d) => String(dayOfYear(d) + 1).padStart(3, '0'),
	m: (d) => two(d.getUTCMonth() + 1),
	M: (d) => two(d.getUTCMinutes()),
	n: () => '\n',
	t: () => '\t',
	p: (d) => (d.getUTCHours() < 12 ? 'AM' : 'PM'),
	P: (d) => (d.getUTCHours() < 12 ? 'am' : 'pm'),
	s: (d) => String(Math.floor(d.getTime() / 1000)),
	S: (d) => two(d.getUTCSeconds()),
	T: (d) => formatOf(d, '%H:%M:%S'),
	R: (d) => formatOf(d, '%H:%M'),
	r: (d) => formatOf(d, '%I:%M:%S %p'),
	u: (d) => String(d.getUTCDay() || 7),
	w: (d) => String(d.getUTCDay()),
	U: (d) => two(Math.floor((dayOfYear(d) + 7 - d.getUTCDay()) / 7)),
	W: (d) => two(Math.floor((dayOfYear(d) + 7 - ((d.getUTCDay() + 6) % 7)) / 7)),
	y: (d) => two(d.getUTCFullYear() % 100),
	Y: (d) => String(d.getUTCFullYear()),
	c: (d) => formatOf(d, '%a %b %e %H:%M:%S %Y'),
	x: (d) => formatOf(d, '%m/%d/%y'),
	X: (d) => formatOf(d, '%H:%M:%S'),
	z: () => '+0000',
	Z: () => 'UTC',
	'%': () => '%'
};

function formatOf(date: Date, format: string): string {
	return formatTime(format, date.getTime() * 1000);
}
