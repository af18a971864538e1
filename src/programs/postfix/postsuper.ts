/**
 * postsuper(1): removes (-d), holds (-h), releases (-H), requeues (-r), expires (-e, -f) mail; ALL is every mail.
 *
 * Lacks: -s (structure check, done by `postfix check`), -p (purge of temporary files).
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { LineReader } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { decode } from '../libc/text';
import { chmod, getcred, stat, time, utimes } from '../libc/unistd';
import { mailTrigger } from './attr';
import { openConfig, type Config } from './config';
import { Fatal, Messages } from './errors';
import { Queues, type QueueName } from './mail-queue';
import { ownAddresses } from './mynetworks';
import { EXPIRE_MODE } from './qmgr';
import { dropPrivileges } from './server';

const QUEUES: readonly QueueName[] = ['maildrop', 'incoming', 'active', 'deferred', 'hold'];

interface Work {
	readonly queues: Queues;
	readonly messages: Messages;
	/** each mail is named, unless all were asked for */
	naming: boolean;
	/** each file is named too (-v) */
	readonly verbose: boolean;
}

type Action = (work: Work, id: string, only: readonly QueueName[]) => Sys<boolean>;

function* locate(work: Work, id: string, among: readonly QueueName[]): Sys<QueueName | null> {
	for (const queue of among) {
		try {
			yield* stat(work.queues.path(queue, id));
			return queue;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
	}
	return null;
}

const ACTIONS: Readonly<
	Record<string, { readonly act: Action; readonly summary: string; readonly from: readonly QueueName[] }>
> = {
	d: {
		summary: 'Deleted',
		from: QUEUES,
		*act(work, id, only) {
			const queue = yield* locate(work, id, only);
			if (queue === null) return false;
			for (const where of ['bounce', 'defer', 'trace', queue]) {
				const removed = yield* work.queues.remove(where, id);
				if (removed && work.verbose)
					yield* work.messages.info(`removed file ${work.queues.path(where, id).slice(work.queues.base.length)}`);
			}
			if (work.naming) yield* work.messages.info(`${id}: removed`);
			return true;
		}
	},
	h: {
		summary: 'Placed on hold',
		from: ['maildrop', 'incoming', 'active', 'deferred'],
		*act(work, id, only) {
			const queue = yield* locate(work, id, only);
			if (queue === null) return false;
			yield* work.queues.move(id, queue, 'hold');
			if (work.naming) yield* work.messages.info(`${id}: placed on hold`);
			return true;
		}
	},
	H: {
		summary: 'Released from hold',
		from: ['hold'],
		*act(work, id) {
			if ((yield* locate(work, id, ['hold'])) === null) return false;
			const now = yield* time();
			yield* utimes(work.queues.path('hold', id), now, now);
			yield* work.queues.move(id, 'hold', 'deferred');
			if (work.naming) yield* work.messages.info(`${id}: released from hold`);
			return true;
		}
	},
	r: {
		summary: 'Requeued',
		from: QUEUES,
		*act(work, id, only) {
			const queue = yield* locate(work, id, only);
			if (queue === null) return false;
			yield* work.queues.move(id, queue, 'maildrop');
			if (work.naming) yield* work.messages.info(`${id}: requeued`);
			return true;
		}
	},
	e: {
		summary: 'Force-expired',
		from: ['maildrop', 'incoming', 'active', 'deferred'],
		*act(work, id, only) {
			const queue = yield* locate(work, id, only);
			if (queue === null) return false;
			const path = work.queues.path(queue, id);
			const { mode } = yield* stat(path);
			yield* chmod(path, (mode & 0o777) | EXPIRE_MODE);
			if (work.naming) yield* work.messages.info(`${id}: expired`);
			return true;
		}
	}
};

const USAGE =
	'usage: postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] [-h queue_id (hold)] [-H queue_id (un-hold)] [-p (purge temporary files)] [-r queue_id (requeue)] [-s (structure fix)] [-S (redundant structure fix)][-v (verbose)] [queue...]';
const OPTIONS = new OptionTable(['c=', 'd=', 'e=', 'f=', 'h=', 'H=', 'p', 'r=', 's', 'S', 'v']);

function* readOptions(argv: readonly string[], messages: Messages): Sys<Parsed> {
	try {
		return getopt(argv, OPTIONS, { posix: true });
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* messages.plain(thrown.message);
		throw new Fatal(USAGE);
	}
}

/** The directories that are looked through, in the order of a walk through them all. */
function* allThere(config: Config, named: readonly string[]): Sys<void> {
	const base = config.text('queue_directory');
	for (const queue of ['hold', ...QUEUES].filter((name) => named.length === 0 || named.includes(name))) {
		try {
			yield* stat(`${base}/${queue}`);
		} catch (thrown) {
			if (thrown instanceof Errno) throw new Fatal(`scan_dir_push: open directory ${queue}: ${strerror(thrown)}`);
			throw thrown;
		}
	}
}

/** What every command of Postfix says first with -v. */
function* verboseStart(messages: Messages): Sys<void> {
	yield* messages.info('name_mask: all');
	const { length } = yield* ownAddresses('all', 'ipv4');
	yield* messages.info(`inet_addr_local: configured ${length} IPv4 addresses`);
	yield* messages.info('inet_addr_local: configured 0 IPv6 addresses');
}

export const postsuper: Main = function* (argv) {
	const messages = yield* Messages.ofCommand('postsuper');
	return yield* messages.guard(function* () {
		if ((yield* getcred()).uid !== 0) throw new Fatal('use of this command is reserved for the superuser');
		const config = yield* openConfig('postsuper', messages);
		const given = yield* readOptions(argv, messages);
		const verbose = given.has('v');
		if (verbose) yield* verboseStart(messages);
		/* directories that it makes must be the mail system's */
		yield* dropPrivileges(config);
		const work: Work = {
			queues: new Queues(config, `${config.text('queue_directory')}/`),
			messages,
			naming: true,
			verbose
		};
		const jobs = given.options
			.filter(({ name }) => Object.hasOwn(ACTIONS, name === 'f' ? 'e' : name))
			.map(({ name, value }) => [name, value!] as const);
		const named = given.operands as QueueName[];
		if (jobs.length === 0 || jobs.some(([, id]) => id === 'ALL') || given.has('s') || given.has('p'))
			yield* allThere(config, named);
		const counts = new Map<string, number>();
		for (const [letter, id] of jobs) {
			const row = ACTIONS[letter === 'f' ? 'e' : letter]!;
			const only = named.length > 0 ? row.from.filter((queue) => named.includes(queue)) : row.from;
			const ids: string[] = [];
			counts.set(row.summary, counts.get(row.summary) ?? 0);
			if (letter === 'f') counts.set(ACTIONS.H!.summary, counts.get(ACTIONS.H!.summary) ?? 0);
			work.naming = id !== 'ALL';
			if (id === 'ALL') for (const queue of only) ids.push(...(yield* work.queues.list(queue)));
			else if (id === '-') {
				const reader = new LineReader(0);
				for (let line = yield* reader.line(); line !== null; line = yield* reader.line()) ids.push(decode(line).trim());
			} else ids.push(id);
			for (const one of ids) {
				if (letter === 'f') yield* ACTIONS.H!.act(work, one, ['hold']);
				if (yield* row.act(work, one, only)) counts.set(row.summary, (counts.get(row.summary) ?? 0) + 1);
			}
		}
		if ((counts.get(ACTIONS.H!.summary) ?? 0) > 0)
			yield* mailTrigger('public', config.text('queue_service_name'), 'D', config.text('queue_directory'));
		for (const [summary, count] of counts)
			yield* messages.info(`${summary}: ${count} message${count === 1 ? '' : 's'}`);
		return 0;
	});
};
