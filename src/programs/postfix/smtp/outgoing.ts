/**
 * What changes in a mail on its way out (smtp_map11.c, smtp_proto.c's header handling): generic(5) addresses in envelope and
 * headers, smtp_header_checks and its kin.
 *
 * Reads: smtp_generic_maps, smtp_header_checks, smtp_mime_header_checks, smtp_body_checks, when the program starts.
 * Lacks: 8-bit mail made 7-bit for hosts without 8BITMIME, smtp_nested_header_checks.
 */
import type { Sys } from '#kernel/syscalls';
import { fold, RECIPIENT_HEADERS, SENDER_HEADERS } from '../cleanup/content';
import { openMaps, type Maps } from '../dict';
import { LocalDomains, mailAddrFind } from '../mail-addr-find';
import type { Daemon } from '../server';
import { addressesIn, externalize, internalize, parse, quote822, scan, splitAddress, type Token } from '../tok822';

const HEADER = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;

export class Outgoing {
	private constructor(
		readonly daemon: Daemon,
		readonly generic: Maps,
		readonly headerChecks: Maps,
		readonly mimeHeaderChecks: Maps,
		readonly bodyChecks: Maps,
		readonly locals: LocalDomains
	) {}

	/** @param prefix "smtp" or "lmtp" */
	static *open(daemon: Daemon, prefix: string): Sys<Outgoing> {
		const open = (name: string) => openMaps(daemon.config, `${prefix}_${name}`, { missing: 'surrogate' });
		return new Outgoing(
			daemon,
			yield* open('generic_maps'),
			yield* open('header_checks'),
			yield* open('mime_header_checks'),
			yield* open('body_checks'),
			new LocalDomains(daemon.config)
		);
	}

	/** An address as the world sees it. @throws DictError */
	*address(address: string): Sys<string> {
		if (this.generic.dicts.length === 0 || address === '') return address;
		const found = yield* mailAddrFind(this.generic, address, this.locals);
		if (!found) return address;
		const value = found.value.trim();
		if (value.startsWith('@')) return `${splitAddress(address)[0]}${value}`;
		const first = addressesIn(parse(value))[0];
		if (!first) return address;
		const [user, domain] = splitAddress(internalize(first.tokens));
		const propagates = this.daemon.config
			.items('propagate_unmatched_extensions')
			.some(({ text }) => text.toLowerCase() === 'generic');
		const extension = propagates ? found.extension : '';
		return domain === undefined ? user + extension : `${user}${extension}@${domain}`;
	}

	/** The message as it is sent. @throws DictError */
	*content(queueId: string, content: string): Sys<string> {
		const { generic, headerChecks, mimeHeaderChecks, bodyChecks } = this;
		if ([generic, headerChecks, mimeHeaderChecks, bodyChecks].every((maps) => maps.dicts.length === 0)) return content;
		const lines = content.replace(/\n$/, '').split('\n');
		const out: string[] = [];
		let at = 0;
		while (at < lines.length && HEADER.test(lines[at]!)) {
			const header = [lines[at++]!];
			while (at < lines.length && /^[ \t]/.test(lines[at]!)) header.push(lines[at++]!);
			yield* this.#header(queueId, header, out);
		}
		for (; at < lines.length; at++) {
			const line = lines[at]!;
			const kept = line === '' ? line : yield* this.#check(queueId, 'body', bodyChecks, line, out);
			if (kept !== null) out.push(kept);
		}
		return `${out.join('\n')}\n`;
	}

	*#header(queueId: string, given: readonly string[], out: string[]): Sys<void> {
		const name = HEADER.exec(given[0]!)![1]!.toLowerCase();
		const mime = name === 'mime-version' || name.startsWith('content-');
		const checks = mime ? this.mimeHeaderChecks : this.headerChecks;
		const kept = yield* this.#check(queueId, 'header', checks, given.join('\n'), out);
		if (kept === null) return;
		const lines = kept.split('\n');
		const match = HEADER.exec(lines[0]!);
		const addresses = SENDER_HEADERS.has(name) || RECIPIENT_HEADERS.has(name);
		if (!match || !addresses || this.generic.dicts.length === 0) {
			out.push(...lines);
			return;
		}
		const tree = parse(kept.slice(match[0].length));
		let changed = false;
		for (const token of addressesIn(tree)) {
			const before = internalize(token.tokens);
			const after = yield* this.address(before);
			if (after === before) continue;
			token.tokens = scan(quote822(after));
			changed = true;
		}
		out.push(...(changed ? fold(`${match[1]}: ${externalize(tree as Token[], true)}`) : lines));
	}

	/** header_body_checks(3): what an SMTP client can do. @returns the text to go on with, null to drop it */
	*#check(queueId: string, kind: 'header' | 'body', maps: Maps, text: string, out: string[]): Sys<string | null> {
		if (maps.dicts.length === 0) return text;
		const value = (yield* maps.find(text))?.value;
		if (value === undefined) return text;
		const [word] = /^[^ \t]*/.exec(value)!;
		const words = value.slice(word.length).trim();
		const shown = text.replace(/\n/g, '?').slice(0, 200);
		const say = (action: string): Sys<void> =>
			this.daemon.log.info(`${queueId}: ${action}: ${kind} ${shown}${words ? `: ${words}` : ''}`);
		switch (word.toUpperCase()) {
			case 'REPLACE':
				yield* say('replace');
				return words;
			case 'PREPEND':
				yield* say('prepend');
				out.push(words);
				return text;
			case 'STRIP':
				yield* say('strip');
				return null;
			case 'IGNORE':
				return null;
			case 'WARN':
				yield* say('warning');
				return text;
			case 'INFO':
				yield* say('info');
				return text;
			case 'DUNNO':
			case 'OK':
				return text;
		}
		yield* this.daemon.log.warn(`${queueId}: unsupported command in ${maps.title} map: ${value}`);
		return text;
	}
}
