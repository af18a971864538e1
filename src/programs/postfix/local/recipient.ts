/**
 * One local recipient (deliver_recipient(), deliver_alias(), deliver_dotforward(), deliver_mailbox() …).
 *
 * The result of a whole expansion is one status for the recipient: the first failure, or "sent".
 */
import { Errno, S, type Source, type Sys } from '#kernel/syscalls';
import { getgrnam, getpwnam, type PasswdEntry } from '../../libc/passwd';
import { readText } from '../../libc/stdio';
import { stat, trace } from '../../libc/unistd';
import { asUser } from '../as-user';
import type { Maps } from '../dict';
import { TRACE_FLAG, type Delivery, type Dsn } from '../delivery';
import { rewriteEvent } from '../events';
import { splitExtension } from '../mail-addr-find';
import { appendMaildir, appendMbox, deliveryHeaders, fromLine, mboxText, type CopyHeaders } from '../mailbox-file';
import { CLEANUP_FLAG, INTERNAL, openMailStream } from '../mail-stream';
import { mailDate } from '../mail-date';
import { pipeCommand } from '../pipe-command';
import { REC, type QueuedRecipient } from '../queue-file';
import { resolve, rewriteInternal } from '../rewrite-client';
import { addressesIn, internalize, parse, quote822, splitAddress, unquote822 } from '../tok822';
import { time } from '../../libc/unistd';

export interface LocalContext {
	readonly delivery: Delivery;
	readonly aliases: Maps;
	readonly recipient: QueuedRecipient;
	/** addresses that leave: one new mail for all */
	readonly forwards: { address: string; sender: string; deliveredTo: string; keepsOriginal: boolean }[];
	commands: number;
	/** what was delivered to already: users, files, commands */
	readonly been: Set<string>;
}

/** NOTIFY=SUCCESS */
const NOTIFY_SUCCESS = 2;

/** Delivered there already: nothing is said again. */
const SKIP: Dsn = { status: '2.0.0', text: '' };

/** Whose word is acted on. */
interface Authority {
	/** the local name that is being delivered to, for the log */
	readonly name: string;
	readonly user: PasswdEntry | null;
	readonly kind: 'alias' | 'forward' | 'include';
	readonly deliveredTo: string;
	readonly sender: string;
	/** whom delivery problems are told: a list's owner, or the user whose .forward it is */
	readonly owner: string | null;
	/** the alias that is being expanded: one that lists its own name means the user */
	readonly expanding: string | null;
	/** a list's mail is a new mail to its members */
	readonly keepsOriginal: boolean;
	/** how many expansions deep */
	readonly level: number;
	/** of a user's address, for the commands that are run */
	readonly extension?: string;
}

/** An alias behind so many others is a loop (deliver_alias(): 100 calls, four of them an expansion). */
const RECURSION = 25;

export class LocalRecipient {
	readonly #delivery: Delivery;
	readonly #local: string;
	readonly #domain: string;

	constructor(readonly context: LocalContext) {
		this.#delivery = context.delivery;
		const [local, domain] = splitAddress(context.recipient.address);
		this.#local = local;
		this.#domain = domain ?? '';
	}

