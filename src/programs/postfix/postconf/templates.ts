/**
 * The texts of delivery reports (bounce(5)): the built-in templates, and a file that replaces them (`bounce_template_file`).
 *
 * `postconf -t` shows them, `postconf -b` with the $names replaced; bounce(8) sends them.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { readText } from '../../libc/stdio';
import { strerror } from '../../libc/strerror';
import { Fatal } from '../errors';

export type TemplateName = 'failure' | 'delay' | 'success' | 'verify';

export interface Template {
	readonly headers: readonly (readonly [name: string, value: string])[];
	/** lines with `$name`, each ending in a newline */
	readonly body: string;
}

const FAILURE: Template = {
	headers: [
		['Charset', 'us-ascii'],
		['From', 'Mail Delivery System <MAILER-DAEMON>'],
		['Subject', 'Undelivered Mail Returned to Sender'],
		['Postmaster-Subject', 'Postmaster Copy: Undelivered Mail']
	],
	body: `This is the mail system at host $myhostname.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.

                   The mail system
`
};

const DELAY: Template = {
	headers: [
		['Charset', 'us-ascii'],
		['From', 'Mail Delivery System <MAILER-DAEMON>'],
		['Subject', 'Delayed Mail (still being retried)'],
		['Postmaster-Subject', 'Postmaster Warning: Delayed Mail']
	],
	body: `This is the mail system at host $myhostname.

####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered for more than $delay_warning_time_hours hour(s).
It will be retried until it is $maximal_queue_lifetime_days day(s) old.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.

                   The mail system
`
};

const SUCCESS: Template = {
	headers: [
		['Charset', 'us-ascii'],
		['From', 'Mail Delivery System <MAILER-DAEMON>'],
		['Subject', 'Successful Mail Delivery Report']
	],
	body: `This is the mail system at host $myhostname.

Your message was successfully delivered to the destination(s)
listed below. If the message was delivered to mailbox you will
receive no further notifications. Otherwise you may still receive
notifications of mail delivery errors from other systems.

                   The mail system
`
};

const VERIFY: Template = {
	headers: [
		['Charset', 'us-ascii'],
		['From', 'Mail Delivery System <MAILER-DAEMON>'],
		['Subject', 'Mail Delivery Status Report']
	],
	body: `This is the mail system at host $myhostname.

Enclosed is the mail delivery report that you requested.

                   The mail system
`
};

export const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
	failure: FAILURE,
	delay: DELAY,
	success: SUCCESS,
	verify: VERIFY
};

const SECTION = /^(failure|delay|success|verify)_template[ \t]*=[ \t]*<<[ \t]*(\S+)[ \t]*$/;

/** Reads a template file; a template that it does not name keeps the built-in text. */
export function parseTemplates(text: string): Record<TemplateName, Template> {
	const found: Record<TemplateName, Template> = { ...TEMPLATES };
	const lines = text.split('\n');
	for (let i = 0; i < lines.length; i++) {
		const section = SECTION.exec(lines[i]!);
		if (!section) continue;
		const end = lines.indexOf(section[2]!, i + 1);
		const inside = lines.slice(i + 1, end < 0 ? lines.length : end);
		found[section[1] as TemplateName] = parseTemplate(inside);
		i += inside.length + 1;
	}
	return found;
}

function parseTemplate(lines: readonly string[]): Template {
	const blank = lines.indexOf('');
	const head = blank < 0 ? lines : lines.slice(0, blank);
	const headers = head.map((line) => {
		const colon = line.indexOf(':');
		return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
	});
	const body = blank < 0 ? [] : lines.slice(blank + 1);
	return { headers, body: body.map((line) => `${line}\n`).join('') };
}

export function* readTemplates(path: string | undefined): Sys<Record<TemplateName, Template>> {
	if (path === undefined || path === '') return { ...TEMPLATES };
	try {
		return parseTemplates(yield* readText(path));
	} catch (thrown) {
		if (thrown instanceof Errno) throw new Fatal(`open ${path}: ${strerror(thrown)}`);
		throw thrown;
	}
}

const NAMES: readonly TemplateName[] = ['failure', 'delay', 'success', 'verify'];

export function* dumpTemplates(path: string | undefined): Sys<string> {
	const templates = yield* readTemplates(path);
	return NAMES.map((name) => {
		const { headers, body } = templates[name];
		return `${name}_template = <<EOF\n${headers.map(([key, value]) => `${key}: ${value}\n`).join('')}\n${body}EOF\n`;
	}).join('\n');
}

const UNITS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400, weeks: 604_800 };

/**
 * `$delay_warning_time_hours`: a time parameter in whole units; a result of zero or of more than three digits is warned
 * about (bounce_template.c).
 * @param path of the template file, "[built-in]" for the texts above @param seconds of a parameter
 */
export function unitsOfTemplate(
	body: string,
	name: TemplateName,
	path: string,
	seconds: (name: string) => number,
	warnings: string[]
): string {
	return body.replace(
		/\$[{(]?(delay_warning_time|maximal_queue_lifetime)_(seconds|minutes|hours|days|weeks)[})]?/g,
		(_, parameter: string, unit: string) => {
			const value = seconds(parameter);
			const result = Math.floor(value / UNITS[unit]!);
			const trouble = result > 999 ? `excessive result "${result}"` : result === 0 && value > 0 ? 'zero result' : '';
			if (trouble !== '') {
				warnings.push(`${path}: ${trouble} in ${name} template conversion of parameter "${parameter}_${unit}"`);
				const change = result > 999 ? 'increase' : 'reduce';
				warnings.push(`please ${change} time unit "${unit}" of "${parameter}_${unit}" in ${name} template`);
				warnings.push('for instructions see the bounce(5) manual');
			}
			return String(result);
		}
	);
}

export function* expandTemplates(
	path: string | undefined,
	expandText: (text: string) => string,
	seconds: (name: string) => number
): Sys<string> {
	const templates = yield* readTemplates(path);
	return NAMES.map(
		(name) =>
			`expanded_${name}_text = <<EOF\n${expandText(unitsOfTemplate(templates[name].body, name, path ?? '', seconds, []))}EOF\n`
	).join('\n');
}
