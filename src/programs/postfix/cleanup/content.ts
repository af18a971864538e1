/**
 * Headers and body as cleanup writes them (cleanup_message.c): addresses completed, missing headers added, checks done.
 * Headers of MIME parts and of attached messages are checked and otherwise left alone.
 */
import type { Sys, Verdict } from '#kernel/syscalls';
import { trace } from '../../libc/unistd';
import { DictError, type Found } from '../dict';
import type { ContentEvent } from '../events';
import { mailDate } from '../mail-date';
import { CLEANUP, CLEANUP_FLAG } from '../mail-stream';
import { REC } from '../queue-file';
import { rewriteExternal } from '../rewrite-client';
import { addressesIn, externalize, internalize, parse, quote822, scan, unquote822, type Token } from '../tok822';
import type { AddressMaps } from './maps';
import { MimeParts } from './mime';
import type { State } from './state';

export const SENDER_HEADERS = new Set([
	'from',
	'sender',
	'reply-to',
	'return-path',
	'errors-to',
	'return-receipt-to',
	'disposition-notification-to',
	'mail-followup-to',
	'mail-reply-to',
	'resent-from',
	'resent-sender',
	'resent-reply-to'
]);
export const RECIPIENT_HEADERS = new Set(['to', 'cc', 'bcc', 'apparently-to', 'resent-to', 'resent-cc', 'resent-bcc']);
/** what an action makes of the mail; the others let it pass */
const CONTENT_VERDICTS: Readonly<Record<string, Verdict>> = {
	REJECT: 'refused',
	DISCARD: 'dropped',
	HOLD: 'deferred',
	PREPEND: 'rewritten',
	REPLACE: 'rewritten',
	REDIRECT: 'rewritten',
	FILTER: 'rewritten',
	IGNORE: 'rewritten',
	STRIP: 'rewritten',
	BCC: 'rewritten'
};
/** What no terminal shows becomes `?`. */
const printable = (text: string): string => text.replace(/[\x00-\x1f\x7f\udc80-\udcff]/g, '?');
const FOLD_WIDTH = 70;
const HEADER = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;

export class Content {
	#header: string[] | null = null;
	readonly #mime: MimeParts;
	#lineBegins = true;
	#seen = new Set<string>();
	#hops = 0;
	#resent = '';
	#misuse: string | null = null;
	readonly #told = new Set<string>();

	constructor(
		readonly state: State,
		readonly maps: AddressMaps
	) {
		const { config } = state.daemon;
		this.#mime = new MimeParts(config.number('mime_nesting_limit'), config.number('mime_boundary_length_limit'));
	}

