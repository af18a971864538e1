/**
 * dovecot/imap: IMAP4rev1 after the login (RFC 3501; UIDPLUS, UNSELECT, IDLE, NAMESPACE), with the rights of the user.
 *
 * Does: one table of commands; numbers of messages as the client knows them; flags of an mbox are held back until
 *       EXPUNGE, CHECK, CLOSE or the end, as mbox_lazy_writes has it.
 * Not simulated: SORT, THREAD, CONDSTORE, QRESYNC, NOTIFY, quota and ACL (the capability line names what the real one
 *       has), several namespaces, notice of new mail during IDLE sooner than after 30 s.
 */
import type { Sys } from '#kernel/syscalls';
import { Closed } from '../../libc/channel';
import { close } from '../../libc/unistd';
import type { MailSession } from '../login';
import { listMailboxes, makeMailbox, removeMailbox, renameMailbox } from '../storage/folders';
import { exists, locationOf, mailboxAt, pathOf, type Location } from '../storage/location';
import { bytesOf, FLAGS, NO_CHANGES, StorageError, type Flag, type Mailbox, type Message } from '../storage/mailbox';
import { readCommand, type Argument, type ImapCommand } from './arguments';
import { fetchItems, type FetchCounts } from './fetch';
import { flagList } from './format';
import { BadSearch, inSet, Search } from './search';

const CAPABILITY =
	'IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY';
/** how long the real one took; here nothing takes time */
const TIMING = '(0.001 + 0.000 secs)';
const BAD_MOST = 20;
const IDLE_CHECK = 30_000_000;

/** The answer to a command that is not OK. */
class No {
	constructor(
		readonly kind: 'NO' | 'BAD',
		readonly text: string
	) {}
}

const invalid = (name: string, text: string): No => new No('BAD', `Error in IMAP command ${name}: ${text}`);

interface Selected {
	readonly name: string;
	readonly mailbox: Mailbox;
	readonly readOnly: boolean;
	messages: readonly Message[];
}

type Command = (imap: Imap, command: ImapCommand, byUid: boolean) => Sys<string>;

class Imap {
	selected: Selected | null = null;
	location!: Location;
	ended = '';
	readonly counts: FetchCounts = { headers: 0, headerBytes: 0, bodies: 0, bodyBytes: 0 };
	deleted = 0;
	expunged = 0;

	constructor(readonly session: MailSession) {}

	*say(text: string): Sys<void> {
		yield* this.session.channel.write(bytesOf(`${text}\r\n`));
	}

	get here(): Selected {
		if (!this.selected) throw new No('BAD', 'No mailbox selected');
		return this.selected;
	}

	summary(): string {
		const { counts, session } = this;
		const values: Readonly<Record<string, number>> = {
			/* the line end of LOGOUT is not read any more */
			'%i': session.channel.received - (this.ended === '' ? 0 : 2),
			'%o': session.channel.sent,
			'%{deleted}': this.deleted,
			'%{expunged}': this.expunged,
			'%{trashed}': 0,
			'%{fetch_hdr_count}': counts.headers,
			'%{fetch_hdr_bytes}': counts.headerBytes,
			'%{fetch_body_count}': counts.bodies,
			'%{fetch_body_bytes}': counts.bodyBytes
		};
		return session.configuration
			.text('imap_logout_format')
			.replace(/%(?:[a-z]|\{\w+\})/g, (all) => String(values[all] ?? all));
	}

	*open(name: string): Sys<Mailbox> {
		const path = pathOf(this.location, name);
		const isInbox = name.toUpperCase() === 'INBOX';
		if (path === null || (!isInbox && !(yield* exists(path)))) throw new No('NO', `Mailbox doesn't exist: ${name}`);
		return mailboxAt(this.location, path);
	}

	/** What is held back becomes true. */
	*write(): Sys<void> {
		if (this.selected && !this.selected.readOnly) yield* this.selected.mailbox.sync(NO_CHANGES);
	}

	*leave(): Sys<void> {
		yield* this.write();
		this.selected = null;
	}

	/** Tells what is new since the client was told last. */
	*refresh(): Sys<void> {
		const { selected } = this;
		if (!selected) return;
		const before = selected.messages;
		yield* selected.mailbox.sync(NO_CHANGES, true);
		const now = selected.mailbox.messages;
		const left = new Set(now.map(({ uid }) => uid));
		for (let i = before.length; i > 0; i--) if (!left.has(before[i - 1]!.uid)) yield* this.say(`* ${i} EXPUNGE`);
		selected.messages = now;
		const known = new Set(before.map(({ uid }) => uid));
		if (now.some(({ uid }) => !known.has(uid))) {
			yield* this.say(`* ${now.length} EXISTS`);
			yield* this.say(`* ${now.filter(({ recent }) => recent).length} RECENT`);
		}
	}

