/** touch(1). */
import { O, type Sys, UTIME } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { close, open, stat, time, utimes } from '../libc/unistd';
import { parseDate } from './date-parse';
import { quote, quoteShell } from './quote';
import { attempt, Fatal, type Parsed, type Tool, UsageError, utility } from './utility';

export const touch = utility(
	['a', 'c|no-create', 'd|date=', 'f', 'h|no-dereference', 'm', 'r|reference=', 't=', 'time='],
	function* (tool, options) {
		if (options.operands.length === 0) throw new UsageError('missing file operand');
		const only = options.get('time');
		const access = options.has('a') || (only !== undefined && /^(atime|access|use)$/.test(only));
		const modify = options.has('m') || (only !== undefined && /^(mtime|modify)$/.test(only));
		const [atime, mtime] = yield* timesOf(options);
		const set = { atime: modify && !access ? UTIME.OMIT : atime, mtime: access && !modify ? UTIME.OMIT : mtime };
		for (const path of options.operands) yield* touchOne(tool, path, set, options);
	}
);

function* timesOf(options: Parsed): Sys<[number, number]> {
	const now = yield* time();
	const stamp = options.get('t');
	const text = options.get('date');
	const reference = options.get('reference');
	if (stamp !== undefined) {
		const moment = parseStamp(stamp, now);
		if (moment === undefined) throw new Fatal(`invalid date format ${quote(stamp)}`);
		return [moment, moment];
	}
	if (reference !== undefined) {
		const found = yield* attempt(stat(reference));
		if (!found) throw new Fatal(`failed to get attributes of ${quoteShell(reference)}: ${strerror('ENOENT')}`);
		if (text === undefined) return [found.atime, found.mtime];
		return [parseDate(text, found.atime) ?? found.atime, parseDate(text, found.mtime) ?? found.mtime];
	}
	if (text === undefined) return [UTIME.NOW, UTIME.NOW];
	const moment = parseDate(text, now);
	if (moment === undefined) throw new Fatal(`invalid date format ${quote(text)}`);
	return [moment, moment];
}

/** [[CC]YY]MMDDhhmm[.ss] */
function parseStamp(text: string, now: number): number | undefined {
	const found = /^(\d\d)?(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(text);
	if (!found) return undefined;
	const numbers = found.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
	const [first, second, month, day, hour, minute, seconds] = numbers;
	const short = second ?? first;
	let year = new Date(now / 1000).getUTCFullYear();
	if (short !== undefined) year = second !== undefined ? first! * 100 + second : short + (short < 69 ? 2000 : 1900);
	if (month! < 1 || month! > 12 || day! < 1 || day! > 31 || hour! > 23 || minute! > 59) return undefined;
	return Date.UTC(year, month! - 1, day, hour, minute, seconds ?? 0) * 1000;
}

function* touchOne(tool: Tool, path: string, set: { atime: number; mtime: number }, options: Parsed): Sys<void> {
	try {
		yield* utimes(path, set.atime, set.mtime, !options.has('no-dereference'));
		return;
	} catch (thrown) {
		const error = errnoOf(thrown);
		if (error.code !== 'ENOENT' || path.endsWith('/')) {
			// touch opens the file first: where that is refused (EACCES), it is what the message says
			const fd = yield* attempt(open(path, O.WRONLY | O.NONBLOCK | O.NOCTTY));
			if (fd !== undefined) yield* close(fd);
			const refused = fd === undefined && error.code === 'EPERM';
			const what = error.code === 'EPERM' && !refused ? 'setting times of' : 'cannot touch';
			yield* tool.complain(`${what} ${quoteShell(path)}: ${strerror(refused ? 'EACCES' : error)}`);
			return;
		}
		if (options.has('no-create') || options.has('no-dereference')) {
			if (options.has('no-dereference') && !options.has('no-create')) yield* tool.complain(`setting times of ${quoteShell(path)}: ${strerror(error)}`); // prettier-ignore
			return;
		}
	}
	try {
		yield* close(yield* open(path, O.WRONLY | O.CREAT | O.NONBLOCK | O.NOCTTY, 0o666));
		if (set.mtime !== UTIME.NOW || set.atime !== UTIME.NOW) yield* utimes(path, set.atime, set.mtime);
	} catch (thrown) {
		yield* tool.complain(`cannot touch ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
	}
}