	get #config() {
		return this.#delivery.daemon.config;
	}

	*deliver(): Sys<void> {
		const { recipient } = this.context;
		if (this.#hasBeenAt(recipient.address)) {
			yield* this.#report({ status: '5.4.6', text: `mail forwarding loop for ${recipient.address}` });
			if (!this.#deferred) yield* this.#delivery.completed(recipient);
			return;
		}
		yield* this.user(this.#local.toLowerCase(), {
			name: this.#local,
			user: null,
			kind: 'alias',
			deliveredTo: recipient.address,
			sender: this.#delivery.request.sender,
			owner: null,
			expanding: null,
			keepsOriginal: true,
			level: 0
		});
		if (this.context.forwards.length > 0) yield* this.#report(yield* this.#forward());
		if (!this.#deferred) yield* this.#delivery.completed(recipient);
	}

	/** Whether a Delivered-To: line of the mail names the address. */
	#hasBeenAt(address: string): boolean {
		const [headers] = this.#delivery.mail.content.split('\n\n', 1);
		return headers!
			.split('\n')
			.some((line) => /^delivered-to:/i.test(line) && sameAddress(unquote822(line.slice(13).trim()), address));
	}

	#deferred = false;
	#expanded = false;

	/** An alias or a .forward file ends the sender's wish to hear of success: he is told of the expansion (RFC 3461, 5.2.7). */
	*#expands(): Sys<void> {
		const { recipient } = this.context;
		if (this.#expanded || !(recipient.notify & NOTIFY_SUCCESS) || this.#delivery.probe) return;
		this.#expanded = true;
		yield* this.#delivery.traced(recipient, 'local', { status: '2.0.0', text: 'alias expanded' }, 'expanded');
	}

	/** What came of one address of the expansion; the recipient's record is touched only at the end. */
	*#report(dsn: Dsn, name?: string, whole?: string): Sys<void> {
		const { recipient } = this.context;
		const address = whole ?? (name === undefined ? recipient.address : `${name}@${this.#domain}`);
		const leaf: QueuedRecipient = {
			...recipient,
			address,
			original: recipient.original || recipient.address,
			notify: this.#expanded ? recipient.notify & ~NOTIFY_SUCCESS : recipient.notify,
			offset: 0
		};
		const before = this.#delivery.deferred;
		this.#delivery.deferred = false;
		const action = dsn.text.startsWith('forwarded as ') ? 'relayed' : 'delivered';
		if (dsn.status.startsWith('2')) yield* this.#delivery.sent(leaf, 'local', dsn, action);
		else yield* this.#delivery.failed(leaf, 'local', dsn);
		this.#deferred ||= this.#delivery.deferred;
		this.#delivery.deferred ||= before;
	}

	/** @param whole the address to name, where it is none of this domain */
	*#say(name: string, dsn: Dsn, whole?: string): Sys<Dsn> {
		if (dsn !== SKIP && dsn.text !== '') yield* this.#report(dsn, name, whole);
		return dsn;
	}

	/** A local name: alias, or user (deliver_switch()). */
	*user(name: string, given: Authority): Sys<Dsn> {
		const authority: Authority = { ...given, name: given.level === 0 ? this.#local : name };
		const parts = splitExtension(name, this.#config.text('recipient_delimiter'));
		const keys = parts ? [name, parts[0]] : [name];
		for (const key of keys) {
			if (authority.expanding?.toLowerCase() === key.toLowerCase()) continue;
			if (authority.level >= RECURSION) {
				yield* this.#delivery.daemon.log.warn(`alias database loop for ${key}`);
				return yield* this.#say(authority.name, { status: '5.4.6', text: `alias database loop for ${key}` });
			}
			const found = yield* this.context.aliases.find(key);
			if (found) {
				/* a probe of an address asks no further (alias.c) */
				if (this.#delivery.flags & TRACE_FLAG.MTA_VRFY)
					return yield* this.#say(authority.name, { status: '2.0.0', text: `aliased to ${found.value}` });
				yield* this.#tellExpansion(key, splitTargets(found.value), this.context.aliases.title, found);
				return yield* this.#alias(key, found.value, authority);
			}
		}
		/* another user's mail begins anew: each recipient has a record of its own in the new queue file */
		const foreign = authority.owner !== null && authority.owner.toLowerCase() !== name.toLowerCase();
		if (foreign || authority.kind === 'include') return yield* this.#leaves(`${name}@${this.#domain}`, authority);
		const entry = (yield* getpwnam(name)) ?? (parts ? yield* getpwnam(parts[0]) : undefined);
		if (entry) return yield* this.#account(entry, parts && entry.name !== name ? parts[1].slice(1) : '', authority);
		return yield* this.#unknown(name, authority.name);
	}

	*#unknown(name: string, shown: string): Sys<Dsn> {
		const relay = this.#config.text('luser_relay');
		if (/^(mailer-daemon|double-bounce)$/i.test(name)) {
			yield* this.#delivery.daemon.log.warn('required alias not found: mailer-daemon');
			return yield* this.#say(shown, { status: '2.0.0', text: 'discarded' });
		}
		if (/^postmaster$/i.test(name)) {
			yield* this.#delivery.daemon.log.warn('required alias not found: postmaster');
			return yield* this.#say(shown, { status: '2.0.0', text: 'discarded' });
		}
		if (relay === '') return yield* this.#say(shown, { status: '5.1.1', text: `unknown user: "${name}"` });
		const values = new Map([
			['user', name],
			['local', this.#local],
			['domain', this.#domain],
			['shell', ''],
			['home', ''],
			['extension', ''],
			['recipient', this.context.recipient.address]
		]);
		const target = this.#config.expand(this.#config.raw('luser_relay'), values);
		yield* this.#tellExpansion(name, splitTargets(target), 'luser_relay', {
			source: this.#config.source('luser_relay')
		});
		return yield* this.#targets(target, {
			name: shown,
			user: null,
			kind: 'alias',
			deliveredTo: this.context.recipient.address,
			sender: this.#delivery.request.sender,
			owner: null,
			expanding: null,
			keepsOriginal: true,
			level: 1
		});
	}

	*#tellExpansion(
		from: string,
		to: readonly string[],
		check: string,
		entry: { readonly source: Source; readonly because?: readonly Source[] }
	): Sys<void> {
		yield* trace(rewriteEvent(this.#delivery.id, 'local', from, to, check, entry));
	}

	*#alias(key: string, value: string, authority: Authority): Sys<Dsn> {
		const special = this.#config.flag('owner_request_special');
		const owner = special ? yield* this.context.aliases.find(`owner-${key}`) : null;
		const canonical = owner
			? yield* rewriteInternal(
					this.#delivery.daemon,
					'local',
					this.#config.flag('expand_owner_alias') ? owner.value : `owner-${key}`
				)
			: null;
		const privileges = yield* getpwnam(this.#config.text('default_privs'));
		yield* this.#expands();
		const result = yield* this.#targets(value, {
			name: authority.name,
			user: privileges ?? null,
			kind: 'alias',
			deliveredTo: authority.deliveredTo,
			sender: canonical !== null && authority.sender !== '' ? canonical : authority.sender,
			owner: canonical,
			expanding: key,
			keepsOriginal: authority.keepsOriginal && canonical === null,
			level: authority.level + 1
		});
		if (result.status !== 'none') return result;
		yield* this.#delivery.daemon.log.warn(`no recipient in alias lookup result for ${key}`);
		return yield* this.#say(authority.name, { status: '4.3.0', text: 'alias database unavailable' });
	}

	/** What is not delivered here is sent on when the whole expansion is known. */
	*#leaves(address: string, authority: Authority): Sys<Dsn> {
		const { sender, deliveredTo, keepsOriginal } = authority;
		if (this.#hasBeenAt(address)) {
			const [local] = splitAddress(address);
			return yield* this.#say(local, { status: '5.4.6', text: `mail forwarding loop for ${address}` });
		}
		if (this.#delivery.probe)
			return yield* this.#say(splitAddress(address)[0], { status: '2.0.0', text: `forwards to ${address}` }, address);
		this.context.forwards.push({ address, sender, deliveredTo, keepsOriginal });
		return { status: '2.0.0', text: 'forwarded' };
	}

	/** A list of destinations. */
	*#targets(text: string, authority: Authority): Sys<Dsn> {
		let result: Dsn | null = null;
		let count = 0;
		const items = splitTargets(text);
		for (const item of items) {
			const one = yield* this.#target(item, authority);
			count++;
			if (result === null || (result.status.startsWith('2') && !one.status.startsWith('2'))) result = one;
		}
		return count === 0 || result === null ? { status: 'none', text: '' } : result;
	}

	*#target(item: string, authority: Authority): Sys<Dsn> {
		if (item.startsWith(':include:')) return yield* this.#include(item.slice(9).trim(), authority);
		const allowed = (parameter: string): boolean =>
			this.#config.items(parameter).some(({ text }) => text.toLowerCase() === authority.kind);
		if (item.startsWith('|')) {
			if (!allowed('allow_mail_to_commands'))
				return yield* this.#say(authority.name, { status: '5.7.1', text: 'mail to command is restricted' });
			return yield* this.#say(authority.name, yield* this.#command(item.slice(1), authority));
		}
		if (item.startsWith('/')) {
			if (!allowed('allow_mail_to_files'))
				return yield* this.#say(authority.name, { status: '5.7.1', text: 'mail to file is restricted' });
			return yield* this.#say(authority.name, yield* this.#file(item, authority));
		}
		const bare = item.startsWith('\\');
		const address = yield* rewriteInternal(this.#delivery.daemon, 'local', bare ? item.slice(1) : item);
		const reply = yield* resolve(this.#delivery.daemon, authority.sender, address);
		const isLocal = reply.transport === this.#delivery.daemon.service;
		const [local, domain] = splitAddress(reply.recipient);
		if (!isLocal || domain?.toLowerCase() !== this.#domain.toLowerCase())
			return yield* this.#leaves(address, authority);
		const name = local.toLowerCase();
		if (bare || authority.user?.name.toLowerCase() === name) {
			const entry = yield* getpwnam(name);
			if (entry) return yield* this.#say(entry.name, yield* this.#mailbox(entry, authority));
		}
		return yield* this.user(name, { ...authority, name });
	}

	*#include(path: string, authority: Authority): Sys<Dsn> {
		try {
			const who = authority.user ?? { uid: 65_534, gid: 65_534 };
			const text = yield* asUser(who.uid, who.gid, () => readText(path));
			const result = yield* this.#targets(
				text
					.split('\n')
					.map((line) => line.replace(/^\s*#.*/, ''))
					.join('\n'),
				{ ...authority, kind: 'include' }
			);
			return result.status === 'none' ? { status: '2.0.0', text: 'empty include file' } : result;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* this.#delivery.daemon.log.warn(
				`cannot open include file ${path}: ${thrown.code === 'ENOENT' ? 'No such file or directory' : 'Permission denied'}`
			);
			return yield* this.#say(
				authority.name,
				thrown.code === 'ENOENT'
					? { status: '5.3.5', text: 'mail system configuration error' }
					: { status: '4.2.0', text: `cannot open include file ${path}: Permission denied` }
			);
		}
	}

	/** A user with an account: .forward, then the mailbox. */
	*#account(entry: PasswdEntry, extension: string, authority: Authority): Sys<Dsn> {
		if (this.context.been.has(`user:${entry.name}`)) return SKIP;
		const mine: Authority = { ...authority, extension };
		const forwarded = yield* this.#dotForward(entry, extension, mine);
		return forwarded ?? (yield* this.#say(authority.name, yield* this.#mailbox(entry, mine)));
	}

	*#dotForward(entry: PasswdEntry, extension: string, authority: Authority): Sys<Dsn | null> {
		const values = new Map([
			['home', entry.home],
			['user', entry.name],
			['extension', extension],
			['recipient_delimiter', this.#config.text('recipient_delimiter')],
			['shell', entry.shell],
			['local', this.#local],
			['domain', this.#domain]
		]);
		for (const raw of this.#config.raw('forward_path').split(/[\s,]+(?![^{]*\})/)) {
			const path = this.#config.expand(raw, values);
			if (path === '' || path.endsWith('+') || (raw.includes('extension') && extension === '')) continue;
			let text: string;
			try {
				const found = yield* asUser(entry.uid, entry.gid, () => stat(path));
				if ((found.mode & S.IFMT) !== S.IFREG) continue;
				if (found.uid !== 0 && found.uid !== entry.uid) {
					yield* this.#delivery.daemon.log.warn(`file ${path} has bad owner uid ${found.uid}`);
					continue;
				}
				if (found.mode & 0o002) {
					yield* this.#delivery.daemon.log.warn(`file ${path} is world writable`);
					continue;
				}
				text = yield* asUser(entry.uid, entry.gid, () => readText(path));
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code !== 'ENOENT' && thrown.code !== 'ENOTDIR')
					yield* this.#delivery.daemon.log.warn(`cannot open file ${path}: Permission denied`);
				continue;
			}
			this.context.been.add(`user:${entry.name}`);
			yield* this.#expands();
			const lines = text
				.split('\n')
				.filter((line) => !/^\s*#/.test(line))
				.join('\n');
			yield* this.#tellExpansion(entry.name, splitTargets(lines), 'forward_path', {
				source: { kind: 'file', host: '', path, line: 1 },
				because: [this.#config.source('forward_path')]
			});
			const result = yield* this.#targets(lines, {
				...authority,
				user: entry,
				kind: 'forward',
				deliveredTo: this.context.recipient.address,
				owner: entry.name
			});
			if (result.status !== 'none') return result;
		}
		return null;
	}

	#headers(authority: Authority): CopyHeaders {
		const original = this.context.recipient.original || this.context.recipient.address;
		return {
			sender: authority.sender,
			originalTo: this.#config.flag('enable_original_recipient') ? original : '',
			deliveredTo: authority.deliveredTo,
			returnPath: true
		};
	}

	*#mailbox(entry: PasswdEntry, authority: Authority): Sys<Dsn> {
		if (this.context.been.has(`mailbox:${entry.name}`)) return SKIP;
		this.context.been.add(`mailbox:${entry.name}`);
		const values = new Map([
			['home', entry.home],
			['user', entry.name]
		]);
		const command = this.#config.raw('mailbox_command');
		if (command !== '') return yield* this.#command(command, { ...authority, user: entry, kind: 'forward' });
		const home = this.#config.expand(this.#config.raw('home_mailbox'), values);
		const locks = this.#config.items('mailbox_delivery_lock').map(({ text }) => text);
		if (home !== '') {
			const path = home.startsWith('/') ? home : `${entry.home}/${home}`;
			return yield* this.#append(
				path,
				authority,
				entry.uid,
				entry.gid,
				locks,
				path.endsWith('/') ? 'delivered to maildir' : 'delivered to mailbox'
			);
		}
		const spool = this.#config.text('mail_spool_directory');
		const path = `${spool.replace(/\/$/, '')}/${entry.name}${spool.endsWith('/') && spool !== '/' && this.#config.raw('mail_spool_directory').endsWith('/') ? '/' : ''}`;
		if (path.endsWith('/'))
			return yield* this.#append(path, authority, entry.uid, entry.gid, locks, 'delivered to maildir');
		const group = (yield* getgrnam('mail'))?.gid ?? entry.gid;
		return yield* this.#append(path, authority, entry.uid, group, locks, 'delivered to mailbox', entry);
	}

	*#file(path: string, authority: Authority): Sys<Dsn> {
		if (this.context.been.has(`file:${path}`)) return { status: '2.0.0', text: `delivered to file: ${path}` };
		this.context.been.add(`file:${path}`);
		const who = authority.user ?? { uid: 65_534, gid: 65_534 };
		const locks = this.#config.items('mailbox_delivery_lock').map(({ text }) => text);
		const result = yield* this.#append(
			path,
			authority,
			who.uid,
			who.gid,
			locks,
			path.endsWith('/') ? 'delivered to maildir' : `delivered to file: ${path}`
		);
		return result.status.startsWith('2')
			? result
			: { ...result, text: `cannot append message to file ${path}: ${result.text}` };
	}

	*#append(
		path: string,
		authority: Authority,
		uid: number,
		gid: number,
		locks: readonly string[],
		text: string,
		mailbox?: PasswdEntry
	): Sys<Dsn> {
		if (this.#delivery.probe) return { status: '2.0.0', text: text.replace(/^delivered/, 'delivers') };
		const headers = this.#headers(authority);
		const content = this.#delivery.mail.content;
		const now = yield* time();
		const limit = this.#config.number('mailbox_size_limit');
		const result = yield* asUser(uid, gid, () =>
			path.endsWith('/')
				? appendMaildir(path, deliveryHeaders(headers) + content, limit)
				: appendMbox(path, mboxText(content, headers, now), locks, limit)
		);
		if (result.warning && !mailbox) yield* this.#delivery.daemon.log.warn(result.warning);
		if (result.ok) return { status: '2.0.0', text };
		return mailbox
			? {
					status: result.dsn.status,
					text: `cannot update mailbox ${path} for user ${mailbox.name}. ${result.dsn.text}`
				}
			: result.dsn;
	}

	*#command(command: string, authority: Authority): Sys<Dsn> {
		if (this.context.been.has(`command:${command}`))
			return { status: '2.0.0', text: `delivered to command: ${command}` };
		this.context.been.add(`command:${command}`);
		if (this.#delivery.probe) return { status: '2.0.0', text: `delivers to command: ${command}` };
		const entry = authority.user;
		const env = new Map<string, string>([
			['PATH', '/usr/bin:/bin'],
			['SHELL', entry?.shell ?? '/bin/sh'],
			['HOME', entry?.home ?? '/'],
			['USER', entry?.name ?? 'nobody'],
			['LOGNAME', entry?.name ?? 'nobody'],
			['LOCAL', this.#local],
			['DOMAIN', this.#domain],
			['RECIPIENT', this.context.recipient.address],
			['SENDER', authority.sender],
			['ORIGINAL_RECIPIENT', this.context.recipient.original],
			...(authority.extension ? [['EXTENSION', authority.extension] as const] : []),
			['MAIL_CONFIG', '/etc/postfix']
		]);
		const headers = this.#headers(authority);
		const now = yield* time();
		const { failure } = yield* pipeCommand({
			program: 'local',
			timeLimit: this.#config.seconds('command_time_limit') * 1e6,
			argv: [command],
			title: command,
			uid: entry?.uid ?? 65_534,
			gid: entry?.gid ?? 65_534,
			directory: this.#delivery.daemon.config.text('queue_directory'),
			env,
			input: `${fromLine(headers.sender, now)}${deliveryHeaders(headers)}${this.#delivery.mail.content}`
		});
		return failure ?? { status: '2.0.0', text: `delivered to command: ${command}` };
	}

	/** What leaves becomes a mail of its own (forward.c). */
	*#forward(): Sys<Dsn> {
		const { config } = this.#delivery.daemon;
		let text = '';
		const groups = new Map<string, typeof this.context.forwards>();
		for (const one of this.context.forwards)
			groups.set(`${one.sender}\0${one.deliveredTo}`, [
				...(groups.get(`${one.sender}\0${one.deliveredTo}`) ?? []),
				one
			]);
		for (const group of groups.values()) {
			const { sender, deliveredTo } = group[0]!;
			const to = yield* openMailStream(config.text('cleanup_service_name'), INTERNAL | CLEANUP_FLAG.BOUNCE);
			const now = yield* time();
			const { mail, request } = this.#delivery;
			yield* to.record(REC.TIME, `${Math.floor(request.arrival / 1e6)} ${request.arrival % 1e6}`);
			yield* to.record(REC.FROM, sender);
			for (const [name, value] of mail.attributes)
				if (name === 'encoding' || name.startsWith('log_') || name.startsWith('client_'))
					yield* to.attribute(name, value);
			for (const one of group) {
				if (one.keepsOriginal && this.context.recipient.dsnOriginal)
					yield* to.attribute('dsn_orig_rcpt', this.context.recipient.dsnOriginal);
				if (one.keepsOriginal)
					yield* to.record(REC.ORCP, this.context.recipient.original || this.context.recipient.address);
				yield* to.record(REC.RCPT, one.address);
			}
			yield* to.record(REC.MESG, '');
			yield* to.record(REC.NORM, `Received: by ${config.text('myhostname')} (${config.text('mail_name')})`);
			yield* to.record(REC.NORM, `\tid ${to.queueId}; ${mailDate(now)}`);
			yield* to.record(REC.NORM, `Delivered-To: ${quote822(deliveredTo.toLowerCase())}`);
			for (const line of mail.content.replace(/\n$/, '').split('\n')) yield* to.record(REC.NORM, line);
			yield* to.record(REC.XTRA, '');
			const verdict = yield* to.finish();
			if (verdict.status !== 0) return { status: '4.3.0', text: 'temporary failure' };
			text = text === '' ? `forwarded as ${to.queueId}` : text;
		}
		return { status: '2.0.0', text };
	}
}

const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The items of an alias: addresses, "|command", /file, :include:/path; quotes keep commas together. */
function splitTargets(text: string): string[] {
	const out: string[] = [];
	for (const line of text.split('\n')) {
		let rest = line.trim();
		while (rest !== '') {
			const special = /^("(?:[^"\\]|\\.)*"|:include:[^,]*|[|/][^,]*)\s*(?:,|$)/.exec(rest);
			if (special && /^"?\s*([|/:\\])/.test(special[1]!)) {
				const item = special[1]!;
				out.push(item.startsWith('"') ? unquote822(item).trim() : item.trim());
				rest = rest.slice(special[0].length).trim();
				continue;
			}
			const comma = topLevelComma(rest);
			const one = comma < 0 ? rest : rest.slice(0, comma);
			if (one.trim().startsWith('\\')) out.push(one.trim());
			else for (const token of addressesIn(parse(one))) out.push(internalize(token.tokens));
			rest = comma < 0 ? '' : rest.slice(comma + 1).trim();
		}
	}
	return out;
}

function topLevelComma(text: string): number {
	let quoted = false;
	for (let i = 0; i < text.length; i++) {
		if (text[i] === '\\') i++;
		else if (text[i] === '"') quoted = !quoted;
		else if (text[i] === ',' && !quoted) return i;
	}
	return -1;
}