	/** @returns number and message of each that the set names */
	chosen(set: Argument | undefined, byUid: boolean, command: string): (readonly [number: number, message: Message])[] {
		const { messages } = this.here;
		const greatest = byUid ? (messages.at(-1)?.uid ?? 0) : messages.length;
		const test = typeof set === 'string' ? inSet(set, greatest) : null;
		if (!test) throw invalid(command, 'Invalid messageset');
		const all = messages.map((message, i) => [i + 1, message] as const);
		if (byUid) return all.filter(([, { uid }]) => test(uid));
		if (
			typeof set === 'string' &&
			(set.match(/\d+/g) ?? []).some((word) => Number(word) > messages.length || Number(word) === 0)
		)
			throw invalid(command, 'Invalid messageset');
		return all.filter(([number]) => test(number));
	}

	*change(flags: ReadonlyMap<number, ReadonlySet<Flag>>): Sys<void> {
		if (flags.size === 0 || this.here.readOnly) return;
		for (const [uid, fresh] of flags) {
			const old = this.here.messages.find((message) => message.uid === uid);
			if (fresh.has('\\Deleted') && !old?.flags.has('\\Deleted')) this.deleted++;
		}
		yield* this.here.mailbox.sync({ flags, expunged: new Set() }, true);
		this.here.messages = this.here.mailbox.messages;
	}

	/** @param uids only these, of those that are marked */
	*expunge(tell: boolean, uids?: (uid: number) => boolean): Sys<void> {
		const { mailbox, messages } = this.here;
		const going = messages.filter(({ uid, flags }) => flags.has('\\Deleted') && (uids?.(uid) ?? true));
		yield* this.write();
		if (going.length === 0) return;
		yield* mailbox.sync({ flags: new Map(), expunged: new Set(going.map(({ uid }) => uid)) });
		this.expunged += going.length;
		const left = [...messages];
		for (const message of going) {
			const at = left.indexOf(message);
			left.splice(at, 1);
			if (tell) yield* this.say(`* ${at + 1} EXPUNGE`);
		}
		this.here.messages = mailbox.messages;
		if (tell && going.some(({ recent }) => recent))
			yield* this.say(`* ${this.here.messages.filter(({ recent }) => recent).length} RECENT`);
	}

	*tellFlags(): Sys<void> {
		const { mailbox, readOnly } = this.here;
		const names = [...FLAGS, ...mailbox.keywords].join(' ');
		yield* this.say(`* FLAGS (${names})`);
		yield* this.say(
			readOnly ? '* OK [PERMANENTFLAGS ()] Read-only mailbox.' : `* OK [PERMANENTFLAGS (${names} \\*)] Flags permitted.`
		);
	}

	*select(name: string, readOnly: boolean): Sys<void> {
		if (this.selected) {
			yield* this.leave();
			yield* this.say('* OK [CLOSED] Previous mailbox closed.');
		}
		const mailbox = yield* this.open(name);
		yield* mailbox.sync(NO_CHANGES, true);
		const { messages } = mailbox;
		this.selected = { name: name.toUpperCase() === 'INBOX' ? 'INBOX' : name, mailbox, readOnly, messages };
		yield* this.tellFlags();
		yield* this.say(`* ${messages.length} EXISTS`);
		yield* this.say(`* ${messages.filter(({ recent }) => recent).length} RECENT`);
		const unseen = messages.findIndex(({ flags }) => !flags.has('\\Seen'));
		if (unseen >= 0) yield* this.say(`* OK [UNSEEN ${unseen + 1}] First unseen.`);
		yield* this.say(`* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs valid`);
		yield* this.say(`* OK [UIDNEXT ${mailbox.nextUid}] Predicted next UID`);
		if (this.location.format === 'mbox') yield* this.say('* OK [NOMODSEQ] No permanent modsequences');
	}
}

function text(command: ImapCommand, at: number): string {
	const word = command.arguments[at];
	if (typeof word !== 'string') throw invalid(command.name, 'Invalid arguments');
	return word;
}

function flagsIn(argument: Argument | undefined): Set<Flag> {
	const words = typeof argument === 'string' ? [argument] : (argument ?? []);
	const known = new Map(FLAGS.map((flag) => [flag.toLowerCase(), flag] as const));
	return new Set(words.filter((word) => typeof word === 'string').map((word) => known.get(word.toLowerCase()) ?? word));
}

