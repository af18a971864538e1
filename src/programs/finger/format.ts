/** The two forms in which finger(1) shows people: a paragraph each, or a line each. */
import { Errno, S, type Sys } from '#kernel/syscalls';
import { breakDown, strftime } from '../libc/strftime';
import { readText } from '../libc/stdio';
import { lstat } from '../libc/unistd';
import type { Person, Where } from './people';

const HALF_YEAR = (86_400 * 365) / 2;
const TAB = 8;
const WIDTH = 80;

/** Digits of a telephone number in groups; other text as it is. */
export function phone(number: string): string {
	const match = /^(?:(\d(?=\d{10}$))?(\d{3})(?=\d{7}$))?(\d{3})(\d{4})$/.exec(number);
	if (match) return [match[1] && `+${match[1]}`, match[2], match[3], match[4]].filter((part) => part).join('-');
	if (/^\d{5}$/.test(number)) return `x${number[0]}-${number.slice(1)}`;
	return /^\d{4}$/.test(number) ? `x${number}` : number;
}

/* ---- a paragraph each -------------------------------------------------------------------------------------------- */

/** @param plans show .pgpkey, .project and .plan */
export function* paragraph(person: Person, plans: boolean): Sys<string> {
	const { entry } = person;
	let out = `Login: ${entry.name.padEnd(15)}\t\t\tName: ${person.realName}\n`;
	out += `Directory: ${entry.home.padEnd(25)}\tShell: ${entry.shell}\n`;
	out += offices(person);
	const longest = Math.max(...person.where.map(({ terminal }) => terminal.length));
	for (const where of person.where) out += `${login(where, longest)}\n`;
	if (person.where.length === 0) out += 'Never logged in.\n';
	out += yield* file(`${entry.home}/.forward`, 'Mail forwarded to ');
	out += mailbox(person);
	if (!plans) return out;
	out += yield* file(`${entry.home}/.pgpkey`, 'PGP key:\n');
	out += yield* file(`${entry.home}/.project`, 'Project:\n');
	return out + ((yield* file(`${entry.home}/.plan`, 'Plan:\n')) || 'No Plan.\n');
}

/** Up to three fields, two on a line where there is room. */
function offices({ office, officePhone, homePhone }: Person): string {
	const fields: string[] = [];
	if (office !== '' && officePhone !== '' && office.length + officePhone.length + 9 <= 5 * TAB)
		fields.push(`Office: ${office}, ${phone(officePhone)}`);
	else {
		if (office !== '') fields.push(`Office: ${office}`);
		if (officePhone !== '') fields.push(`Office Phone: ${phone(officePhone)}`);
	}
	if (homePhone !== '') fields.push(`Home Phone: ${phone(homePhone)}`);
	let out = '';
	let left = -1;
	for (const field of fields) {
		const start = (Math.floor(Math.max(5 * TAB, left) / TAB) + 1) * TAB;
		if (left < 0) {
			out += field;
			left = field.length;
		} else if (start + field.length <= WIDTH) {
			for (; left < 4 * TAB; left += TAB) out += '\t';
			out += `\t${field}\n`;
			left = -1;
		} else {
			out += `\n${field}`;
			left = field.length;
		}
	}
	return left < 0 ? out : `${out}\n`;
}

function login(where: Where, longest: number): string {
	let out = `On since ${strftime('%a %b %e %R (%Z)', breakDown(where.since))} on ${where.terminal}`;
	const [days, hours, minutes, seconds] = parts(where.idle);
	if (where.idle > 0) {
		out += ' '.repeat(longest - where.terminal.length + 3);
		const count = (number: number, name: string): string => `${number} ${name}${number === 1 ? '' : 's'} `;
		if (days > 0) out += count(days, 'day');
		if (hours > 0) out += count(hours, 'hour');
		if (minutes > 0 && days === 0) out += count(minutes, 'minute');
		if (seconds > 0 && days === 0 && hours === 0) out += count(seconds, 'second');
		out += 'idle';
	}
	return where.writable ? out : `${out}${where.idle > 0 ? '\n    ' : ''} (messages off)`;
}

function parts(seconds: number): [days: number, hours: number, minutes: number, seconds: number] {
	const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
	return [Math.floor(hours / 24), hours % 24, minutes % 60, seconds % 60];
}

function mailbox({ mail }: Person): string {
	if (!mail) return 'No mail.\n';
	const shown = (time: number): string => strftime('%a %b %e %R %Y (%Z)', breakDown(time));
	const second = (time: number): number => Math.floor(time / 1e6);
	if (second(mail.received) <= second(mail.read)) return `Mail last read ${shown(mail.read)}\n`;
	return `New mail received ${shown(mail.received)}\n     Unread since ${shown(mail.read)}\n`;
}

/** A file that a person shows, when it is a plain one. */
function* file(path: string, header: string): Sys<string> {
	try {
		if (((yield* lstat(path)).mode & S.IFMT) !== S.IFREG) return '';
		const text = yield* readText(path);
		return `${header}${text}${text.endsWith('\n') ? '' : '\n'}`;
	} catch (thrown) {
		if (thrown instanceof Errno) return '';
		throw thrown;
	}
}

/* ---- a line each ------------------------------------------------------------------------------------------------- */

/** @param now microseconds @param columns of the terminal */
export function table(people: readonly Person[], now: number, columns: number): string {
	const sorted = [...people].sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
	const space = columns - 50;
	let names = Math.max(8, ...sorted.map(({ entry }) => entry.name.length));
	let real = Math.max(8, ...sorted.map((person) => person.realName.length || 1));
	if (names + real > space) real = space - names;
	if (names + real < space - 2) {
		names++;
		real++;
	}
	const cut = (text: string, width: number): string => text.slice(0, Math.max(0, width)).padEnd(width);
	let out = `${'Login'.padEnd(names)} ${'Name'.padEnd(real)}  Tty      Idle  Login Time   Office     Office Phone\n`;
	for (const person of sorted) {
		const start = `${cut(person.entry.name, names)} ${cut(person.realName, real)} `;
		const lines = person.where.map((where) => terminalColumns(where, now));
		if (lines.length === 0) lines.push('  *     *  No logins   ');
		for (const line of lines) out += `${start}${line}${officeColumns(person)}\n`;
	}
	return out;
}

function terminalColumns(where: Where, now: number): string {
	const since = breakDown(where.since);
	const old = (now - where.since) / 1e6 >= HALF_YEAR;
	const day = strftime(old ? '%b %e  %Y' : '%b %e %H:%M', since);
	return `${where.writable ? ' ' : '*'}${where.terminal.slice(0, 7).padEnd(7)} ${idleColumn(where.idle)}  ${day}`;
}

function idleColumn(idle: number): string {
	const [days, hours, minutes] = parts(idle);
	if (days > 0) return `${String(days).padStart(4)}d`;
	if (hours > 0) return `${String(hours).padStart(2)}:${String(minutes).padStart(2, '0')}`;
	return minutes > 0 ? String(minutes).padStart(5) : '     ';
}

function officeColumns({ office, officePhone }: Person): string {
	let out = '';
	if (office !== '' || officePhone !== '') out += ` ${office.slice(0, 10).padEnd(10)}`;
	return officePhone === '' ? out : `${out} ${phone(officePhone).slice(0, 14)}`;
}