	/** One line of the message. @param complete false for a piece of an over-long line */
	*line(given: string, complete: boolean): Sys<void> {
		const replaced = /[\r\n]/.test(given) && this.state.daemon.config.flag('cleanup_replace_stray_cr_lf');
		const text = replaced ? given.replace(/[\r\n]/g, ' ') : given;
		if (this.#mime.place === 'body') {
			yield* this.#body(text, complete);
			if (this.#lineBegins && !this.state.daemon.config.flag('disable_mime_input_processing'))
				this.#mime.bodyLine(text);
			this.#lineBegins = complete;
			return;
		}
		if (this.#header !== null && /^[ \t]/.test(text)) {
			this.#extendHeader(text);
			return;
		}
		yield* this.#flushHeader();
		if (HEADER.test(text)) {
			this.#header = [];
			this.#extendHeader(text);
			return;
		}
		const primary = this.#mime.place === 'primary';
		if (primary) yield* this.#endOfHeaders();
		this.#mime.endOfHeaders(text === '' && !this.state.daemon.config.flag('disable_mime_input_processing'));
		if (text === '') return yield* this.#body(text, complete);
		if (primary) this.state.out.put(REC.NORM, '');
		yield* this.line(text, complete);
	}

	/** The end of the message. */
	*end(): Sys<void> {
		yield* this.#flushHeader();
		if (this.#mime.place === 'primary') yield* this.#endOfHeaders();
		const { state } = this;
		if (this.#misuse === null || !state.acceptsMore) return;
		state.reason = `5.6.0 ${this.#misuse}`;
		state.errors |= CLEANUP.CONT;
	}

	/** A header is cut off at header_size_limit. */
	#extendHeader(text: string): void {
		const lines = this.#header!;
		const used = lines.reduce((sum, line) => sum + line.length + 1, 0);
		const left = this.state.daemon.config.number('header_size_limit') - used;
		if (left > 0) lines.push(text.slice(0, left));
	}

	/** Eight bits where strict_7bit_headers or strict_8bitmime_body want none; the first of each is logged. */
	*#checkBits(where: 'header' | 'body', text: string): Sys<void> {
		const { config } = this.state.daemon;
		if (!/[^\x00-\x7f]/.test(text) || this.#told.has(where) || config.flag('disable_mime_input_processing')) return;
		const parameter = where === 'header' ? 'strict_7bit_headers' : 'strict_8bitmime_body';
		if (!config.flag('strict_8bitmime') && !config.flag(parameter)) return;
		if (where === 'body' && this.#mime.takesEightBits) return;
		this.#told.add(where);
		const misuse = `improper use of 8-bit data in message ${where}`;
		this.#misuse ??= misuse;
		const { state } = this;
		const origin = state.attributes.get('log_message_origin') ?? 'local';
		const shown = printable(text.slice(0, 200));
		yield* state.log(
			`reject: mime-error ${misuse}: ${shown} from ${origin}; from=<${state.sender}> to=<${state.recipient ?? 'unknown'}>`
		);
	}

	#put(lines: readonly string[]): void {
		for (const line of lines) this.state.out.put(REC.NORM, line);
	}

	*#flushHeader(): Sys<void> {
		const lines = this.#header;
		this.#header = null;
		if (lines !== null) yield* this.#oneHeader(lines);
	}

	*#oneHeader(given: readonly string[]): Sys<void> {
		const { state } = this;
		let lines = given;
		const name = (): string => HEADER.exec(lines[0]!)![1]!.toLowerCase();
		const { place } = this.#mime;
		yield* this.#checkBits('header', lines.join('\n'));
		this.#mime.header(name(), lines.join(' ').replace(HEADER, ''));
		if (place === 'primary' && name() === 'received') this.#hops++;
		if (state.flags & CLEANUP_FLAG.FILTER && !state.filtersOff) {
			const checks = this.#checksOf(name());
			const kept = yield* this.#check('header', checks, lines.join('\n'));
			if (kept === null) return;
			lines = kept.split('\n');
			if (!HEADER.test(lines[0]!)) return this.#put(lines);
		}
		if (place !== 'primary') return this.#put(lines);
		const header = name();
		const value = lines.join('\n').replace(HEADER, '').trimStart();
		this.#seen.add(header);
		if (header === 'message-id') yield* state.log(`message-id=${value}`);
		if (header === 'resent-message-id') yield* state.log(`resent-message-id=${value}`);
		if (header === 'message-id') state.messageId = value;
		const { config, log } = state.daemon;
		if (header === 'received' && this.#hops >= config.number('hopcount_limit')) {
			yield* log.warn(`${state.queueId}: message rejected: hopcount exceeded`);
			state.errors |= CLEANUP.HOPS;
		}
		if (header === 'subject') state.subject = value;
		if (header.startsWith('resent-')) this.#resent = 'Resent-';
		const drop = config.items('message_drop_headers').some(({ text }) => text.toLowerCase() === header);
		const addresses = SENDER_HEADERS.has(header) ? 'sender' : RECIPIENT_HEADERS.has(header) ? 'recipient' : null;
		if (addresses && state.headerContext) yield* this.#addressHeader(lines, addresses, drop);
		else if (!drop) this.#put(lines);
	}

