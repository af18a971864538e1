/**
 * How an address is looked up in tables (mail_addr_find(3)): as it is, without its extension, by its local part when the
 * domain is this host's, by its domain. Also the address extension itself (split_addr(3)) and what counts as local
 * (resolve_local(3)).
 */
import type { Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import type { Config } from './config';
import type { Found, Maps } from './dict';
import { openStringList, type MatchList, type MatchResult } from './dict/match-list';
import { splitAddress } from './tok822';

/** Local parts that are never split at a delimiter. */
const NEVER_SPLIT = /^(postmaster|mailer-daemon|double-bounce)$/i;

/** `user+foo` → user, foo (split_addr(3)); null without an extension. */
export function splitExtension(local: string, delimiters: string): readonly [user: string, extension: string] | null {
	if (delimiters === '' || NEVER_SPLIT.test(local)) return null;
	if (delimiters.includes('-') && /^owner-|-request$/i.test(local)) return null;
	let at = -1;
	for (let i = 0; i < local.length && at < 0; i++) if (delimiters.includes(local[i]!)) at = i;
	if (at <= 0) return null;
	return [local.slice(0, at), local.slice(at)];
}

/** An address without its extension, and the extension with its delimiter; null when there is none. */
export function stripExtension(address: string, delimiters: string): readonly [bare: string, extension: string] | null {
	const [local, domain] = splitAddress(address);
	const parts = splitExtension(local, delimiters);
	return parts && [domain === undefined ? parts[0] : `${parts[0]}@${domain}`, parts[1]];
}

export interface FindStrategy {
	/** keys in this order; see mail_addr_find(3) */
	readonly localpartIfLocal?: boolean;
	readonly atDomain?: boolean;
	/** the domain as key, with its parents: 'parent' as `.example.org`, 'plain' as `example.org` */
	readonly domains?: 'parent' | 'plain';
	/** `user@` as the last key */
	readonly localpartAt?: boolean;
}

export const DEFAULT_STRATEGY: FindStrategy = { localpartIfLocal: true, atDomain: true };

export interface FoundAddress extends Found {
	/** "+foo" when the key without it was found, else '' */
	readonly extension: string;
}

/** Which domains are delivered here: mydestination, and [address] of an own interface. */
export class LocalDomains {
	#list: MatchList | null = null;

	constructor(readonly config: Config) {}

	*match(domain: string): Sys<MatchResult> {
		const name = domain.replace(/\.$/, '');
		if (name === '' || name.endsWith('.')) return { matched: false };
		this.#list ??= yield* openStringList(this.config, 'mydestination');
		const result = yield* this.#list.match(name);
		if (result.matched) return result;
		const literal = /^\[(.*)\]$/.exec(name);
		if (literal) {
			const address = parseIpv4Address(literal[1]!);
			if (address === undefined) {
				const octets = literal[1]!.split('.');
				if (/^[\d.]+$/.test(literal[1]!))
					yield* this.config.messages.warn(
						octets.length === 4
							? `valid_ipv4_hostaddr: invalid octet value: ${literal[1]}`
							: `valid_ipv4_hostaddr: invalid octet count: ${literal[1]}`
					);
			} else if ([...this.config.ownAddresses, ...this.config.proxyAddresses].includes(address))
				return { matched: true, item: name, source: this.config.source('inet_interfaces') };
		}
		return result;
	}

	/** mydestination, or $myorigin. */
	*isLocalOrOrigin(domain: string): Sys<boolean> {
		if (domain.toLowerCase() === this.config.text('myorigin').toLowerCase()) return true;
		return (yield* this.match(domain)).matched;
	}
}

/** @throws DictError */
export function* mailAddrFind(
	maps: Maps,
	address: string,
	locals: LocalDomains,
	strategy: FindStrategy = DEFAULT_STRATEGY
): Sys<FoundAddress | null> {
	if (maps.dicts.length === 0) return null;
	const delimiters = locals.config.text('recipient_delimiter');
	const bare = stripExtension(address, delimiters);
	const full = yield* maps.find(address);
	if (full) return { ...full, extension: '' };
	if (bare) {
		const found = yield* maps.find(bare[0], true);
		if (found) return { ...found, extension: bare[1] };
	}
	const [local, domain] = splitAddress(address);
	if (domain === undefined) return null;
	if (strategy.localpartIfLocal && (yield* locals.isLocalOrOrigin(domain))) {
		const found = yield* maps.find(local, true);
		if (found) return { ...found, extension: '' };
		const parts = splitExtension(local, delimiters);
		if (parts) {
			const user = yield* maps.find(parts[0], true);
			if (user) return { ...user, extension: parts[1] };
		}
	}
	if (strategy.atDomain) {
		const found = yield* maps.find(`@${domain}`, true);
		if (found) return { ...found, extension: '' };
	}
	if (strategy.domains) {
		for (let name = domain; name !== '';) {
			const found = yield* maps.find(name, true);
			if (found) return { ...found, extension: '' };
			const dot = name.indexOf('.', 1);
			if (dot < 0) break;
			name = strategy.domains === 'parent' ? name.slice(dot) : name.slice(dot + 1);
		}
	}
	return null;
}
