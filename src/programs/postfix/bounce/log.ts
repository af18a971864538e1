/**
 * The logs of bounce(8), one file a mail below bounce/, defer/ and trace/: a paragraph a recipient (bounce_log(3)).
 * Trusts: nothing; a paragraph that is cut off has fewer fields.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { readText } from '../../libc/stdio';
import { errnoOf } from '../../libc/strerror';
import { encode } from '../../libc/text';
import { close, fstat, ftruncate, open } from '../../libc/unistd';
import { attribute, type Attributes } from '../attr';
import { writeFully, type Queues } from '../mail-queue';

const WIDTH = 79;

/** One paragraph of a log. */
export type LogEntry = ReadonlyMap<string, string>;

const FIELDS = [
	'recipient',
	'original_recipient',
	'offset',
	'dsn_orig_rcpt',
	'notify_flags',
	'status',
	'action',
	'diag_type',
	'diag_text',
	'mta_type',
	'mta_name',
	'reason'
] as const;

/** @returns false when it could not be written: the disk is full */
export function* appendBounceLog(queues: Queues, service: string, request: Attributes): Sys<boolean> {
	const id = attribute(request, 'queue_id');
	yield* queues.makeDirectory(service, id);
	const clean = (text: string): string => text.replace(/[\x00-\x1f]/g, ' ');
	const head = `<${attribute(request, 'recipient')}>: ${clean(attribute(request, 'reason'))}`;
	const lines = FIELDS.filter(
		(field) => attribute(request, field) !== '' && !(field === 'notify_flags' && attribute(request, field) === '0')
	).map((field) => `${field}=${clean(attribute(request, field))}`);
	const text = encode(`${head}\n${lines.join('\n')}\n\n`);
	let fd: number;
	try {
		fd = yield* open(queues.path(service, id), O.WRONLY | O.CREAT | O.APPEND, 0o600);
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
	const { size } = yield* fstat(fd);
	try {
		yield* writeFully(fd, text);
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		/* a disk that is full: what was written of the paragraph goes */
		yield* ftruncate(fd, size);
		return false;
	} finally {
		yield* close(fd);
	}
}

/** The paragraphs of a log; none when there is no file. */
export function* readBounceLog(queues: Queues, service: string, id: string): Sys<LogEntry[]> {
	let text: string;
	try {
		text = yield* readText(queues.path(service, id));
	} catch (thrown) {
		if (thrown instanceof Errno) return [];
		throw thrown;
	}
	const paragraphs = text.split('\n\n').filter((paragraph) => paragraph.trim() !== '');
	return paragraphs.map(
		(paragraph) =>
			new Map(
				paragraph
					.split('\n')
					.slice(1)
					.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
			)
	);
}

/** Words filled to lines, further lines indented by four (line_wrap(3)). */
export function wrapLines(text: string, indent = '    ', width = WIDTH): string[] {
	const out: string[] = [];
	let rest = text;
	let limit = width;
	for (;;) {
		if (rest.length <= limit) break;
		let space = rest.lastIndexOf(' ', limit);
		if (space <= 0) space = rest.indexOf(' ', limit);
		if (space < 0) break;
		out.push((out.length > 0 ? indent : '') + rest.slice(0, space).trimEnd());
		rest = rest.slice(space + 1).trimStart();
		limit = width - indent.length;
	}
	out.push((out.length > 0 ? indent : '') + rest.trimEnd());
	return out;
}