	#checksOf(name: string): AddressMaps['headerChecks'] {
		const { place } = this.#mime;
		const mime = place === 'multipart' || name === 'mime-version' || name.startsWith('content-');
		if (mime) return this.maps.mimeHeaderChecks;
		return place === 'nested' ? this.maps.nestedHeaderChecks : this.maps.headerChecks;
	}

	/** Completes and maps each address of the header; the header is written anew only if one changed. */
	*#addressHeader(lines: readonly string[], role: 'sender' | 'recipient', drop: boolean): Sys<void> {
		const { state, maps } = this;
		const match = HEADER.exec(lines[0]!)!;
		const tree = parse(
			lines.join('\n').slice(match[0].length),
			state.daemon.config.number('header_address_token_limit')
		);
		let changed = false;
		for (const token of addressesIn(tree)) {
			const before = externalize([token]);
			let text = internalize(token.tokens);
			if (text !== '') text = unquote822(yield* rewriteExternal(state.daemon, state.headerContext!, quote822(text)));
			if (state.flags & CLEANUP_FLAG.MAP_OK) {
				const classes = (parameter: string): boolean =>
					state.daemon.config
						.items(parameter)
						.some((item) => item.text === (role === 'sender' ? 'header_sender' : 'header_recipient'));
				const own = role === 'sender' ? 'sender_canonical_classes' : 'recipient_canonical_classes';
				if (classes(own))
					text = yield* maps.one(role === 'sender' ? maps.senderCanonical : maps.recipientCanonical, text, state);
				if (classes('canonical_classes')) text = yield* maps.one(maps.canonical, text, state);
				if (classes('masquerade_classes')) text = yield* maps.masquerade(text, state);
			}
			token.tokens = scan(quote822(text));
			if (externalize([token]) !== before) changed = true;
		}
		if (drop) return;
		if (!changed) return this.#put(lines);
		this.#put(fold(`${match[1]}: ${externalize(tree as Token[], true)}`));
	}

	*#endOfHeaders(): Sys<void> {
		const { state } = this;
		if (!state.acceptsMore) return;
		const { config } = state.daemon;
		const add = state.headerContext !== null || config.flag('always_add_missing_headers');
		const missing = (name: string): boolean => add && !this.#seen.has(`${this.#resent}${name}`.toLowerCase());
		if (missing('Message-Id')) {
			const stamp = new Date(Math.floor(state.created / 1000)).toISOString().replace(/[-:T]/g, '').slice(0, 14);
			/* a long queue id never comes twice, a short one needs the time */
			const unique = config.flag('enable_long_queue_ids') ? state.queueId : `${stamp}.${state.queueId}`;
			state.messageId = `<${unique}@${config.text('myhostname')}>`;
			this.#put([`${this.#resent}Message-Id: ${state.messageId}`]);
			yield* state.log(`${this.#resent.toLowerCase()}message-id=${state.messageId}`);
			this.#seen.add(`${this.#resent}Message-Id`.toLowerCase());
		}
		if (!this.#seen.has('message-id')) yield* state.log('message-id=<>');
		if (missing('Date')) this.#put([`${this.#resent}Date: ${mailDate(state.arrival)}`]);
		if (missing('From')) this.#put([`${this.#resent}From: ${fromValue(state)}`]);
		const visible = ['to', 'cc', 'resent-to', 'resent-cc'].some((name) => this.#seen.has(name));
		const withheld = config.text('undisclosed_recipients_header');
		if (add && !visible && withheld !== '') this.#put([withheld]);
	}

	*#body(text: string, complete: boolean): Sys<void> {
		const { state } = this;
		let line = text;
		yield* this.#checkBits('body', text);
		if (
			complete &&
			state.flags & CLEANUP_FLAG.FILTER &&
			!state.filtersOff &&
			this.maps.bodyChecks.dicts.length > 0 &&
			text !== ''
		) {
			const kept = yield* this.#check('body', this.maps.bodyChecks, text);
			if (kept === null) return;
			line = kept;
		}
		state.out.put(complete ? REC.NORM : REC.CONT, line);
	}

	/** @returns the text to go on with, null to drop it */
	*#check(kind: 'header' | 'body', maps: AddressMaps['headerChecks'], text: string): Sys<string | null> {
		const { state } = this;
		if (maps.dicts.length === 0) return text;
		let entry: Found | null = null;
		try {
			entry = yield* maps.find(text);
		} catch (thrown) {
			if (!(thrown instanceof DictError)) throw thrown;
			yield* state.daemon.log.warn(
				`${state.queueId}: ${maps.title} map lookup problem -- message not accepted, try again later`
			);
			state.errors |= CLEANUP.WRITE;
		}
		if (!entry) return text;
		yield* this.#tell(kind, maps.title, text, entry);
		return yield* this.#act(kind, maps.title, text, entry.value);
	}

	*#tell(kind: 'header' | 'body', title: string, text: string, { value, source, because }: Found): Sys<void> {
		const action = /^[^ \t]*/.exec(value)![0].toUpperCase();
		const event: ContentEvent = {
			kind: 'postfix.content',
			host: '',
			queueId: this.state.queueId,
			decision: {
				verdict: CONTENT_VERDICTS[action] ?? 'accepted',
				subject: `${kind} "${text.slice(0, 200)}"`,
				reply: value,
				reasons: [
					{
						check: title,
						outcome: 'decided',
						text: `the ${kind} "${text.slice(0, 200)}" matches: ${value}`,
						source,
						...(because && { because })
					}
				]
			}
		};
		yield* trace(event);
	}

	*#act(kind: 'header' | 'body', title: string, text: string, value: string): Sys<string | null> {
		const { state } = this;
		const word = /^[^ \t]*/.exec(value)![0];
		const words = value.slice(word.length).trim();
		const say = (action: string, what: string): Sys<void> =>
			state.log(
				`${action}: ${kind} ${text.slice(0, 200)} from ${state.origin()}${what ? `: ${what}` : ''}`.replace(
					/\p{Cc}/gu,
					'?'
				)
			);
		switch (word.toUpperCase()) {
			case 'REJECT': {
				const dsn = /^[245]\.\d+\.\d+( |$)/.test(words) ? words : `5.7.1 ${words || 'message content rejected'}`;
				state.reason = dsn;
				state.errors |= dsn.startsWith('4') ? CLEANUP.DEFER : CLEANUP.CONT;
				state.filtersOff = true;
				yield* say('reject', dsn);
				return text;
			}
			case 'WARN':
				yield* say('warning', words);
				return text;
			case 'INFO':
				yield* say('info', words);
				return text;
			case 'FILTER':
				if (!words.includes(':'))
					yield* state.daemon.log.warn(
						words === ''
							? `missing FILTER command argument in ${title} map`
							: `bad FILTER command ${words} in ${title} -- need transport:destination`
					);
				else {
					state.filter = words;
					yield* say('filter', words);
				}
				return text;
			case 'PASS':
				yield* say('pass', words);
				state.filtersOff = true;
				return text;
			case 'DISCARD':
				yield* say('discard', words);
				state.flags |= CLEANUP_FLAG.DISCARD;
				state.filtersOff = true;
				return text;
			case 'HOLD':
				if (!(state.flags & (CLEANUP_FLAG.HOLD | CLEANUP_FLAG.DISCARD))) {
					yield* say('hold', words);
					state.flags |= CLEANUP_FLAG.HOLD;
				}
				return text;
			case 'PREPEND':
				if (words === '') yield* state.daemon.log.warn(`PREPEND action without text in ${title} map`);
				else if (kind === 'header' && !HEADER.test(words))
					yield* state.daemon.log.warn(
						`bad PREPEND header text "${words}" in ${title} map -- need "headername: headervalue"`
					);
				else {
					yield* say('prepend', words);
					this.#put([words]);
				}
				return text;
			case 'REPLACE':
				if (words === '') yield* state.daemon.log.warn(`REPLACE action without text in ${title} map`);
				else {
					yield* say('replace', words);
					return words;
				}
				return text;
			case 'REDIRECT':
				if (!words.includes('@'))
					yield* state.daemon.log.warn(`bad REDIRECT target "${words}" in ${title} map -- need user@domain`);
				else {
					state.redirect = words;
					yield* say('redirect', words);
					state.flags &= ~CLEANUP_FLAG.FILTER;
				}
				return text;
			case 'BCC':
				if (!words.includes('@'))
					yield* state.daemon.log.warn(`bad BCC address "${words}" in ${title} map -- need user@domain`);
				else {
					state.bcc.push(words);
					yield* say('bcc', words);
				}
				return text;
			case 'STRIP':
				yield* say('strip', words);
				return null;
			case 'IGNORE':
				return null;
			case 'DUNNO':
			case 'OK':
				return text;
		}
		yield* state.daemon.log.warn(`unknown command in ${title} map: ${value}`);
		return text;
	}
}

function fromValue(state: State): string {
	const address = quote822(state.sender || 'MAILER-DAEMON');
	if (state.sender === '' || state.fullName === '') return address;
	const name = state.fullName.replace(/[\r\n]/g, ' ');
	const plain = !/[%!()<>@,;:\\".[\]]/.test(name);
	return `${externalize(plain ? scan(name) : [{ type: 'qstring', text: name }], false)} <${address}>`;
}

/** One address a line becomes as many as fit on a line; further lines begin with a tab. */
export function fold(text: string): string[] {
	const out: string[] = [];
	for (const line of text.split('\n')) {
		const last = out.at(-1);
		if (last !== undefined && last.length + 1 + line.length < FOLD_WIDTH) out[out.length - 1] = `${last} ${line}`;
		else out.push(out.length === 0 ? line : `\t${line.trimStart()}`);
	}
	return out;
}
