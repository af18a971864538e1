/**
 * postcat(1): shows a queue file: envelope (-e), headers (-h), body (-b), with -q by queue id.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { print, readFile } from '../libc/stdio';
import { CONFIG_DIRECTORY, openConfig } from './config';
import { Fatal, Messages } from './errors';
import { Queues } from './mail-queue';
import { parseRecords, REC } from './queue-file';

const NAMES: Readonly<Record<string, string>> = {
	[REC.SIZE]: 'message_size',
	[REC.TIME]: 'message_arrival_time',
	[REC.FULL]: 'sender_fullname',
	[REC.FROM]: 'sender',
	[REC.RCPT]: 'recipient',
	[REC.DONE]: 'done_recipient',
	[REC.ORCP]: 'original_recipient',
	[REC.WARN]: 'warning_message_time',
	[REC.ATTR]: 'named_attribute',
	[REC.RDIR]: 'redirect_to',
	[REC.FLGS]: 'cleanup_flags',
	[REC.DSN_ORCPT]: 'dsn_orig_rcpt',
	[REC.VERP]: 'verp_delimiters'
};

function stamp(microseconds: number): string {
	const [day, date, month, year, clock] = new Date(Math.floor(microseconds / 1000))
		.toUTCString()
		.replace(',', '')
		.split(' ');
	return `${day} ${month} ${String(Number(date)).padStart(2)} ${clock} ${year}`;
}

function* show(messages: Messages, bytes: Uint8Array, what: ReadonlySet<string>, title: string): Sys<void> {
	const records = parseRecords(bytes);
	if (!records) {
		yield* messages.warn(`${title}: input is not a valid queue file`);
		return;
	}
	let out = what.has('e') ? `*** ENVELOPE RECORDS ${title} ***\n` : '';
	let inContent = false;
	let inHeaders = true;
	for (const { type, data } of records) {
		if (type === REC.MESG) {
			inContent = true;
			if (what.has('e') && (what.has('h') || what.has('b'))) out += `*** MESSAGE CONTENTS ${title} ***\n`;
			continue;
		}
		if (type === REC.XTRA) {
			inContent = false;
			if (what.has('e')) out += `*** HEADER EXTRACTED ${title} ***\n`;
			continue;
		}
		if (type === REC.END) {
			if (what.has('e')) out += `*** MESSAGE FILE END ${title} ***\n`;
			break;
		}
		if (inContent) {
			if (inHeaders && type === REC.NORM && !/^[ \t]|^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(data)) inHeaders = false;
			const both = what.has('h') && what.has('b');
			if (both || (inHeaders ? what.has('h') : what.has('b'))) out += data + (type === REC.NORM ? '\n' : '');
			continue;
		}
		if (!what.has('e')) continue;
		if (type === REC.TIME) {
			const [seconds, micro] = data.split(' ');
			out += `message_arrival_time: ${stamp(Number(seconds) * 1e6 + Number(micro ?? 0))}\n`;
		} else if (type === REC.WARN) out += `warning_message_time: ${stamp(Number(data) * 1e6)}\n`;
		else if (type === REC.ATTR && data.startsWith('create_time='))
			out += `create_time: ${stamp(Number(data.slice(12)) * 1e6)}\n`;
		else out += `${type === REC.CONT ? 'content_filter' : (NAMES[type] ?? `unknown_record_type_${type}`)}: ${data}\n`;
	}
	yield* print(out);
}

const USAGE =
	'usage: postcat [-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]';

function* readOptions(argv: readonly string[], messages: Messages): Sys<Parsed> {
	try {
		return getopt(argv, new OptionTable(['b', 'c=', 'd', 'e', 'h', 'o', 'q', 'r', 's=', 'v']), { posix: true });
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* messages.plain(thrown.message);
		throw new Fatal(USAGE);
	}
}

export const postcat: Main = function* (argv) {
	const messages = yield* Messages.ofCommand('postcat');
	return yield* messages.guard(function* () {
		const parsed = yield* readOptions(argv, messages);
		const config = yield* openConfig('postcat', messages, { directory: parsed.get('c') ?? CONFIG_DIRECTORY });
		const flags = new Set(parsed.options.map(({ name }) => name));
		const files = parsed.operands;
		const what = new Set(['e', 'h', 'b'].filter((letter) => flags.has(letter)));
		if (what.size === 0) for (const letter of 'ehb') what.add(letter);
		const queues = new Queues(config, `${config.text('queue_directory')}/`);
		for (const file of files) {
			let found = false;
			const candidates = flags.has('q')
				? ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'saved', 'corrupt'].map((queue) =>
						queues.path(queue, file)
					)
				: [file];
			for (const path of candidates) {
				try {
					const bytes = yield* readFile(path);
					found = true;
					yield* show(messages, bytes, what, flags.has('q') ? path.slice(queues.base.length) : path);
					break;
				} catch (thrown) {
					if (!(thrown instanceof Errno)) throw thrown;
				}
			}
			if (!found) throw new Fatal(`open ${flags.has('q') ? 'queue file ' : ''}${file}: No such file or directory`);
		}
		return 0;
	});
};
