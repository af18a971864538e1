/**
 * Addresses through tables (cleanup_map11.c, cleanup_map1n.c, cleanup_masquerade.c): canonical tables give one address,
 * virtual aliases give many.
 */
import type { Sys } from '#kernel/syscalls';
import { trace } from '../../libc/unistd';
import { DictError, openMaps, type Found, type Maps } from '../dict';
import { rewriteEvent } from '../events';
import { LocalDomains, mailAddrFind } from '../mail-addr-find';
import { CLEANUP } from '../mail-stream';
import { rewriteInternal } from '../rewrite-client';
import type { Daemon } from '../server';
import { addressesIn, internalize, parse, splitAddress } from '../tok822';

const CANONICAL_RECURSION = 10;

/** Where trouble is noted: the mail's state. */
export interface Trouble {
	readonly queueId: string;
	errors: number;
	reason: string;
}

export class AddressMaps {
	readonly locals: LocalDomains;

	private constructor(
		readonly daemon: Daemon,
		readonly canonical: Maps,
		readonly senderCanonical: Maps,
		readonly recipientCanonical: Maps,
		readonly virtual: Maps,
		readonly senderBcc: Maps,
		readonly recipientBcc: Maps,
		readonly headerChecks: Maps,
		readonly bodyChecks: Maps,
		readonly mimeHeaderChecks: Maps,
		readonly nestedHeaderChecks: Maps
	) {
		this.locals = new LocalDomains(daemon.config);
	}

	static *open(daemon: Daemon): Sys<AddressMaps> {
		const maps: Maps[] = [];
		const names = [
			'canonical_maps',
			'sender_canonical_maps',
			'recipient_canonical_maps',
			'virtual_alias_maps',
			'sender_bcc_maps',
			'recipient_bcc_maps',
			'header_checks',
			'body_checks',
			'mime_header_checks',
			'nested_header_checks'
		];
		for (const name of names) maps.push(yield* openMaps(daemon.config, name, { missing: 'surrogate' }));
		const [a, b, c, d, e, f, g, h, i, j] = maps;
		return new AddressMaps(daemon, a!, b!, c!, d!, e!, f!, g!, h!, i!, j!);
	}

