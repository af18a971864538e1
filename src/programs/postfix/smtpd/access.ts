/**
 * Access tables (access(5)): looked up by domain, address or mail address, and what their right-hand sides do.
 */
import type { Source, Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { getaddrinfo } from '../../libc/netdb';
import { DictError, type Dict, type Found } from '../dict';
import { stripExtension, splitExtension } from '../mail-addr-find';
import { lookupHost } from '../dns-lookup';
import { shutdown } from '../../libc/unistd';
import { StreamEnd } from '../smtp-stream';
import { quote822, splitAddress } from '../tok822';
import { RESOLVE } from '../trivial-rewrite';
import { CLASS, fixDsn, splitDsn, type Check, type Outcome, type ReplyClass } from './evaluation';

/** An answer of a table; `missed` when no key was found. */
export interface AccessResult {
	readonly outcome: Outcome;
	readonly found: boolean;
}
const MISSED: AccessResult = { outcome: 'dunno', found: false };

/** What is named in a refusal, which may differ from the check's own. */
export interface Named {
	readonly replyName: string;
	readonly replyClass: ReplyClass;
}

/** @param by the function of smtpd_check.c that warnings name */
function* lookup(check: Check, key: string, partial: boolean, by: string): Sys<Found | null> {
	if (check.argument.startsWith('{')) {
		/* a table in braces is opened but not found under its name, in 3.7 */
		yield* check.session.daemon.log.warn(`${by}: unexpected dictionary: ${check.argument}`);
		return { value: '451 4.3.5 Server configuration error', source: check.source };
	}
	const dict = check.tables.access.get(check.argument);
	if (!dict || (partial && dict.patterns)) return null;
	try {
		return yield* dict.lookup(key);
	} catch (thrown) {
		if (!(thrown instanceof DictError)) throw thrown;
		yield* check.session.daemon.log.warn(`${dict.name} lookup error for "${key.slice(0, 100)}"`);
		return { value: '451 4.3.5 Server configuration error', source: check.source };
	}
}

const parentsArePlain = (check: Check): boolean =>
	check.session.daemon.config
		.items('parent_domain_matches_subdomains')
		.some(({ text }) => text === 'smtpd_access_maps');

/** Whole key, then domains above it. */
export function* domainAccess(check: Check, domain: string, named: Named): Sys<AccessResult> {
	const plain = parentsArePlain(check);
	const numeric = parseIpv4Address(domain) !== undefined;
	let partial = false;
	for (let name = domain; name !== '';) {
		const found = yield* lookup(check, name, partial, 'check_domain_access');
		if (found) return { outcome: yield* act(check, found, domain, named), found: true };
		if (numeric) break;
		const dot = name.indexOf('.', 1);
		if (dot < 0) break;
		name = name.slice(plain ? dot + 1 : dot);
		partial = true;
	}
	return MISSED;
}

/** 198.51.100.66, 198.51.100, 198.51, 198 */
export function* addressAccess(check: Check, address: string, named: Named): Sys<AccessResult> {
	let partial = false;
	for (let key = address; ;) {
		const found = yield* lookup(check, key, partial, 'check_addr_access');
		if (found) return { outcome: yield* act(check, found, address, named), found: true };
		const dot = key.lastIndexOf('.');
		if (dot < 0) return MISSED;
		key = key.slice(0, dot);
		partial = true;
	}
}

export function* nameAddressAccess(check: Check, name: string, address: string, named: Named): Sys<AccessResult> {
	const byName = yield* domainAccess(check, name, named);
	return byName.found ? byName : yield* addressAccess(check, address, named);
}

/** user+ext@domain, user@domain, domain and those above, user+ext@, user@ */
export function* mailAccess(check: Check, address: string, named: Named): Sys<Outcome> {
	const { session, evaluation } = check;
	const reply = yield* evaluation.resolve(
		(named.replyClass === CLASS.sender ? session.recipient : session.sender) ?? '',
		address
	);
	if (reply.flags & RESOLVE.FAIL) yield* evaluation.lookupFailed(address);
	const key = reply.recipient;
	const [local, domain] = splitAddress(key);
	if (domain === undefined) return 'dunno';
	const delimiters = session.daemon.config.text('recipient_delimiter');
	const suspicious =
		!session.daemon.config.flag('allow_untrusted_routing') &&
		(reply.flags & RESOLVE.ROUTED) !== 0 &&
		named.replyClass === CLASS.recipient;
	const keys: [string, boolean][] = [];
	const bare = stripExtension(key, delimiters);
	for (const [one, partial] of [[key, false], ...(bare ? [[bare[0], true] as const] : [])] as const) {
		/* as it stands in a mail first, with its quotes */
		if (quote822(one) !== one) keys.push([quote822(one), partial]);
		keys.push([one, partial]);
	}
	const plain = parentsArePlain(check);
	for (let name = domain; name !== '';) {
		keys.push([name, true]);
		const dot = name.indexOf('.', 1);
		if (dot < 0) break;
		name = name.slice(plain ? dot + 1 : dot);
	}
	keys.push([`${local}@`, true]);
	const user = splitExtension(local, delimiters);
	if (user) keys.push([`${user[0]}@`, true]);
	for (const [one, partial] of keys) {
		const found = yield* lookup(check, one, partial, 'check_mail_access');
		if (!found) continue;
		const outcome = yield* act(check, found, key, named);
		return outcome === 'ok' && suspicious ? 'dunno' : outcome;
	}
	check.evaluation.note(check.name, 'no-match', `${address} is not in ${check.argument}`, check.source);
	return 'dunno';
}

/** The null sender has a key of its own. */
export function* keyAccess(check: Check, key: string, named: Named): Sys<AccessResult> {
	const found = yield* lookup(check, key, false, 'check_access');
	return found ? { outcome: yield* act(check, found, key, named), found: true } : MISSED;
}

/** The hosts that serve a domain, by MX, NS or A, looked up by name and address. */
export function* serverAccess(check: Check, name: string, type: 'MX' | 'NS' | 'A', named: Named): Sys<Outcome> {
	let domain = splitAddress(name)[1] ?? name;
	const { log } = check.session.daemon;
	const literal = /^\[(.*)\]$/.exec(domain);
	if (literal) {
		if (type === 'NS' || parseIpv4Address(literal[1]!) === undefined) return 'dunno';
		return (yield* addressAccess(check, literal[1]!, named)).outcome;
	}
	let servers = [domain];
	if (type !== 'A') {
		let found = yield* lookupHost(domain, type);
		while (type === 'NS' && found.status === 'not-found' && domain.includes('.')) {
			domain = domain.slice(domain.indexOf('.') + 1);
			found = yield* lookupHost(domain, type);
		}
		if (found.status === 'null-mx') return 'dunno';
		if (found.status === 'ok') servers = found.records.map((record) => record.name);
		else if (!(type === 'MX' && found.status === 'not-found')) {
			yield* log.warn(`Unable to look up ${type} host for ${domain || name}: ${found.text}`);
			return 'dunno';
		}
	}
	for (const server of servers) {
		const literal = parseIpv4Address(server) !== undefined;
		/* of check_*_a_access only the addresses count */
		if (type !== 'A' || literal) {
			const byName = literal ? yield* addressAccess(check, server, named) : yield* domainAccess(check, server, named);
			if (byName.found) return byName.outcome;
		}
		const addresses = yield* getaddrinfo(server);
		if (!addresses.ok) {
			if (type !== 'A')
				yield* log.warn(
					`Unable to look up ${type} host ${server} for ${replyText(named.replyClass)} ${named.replyName}: ${hostError(addresses.error)}`
				);
			continue;
		}
		for (const { address } of addresses.addresses) {
			const byAddress = yield* addressAccess(check, formatIpv4Address(address), named);
			if (byAddress.found) return byAddress.outcome;
		}
	}
	return 'dunno';
}

const replyText = (replyClass: ReplyClass): string => replyClass;
const hostError = (code: string): string =>
	code === 'EAI_AGAIN'
		? 'Temporary failure in name resolution'
		: code === 'EAI_NODATA'
			? 'No address associated with hostname'
			: 'Name or service not known';

type Action = (check: Check, text: string, named: Named, found: Found) => Sys<Outcome>;

function* refuse(
	check: Check,
	named: Named,
	code: number,
	fallback: string,
	text: string,
	words: string
): Sys<Outcome> {
	const [dsn, rest] = splitDsn(fallback, text);
	return yield* check.evaluation.refuse(
		'policy',
		code,
		fixDsn(dsn, named.replyClass),
		`<${named.replyName}>: ${named.replyClass} rejected: ${rest || words}`
	);
}

function* delegates(check: Check, action: string, named: Named): Sys<boolean> {
	if (named.replyClass === CLASS.etrn) {
		yield* check.session.daemon.log.warn(
			`access table ${check.argument}: with smtpd_delay_reject=yes, action ${action} is always skipped in ${named.replyClass} restrictions`
		);
		return false;
	}
	return true;
}

const ACTIONS: Readonly<Record<string, Action>> = {
	*DUNNO() {
		return 'dunno';
	},
	*OK() {
		return 'ok';
	},
	*RELAY() {
		return 'ok';
	},
	*REJECT(check, text, named) {
		return yield* refuse(
			check,
			named,
			check.session.daemon.config.number('access_map_reject_code'),
			'5.7.1',
			text,
			'Access denied'
		);
	},
	*DEFER(check, text, named) {
		return yield* refuse(
			check,
			named,
			check.session.daemon.config.number('access_map_defer_code'),
			'4.7.1',
			text,
			'Access denied'
		);
	},
	*HANGUP(check, text) {
		yield* check.session.stream.flush();
		yield* shutdown(check.session.stream.fd, 'both');
		yield* check.session.logWhatsUp('hangup', text);
		throw new StreamEnd('quiet');
	},
	*INFO(check, text) {
		yield* check.session.logWhatsUp('info', text);
		return 'dunno';
	},
	*WARN(check, text) {
		yield* check.session.logWhatsUp('warn', text);
		return 'dunno';
	},
	*FILTER(check, text, named) {
		if (!(yield* delegates(check, 'FILTER', named))) return 'dunno';
		const { log } = check.session.daemon;
		if (text === '')
			yield* log.warn(`access table ${check.argument} entry "${named.replyName}" has FILTER entry without value`);
		else if (!text.includes(':'))
			yield* log.warn(`access table ${check.argument} entry "${named.replyName}" requires transport:destination`);
		else {
			yield* check.session.logWhatsUp('filter', `<${named.replyName}>: ${named.replyClass} triggers FILTER ${text}`);
			check.session.filter = text;
		}
		return 'dunno';
	},
	*HOLD(check, text, named) {
		if (!(yield* delegates(check, 'HOLD', named)) || check.session.hold) return 'dunno';
		yield* check.session.logWhatsUp(
			'hold',
			`<${named.replyName}>: ${named.replyClass} ${text || 'triggers HOLD action'}`
		);
		check.session.hold = true;
		return 'dunno';
	},
	*DISCARD(check, text, named) {
		if (!(yield* delegates(check, 'DISCARD', named))) return 'dunno';
		yield* check.session.logWhatsUp(
			'discard',
			`<${named.replyName}>: ${named.replyClass} ${text || 'triggers DISCARD action'}`
		);
		check.session.discard = true;
		return 'ok';
	},
	*REDIRECT(check, text, named) {
		if (!(yield* delegates(check, 'REDIRECT', named))) return 'dunno';
		if (!text.includes('@')) {
			yield* check.session.daemon.log.warn(
				`access table ${check.argument} entry "${named.replyName}" requires user@domain target`
			);
			return 'dunno';
		}
		yield* check.session.logWhatsUp('redirect', `<${named.replyName}>: ${named.replyClass} triggers REDIRECT ${text}`);
		check.session.redirect = text;
		return 'dunno';
	},
	*BCC(check, text, named) {
		if (!(yield* delegates(check, 'BCC', named))) return 'dunno';
		if (!text.includes('@')) {
			yield* check.session.daemon.log.warn(
				`access table ${check.argument} entry "${named.replyName}" requires user@domain target`
			);
			return 'dunno';
		}
		yield* check.session.logWhatsUp('bcc', `<${named.replyName}>: ${named.replyClass} triggers BCC ${text}`);
		check.session.bcc.push(text);
		return 'dunno';
	},
	*PREPEND(check, text, named) {
		if (!/^[\x21-\x39\x3b-\x7e]+\s*:/.test(text)) {
			yield* check.session.daemon.log.warn(
				`access table ${check.argument} entry "${named.replyName}" requires header: text`
			);
			return 'dunno';
		}
		check.session.prepend.push(text);
		return 'dunno';
	},
	*DEFER_IF_PERMIT(check, text, named) {
		const [dsn, rest] = splitDsn('4.7.1', text);
		const code = check.session.daemon.config.number('access_map_defer_code');
		return yield* check.evaluation.deferIfPermitted(
			check,
			'defer_if_permit',
			code,
			fixDsn(dsn, named.replyClass),
			`<${named.replyName}>: ${named.replyClass} rejected: ${rest || 'Service unavailable'}`
		);
	},
	*DEFER_IF_REJECT(check, text, named) {
		const [dsn, rest] = splitDsn('4.7.1', text);
		const code = check.session.daemon.config.number('access_map_defer_code');
		check.evaluation.deferIfRejected(
			check,
			code,
			fixDsn(dsn, named.replyClass),
			`<${named.replyName}>: ${named.replyClass} rejected: ${rest || 'Service unavailable'}`
		);
		return 'dunno';
	}
};

/** The right-hand side of an entry (check_table_result()). */
export function* act(check: Check, found: Found, datum: string, named: Named): Sys<Outcome> {
	const { evaluation } = check;
	const value = found.value;
	const word = /^[^ \t]*/.exec(value)![0];
	const text = value.slice(word.length).trim();
	const because: Source[] = [check.source];
	const say = (outcome: Outcome): void => {
		const words = `${named.replyName || '<>'} is in ${check.argument}: ${value}`;
		if (outcome === 'ok') evaluation.permit(check.name, words, found.source, because);
		else evaluation.note(check.name, outcome === 'reject' ? 'decided' : 'no-match', words, found.source, because);
	};
	const action = Object.hasOwn(ACTIONS, word.toUpperCase()) ? ACTIONS[word.toUpperCase()]! : null;
	if (action) {
		const outcome = yield* action(check, text, named, found);
		say(outcome);
		return outcome;
	}
	if (/^\d+$/.test(value)) {
		say('ok');
		return 'ok';
	}
	if (/^[45]\d\d$/.test(word) && text !== '') {
		say('reject');
		return yield* refuse(check, named, Number(word), `${word[0]}.7.1`, text, 'Access denied');
	}
	const { log } = check.session.daemon;
	if (value.includes(':')) {
		yield* log.warn(`access table ${check.argument} has entry with lookup table: ${value}`);
		yield* log.warn('do not specify lookup tables inside SMTPD access maps');
		yield* log.warn('define a restriction class and specify its name instead.');
		yield* evaluation.serverError();
	}
	const items = value
		.split(/[\s,]+/)
		.filter((item) => item !== '')
		.map((item) => ({ text: item, source: found.source }));
	if (items.length === 0) {
		yield* log.warn(`access table ${check.argument} entry ${datum} has empty value`);
		return 'ok';
	}
	return yield* evaluation.walk(items, named.replyName, named.replyClass);
}

/** Tables named behind check_*_access, opened at the start: `hash:/etc/postfix/access`. */
export type AccessTables = ReadonlyMap<string, Dict>;
