/**
 * The names of ICMP and ICMPv6 types and codes (IANA's, in iptables' spelling), in the order in which `-p icmp -h` lists
 * them. An entry of a single code stands below its type.
 */
export interface IcmpName {
	readonly name: string;
	readonly type: number;
	/** first and last */
	readonly codes: readonly [number, number];
}

/** `code` absent: all codes of the type */
function names(rows: readonly (readonly [name: string, type: number, code?: number])[]): readonly IcmpName[] {
	return rows.map(([name, type, code]) => ({ name, type, codes: code === undefined ? [0, 255] : [code, code] }));
}

export const ICMP_NAMES = names([
	['any', 255],
	['echo-reply', 0],
	['pong', 0],
	['destination-unreachable', 3],
	['network-unreachable', 3, 0],
	['host-unreachable', 3, 1],
	['protocol-unreachable', 3, 2],
	['port-unreachable', 3, 3],
	['fragmentation-needed', 3, 4],
	['source-route-failed', 3, 5],
	['network-unknown', 3, 6],
	['host-unknown', 3, 7],
	['network-prohibited', 3, 9],
	['host-prohibited', 3, 10],
	['TOS-network-unreachable', 3, 11],
	['TOS-host-unreachable', 3, 12],
	['communication-prohibited', 3, 13],
	['host-precedence-violation', 3, 14],
	['precedence-cutoff', 3, 15],
	['source-quench', 4],
	['redirect', 5],
	['network-redirect', 5, 0],
	['host-redirect', 5, 1],
	['TOS-network-redirect', 5, 2],
	['TOS-host-redirect', 5, 3],
	['echo-request', 8],
	['ping', 8],
	['router-advertisement', 9],
	['router-solicitation', 10],
	['time-exceeded', 11],
	['ttl-exceeded', 11],
	['ttl-zero-during-transit', 11, 0],
	['ttl-zero-during-reassembly', 11, 1],
	['parameter-problem', 12],
	['ip-header-bad', 12, 0],
	['required-option-missing', 12, 1],
	['timestamp-request', 13],
	['timestamp-reply', 14],
	['address-mask-request', 17],
	['address-mask-reply', 18]
]);

export const ICMP6_NAMES = names([
	['destination-unreachable', 1],
	['no-route', 1, 0],
	['communication-prohibited', 1, 1],
	['beyond-scope', 1, 2],
	['address-unreachable', 1, 3],
	['port-unreachable', 1, 4],
	['failed-policy', 1, 5],
	['reject-route', 1, 6],
	['packet-too-big', 2],
	['time-exceeded', 3],
	['ttl-exceeded', 3],
	['ttl-zero-during-transit', 3, 0],
	['ttl-zero-during-reassembly', 3, 1],
	['parameter-problem', 4],
	['bad-header', 4, 0],
	['unknown-header-type', 4, 1],
	['unknown-option', 4, 2],
	['echo-request', 128],
	['ping', 128],
	['echo-reply', 129],
	['pong', 129],
	['router-solicitation', 133],
	['router-advertisement', 134],
	['neighbour-solicitation', 135],
	['neighbor-solicitation', 135],
	['neighbour-advertisement', 136],
	['neighbor-advertisement', 136],
	['redirect', 137]
]);

/** As `-p icmp -h` lists them: codes below their type, other names of the same in brackets. */
export function listNames(names: readonly IcmpName[]): string {
	return names
		.map(({ name, type, codes }, i) => {
			const before = names[i - 1];
			if (before?.type !== type) return `\n${name}`;
			return before.codes[0] === codes[0] && before.codes[1] === codes[1] ? ` (${name})` : `\n   ${name}`;
		})
		.join('');
}
