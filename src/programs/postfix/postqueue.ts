/**
 * postqueue(1): lists the queue (-p, -j), has it flushed (-f), or a mail (-i) or a site's mails (-s) tried now.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { print } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { close, poll, stat, time, utimes } from '../libc/unistd';
import { attribute, AttrReader, mailCommand, mailConnect, mailTrigger, type Attributes } from './attr';
import { CONFIG_DIRECTORY, openConfig, type Config } from './config';
import { DictError } from './dict';
import { openDomainList } from './dict/match-list';
import { EX, Fatal, Messages } from './errors';
import { Queues } from './mail-queue';
import { listQueue } from './showq';

/** The columns of mailq; with enable_long_queue_ids they are wider. */
const LAYOUT = {
	short: { head: '-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n', id: 11, size: 7, gap: '  ' },
	long: { head: '----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------\n', id: 17, size: 8, gap: ' ' }
} as const;
type Layout = (typeof LAYOUT)['short' | 'long'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function arrival(microseconds: number): string {
	const date = new Date(Math.floor(microseconds / 1000));
	const two = (value: number): string => String(value).padStart(2, '0');
	return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** One mail as mailq shows it: recipients with the same reason stand together below it. */
export function formatEntry(mail: Attributes, { id, size, gap }: Layout = LAYOUT.short): string {
	const get = (name: string): string => attribute(mail, name);
	const mark =
		get('queue_name') === 'active' ? '*' : get('queue_name') === 'hold' ? '!' : get('expired') === '1' ? '#' : ' ';
	const sender = get('sender') === '' ? 'MAILER-DAEMON' : get('sender');
	const tag = `${get('queue_id')}${mark}`;
	let out = `${tag.padEnd(id)} ${get('size').padStart(size)} ${arrival(Number(get('time')))}${gap}${sender}\n`;
	const byReason = new Map<string, string[]>();
	for (let i = 0; i < mail.length; i++) {
		if (mail[i]![0] !== 'recipient') continue;
		const reason = mail[i + 1]?.[1] ?? '';
		byReason.set(reason, [...(byReason.get(reason) ?? []), mail[i]![1]]);
	}
	for (const [reason, recipients] of byReason) {
		if (reason !== '') out += `${`(${reason})`.padStart(78)}\n`;
		for (const recipient of recipients) out += `${' '.repeat(id + size + 21 + gap.length)}${recipient}\n`;
	}
	return `${out}\n`;
}

function* list(config: Config, messages: Messages, json: boolean): Sys<void> {
	const base = config.text('queue_directory');
	const layout = LAYOUT[config.flag('enable_long_queue_ids') ? 'long' : 'short'];
	let total = 0;
	let count = 0;
	const show = function* (mail: Attributes): Sys<void> {
		if (json) return yield* print(jsonEntry(mail));
		yield* print((count === 0 ? layout.head : '') + formatEntry(mail, layout));
		count++;
		total += Number(attribute(mail, 'size'));
	};
	try {
		const fd = yield* mailConnect('public', config.text('showq_service_name'), base);
		const reader = new AttrReader(fd);
		for (;;) {
			const mail = yield* reader.scan();
			if (mail === null || mail.length === 0) break;
			yield* show(mail);
		}
		yield* close(fd);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		const reason =
			thrown.code === 'ENOENT'
				? 'No such file or directory'
				: thrown.code === 'ECONNREFUSED'
					? 'Connection refused'
					: thrown.code;
		if (thrown.code === 'EACCES')
			throw new Fatal(`Connect to the ${config.text('mail_name')} showq service: Permission denied`, EX.OSERR);
		yield* messages.warn(
			`Mail system is down -- accessing queue directly (Connect to the ${config.text('mail_name')} ${config.text('showq_service_name')} service: ${reason})`
		);
		yield* allThere(base);
		yield* listQueue(config, `${base}/`, show);
	}
	if (json) return;
	if (count === 0) yield* print('Mail queue is empty\n');
	else yield* print(`-- ${Math.floor(total / 1024)} Kbytes in ${count} Request${count === 1 ? '' : 's'}.\n`);
}

/** Without a spool showq ends early, and what it said is no answer. */
function* allThere(base: string): Sys<void> {
	for (const queue of ['maildrop', 'incoming', 'active', 'deferred', 'hold'])
		if (!(yield* exists(`${base}/${queue}`))) throw new Fatal('malformed showq server response', EX.UNAVAILABLE);
}

function* exists(path: string): Sys<boolean> {
	try {
		yield* stat(path);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function jsonEntry(mail: Attributes): string {
	const recipients: object[] = [];
	for (let i = 0; i < mail.length; i++) {
		if (mail[i]![0] !== 'recipient') continue;
		const reason = mail[i + 1]?.[1] ?? '';
		recipients.push({ address: mail[i]![1], ...(reason ? { delay_reason: reason } : {}) });
	}
	const value = {
		queue_name: attribute(mail, 'queue_name'),
		queue_id: attribute(mail, 'queue_id'),
		arrival_time: Math.floor(Number(attribute(mail, 'time')) / 1e6),
		message_size: Number(attribute(mail, 'size')),
		forced_expire: attribute(mail, 'expired') === '1',
		sender: attribute(mail, 'sender') || 'MAILER-DAEMON',
		recipients
	};
	return `${JSON.stringify(value).replace(/":/g, '": ').replace(/,"/g, ', "').replace(/\},\{/g, '}, {')}\n`;
}

/** -f: everything deferred is tried now. */
function* flush(config: Config, messages: Messages): Sys<void> {
	const base = config.text('queue_directory');
	const service = config.text('queue_service_name');
	const ok = yield* mailTrigger('public', service, 'DFA', base);
	if (!ok && !(yield* exists(`${base}/public/${service}`)))
		yield* messages.warn(`unable to look up public/${service}: No such file or directory`);
	if (!ok) throw new Fatal('Cannot flush mail queue - mail system is down', EX.UNAVAILABLE);
	yield* poll([], 1_000_000);
}

function* flushOne(config: Config, messages: Messages, id: string): Sys<void> {
	const reply = yield* flushRequest(config, messages, 'send_file', 'queue_id', id);
	if (reply !== null && attribute(reply, 'status') === '0') return;
	throw new Fatal(`Flush service: bad queue id ${id}`, EX.USAGE);
}

/** What the flush service does for one mail: its waiting time is over. */
export function* wakeDeferred(queues: Queues, id: string): Sys<boolean> {
	const now = yield* time();
	try {
		yield* utimes(queues.path('deferred', id), now, now);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function* flushSite(config: Config, messages: Messages, site: string): Sys<void> {
	const domain = site.replace(/^\[(.*)\]$/, '$1').toLowerCase();
	let reply: Attributes | null = null;
	let denied: boolean;
	try {
		denied = !(yield* (yield* openDomainList(config, 'fast_flush_domains')).match(domain)).matched;
		if (!denied) reply = yield* flushRequest(config, messages, 'send_site', 'site', site);
	} catch (thrown) {
		if (!(thrown instanceof DictError)) throw thrown;
		denied = false;
	}
	const status = reply ? attribute(reply, 'status') : '';
	if (denied || status === '4')
		throw new Fatal(`Flush service is not configured for destination "${site}"`, EX.UNAVAILABLE);
	if (status !== '0') throw new Fatal('Cannot flush mail queue - mail system is down', EX.UNAVAILABLE);
}

function* flushRequest(
	config: Config,
	messages: Messages,
	request: string,
	name: string,
	value: string
): Sys<Attributes | null> {
	const service = config.text('flush_service_name');
	try {
		return yield* mailCommand(
			'public',
			service,
			[
				['request', request],
				[name, value]
			],
			config.text('queue_directory')
		);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* messages.warn(`connect to public/${service}: ${strerror(thrown)}`);
		throw new Fatal('Cannot flush mail queue - mail system is down', EX.UNAVAILABLE);
	}
}

const USAGE = 'usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site';

function* readOptions(argv: readonly string[], messages: Messages): Sys<Parsed> {
	try {
		return getopt(argv, new OptionTable(['c=', 'f', 'i=', 'j', 'p', 's=', 'v']), { posix: true });
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* messages.plain(thrown.message);
		throw new Fatal(USAGE, EX.UNAVAILABLE);
	}
}

export const postqueue: Main = function* (argv) {
	const messages = yield* Messages.ofCommand('postqueue');
	return yield* messages.guard(function* () {
		const given = yield* readOptions(argv, messages);
		const [mode, ...more] = given.options.filter(({ name }) => name !== 'c' && name !== 'v');
		if (!mode || more.length > 0 || given.operands.length > 0) throw new Fatal(USAGE, EX.UNAVAILABLE);
		const config = yield* openConfig('postqueue', messages, { directory: given.get('c') ?? CONFIG_DIRECTORY });
		if (mode.name === 'p' || mode.name === 'j') yield* list(config, messages, mode.name === 'j');
		else if (mode.name === 'f') yield* flush(config, messages);
		else if (mode.name === 'i') yield* flushOne(config, messages, mode.value!);
		else yield* flushSite(config, messages, mode.value!);
		return 0;
	});
};
