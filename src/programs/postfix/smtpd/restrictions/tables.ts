/** Restrictions that ask a table (access(5)): check_*_access. */
import type { Sys } from '#kernel/syscalls';
import {
	domainAccess,
	keyAccess,
	mailAccess,
	nameAddressAccess,
	serverAccess,
	type AccessResult,
	type Named
} from '../access';
import { CLASS, type Check, type Outcome, type RestrictionRow } from '../evaluation';
import { noMatch, type Row, type Subject } from './answers';
import { ofAddress, ofClient, ofHelo, ofReverse, type Asked } from './subjects';

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

/** What anyone can write into his DNS must not permit anything (forbid_allowlist()). */
function* forbidPermit(check: Check, name: string, outcome: Outcome): Sys<Outcome> {
	if (outcome !== 'ok' || check.session.discard) return outcome;
	yield* check.session.daemon.log.warn(`restriction ${check.name} returns OK for ${name}`);
	yield* check.session.daemon.log.warn('this is not allowed for security reasons');
	yield* check.session.daemon.log.warn('use DUNNO instead of OK if you want to make an exception');
	return yield* check.evaluation.serverError();
}

const accessByServer = (type: 'MX' | 'NS' | 'A', of: Asked): RestrictionRow => ({
	argument: 'table',
	*run(check) {
		const [name, named] = of(check);
		if (name === null || name === '' || name === 'unknown') return 'dunno';
		return yield* forbidPermit(check, name, yield* serverAccess(check, name, type, named));
	}
});

export const TABLES: readonly Row[] = [
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
				const found = yield* nameAddressAccess(check, peer.reverseName, peer.addressText, ofReverse(check)[1]);
				return yield* forbidPermit(check, peer.reverseName, yield* outcomeOf(check, found, peer.reverseName));
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
	['check_recipient_a_access', accessByServer('A', ofAddress('recipient'))]
];
