/**
 * The restrictions (postconf(5), smtpd_recipient_restrictions and its siblings): one row a name.
 *
 * Does: each row looks at the session and answers `dunno`, `ok` or `reject`, and writes down why.
 * Lacks: check_policy_service, permit_mx_backup, TLS client certificates, the login maps of SASL.
 */
import type { Reason, Source, Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { sleep } from '../../libc/unistd';
import { lookupHost, type HostLookup } from '../dns-lookup';
import { splitAddress } from '../tok822';
import { RESOLVE, validHostname, type Resolution } from '../trivial-rewrite';
import {
	domainAccess,
	keyAccess,
	mailAccess,
	nameAddressAccess,
	serverAccess,
	type AccessResult,
	type Named
} from './access';
import {
	CLASS,
	type Check,
	type Outcome,
	type ReplyClass,
	type Restriction,
	type RestrictionRow,
	type RestrictionTable
} from './evaluation';
import { blocklisted, blocklistReply } from './rbl';
import { checkUnlisted } from './recipients';

/* ---- small words ------------------------------------------------------------------------------------------------- */

type Subject = 'sender' | 'recipient';

function permitted(check: Check, text: string, because?: readonly Source[]): Outcome {
	check.evaluation.note(check.name, 'passed', text, check.source, because);
	return 'ok';
}

function noMatch(check: Check, text: string, because?: readonly Source[]): Outcome {
	check.evaluation.note(check.name, 'no-match', text, check.source, because);
	return 'dunno';
}

function* refused(
	check: Check,
	why: string,
	code: number,
	dsn: string,
	reply: string,
	because?: readonly Source[]
): Sys<Outcome> {
	check.evaluation.note(check.name, check.evaluation.warning ? 'no-match' : 'decided', why, check.source, because);
	return yield* check.evaluation.refuse('policy', code, dsn, reply);
}

const number = (check: Check, parameter: string): number => check.session.daemon.config.number(parameter);

/** A restriction that needs a HELO name, a sender … and says nothing without. */
function withHelo(run: (check: Check, helo: string) => Sys<Outcome>): Restriction {
	return function* (check) {
		return check.session.helo === null ? 'dunno' : yield* run(check, check.session.helo);
	};
}
function withAddress(
	subject: Subject,
	run: (check: Check, address: string, replyClass: ReplyClass) => Sys<Outcome>
): Restriction {
	return function* (check) {
		const address = check.session[subject];
		return address === null || address === '' ? 'dunno' : yield* run(check, address, CLASS[subject]);
	};
}

function* ignoredAfter(check: Check): Sys<void> {
	if (check.more && !check.evaluation.warning)
		yield* check.session.daemon.log.warn(`restriction \`${'…'}' after \`${check.name}' is ignored`);
}

/* ---- names and addresses ------------------------------------------------------------------------------------------ */

function* heloHostname(check: Check, helo: string, run: (name: string) => Sys<Outcome>): Sys<Outcome> {
	if (!helo.startsWith('[')) return yield* run(helo);
	const literal = /^\[(.+)\]$/.exec(helo)?.[1] ?? helo;
	if (parseIpv4Address(literal) !== undefined || /^ipv6:/i.test(literal))
		return noMatch(check, `${helo} is an address`);
	return yield* refused(
		check,
		`${helo} is no IP address`,
		number(check, 'invalid_hostname_reject_code'),
		'5.5.2',
		`<${helo}>: ${CLASS.helo} rejected: invalid ip address`
	);
}

const withoutFinalDot = (name: string): string => (name.length > 1 ? name.replace(/\.$/, '') : name);

function* unknownMailHost(check: Check, domain: string, name: string, replyClass: ReplyClass): Sys<Outcome> {
	const sender = replyClass === CLASS.sender;
	let found: HostLookup = yield* lookupHost(domain, 'MX');
	for (const type of ['A', 'AAAA'])
		if (found.status === 'not-found' || found.status === 'retry' || found.status === 'fail')
			found = best(found, yield* lookupHost(domain, type));
	if (found.status === 'ok') return noMatch(check, `${domain} has ${found.records[0]!.type} records`);
	if (found.status === 'null-mx')
		return yield* refused(
			check,
			`${domain} says by a null MX that it takes no mail`,
			sender ? 550 : 556,
			sender ? '4.7.27' : '4.1.10',
			`<${name}>: ${replyClass} rejected: Domain ${domain} does not accept mail (nullMX)`
		);
	const dsn = sender ? '4.1.8' : '4.1.2';
	const reply = `<${name}>: ${replyClass} rejected: Domain not found`;
	if (found.status === 'retry') {
		const action = check.session.daemon.config.text('unknown_address_tempfail_action');
		return yield* check.evaluation.deferIfPermitted(check, action, 450, dsn, reply);
	}
	return yield* refused(
		check,
		`${domain} has neither MX nor A nor AAAA records`,
		number(check, 'unknown_address_reject_code'),
		dsn,
		reply
	);
}

/** A found answer counts most, then "ask again", then none. */
function best(a: HostLookup, b: HostLookup): HostLookup {
	const rank = { ok: 0, 'null-mx': 1, retry: 2, fail: 3, invalid: 3, 'not-found': 4 } as const;
	return rank[b.status] < rank[a.status] ? b : a;
}

const unknownDomain = (subject: Subject): Restriction =>
	withAddress(subject, function* (check, address, replyClass) {
		const { evaluation, session } = check;
		const reply = yield* evaluation.resolve((subject === 'sender' ? session.recipient : session.sender) ?? '', address);
		if (reply.flags & RESOLVE.FAIL) yield* evaluation.lookupFailed(address);
		const domain = splitAddress(reply.recipient)[1];
		if (domain === undefined || reply.flags & (RESOLVE.LOCAL | RESOLVE.ALIAS | RESOLVE.VIRTUAL))
			return noMatch(check, `${address} is one of this host's own addresses`);
		if (domain.startsWith('[')) return 'dunno';
		return yield* unknownMailHost(check, domain, address, replyClass);
	});

const unqualifiedAddress = (subject: Subject): Restriction =>
	withAddress(subject, function* (check, address, replyClass) {
		const domain = splitAddress(address)[1] ?? '';
		if (/^\[.*\]$/.test(domain)) return 'dunno';
		const test = withoutFinalDot(domain);
		if (test !== '' && validHostname(test) && test.includes('.')) return noMatch(check, `${domain} is fully qualified`);
		return yield* refused(
			check,
			`the domain of ${address} is not fully qualified`,
			number(check, 'non_fqdn_reject_code'),
			'4.5.2',
			`<${address}>: ${replyClass} rejected: need fully-qualified address`
		);
	});

const unknownHelo = withHelo(function* (check, helo) {
	return yield* heloHostname(check, helo, function* (name) {
		let found = yield* lookupHost(name, 'A');
		for (const type of ['AAAA', 'MX']) if (found.status !== 'ok') found = best(found, yield* lookupHost(name, type));
		if (found.status === 'ok' || found.status === 'null-mx')
			return noMatch(check, `${name} has ${found.records[0]?.type ?? 'MX'} records`);
		const reply = `<${name}>: ${CLASS.helo} rejected: Host not found`;
		if (found.status === 'retry')
			return yield* check.evaluation.deferIfPermitted(
				check,
				check.session.daemon.config.text('unknown_helo_hostname_tempfail_action'),
				450,
				'4.7.1',
				reply
			);
		return yield* refused(
			check,
			`${name} has neither A nor AAAA nor MX records`,
			number(check, 'unknown_hostname_reject_code'),
			'4.7.1',
			reply
		);
	});
});

const invalidHelo = withHelo(function* (check, helo) {
	return yield* heloHostname(check, helo, function* (name) {
		const test = withoutFinalDot(name);
		if (validHostname(test) || parseIpv4Address(test) !== undefined)
			return noMatch(check, `${name} is written like a host name`);
		return yield* refused(
			check,
			`${name} is not written like a host name`,
			number(check, 'invalid_hostname_reject_code'),
			'5.5.2',
			`<${name}>: ${CLASS.helo} rejected: Invalid name`
		);
	});
});

const unqualifiedHelo = withHelo(function* (check, helo) {
	return yield* heloHostname(check, helo, function* (name) {
		const test = withoutFinalDot(name);
		if (validHostname(test) && test.includes('.')) return noMatch(check, `${name} is fully qualified`);
		return yield* refused(
			check,
			`${name} is not fully qualified`,
			number(check, 'non_fqdn_reject_code'),
			'5.5.2',
			`<${name}>: ${CLASS.helo} rejected: need fully-qualified hostname`
		);
	});
});

/* ---- clients ------------------------------------------------------------------------------------------------------ */

function* permitMynetworks(check: Check): Sys<Outcome> {
	const { peer, daemon } = check.session;
	const parameter = daemon.config.source('mynetworks');
	const result = yield* check.evaluation.guarded(
		check.replyName,
		() => check.tables.mynetworks.match(peer.name, peer.address),
		parameter
	);
	if (result.matched)
		return permitted(check, `${peer.addressText} is in ${result.item ?? 'an item'} of mynetworks`, [
			result.source ?? parameter
		]);
	if (result.item !== undefined)
		return noMatch(check, `${peer.addressText} is excluded by ${result.item} of mynetworks`, [
			result.source ?? parameter
		]);
	return noMatch(check, `${peer.addressText} is in none of mynetworks (${daemon.config.text('mynetworks')})`, [
		parameter
	]);
}

function* permitInetInterfaces(check: Check): Sys<Outcome> {
	const { peer, daemon } = check.session;
	const source = daemon.config.source('inet_interfaces');
	const own = peer.address >>> 24 === 127 || daemon.config.ownAddresses.includes(peer.address);
	return own
		? permitted(check, `${peer.addressText} is this host`, [source])
		: noMatch(check, `${peer.addressText} is not this host`, [source]);
}

function* unknownClient(check: Check): Sys<Outcome> {
	const { peer } = check.session;
	const why = peer.reasons.flatMap((reason: Reason) => (reason.source ? [reason.source] : []));
	if (peer.nameStatus === 'ok') return noMatch(check, `${peer.addressText} is ${peer.name}, forth and back`, why);
	const code = peer.nameStatus === 'temporary' ? 450 : number(check, 'unknown_client_reject_code');
	const text =
		peer.nameStatus === 'forged'
			? `${peer.reverseName}, the name of ${peer.addressText}, does not lead back to it`
			: `no name was found for ${peer.addressText}`;
	return yield* refused(
		check,
		text,
		code,
		'4.7.25',
		`Client host rejected: cannot find your hostname, [${peer.addressText}]`,
		why
	);
}

function* unknownReverse(check: Check): Sys<Outcome> {
	const { peer } = check.session;
	if (peer.reverseStatus === 'ok') return noMatch(check, `${peer.addressText} has the name ${peer.reverseName}`);
	const code = peer.reverseStatus === 'permanent' ? number(check, 'unknown_client_reject_code') : 450;
	return yield* refused(
		check,
		`no name was found for ${peer.addressText}`,
		code,
		'4.7.1',
		`Client host rejected: cannot find your reverse hostname, [${peer.addressText}]`
	);
}

/* ---- destinations ------------------------------------------------------------------------------------------------- */

const CLASS_PARAMETER: readonly (readonly [flag: number, parameter: string])[] = [
	[RESOLVE.LOCAL, 'mydestination'],
	[RESOLVE.ALIAS, 'virtual_alias_domains'],
	[RESOLVE.VIRTUAL, 'virtual_mailbox_domains'],
	[RESOLVE.RELAY, 'relay_domains']
];

function* destination(check: Check, recipient: string): Sys<{ ours: boolean; text: string; because: Source[] }> {
	const { evaluation, session } = check;
	const { config } = session.daemon;
	const reply: Resolution = yield* evaluation.resolve(session.sender ?? '', recipient);
	if (reply.flags & RESOLVE.FAIL) yield* evaluation.lookupFailed(recipient);
	const domain = splitAddress(reply.recipient)[1] ?? '';
	if (reply.flags & RESOLVE.ROUTED && !config.flag('allow_untrusted_routing'))
		return {
			ours: false,
			text: `${recipient} names a further host behind its local part (allow_untrusted_routing = no)`,
			because: [config.source('allow_untrusted_routing')]
		};
	for (const [flag, parameter] of CLASS_PARAMETER) {
		if (!(reply.flags & flag)) continue;
		const item = config.items(parameter).find(({ text }) => text.toLowerCase() === domain.toLowerCase());
		return { ours: true, text: `${domain} is in ${parameter}`, because: [item?.source ?? config.source(parameter)] };
	}
	const names = CLASS_PARAMETER.map(([, parameter]) => parameter);
	return {
		ours: false,
		text: `${domain} is in none of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`,
		because: names.map((name) => config.source(name))
	};
}

const unauthDestination = (later: boolean): Restriction =>
	withAddress('recipient', function* (check, recipient) {
		const { ours, text, because } = yield* destination(check, recipient);
		if (ours) return noMatch(check, text, because);
		const code = number(check, 'relay_domains_reject_code') - (later ? 100 : 0);
		return yield* refused(check, text, code, later ? '4.7.1' : '5.7.1', `<${recipient}>: Relay access denied`, because);
	});

const permitAuthDestination = withAddress('recipient', function* (check, recipient) {
	const { ours, text, because } = yield* destination(check, recipient);
	return ours ? permitted(check, text, because) : noMatch(check, text, because);
});

/* ---- access tables ------------------------------------------------------------------------------------------------ */

function* outcomeOf(check: Check, result: AccessResult, key: string): Sys<Outcome> {
	if (!result.found) return noMatch(check, `${key} is not in ${check.argument}`);
	return result.outcome;
}

const accessByMail = (subject: Subject): RestrictionRow => ({
	argument: 'table',
	*run(check) {
		const address = check.session[subject];
		if (address === null) return 'dunno';
		const named: Named = { replyName: address, replyClass: CLASS[subject] };
		if (address !== '') return yield* mailAccess(check, address, named);
		if (subject !== 'sender') return 'dunno';
		const key = check.session.daemon.config.text('smtpd_null_access_lookup_key');
		return yield* outcomeOf(check, yield* keyAccess(check, key, named), key);
	}
});

const accessByServer = (
	type: 'MX' | 'NS' | 'A',
	of: (check: Check) => readonly [name: string | null, named: Named]
): RestrictionRow => ({
	argument: 'table',
	*run(check) {
		const [name, named] = of(check);
		if (name === null || name === '' || name === 'unknown') return 'dunno';
		const outcome = yield* serverAccess(check, name, type, named);
		if (outcome === 'ok') {
			yield* check.session.daemon.log.warn(`restriction ${check.name} returns OK for ${name}`);
			yield* check.session.daemon.log.warn('this is not allowed for security reasons');
			yield* check.session.daemon.log.warn('use DUNNO instead of OK if you want to make an exception');
			yield* check.evaluation.serverError();
		}
		return outcome;
	}
});

const ofClient = (check: Check): readonly [string, Named] => [
	check.session.peer.name,
	{ replyName: check.session.peer.nameAddress, replyClass: CLASS.client }
];
const ofReverse = (check: Check): readonly [string, Named] => [
	check.session.peer.reverseName,
	{ replyName: check.session.peer.reverseName, replyClass: CLASS.reverse }
];
const ofHelo = (check: Check): readonly [string | null, Named] => [
	check.session.helo,
	{ replyName: check.session.helo ?? '', replyClass: CLASS.helo }
];
const ofAddress =
	(subject: Subject) =>
	(check: Check): readonly [string | null, Named] => [
		check.session[subject],
		{ replyName: check.session[subject] ?? '', replyClass: CLASS[subject] }
	];

/* ---- blocklists --------------------------------------------------------------------------------------------------- */

const rblByName = (of: (check: Check) => readonly [name: string | null, named: Named]): RestrictionRow => ({
	argument: 'domain',
	*run(check) {
		const [name, named] = of(check);
		if (name === null || name === '' || name.toLowerCase() === 'unknown') return 'dunno';
		const domain = splitAddress(name)[1] ?? name;
		const last = domain.slice(domain.lastIndexOf('.') + 1);
		if (domain === '' || domain.startsWith('[') || /^\d+$/.test(last) || !validHostname(domain)) return 'dunno';
		return yield* rbl(check, domain, name, named.replyClass);
	}
});

function* rbl(check: Check, query: string, what: string, replyClass: ReplyClass): Sys<Outcome> {
	const listed = yield* blocklisted(check.session.daemon, query, check.argument);
	if (!listed) return noMatch(check, `${what} is not listed in ${check.argument}`);
	check.evaluation.note(
		check.name,
		'decided',
		`${listed.query} is listed: ${listed.addresses.join(', ')}${listed.text ? `, "${listed.text}"` : ''}`,
		check.source,
		listed.sources
	);
	return yield* blocklistReply(check, listed, what, replyClass);
}

const reversed = (address: string): string => address.split('.').reverse().join('.');

/* ---- SASL ---------------------------------------------------------------------------------------------------------- */

function* permitSasl(check: Check): Sys<Outcome> {
	if (check.session.saslUsername !== '')
		return permitted(check, `the client logged in as ${check.session.saslUsername}`);
	return noMatch(check, 'the client has not logged in');
}

const loginMismatch = (...names: readonly string[]): Restriction =>
	function* (check) {
		const { config, log } = check.session.daemon;
		if (!config.flag('smtpd_sasl_auth_enable')) {
			for (const name of names.length > 0 ? names : [check.name])
				yield* log.warn(`restriction \`${name}' ignored: no SASL support`);
			return 'dunno';
		}
		return 'dunno';
	};

/* ---- the table ----------------------------------------------------------------------------------------------------- */

const plain = (run: Restriction): RestrictionRow => ({ run });

const ROWS: readonly (readonly [names: string, row: RestrictionRow])[] = [
	[
		'permit',
		plain(function* (check) {
			if (check.more) yield* ignoredAfter(check);
			return permitted(check, 'everything is permitted');
		})
	],
	[
		'reject',
		plain(function* (check) {
			yield* ignoredAfter(check);
			return yield* refused(
				check,
				'everything is refused',
				number(check, 'reject_code'),
				'5.7.1',
				`<${check.replyName}>: ${check.replyClass} rejected: Access denied`
			);
		})
	],
	[
		'defer',
		plain(function* (check) {
			yield* ignoredAfter(check);
			return yield* refused(
				check,
				'everything is refused for now',
				number(check, 'defer_code'),
				'4.3.2',
				`<${check.replyName}>: ${check.replyClass} rejected: Try again later`
			);
		})
	],
	[
		'defer_if_permit',
		plain((check) =>
			check.evaluation.deferIfPermitted(
				check,
				'defer_if_permit',
				450,
				'4.7.0',
				`<${check.replyName}>: ${check.replyClass} rejected: defer_if_permit requested`
			)
		)
	],
	[
		'defer_if_reject',
		plain(function* (check) {
			check.evaluation.deferIfRejected(
				check,
				450,
				'4.7.0',
				`<${check.replyName}>: ${check.replyClass} rejected: defer_if_reject requested`
			);
			return 'dunno';
		})
	],
	[
		'sleep',
		{
			argument: 'number',
			*run(check) {
				if (!/^\d+$/.test(check.argument)) {
					yield* check.session.daemon.log.warn('restriction sleep must be followed by number');
					yield* check.evaluation.serverError();
				}
				yield* sleep(Number(check.argument) * 1e6);
				return 'dunno';
			}
		}
	],
	[
		'reject_plaintext_session',
		plain((check) =>
			refused(
				check,
				'the session is not encrypted',
				number(check, 'plaintext_reject_code'),
				'5.7.1',
				'Session encryption is required'
			)
		)
	],
	[
		'reject_unauth_pipelining',
		plain(function* (check) {
			if (!check.session.illPipelining) return noMatch(check, 'the client waited for replies');
			check.evaluation.note(check.name, 'decided', 'the client sent commands before it had the right to', check.source);
			return yield* check.evaluation.refuse(
				'protocol',
				503,
				'5.5.0',
				`<${check.replyName}>: ${check.replyClass} rejected: Improper use of SMTP command pipelining`
			);
		})
	],
	[
		'reject_multi_recipient_bounce',
		plain(function* (check) {
			const { session } = check;
			if (session.sender !== '' || session.recipients <= 1) return 'dunno';
			return yield* refused(
				check,
				'a bounce has one recipient',
				number(check, 'multi_recipient_bounce_reject_code'),
				'5.5.3',
				`<${check.replyName}>: ${check.replyClass} rejected: Multi-recipient bounce`
			);
		})
	],
	['permit_mynetworks', plain(permitMynetworks)],
	['permit_inet_interfaces', plain(permitInetInterfaces)],
	['permit_sasl_authenticated', plain(permitSasl)],
	['permit_tls_clientcerts permit_tls_all_clientcerts', plain((check) => noneOf(check))],
	['reject_unknown_client_hostname reject_unknown_client', plain(unknownClient)],
	['reject_unknown_reverse_client_hostname', plain(unknownReverse)],
	[
		'check_client_access',
		{
			argument: 'table',
			*run(check) {
				const { peer } = check.session;
				return yield* outcomeOf(
					check,
					yield* nameAddressAccess(check, peer.name, peer.addressText, ofClient(check)[1]),
					peer.nameAddress
				);
			}
		}
	],
	[
		'check_reverse_client_hostname_access',
		{
			argument: 'table',
			*run(check) {
				const { peer } = check.session;
				return yield* outcomeOf(
					check,
					yield* nameAddressAccess(check, peer.reverseName, peer.addressText, ofReverse(check)[1]),
					peer.reverseName
				);
			}
		}
	],
	[
		'check_helo_access',
		{
			argument: 'table',
			*run(check) {
				const helo = check.session.helo;
				return helo === null
					? 'dunno'
					: yield* outcomeOf(check, yield* domainAccess(check, helo, ofHelo(check)[1]), helo);
			}
		}
	],
	[
		'check_etrn_access',
		{
			argument: 'table',
			*run(check) {
				return yield* outcomeOf(
					check,
					yield* domainAccess(check, check.replyName, { replyName: check.replyName, replyClass: CLASS.etrn }),
					check.replyName
				);
			}
		}
	],
	['check_sender_access', accessByMail('sender')],
	['check_recipient_access', accessByMail('recipient')],
	['check_client_ns_access', accessByServer('NS', ofClient)],
	['check_client_mx_access', accessByServer('MX', ofClient)],
	['check_client_a_access', accessByServer('A', ofClient)],
	['check_reverse_client_hostname_ns_access', accessByServer('NS', ofReverse)],
	['check_reverse_client_hostname_mx_access', accessByServer('MX', ofReverse)],
	['check_reverse_client_hostname_a_access', accessByServer('A', ofReverse)],
	['check_helo_ns_access', accessByServer('NS', ofHelo)],
	['check_helo_mx_access', accessByServer('MX', ofHelo)],
	['check_helo_a_access', accessByServer('A', ofHelo)],
	['check_sender_ns_access', accessByServer('NS', ofAddress('sender'))],
	['check_sender_mx_access', accessByServer('MX', ofAddress('sender'))],
	['check_sender_a_access', accessByServer('A', ofAddress('sender'))],
	['check_recipient_ns_access', accessByServer('NS', ofAddress('recipient'))],
	['check_recipient_mx_access', accessByServer('MX', ofAddress('recipient'))],
	['check_recipient_a_access', accessByServer('A', ofAddress('recipient'))],
	['reject_invalid_helo_hostname reject_invalid_hostname', plain(invalidHelo)],
	['reject_non_fqdn_helo_hostname reject_non_fqdn_hostname', plain(unqualifiedHelo)],
	['reject_unknown_helo_hostname reject_unknown_hostname', plain(unknownHelo)],
	['reject_non_fqdn_sender', plain(unqualifiedAddress('sender'))],
	['reject_non_fqdn_recipient', plain(unqualifiedAddress('recipient'))],
	['reject_unknown_sender_domain reject_unknown_address', plain(unknownDomain('sender'))],
	['reject_unknown_recipient_domain', plain(unknownDomain('recipient'))],
	[
		'reject_unlisted_sender',
		plain(
			withAddress('sender', (check, address) =>
				checkUnlisted(check.evaluation, 'sender', address, check.source, check.name)
			)
		)
	],
	[
		'reject_unlisted_recipient check_recipient_maps',
		plain(
			withAddress('recipient', (check, address) =>
				checkUnlisted(check.evaluation, 'recipient', address, check.source, check.name)
			)
		)
	],
	['reject_unauth_destination', plain(unauthDestination(false))],
	['defer_unauth_destination', plain(unauthDestination(true))],
	['permit_auth_destination', plain(permitAuthDestination)],
	['reject_authenticated_sender_login_mismatch reject_known_sender_login_mismatch', plain(loginMismatch())],
	['reject_unauthenticated_sender_login_mismatch', plain(loginMismatch())],
	[
		'reject_sender_login_mismatch',
		plain(loginMismatch('reject_authenticated_sender_login_mismatch', 'reject_unauthenticated_sender_login_mismatch'))
	],
	[
		'reject_rbl_client reject_rbl',
		{
			argument: 'domain',
			run: (check) => rbl(check, reversed(check.session.peer.addressText), check.session.peer.addressText, CLASS.client)
		}
	],
	['reject_rhsbl_client', rblByName(ofClient)],
	['reject_rhsbl_reverse_client', rblByName(ofReverse)],
	['reject_rhsbl_helo', rblByName(ofHelo)],
	['reject_rhsbl_sender', rblByName(ofAddress('sender'))],
	['reject_rhsbl_recipient', rblByName(ofAddress('recipient'))],
	[
		'permit_dnswl_client',
		{
			argument: 'domain',
			*run(check) {
				const listed = yield* blocklisted(
					check.session.daemon,
					reversed(check.session.peer.addressText),
					check.argument
				);
				return listed
					? permitted(check, `${listed.query} is listed`, listed.sources)
					: noMatch(check, `${check.session.peer.addressText} is not listed in ${check.argument}`);
			}
		}
	]
];

function* noneOf(check: Check): Sys<Outcome> {
	return noMatch(check, 'the client showed no certificate');
}

export const RESTRICTIONS: RestrictionTable = new Map(
	ROWS.flatMap(([names, row]) => names.split(' ').map((name) => [name, row] as const))
);

/** Names that have a table behind them: smtpd opens those at its start. */
export const TABLE_RESTRICTIONS: ReadonlySet<string> = new Set(
	[...RESTRICTIONS].filter(([, row]) => row.argument === 'table').map(([name]) => name)
);

/** What keeps a host from relaying for everybody; one of them must be there. */
export const RELAY_PROTECTION = [
	'reject_unauth_destination',
	'defer_unauth_destination',
	'reject',
	'defer',
	'defer_if_permit',
	'check_relay_domains'
] as const;
