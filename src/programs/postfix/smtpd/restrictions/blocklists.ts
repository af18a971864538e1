/** Restrictions that ask a DNS blocklist, or a list of those who may. */
import type { Sys } from '#kernel/syscalls';
import { splitAddress } from '../../tok822';
import { validHostname } from '../../trivial-rewrite';
import { CLASS, type Check, type Outcome, type ReplyClass, type RestrictionRow } from '../evaluation';
import { blocklisted, blocklistReply } from '../rbl';
import { noMatch, permitted, type Row } from './answers';
import { destination } from './destination';
import { ofAddress, ofClient, ofHelo, ofReverse, type Asked } from './subjects';

const rblByName = (of: Asked): RestrictionRow => ({
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

/** A list of good clients says nothing about where they may send to (permit_dnswl_addr()). */
function* mayPermit(check: Check): Sys<boolean> {
	const { where, recipient } = check.session;
	if (where !== 'RCPT' || recipient === null || recipient === '') return true;
	return (yield* destination(check, recipient)).ours;
}

const reversed = (address: string): string => address.split('.').reverse().join('.');

export const clientBlocklist = (check: Check): Sys<Outcome> =>
	rbl(check, reversed(check.session.peer.addressText), check.session.peer.addressText, CLASS.client);

export const BLOCKLISTS: readonly Row[] = [
	[
		'reject_rbl_client reject_rbl',
		{
			argument: 'domain',
			run: clientBlocklist
		}
	],
	['reject_rhsbl_client', rblByName(ofClient)],
	['reject_rhsbl_reverse_client', rblByName(ofReverse)],
	['reject_rhsbl_helo', rblByName(ofHelo)],
	['reject_rhsbl_sender', rblByName(ofAddress('sender'))],
	['reject_rhsbl_recipient', rblByName(ofAddress('recipient'))],
	[
		'permit_rhswl_client',
		{
			argument: 'domain',
			*run(check) {
				const { peer, daemon } = check.session;
				if (!(yield* mayPermit(check))) return noMatch(check, 'it opens no relay: the recipient is not ours');
				if (peer.name === 'unknown') return noMatch(check, 'the client has no name that leads back to it');
				const listed = yield* blocklisted(daemon, peer.name, check.argument);
				return listed
					? permitted(check, `${listed.query} is listed`, listed.sources)
					: noMatch(check, `${peer.name} is not listed in ${check.argument}`);
			}
		}
	],
	[
		'permit_dnswl_client',
		{
			argument: 'domain',
			*run(check) {
				if (!(yield* mayPermit(check))) return noMatch(check, 'it opens no relay: the recipient is not ours');
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
