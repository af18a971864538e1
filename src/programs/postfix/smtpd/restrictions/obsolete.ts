/** Restrictions of old configurations: they still work, and say what to use instead. */
import { validHostname } from '../../trivial-rewrite';
import { parseIpv4Address } from '#wire/address';
import type { Check } from '../evaluation';
import type { Sys } from '#kernel/syscalls';
import { noMatch, permitted, plain, refused, withAddress, type Row } from './answers';
import { clientBlocklist } from './blocklists';
import { destination } from './destination';

/** Said once by each process. */
function* deprecated(check: Check, instead: string): Sys<void> {
	const name = check.name.toLowerCase();
	if (check.tables.said.has(name)) return;
	check.tables.said.add(name);
	yield* check.session.daemon.log.warn(
		`support for restriction "${name}" will be removed from Postfix; use "${instead}" instead`
	);
}

const checkRelayDomains = withAddress('recipient', function* (check, recipient, replyClass) {
	yield* deprecated(check, 'reject_unauth_destination');
	const { config } = check.session.daemon;
	const { ours, text, because } = yield* destination(check, recipient);
	if (ours) return permitted(check, text, because);
	const name = check.session.peer.name.toLowerCase();
	const domains = config.items('relay_domains').map((item) => item.text.toLowerCase());
	if (validHostname(name) && domains.some((domain) => name === domain || name.endsWith(`.${domain}`)))
		return permitted(check, `${name} is in relay_domains`, [config.source('relay_domains')]);
	return yield* refused(
		check,
		text,
		config.number('relay_domains_reject_code'),
		'5.7.1',
		`<${check.replyName}>: ${replyClass} rejected: Relay access denied`,
		because
	);
});

export const OBSOLETE: readonly Row[] = [
	['check_relay_domains', plain(checkRelayDomains)],
	[
		'reject_maps_rbl',
		plain(function* (check) {
			yield* deprecated(check, 'reject_rbl_client domain-name');
			for (const { text, source } of check.session.daemon.config.items('maps_rbl_domains')) {
				const outcome = yield* clientBlocklist({ ...check, argument: text, source });
				if (outcome !== 'dunno') return outcome;
			}
			return noMatch(check, 'the client is in none of maps_rbl_domains');
		})
	],
	[
		'permit_naked_ip_address',
		plain(function* (check) {
			yield* check.session.daemon.log.warn(
				`restriction ${check.name} is deprecated. Use permit_mynetworks or permit_sasl_authenticated instead`
			);
			const helo = check.session.helo ?? '';
			return parseIpv4Address(helo) === undefined
				? noMatch(check, `${helo} is no IP address`)
				: permitted(check, `${helo} is an IP address`);
		})
	],
	[
		'check_ccert_access',
		{
			argument: 'table',
			*run(check) {
				yield* check.session.daemon.log.warn(`${check.name} is requested, but "smtpd_tls_ask_ccert = no"`);
				return noMatch(check, 'the client showed no certificate');
			}
		}
	]
];
