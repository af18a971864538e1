/** Restrictions about the client: its address, its name, the name's way back. */
import type { Reason, Sys } from '#kernel/syscalls';
import type { Check, Outcome } from '../evaluation';
import { noMatch, number, permitted, plain, refused, type Row } from './answers';

function* permitMynetworks(check: Check): Sys<Outcome> {
	const { peer, daemon } = check.session;
	const behind = daemon.config.behind('mynetworks');
	const { matched, item, source, because } = yield* check.evaluation.guarded(
		check.name,
		check.replyName,
		() => check.tables.mynetworks.match(peer.name, peer.address),
		behind[0]
	);
	if (item === undefined)
		return noMatch(check, `${peer.addressText} is in none of mynetworks (${daemon.config.text('mynetworks')})`, behind);
	const found = [source ?? behind[0]!, ...(because ?? []), ...behind.slice(1)];
	return matched
		? permitted(check, `${peer.addressText} is in ${item} of mynetworks`, found)
		: noMatch(check, `${peer.addressText} is excluded by ${item} of mynetworks`, found);
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

export const CLIENT: readonly Row[] = [
	['permit_mynetworks', plain(permitMynetworks)],
	['permit_inet_interfaces', plain(permitInetInterfaces)],
	['reject_unknown_client_hostname reject_unknown_client', plain(unknownClient)],
	['reject_unknown_reverse_client_hostname', plain(unknownReverse)]
];
