/** Restrictions about a sender's or recipient's address: its form, its domain, whether there is such a user. */
import type { Sys } from '#kernel/syscalls';
import { lookupHost, type HostLookup } from '../../dns-lookup';
import { splitAddress } from '../../tok822';
import { RESOLVE, validHostname } from '../../trivial-rewrite';
import { CLASS, type Check, type Outcome, type ReplyClass, type Restriction } from '../evaluation';
import { checkUnlisted } from '../recipients';
import { noMatch, number, plain, refused, withAddress, type Row, type Subject } from './answers';
import { best, withoutFinalDot } from './names';

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

const unlisted = (subject: Subject): Restriction =>
	withAddress(subject, (check, address) => checkUnlisted(check.evaluation, subject, address, check.source, check.name));

export const ADDRESS: readonly Row[] = [
	['reject_non_fqdn_sender', plain(unqualifiedAddress('sender'))],
	['reject_non_fqdn_recipient', plain(unqualifiedAddress('recipient'))],
	['reject_unknown_sender_domain reject_unknown_address', plain(unknownDomain('sender'))],
	['reject_unknown_recipient_domain', plain(unknownDomain('recipient'))],
	['reject_unlisted_sender', plain(unlisted('sender'))],
	['reject_unlisted_recipient check_recipient_maps', plain(unlisted('recipient'))]
];
