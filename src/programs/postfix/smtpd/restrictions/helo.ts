/** Restrictions about the HELO name: how it is written, whether there is such a host. */
import type { Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { lookupHost } from '../../dns-lookup';
import { validHostname } from '../../trivial-rewrite';
import { CLASS, type Check, type Outcome } from '../evaluation';
import { noMatch, number, plain, refused, withHelo, type Row } from './answers';
import { best, withoutFinalDot } from './names';

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
const unknownHelo = withHelo(function* (check, helo) {
	return yield* heloHostname(check, helo, function* (name) {
		if (!validHostname(name))
			return yield* refused(
				check,
				`${name} is not written like a host name`,
				number(check, 'unknown_hostname_reject_code'),
				'4.7.1',
				`<${name}>: ${CLASS.helo} rejected: Host not found`
			);
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

export const HELO: readonly Row[] = [
	['reject_invalid_helo_hostname reject_invalid_hostname', plain(invalidHelo)],
	['reject_non_fqdn_helo_hostname reject_non_fqdn_hostname', plain(unqualifiedHelo)],
	['reject_unknown_helo_hostname reject_unknown_hostname', plain(unknownHelo)]
];