	#propagates(kind: 'canonical' | 'virtual'): boolean {
		return this.daemon.config.items('propagate_unmatched_extensions').some(({ text }) => text.toLowerCase() === kind);
	}

	/** What an address maps to, in internal form; null when it is in no table (mail_addr_map(3)). @throws DictError */
	*map(
		maps: Maps,
		address: string,
		kind: 'canonical' | 'virtual' | 'bcc'
	): Sys<{ readonly addresses: readonly string[]; readonly entry: Found } | null> {
		const found = yield* mailAddrFind(maps, address, this.locals);
		if (!found) return null;
		const [local] = splitAddress(address);
		const value = found.value.trim().startsWith('@') ? `${local}${found.value.trim()}` : found.value;
		const extension =
			kind !== 'bcc' && found.extension !== '' && !found.value.trim().startsWith('@') && this.#propagates(kind)
				? found.extension
				: '';
		const out: string[] = [];
		for (const one of addressesIn(parse(value))) {
			let text = yield* rewriteInternal(this.daemon, 'local', internalize(one.tokens));
			if (extension) {
				const [user, domain] = splitAddress(text);
				text = domain === undefined ? user + extension : `${user}${extension}@${domain}`;
			}
			out.push(text);
		}
		return { addresses: out, entry: found };
	}

	*#lookup(
		maps: Maps,
		address: string,
		kind: 'canonical' | 'virtual',
		trouble: Trouble
	): Sys<readonly string[] | null> {
		try {
			const found = yield* this.map(maps, address, kind);
			if (!found) return null;
			const { addresses, entry } = found;
			if (addresses.length !== 1 || addresses[0]!.toLowerCase() !== address.toLowerCase())
				yield* trace(rewriteEvent(trouble.queueId, 'cleanup', address, addresses, maps.title, entry));
			return addresses;
		} catch (thrown) {
			if (!(thrown instanceof DictError)) throw thrown;
			yield* this.daemon.log.warn(
				`${trouble.queueId}: ${maps.title} map lookup problem for ${address} -- message not accepted, try again later`
			);
			trouble.errors |= CLEANUP.WRITE;
			trouble.reason = '4.6.0 Alias expansion error';
			return null;
		}
	}

	/** Canonical mapping, repeated until nothing changes. */
	*one(maps: Maps, address: string, trouble: Trouble): Sys<string> {
		if (maps.dicts.length === 0) return address;
		let current = address;
		for (let count = 0; count < CANONICAL_RECURSION; count++) {
			const found = yield* this.#lookup(maps, current, 'canonical', trouble);
			if (found === null || found.length === 0) return current;
			if (found.length > 1) {
				yield* this.daemon.log.warn(
					`${trouble.queueId}: multi-valued ${maps.title} entry for ${current} -- message not accepted, try again later`
				);
				trouble.errors |= CLEANUP.DEFER;
				trouble.reason = '4.6.0 Alias expansion error';
				return current;
			}
			const same = found[0]!.toLowerCase() === current.toLowerCase();
			current = found[0]!;
			if (same) return current;
		}
		/* the words notwithstanding, the mail is accepted (cleanup_map11.c sets no error) */
		yield* this.daemon.log.warn(
			`${trouble.queueId}: unreasonable ${maps.title} map nesting for ${current} -- message not accepted, try again later`
		);
		return current;
	}

	/** Virtual aliases: one address to many. */
	*many(address: string, trouble: Trouble): Sys<string[]> {
		const { config, log } = this.daemon;
		const maps = this.virtual;
		if (maps.dicts.length === 0) return [address];
		const out = [address];
		const been = new Set<string>();
		const fail = function* (text: string): Sys<string[]> {
			yield* log.warn(`${trouble.queueId}: ${text} -- message not accepted, try again later`);
			trouble.errors |= CLEANUP.DEFER;
			trouble.reason = '4.6.0 Alias expansion error';
			return [address];
		};
		for (let i = 0; i < out.length; i++) {
			if (out.length > config.number('virtual_alias_expansion_limit'))
				return yield* fail(`unreasonable ${maps.title} map expansion size for ${address}`);
			for (let count = 0; ; count++) {
				if (been.has(out[i]!.toLowerCase())) break;
				if (count >= config.number('virtual_alias_recursion_limit'))
					return yield* fail(`unreasonable ${maps.title} map nesting for ${address}`);
				const found = yield* this.#lookup(maps, out[i]!, 'virtual', trouble);
				if (trouble.errors & CLEANUP.WRITE) return [address];
				if (found === null) break;
				const key = out[i]!;
				for (const [n, one] of found.entries()) {
					if (n === 0) out[i] = one;
					else out.push(one);
					if (one.toLowerCase() === key.toLowerCase()) been.add(key.toLowerCase());
				}
			}
		}
		return out;
	}

	/** masquerade_domains: hides what stands below the listed domains. */
	*masquerade(address: string, trouble: Trouble): Sys<string> {
		const hidden = this.#masked(address);
		if (hidden !== address) {
			const source = this.daemon.config.source('masquerade_domains');
			yield* trace(rewriteEvent(trouble.queueId, 'cleanup', address, [hidden], 'masquerade_domains', { source }));
		}
		return hidden;
	}

	#masked(address: string): string {
		const { config } = this.daemon;
		const domains = config.items('masquerade_domains');
		const [local, domain] = splitAddress(address);
		if (domains.length === 0 || domain === undefined) return address;
		if (config.items('masquerade_exceptions').some(({ text }) => text.toLowerCase() === local.toLowerCase()))
			return address;
		for (const { text } of domains) {
			const keep = text.startsWith('!');
			const name = (keep ? text.slice(1) : text).toLowerCase();
			if (domain.toLowerCase() !== name && !domain.toLowerCase().endsWith(`.${name}`)) continue;
			return keep ? address : `${local}@${name}`;
		}
		return address;
	}
}