function* store(imap: Imap, command: ImapCommand, byUid: boolean): Sys<string> {
	const chosen = imap.chosen(command.arguments[0], byUid, command.name);
	const [, mode = '', silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(text(command, 1)) ?? [];
	if (!/FLAGS/i.test(text(command, 1))) throw invalid(command.name, `Invalid item ${text(command, 1)}`);
	if (imap.here.readOnly) throw new No('NO', '[READ-ONLY] Mailbox is read-only');
	const given = flagsIn(command.arguments[2]);
	const known = imap.here.mailbox.keywords.length;
	const fresh = new Map(
		chosen.map(([, { uid, flags }]): [number, Set<Flag>] => {
			if (mode === '') return [uid, new Set(given)];
			const after = new Set(flags);
			for (const flag of given) {
				if (mode === '+') after.add(flag);
				else after.delete(flag);
			}
			return [uid, after];
		})
	);
	yield* imap.change(fresh);
	if (imap.here.mailbox.keywords.length > known) yield* imap.tellFlags();
	if (!silent)
		for (const [number, { uid }] of chosen) {
			const now = imap.here.messages.find((message) => message.uid === uid);
			if (now) yield* imap.say(`* ${number} FETCH (${byUid ? `UID ${uid} ` : ''}FLAGS (${flagList(now)}))`);
		}
	return 'OK Store completed';
}

function* fetch(imap: Imap, command: ImapCommand, byUid: boolean): Sys<string> {
	const chosen = imap.chosen(command.arguments[0], byUid, command.name);
	const wanted = command.arguments[1];
	if (wanted === undefined) throw invalid(command.name, 'Invalid arguments');
	const items = fetchItems(wanted, byUid);
	if (typeof items === 'string') throw invalid(command.name, items);
	for (const [number, { uid }] of chosen) {
		const isRead = items.marks && !imap.here.readOnly;
		const before = imap.here.messages[number - 1]!;
		const marks = isRead && !before.flags.has('\\Seen');
		if (marks) yield* imap.change(new Map([[uid, new Set([...before.flags, '\\Seen'])]]));
		const message = imap.here.messages[number - 1]!;
		const content = items.needsContent ? yield* imap.here.mailbox.content(uid) : '';
		if (content === null) continue;
		const flags = marks && !items.hasFlags ? [`FLAGS (${flagList(message)})`] : [];
		const parts = items.items.map((item) => item(message, content, imap.counts));
		yield* imap.say(`* ${number} FETCH (${[...flags, ...parts].join(' ')})`);
	}
	return 'OK Fetch completed';
}

function* search(imap: Imap, command: ImapCommand, byUid: boolean): Sys<string> {
	const { messages, mailbox } = imap.here;
	const found: number[] = [];
	try {
		const test = new Search(command.arguments, { number: messages.length, uid: messages.at(-1)?.uid ?? 0 }).all();
		const readsText = JSON.stringify(command.arguments).match(/bcc|cc|from|subject|"to"|header|text|body/i) !== null;
		for (const [i, message] of messages.entries()) {
			const content = readsText ? ((yield* mailbox.content(message.uid)) ?? '') : '';
			if (test({ number: i + 1, message, content })) found.push(byUid ? message.uid : i + 1);
		}
	} catch (thrown) {
		if (!(thrown instanceof BadSearch)) throw thrown;
		throw invalid(command.name, thrown.text);
	}
	yield* imap.say(['* SEARCH', ...found].join(' '));
	return 'OK Search completed';
}

function* copy(imap: Imap, command: ImapCommand, byUid: boolean): Sys<string> {
	const chosen = imap.chosen(command.arguments[0], byUid, command.name);
	let target: Mailbox;
	try {
		target = yield* imap.open(text(command, 1));
	} catch (thrown) {
		if (thrown instanceof No) throw new No('NO', `[TRYCREATE] ${thrown.text}`);
		throw thrown;
	}
	const uids: [number, number][] = [];
	for (const [, { uid, flags, received }] of chosen) {
		const content = yield* imap.here.mailbox.content(uid);
		if (content !== null) uids.push([uid, yield* target.append(content, flags, received)]);
	}
	const list = (at: 0 | 1): string => uids.map((pair) => pair[at]).join(',');
	return `OK [COPYUID ${target.uidValidity} ${list(0)} ${list(1)}] Copy completed`;
}

const COMMANDS: Readonly<Record<string, Command>> = {
	*CAPABILITY(imap) {
		yield* imap.say(`* CAPABILITY ${CAPABILITY}`);
		return 'OK Capability completed';
	},
	*NOOP(imap) {
		yield* imap.refresh();
		return 'OK NOOP completed';
	},
	*CHECK(imap) {
		yield* imap.write();
		yield* imap.refresh();
		return 'OK Check completed';
	},
	*LOGOUT(imap) {
		imap.ended = 'Logged out';
		yield* imap.write();
		yield* imap.say('* BYE Logging out');
		return 'OK Logout completed';
	},
	*ID(imap) {
		yield* imap.say('* ID ("name" "Dovecot")');
		return 'OK ID completed';
	},
	*ENABLE(imap) {
		yield* imap.say('* ENABLED');
		return 'OK Enabled';
	},
	*NAMESPACE(imap) {
		yield* imap.say('* NAMESPACE (("" "/")) NIL NIL');
		return 'OK Namespace completed';
	},
	*SELECT(imap, command) {
		yield* imap.select(text(command, 0), false);
		return 'OK [READ-WRITE] Select completed';
	},
	*EXAMINE(imap, command) {
		yield* imap.select(text(command, 0), true);
		return 'OK [READ-ONLY] Examine completed';
	},
	*LIST(imap, command) {
		const pattern = text(command, 1);
		if (pattern === '') yield* imap.say('* LIST (\\Noselect) "/" ""');
		else
			for (const { name, flag } of yield* listMailboxes(imap.location, text(command, 0) + pattern))
				yield* imap.say(`* LIST (${flag}) "/" ${/^[\w./-]+$/.test(name) ? name : `"${name}"`}`);
		return 'OK List completed';
	},
	*LSUB() {
		return 'OK Lsub completed';
	},
	*SUBSCRIBE() {
		return 'OK Subscribe completed';
	},
	*UNSUBSCRIBE() {
		return 'OK Unsubscribe completed';
	},
	*CREATE(imap, command) {
		const wrong = yield* makeMailbox(imap.location, text(command, 0));
		if (wrong !== null) throw new No('NO', wrong);
		return 'OK Create completed';
	},
	*DELETE(imap, command) {
		const wrong = yield* removeMailbox(imap.location, text(command, 0));
		if (wrong !== null) throw new No('NO', wrong);
		return 'OK Delete completed';
	},
	*RENAME(imap, command) {
		const wrong = yield* renameMailbox(imap.location, text(command, 0), text(command, 1));
		if (wrong !== null) throw new No('NO', wrong);
		return 'OK Rename completed';
	},
	*STATUS(imap, command) {
		const name = text(command, 0);
		const isSelected = imap.selected?.name.toUpperCase() === name.toUpperCase();
		const mailbox = isSelected ? imap.here.mailbox : yield* imap.open(name);
		if (!isSelected) yield* mailbox.sync(NO_CHANGES, true);
		const { messages } = mailbox;
		const values: Readonly<Record<string, number>> = {
			MESSAGES: messages.length,
			RECENT: messages.filter(({ recent }) => recent).length,
			UIDNEXT: mailbox.nextUid,
			UIDVALIDITY: mailbox.uidValidity,
			UNSEEN: messages.filter(({ flags }) => !flags.has('\\Seen')).length,
			SIZE: messages.reduce((sum, { size }) => sum + size, 0)
		};
		const wanted = command.arguments[1];
		if (!Array.isArray(wanted)) throw invalid('STATUS', 'Invalid status list.');
		const items = wanted.map((word) => String(word).toUpperCase()).filter((word) => word in values);
		yield* imap.say(`* STATUS ${name} (${items.map((item) => `${item} ${values[item]}`).join(' ')})`);
		return isSelected ? 'OK [CLIENTBUG] Status on selected mailbox completed' : 'OK Status completed';
	},
	*APPEND(imap, command) {
		const content = command.arguments.at(-1);
		if (typeof content !== 'string') throw invalid('APPEND', 'Invalid arguments');
		let mailbox: Mailbox;
		try {
			mailbox = yield* imap.open(text(command, 0));
		} catch (thrown) {
			if (thrown instanceof No) throw new No('NO', `[TRYCREATE] ${thrown.text}`);
			throw thrown;
		}
		const flags = flagsIn(command.arguments.slice(1, -1).find((one) => Array.isArray(one)));
		const now = imap.selected?.messages.at(-1)?.received ?? 0;
		const uid = yield* mailbox.append(content.replaceAll('\r\n', '\n'), flags, now);
		yield* imap.refresh();
		return `OK [APPENDUID ${mailbox.uidValidity} ${uid}] Append completed`;
	},
	*CLOSE(imap) {
		if (!imap.here.readOnly) yield* imap.expunge(false);
		yield* imap.leave();
		return 'OK Close completed';
	},
	*UNSELECT(imap) {
		void imap.here;
		yield* imap.leave();
		return 'OK Unselect completed';
	},
	*EXPUNGE(imap, command, byUid) {
		const test = byUid ? inSet(text(command, 0), Number.MAX_SAFE_INTEGER) : null;
		if (!imap.here.readOnly) yield* imap.expunge(true, test ?? undefined);
		return 'OK Expunge completed';
	},
	SEARCH: search,
	FETCH: fetch,
	STORE: store,
	COPY: copy,
	*MOVE(imap, command, byUid) {
		const answer = yield* copy(imap, command, byUid);
		const going = new Set(imap.chosen(command.arguments[0], byUid, command.name).map(([, { uid }]) => uid));
		const flags = imap.here.messages
			.filter(({ uid }) => going.has(uid))
			.map((message) => [message.uid, new Set([...message.flags, '\\Deleted'])] as const);
		yield* imap.say(`* ${answer.replace(/ Copy completed$/, ' Moved UIDs.')}`);
		yield* imap.change(new Map(flags));
		yield* imap.expunge(true, (uid) => going.has(uid));
		return 'OK Move completed';
	},
	*IDLE(imap) {
		yield* imap.say('+ idling');
		const { channel } = imap.session;
		while (!(yield* channel.ready(IDLE_CHECK))) yield* imap.refresh();
		const line = yield* channel.line();
		if (line.toUpperCase() !== 'DONE') throw invalid('IDLE', 'Expected DONE.');
		return 'OK Idle completed';
	}
};
const WITH_UID = ['FETCH', 'STORE', 'COPY', 'MOVE', 'SEARCH', 'EXPUNGE'];

function* obey(imap: Imap, command: ImapCommand): Sys<boolean> {
	let name = command.name;
	let given = command;
	const byUid = name === 'UID';
	if (byUid) {
		name = String(command.arguments[0] ?? '').toUpperCase();
		given = { ...command, name, arguments: command.arguments.slice(1) };
	}
	let answer: string;
	let isBad = false;
	try {
		if (command.wrong !== null) throw invalid(name, command.wrong);
		if (!Object.hasOwn(COMMANDS, name) || (byUid && !WITH_UID.includes(name)))
			throw invalid(byUid ? `UID ${name}` : name, 'Unknown command');
		answer = yield* COMMANDS[name]!(imap, given, byUid);
	} catch (thrown) {
		if (thrown instanceof No) answer = `${thrown.kind} ${thrown.text}`;
		else if (thrown instanceof StorageError) {
			yield* imap.session.log.error(thrown.text);
			answer = 'NO [SERVERBUG] Internal error occurred. Refer to server log for more information.';
		} else throw thrown;
		isBad = answer.startsWith('BAD');
	}
	yield* imap.say(`${command.tag} ${answer} ${TIMING}.`);
	return isBad;
}

function* converse(imap: Imap): Sys<string> {
	let bad = 0;
	while (imap.ended === '') {
		const command = yield* readCommand(imap.session.channel);
		bad = (yield* obey(imap, command)) ? bad + 1 : 0;
		if (bad >= BAD_MOST) {
			yield* imap.say('* BYE Too many invalid IMAP commands.');
			return 'Too many invalid IMAP commands.';
		}
	}
	return imap.ended;
}

export function* imapMain(session: MailSession): Sys<number> {
	const imap = new Imap(session);
	const { channel, tag } = session;
	try {
		imap.location = yield* locationOf(session);
	} catch (thrown) {
		if (!(thrown instanceof StorageError)) throw thrown;
		yield* session.log.error(thrown.text);
		yield* imap.say('* BYE Internal error occurred. Refer to server log for more information.');
		yield* close(channel.fd);
		return 0;
	}
	let why: string;
	try {
		if (session.askedCapability) {
			yield* imap.say(`* CAPABILITY ${CAPABILITY}`);
			yield* imap.say(`${tag} OK Logged in`);
		} else yield* imap.say(`${tag} OK [CAPABILITY ${CAPABILITY}] Logged in`);
		why = yield* converse(imap);
	} catch (thrown) {
		if (!(thrown instanceof Closed)) throw thrown;
		why = thrown.why === 'timeout' ? 'Inactivity' : 'Connection closed';
		try {
			yield* imap.write();
		} catch (failed) {
			if (!(failed instanceof StorageError)) throw failed;
		}
	}
	yield* session.log.info(`Disconnected: ${why} ${imap.summary()}`);
	if (channel.tls) yield* channel.tls.end();
	yield* close(channel.fd);
	return 0;
}
