/** date(1): shows the time in any form. Not simulated: setting the clock (the world's clock is virtual). */
import type { Sys } from '#kernel/syscalls';
import { errnoOf, strerror } from '../libc/strerror';
import { breakDown, strftime } from '../libc/strftime';
import { stat, time } from '../libc/unistd';
import { parseDate } from './date-parse';
import { quote, quoteFile } from './quote';
import { Fatal, type Parsed, splitLines, type Tool, UsageError, utility } from './utility';

const ISO: Readonly<Record<string, string>> = {
	date: '%Y-%m-%d', hours: '%Y-%m-%dT%H%:z', minutes: '%Y-%m-%dT%H:%M%:z', seconds: '%Y-%m-%dT%H:%M:%S%:z', ns: '%Y-%m-%dT%H:%M:%S,%N%:z'
}; // prettier-ignore
const RFC_3339: Readonly<Record<string, string>> = {
	date: '%Y-%m-%d',
	seconds: '%Y-%m-%d %H:%M:%S%:z',
	ns: '%Y-%m-%d %H:%M:%S.%N%:z'
};
const RFC_5322 = '%a, %d %b %Y %H:%M:%S %z';
const DEFAULT = '%a %b %e %H:%M:%S %Z %Y';

export const date = utility(
	['d|date=', 'f|file=', 'I|iso-8601=?', 'R|rfc-email|rfc-2822|rfc-822', 'rfc-3339=', 'r|reference=', 's|set=', 'u|utc|universal|uct', 'debug'], // prettier-ignore
	function* (tool, options) {
		const operand = options.operands[0];
		const explicit = ['date', 'file', 'reference', 'set'].some((name) => options.has(name));
		if (options.operands.length > 1) throw new UsageError(`extra operand ${quote(options.operands[1]!)}`);
		if (operand !== undefined && !operand.startsWith('+')) {
			if (explicit) {
				throw new UsageError(
					`the argument ${quote(operand)} lacks a leading '+';\nwhen using an option to specify date(s), any non-option\nargument must be a format string beginning with '+'`
				);
			}
			if (!/^\d{8}(\d{2}(\d{2})?)?(\.\d{2})?$/.test(operand)) throw new Fatal(`invalid date ${quote(operand)}`);
			throw new Fatal(`cannot set date: ${strerror('EPERM')}`);
		}
		if (options.has('set')) throw new Fatal(`cannot set date: ${strerror('EPERM')}`);
		const format = operand?.slice(1) ?? formatOf(options);
		for (const moment of yield* moments(tool, options)) yield* tool.print(`${strftime(format, breakDown(moment))}\n`);
	},
	{ synopsis: 'date [OPTION]... [+FORMAT]' }
);

function formatOf(options: Parsed): string {
	if (options.has('iso-8601')) {
		const format = ISO[options.get('iso-8601') ?? 'date'];
		if (!format) throw new UsageError(`invalid argument ${quote(options.get('iso-8601')!)} for ${quote('--iso-8601')}`);
		return format;
	}
	if (options.has('rfc-3339')) return RFC_3339[options.get('rfc-3339')!] ?? DEFAULT;
	return options.has('rfc-822') ? RFC_5322 : DEFAULT;
}

function* moments(tool: Tool, options: Parsed): Sys<number[]> {
	const now = yield* time();
	const reference = options.get('reference');
	if (reference !== undefined) {
		try {
			return [(yield* stat(reference)).mtime];
		} catch (thrown) {
			throw new Fatal(`${quoteFile(reference)}: ${strerror(errnoOf(thrown))}`);
		}
	}
	const file = options.get('file');
	const texts = file !== undefined ? splitLines((yield* tool.inputText(file)) ?? '') : [options.get('date')];
	const out: number[] = [];
	for (const text of texts) {
		const moment = text === undefined ? now : parseDate(text, now);
		if (moment === undefined) yield* tool.complain(`invalid date ${quote(text!)}`);
		else out.push(moment);
	}
	return out;
}
