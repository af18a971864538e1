/**
 * The restrictions (postconf(5), smtpd_recipient_restrictions and its siblings): one row a name, in groups.
 *
 * Does: each row looks at the session and answers `dunno`, `ok` or `reject`, and writes down why.
 * Lacks: reject_unverified_sender and its siblings (verify(8)), TLS client certificates.
 */
import type { RestrictionTable } from './evaluation';
import { POLICY } from './policy';
import { ADDRESS } from './restrictions/address';
import { BLOCKLISTS } from './restrictions/blocklists';
import { CLIENT } from './restrictions/client';
import { DESTINATION } from './restrictions/destination';
import { GENERAL } from './restrictions/general';
import { HELO } from './restrictions/helo';
import { MX_BACKUP } from './restrictions/mx-backup';
import { OBSOLETE } from './restrictions/obsolete';
import { TABLES } from './restrictions/tables';
import { UNVERIFIED } from './restrictions/unverified';

const ROWS = [
	...GENERAL,
	...CLIENT,
	...HELO,
	...ADDRESS,
	...DESTINATION,
	...MX_BACKUP,
	...TABLES,
	...BLOCKLISTS,
	...OBSOLETE,
	...UNVERIFIED,
	['check_policy_service', POLICY] as const
];

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
