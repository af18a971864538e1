/**
 * permit_mx_backup: mail for a domain whose backup this host is, as its MX records say (permit_mx_backup()).
 *
 * Does: permits when one of the MX hosts is this one but not among the preferred ones, and these all lie in
 *       permit_mx_backup_networks where that is set.
 */
import type { Sys } from '#kernel/syscalls';
import type { Ipv4Address } from '#wire/packet';
import { getaddrinfo } from '../../../libc/netdb';
import { lookupHost, type HostRecord } from '../../dns-lookup';
import { splitAddress } from '../../tok822';
import type { Check, Outcome, ReplyClass } from '../evaluation';
import { destination } from './destination';
import { noMatch, permitted, plain, withAddress, type Row } from './answers';

function* addressesOf(hosts: readonly HostRecord[]): Sys<Ipv4Address[]> {
	const found: Ipv4Address[] = [];
	for (const { name } of hosts) {
		const answer = yield* getaddrinfo(name);
		if (answer.ok) found.push(...answer.addresses.map(({ address }) => address));
	}
	return found;
}

function* mxBackup(check: Check, recipient: string, replyClass: ReplyClass): Sys<Outcome> {
	const { evaluation, session, tables } = check;
	const { config } = session.daemon;
	const { ours, text, because } = yield* destination(check, recipient);
	if (ours) return permitted(check, text, because);
	const reply = yield* evaluation.resolve(session.sender ?? '', recipient);
	const domain = splitAddress(reply.recipient)[1] ?? '';
	if (domain === '' || domain.startsWith('[')) return noMatch(check, `${recipient} has no domain`);
	const found = yield* lookupHost(domain, 'MX');
	if (found.status === 'retry' || found.status === 'fail') {
		evaluation.deferIfRejected(
			check,
			450,
			'4.4.4',
			`<${check.replyName}>: ${replyClass} rejected: Unable to look up mail exchanger information: ${found.text}`
		);
		return 'dunno';
	}
	if (found.status !== 'ok') return noMatch(check, `${domain} has no MX records`);
	const best = Math.min(...found.records.map(({ preference }) => preference));
	const primary = found.records.filter(({ preference }) => preference === best);
	const own = [...config.ownAddresses, ...config.proxyAddresses];
	const first = yield* addressesOf(primary);
	if (first.some((address) => own.includes(address)))
		return noMatch(check, `this host is the preferred mail exchanger of ${domain}, not a backup`);
	const all = yield* addressesOf(found.records);
	if (!all.some((address) => own.includes(address)))
		return noMatch(check, `this host is no mail exchanger of ${domain}`);
	if (config.items('permit_mx_backup_networks').length > 0)
		for (const address of first) {
			const { matched } = yield* evaluation.guarded(check.name, check.replyName, () =>
				tables.backupNetworks.match('', address)
			);
			if (!matched)
				return noMatch(check, `a preferred mail exchanger of ${domain} is not in permit_mx_backup_networks`, [
					config.source('permit_mx_backup_networks')
				]);
		}
	return permitted(check, `this host is a backup mail exchanger of ${domain}`);
}

export const MX_BACKUP: readonly Row[] = [['permit_mx_backup', plain(withAddress('recipient', mxBackup))]];
