/**
 * trivial-rewrite(8): how addresses are completed, and where they go.
 *
 * Does: two questions. `rewrite`: an address to its standard form (`anna` → `anna@example.org`). `resolve`: a recipient
 *       to transport, next hop, recipient and address class.
 * Reads: mydestination, virtual_alias_domains, virtual_mailbox_domains, relay_domains, relayhost, transport_maps,
 *        relocated_maps and the other parameters of this program; for a probe (`verify`) those that begin with
 *        address_verify_. Each connection brings one question.
 */
import type { Main, Reason, Source, Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { attribute, attrPrint, AttrReader, type Attributes } from './attr';
import { trace } from '../libc/unistd';
import { DictError, openMaps, type Found, type Maps } from './dict';
import { openDomainList, openStringList, type MatchList } from './dict/match-list';
import type { ResolveEvent } from './events';
import { LocalDomains, mailAddrFind } from './mail-addr-find';
import { serve, type Daemon } from './server';
import { externalize, internalize, quote822, scan, splitAddress, type Token } from './tok822';

/** Answers of `resolve` (resolve_clnt.h). */
export const RESOLVE = {
	FINAL: 1,
	ROUTED: 2,
	ERROR: 4,
	FAIL: 8,
	LOCAL: 256,
	ALIAS: 512,
	VIRTUAL: 1024,
	RELAY: 2048,
	DEFAULT: 4096
} as const;

const op = (char: string): Token => ({ type: 'op', char });
const isOp = (token: Token | undefined, char: string): boolean => token?.type === 'op' && token.char === char;
const lastIndex = (tokens: readonly Token[], char: string): number =>
	tokens.findLastIndex((token) => isOp(token, char));

interface Context {
	readonly origin: string;
	readonly domain: string;
}

interface Tables {
	readonly daemon: Daemon;
	/** of the parameters about transports and next hops: empty, or `address_verify_` */
	readonly prefix: '' | 'address_verify_';
	readonly locals: LocalDomains;
	readonly virtualAlias: MatchList;
	readonly virtualMailbox: MatchList;
	readonly relay: MatchList;
	readonly transport: Maps;
	readonly relocated: Maps;
	readonly senderTransport: Maps;
	readonly senderRelay: Maps;
}

/** rewrite_tree(): in place. */
export function rewriteTokens(tokens: Token[], context: Context, flag: (name: string) => boolean): void {
	if (tokens.length === 1 && tokens[0]!.type === 'qstring' && tokens[0]!.text === '') return;
	if (tokens.length === 1 && isOp(tokens[0], '@')) {
		tokens.splice(0, 1, { type: 'qstring', text: '' });
		return;
	}
	const colon = tokens.findIndex((token) => isOp(token, ':'));
	if (isOp(tokens[0], '@') && colon >= 0 && colon < tokens.length - 1) tokens.splice(0, colon + 1);
	if (lastIndex(tokens, '@') < 0) {
		const bang = tokens.findIndex((token) => isOp(token, '!'));
		const percent = lastIndex(tokens, '%');
		if (flag('swap_bangpath') && bang >= 0) {
			const site = tokens.slice(0, bang);
			const local = tokens.slice(bang + 1);
			tokens.splice(0, tokens.length, ...local, op('@'), ...site);
		} else if (flag('allow_percent_hack') && percent >= 0) tokens[percent] = op('@');
		else if (flag('append_at_myorigin') && context.origin !== '') tokens.push(op('@'), ...scan(context.origin));
	}
	const at = lastIndex(tokens, '@');
	if (flag('append_dot_mydomain') && context.domain !== '' && at >= 0 && at < tokens.length - 1) {
		const domain = tokens.slice(at);
		if (!domain.some((token) => token.type === 'domlit' || isOp(token, '.')))
			tokens.push(op('.'), ...scan(context.domain));
	}
	const before = tokens.at(-2);
	if (isOp(tokens.at(-1), '.') && before && !isOp(before, '.') && !isOp(before, '@')) tokens.pop();
}

/** The address without the domains that are ours, and the last of those. */
function* stripLocalDomains(t: Tables, address: string): Sys<{ tokens: Token[]; local: boolean; home: Place }> {
	const flag = (name: string): boolean => t.daemon.config.flag(name);
	const context = { origin: t.daemon.config.text('myorigin'), domain: t.daemon.config.text('mydomain') };
	const tokens = scan(quote822(address));
	let saved: Token[] | null = null;
	let home: Place = { source: t.daemon.config.source('mydestination') };
	for (let loops = address.length + 100; loops >= 0; loops--) {
		const before = tokens.at(-2);
		if (isOp(tokens.at(-1), '.') && lastIndex(tokens, '@') >= 0 && !isOp(before, '.') && !isOp(before, '@'))
			tokens.pop();
		if (flag('resolve_null_domain') && isOp(tokens.at(-1), '@')) tokens.pop();
		const at = lastIndex(tokens, '@');
		if (at >= 0) {
			const domain = tokens.slice(at + 1);
			if (domain.length > 0) {
				const found = yield* t.locals.match(internalize(domain));
				if (!found.matched) return { tokens, local: false, home };
				home = found;
			}
			saved = tokens.splice(at);
		}
		const swap = flag('swap_bangpath') && lastIndex(tokens, '!') >= 0;
		const percent = flag('allow_percent_hack') && lastIndex(tokens, '%') >= 0;
		if (lastIndex(tokens, '@') >= 0 || swap || percent) {
			rewriteTokens(tokens, context, flag);
			continue;
		}
		const only = tokens.length === 1 ? tokens[0]! : null;
		if (flag('resolve_dequoted_address') && only?.type === 'qstring' && /[@%!]/.test(only.text)) {
			const text = only.text.includes('@') ? quote822(only.text) : only.text;
			const again = scan(text);
			if (!(again.length === 1 && again[0]!.type === 'qstring')) {
				tokens.splice(0, 1, ...again);
				rewriteTokens(tokens, context, flag);
				continue;
			}
		}
		if (only?.type === 'qstring' && only.text === '') tokens.pop();
		if (tokens.length === 0) {
			tokens.push(...scan(t.daemon.config.text('empty_address_recipient')));
			continue;
		}
		if (at < 0 && saved === null) {
			tokens.push(op('@'), ...scan(t.daemon.config.text('myhostname')));
			continue;
		}
		break;
	}
	tokens.push(...(saved ?? [op('@'), ...scan(t.daemon.config.text('myhostname'))]));
	return { tokens, local: true, home };
}

export interface Resolution {
	flags: number;
	transport: string;
	nexthop: string;
	recipient: string;
}

interface Resolving extends Resolution {
	/** what was looked at, in order; the last that changed something decided */
	readonly reasons: Reason[];
}

/** A look-up for the watcher: what it found, and what that means. */
function note(out: Resolving, check: string, found: Place | null, text: string): void {
	const { source, because } = found ?? {};
	out.reasons.push({
		check,
		outcome: found ? 'passed' : 'no-match',
		text,
		...(source && { source }),
		...(because && { because })
	});
}

interface Place {
	readonly source?: Source | undefined;
	readonly because?: readonly Source[] | undefined;
}

/** The letters of a host name (valid_hostname(3)): labels of at most 63, no empty ones, not all digits. */
export function validHostname(name: string): boolean {
	if (name.length === 0 || name.length > 255) return false;
	if (/^[\d.]+$/.test(name)) return false;
	return name
		.split('.')
		.every(
			(label) =>
				label.length > 0 &&
				label.length <= 63 &&
				/^[\w\u0080-\uffff]([\w\u0080-\uffff-]*[\w\u0080-\uffff])?$/.test(label)
		);
}

class LookupFailed {
	constructor(readonly what: string) {}
}

/** Whether the domain is in a list. @param out told there; absent when only a warning depends on it */
function* matches(list: MatchList, parameter: string, name: string, out?: Resolving): Sys<boolean> {
	try {
		const found = yield* list.match(name);
		if (out)
			note(out, parameter, found.matched ? found : null, `${name} ${found.matched ? 'is' : 'is not'} among them`);
		return found.matched;
	} catch (thrown) {
		if (thrown instanceof DictError) throw new LookupFailed(parameter);
		throw thrown;
	}
}

function* find(
	t: Tables,
	maps: Maps,
	parameter: string,
	address: string,
	strategy?: Parameters<typeof mailAddrFind>[3]
): Sys<Found | null> {
	try {
		return yield* mailAddrFind(maps, address, t.locals, strategy);
	} catch (thrown) {
		if (thrown instanceof DictError) throw new LookupFailed(parameter);
		throw thrown;
	}
}

/** Transport and next hop by address class (resolve_addr()). */
function* chooseTransport(t: Tables, out: Resolving, domain: string, local: boolean, sender: string): Sys<void> {
	const { config, log } = t.daemon;
	const both = (a: string, b: string): Sys<void> => log.warn(`do not list domain ${domain} in BOTH ${a} and ${b}`);
	const helpful = config.flag('helpful_warnings');
	const inAlias = yield* matches(t.virtualAlias, 'virtual_alias_domains', domain, local ? undefined : out);
	if (local) {
		if (helpful && inAlias) yield* both('mydestination', 'virtual_alias_domains');
		if (helpful && (yield* matches(t.virtualMailbox, 'virtual_mailbox_domains', domain)))
			yield* both('mydestination', 'virtual_mailbox_domains');
		out.transport = config.text(`${t.prefix}local_transport`);
		out.nexthop = domain;
		out.flags |= RESOLVE.LOCAL;
		return;
	}
	if (inAlias) {
		if (helpful && (yield* matches(t.virtualMailbox, 'virtual_mailbox_domains', domain)))
			yield* both('virtual_alias_domains', 'virtual_mailbox_domains');
		if (helpful && (yield* matches(t.relay, 'relay_domains', domain)))
			yield* both('virtual_alias_domains', 'relay_domains');
		out.transport = 'error';
		out.nexthop = `5.1.1 User unknown${config.flag('show_user_unknown_table_name') ? ' in virtual alias table' : ''}`;
		out.flags |= RESOLVE.ALIAS;
		return;
	}
	if (yield* matches(t.virtualMailbox, 'virtual_mailbox_domains', domain, out)) {
		if (helpful && (yield* matches(t.relay, 'relay_domains', domain)))
			yield* both('virtual_mailbox_domains', 'relay_domains');
		out.transport = config.text(`${t.prefix}virtual_transport`);
		out.nexthop = domain;
		out.flags |= RESOLVE.VIRTUAL;
		return;
	}
	if (yield* matches(t.relay, 'relay_domains', domain, out)) {
		out.transport = config.text(`${t.prefix}relay_transport`);
		out.flags |= RESOLVE.RELAY;
	} else {
		const key = sender || config.text('empty_address_default_transport_maps_lookup_key');
		const found = yield* find(t, t.senderTransport, 'sender_dependent_default_transport_maps', key);
		const own = found?.value ?? '';
		const named = own !== '' && own.toUpperCase() !== 'DUNNO';
		out.transport = named ? own : config.text(`${t.prefix}default_transport`);
		const check = named ? 'sender_dependent_default_transport_maps' : 'default_transport';
		note(
			out,
			check,
			named ? found : { source: config.source('default_transport') },
			`the transport is ${out.transport}`
		);
		out.flags |= RESOLVE.DEFAULT;
	}
	const key = sender || config.text('empty_address_relayhost_maps_lookup_key');
	const relay = yield* find(t, t.senderRelay, 'sender_dependent_relayhost_maps', key);
	const ofSender = relay && relay.value.toUpperCase() !== 'DUNNO' ? relay : null;
	const relayhost = config.text(`${t.prefix}relayhost`);
	out.nexthop = ofSender?.value ?? (relayhost || domain);
	if (ofSender) note(out, 'sender_dependent_relayhost_maps', ofSender, `the next hop is ${out.nexthop}`);
	else if (relayhost)
		note(out, 'relayhost', { source: config.source('relayhost') }, `the next hop is ${out.nexthop}, not ${domain}`);
	else note(out, 'relayhost', null, `none is set: the next hop is ${domain}, by its MX records`);
}

function applyTransportEntry(out: Resolving, value: string, domain: string): void {
	const colon = value.indexOf(':');
	const channel = colon < 0 ? value : value.slice(0, colon);
	const hop = colon < 0 ? '' : value.slice(colon + 1);
	if (channel === '') {
		if (hop !== '') out.nexthop = hop;
		return;
	}
	out.transport = channel;
	if (hop !== '') out.nexthop = hop;
	else out.nexthop = channel === 'error' || channel === 'retry' ? 'Address is undeliverable' : domain;
}

export function* resolveAddress(t: Tables, sender: string, address: string): Sys<Resolving> {
	const out: Resolving = { flags: 0, transport: '', nexthop: '', recipient: '', reasons: [] };
	const { config, log } = t.daemon;
	try {
		const stripped = yield* stripLocalDomains(t, address);
		let { local } = stripped;
		out.recipient = internalize(stripped.tokens);
		let domain = splitAddress(out.recipient)[1]!;
		const literal = /^\[(.*)\]$/.exec(domain);
		if (literal) {
			if (parseIpv4Address(literal[1]!) === undefined && !/^ipv6:/i.test(literal[1]!)) out.flags |= RESOLVE.ERROR;
		} else if (!validHostname(domain)) {
			if (config.flag('resolve_numeric_domain') && parseIpv4Address(domain) !== undefined) {
				out.recipient = `${out.recipient.slice(0, -domain.length)}[${domain}]`;
				domain = `[${domain}]`;
				if ((yield* t.locals.match(domain)).matched) local = true;
			} else out.flags |= RESOLVE.ERROR;
		}
		if (out.flags & RESOLVE.ERROR) {
			out.flags |= RESOLVE.DEFAULT;
			return out;
		}
		if (out.recipient.slice(out.recipient.search(/[@!%]/) + 1) !== domain) out.flags |= RESOLVE.ROUTED;
		note(
			out,
			'mydestination',
			local ? stripped.home : null,
			local ? `${domain} is delivered on this host` : `${domain} is not delivered on this host`
		);
		yield* chooseTransport(t, out, domain, local, sender);
		const colon = out.transport.indexOf(':');
		if (colon >= 0) {
			if (colon + 1 < out.transport.length) out.nexthop = out.transport.slice(colon + 1);
			out.transport = out.transport.slice(0, colon);
		}
		if (!(out.flags & RESOLVE.ALIAS) && t.transport.dicts.length > 0) {
			const parents = config.items('parent_domain_matches_subdomains').some(({ text }) => text === 'transport_maps');
			let entry = yield* find(t, t.transport, 'transport_maps', out.recipient, {
				domains: parents ? 'plain' : 'parent'
			});
			entry ??= yield* t.transport.find('*');
			if (entry) applyTransportEntry(out, entry.value, domain);
			note(
				out,
				'transport_maps',
				entry,
				entry ? `the entry says ${entry.value}` : `no entry for ${out.recipient} or ${domain}`
			);
		}
		const moved = yield* find(t, t.relocated, 'relocated_maps', out.recipient);
		if (moved !== null) {
			out.transport = 'error';
			out.nexthop = `5.1.6 User has moved to ${moved.value}`;
			note(out, 'relocated_maps', moved, `${out.recipient} has moved to ${moved.value}`);
		}
		if (!config.flag('allow_min_user') && out.recipient.startsWith('-')) out.flags |= RESOLVE.ERROR;
	} catch (thrown) {
		if (thrown instanceof LookupFailed) yield* log.warn(`${thrown.what} lookup failure`);
		else if (!(thrown instanceof DictError)) throw thrown;
		out.flags |= RESOLVE.FAIL;
	}
	return out;
}

function rewrite(t: Tables, rule: string, address: string): string {
	const { config } = t.daemon;
	const remote = config.text('remote_header_rewrite_domain');
	const context =
		rule === 'local'
			? { origin: config.text('myorigin'), domain: config.text('mydomain') }
			: { origin: remote, domain: remote };
	const tokens = scan(address);
	if (tokens.length === 0) return address;
	rewriteTokens(tokens, context, (name) => config.flag(name));
	return externalize(tokens, false, true);
}

function* tell(address: string, { transport, nexthop, recipient, reasons }: Resolving): Sys<void> {
	const last = reasons.findLastIndex(({ outcome }) => outcome === 'passed');
	const event: ResolveEvent = {
		kind: 'postfix.resolve',
		host: '',
		address,
		transport,
		nexthop,
		recipient,
		decision: {
			verdict: 'rewritten',
			subject: address,
			reply: `${transport}:${nexthop}`,
			reasons: reasons.map((reason, i) => (i === last ? { ...reason, outcome: 'decided' } : reason))
		}
	};
	yield* trace(event);
}

function* answer(plain: Tables, probes: Tables, fd: number): Sys<void> {
	const reader = new AttrReader(fd);
	for (;;) {
		const request = yield* reader.scan();
		if (request === null) return;
		const t = attribute(request, 'request') === 'verify' ? probes : plain;
		let reply: Attributes;
		if (attribute(request, 'request') === 'rewrite')
			reply = [['address', rewrite(t, attribute(request, 'rule'), attribute(request, 'address'))]];
		else {
			const address = attribute(request, 'address');
			const found = yield* resolveAddress(t, attribute(request, 'sender'), address);
			yield* tell(address, found);
			reply = [
				['transport', found.transport],
				['nexthop', found.nexthop],
				['recipient', found.recipient],
				['flags', String(found.flags)]
			];
		}
		yield* attrPrint(fd, reply);
	}
}

function* openTables(daemon: Daemon, prefix: Tables['prefix']): Sys<Tables> {
	const { config } = daemon;
	const flags = { missing: 'surrogate' } as const;
	return {
		daemon,
		prefix,
		locals: new LocalDomains(config),
		virtualAlias: yield* openStringList(config, 'virtual_alias_domains'),
		virtualMailbox: yield* openStringList(config, 'virtual_mailbox_domains'),
		relay: yield* openDomainList(config, 'relay_domains'),
		transport: yield* openMaps(config, `${prefix}transport_maps`, flags),
		relocated: yield* openMaps(config, 'relocated_maps', flags),
		senderTransport: yield* openMaps(config, `${prefix}sender_dependent_default_transport_maps`, flags),
		senderRelay: yield* openMaps(config, `${prefix}sender_dependent_relayhost_maps`, flags)
	};
}

export const trivialRewrite: Main = (argv) => {
	let tables: Tables | null = null;
	let probes: Tables | null = null;
	return serve('trivial-rewrite', argv, (_daemon, fd) => answer(tables!, probes!, fd), {
		postJail: function* (daemon) {
			tables = yield* openTables(daemon, '');
			probes = yield* openTables(daemon, 'address_verify_');
		}
	});
};
