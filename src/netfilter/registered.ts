/**
 * The matches and targets that the kernel has, as /proc/net/ip_tables_matches and its kin list them: one line a revision,
 * the last registered first. All are built in (Linux 6.18); one that needs IPv6 or a peer that is not there is listed too.
 */
import type { Family } from './rule';

/** names in their order, "set:5" for five revisions in a row */
const REGISTERED: Readonly<Record<Family, Readonly<Record<'matches' | 'targets', string>>>> = {
	ip: {
		matches: `
			u32 time string statistic state rateest quota pkttype cgroup:3 nfacct:2 limit helper devgroup cpu
			conntrack:3 connlabel connbytes comment bpf:2 connmark mark rpfilter ah tcpmss socket:4 sctp recent:2 realm
			policy physdev owner osf multiport mac length l2tp iprange ipcomp ttl hashlimit:3 esp ecn tos dscp dccp
			connlimit cluster addrtype:2 set:5 icmp udplite udp tcp`,
		targets: `
			NFQUEUE:4 AUDIT DNAT SNAT DNAT SNAT SYNPROXY REJECT ECN ERROR IDLETIMER:2 TRACE TEE TCPOPTSTRIP TCPMSS
			TPROXY:2 SECMARK:2 MASQUERADE REDIRECT RATEEST NFLOG NETMAP LOG HMARK TTL TOS DSCP CT:3 NOTRACK CONNSECMARK
			CLASSIFY CHECKSUM DNAT SNAT SET:4 CONNMARK:2 MARK`
	},
	ip6: {
		matches: `
			u32 time string statistic state rateest quota pkttype cgroup:3 nfacct:2 limit helper devgroup cpu
			conntrack:3 connlabel connbytes comment bpf:2 connmark mark srh:2 rt rpfilter dst hbh mh ipv6header frag
			eui64 ah tcpmss socket:3 sctp recent:2 policy physdev owner multiport mac length l2tp iprange ipcomp hl
			hashlimit:3 esp ecn tos dscp dccp connlimit cluster addrtype set:4 icmp6 udplite udp tcp`,
		targets: `
			NFQUEUE:4 AUDIT DNAT SNAT DNAT SNAT SYNPROXY REJECT DNPT SNPT ERROR IDLETIMER:2 TRACE TEE TCPOPTSTRIP TCPMSS
			TPROXY SECMARK:2 MASQUERADE REDIRECT RATEEST NFLOG NETMAP LOG HMARK HL TOS DSCP CT:3 NOTRACK CONNSECMARK
			CLASSIFY CHECKSUM SET:3 CONNMARK:2 MARK`
	}
};

/** The whole file. */
export function registered(family: Family, kind: 'matches' | 'targets'): string {
	const lines = REGISTERED[family][kind]
		.trim()
		.split(/\s+/)
		.map((each) => {
			const [name, revisions = '1'] = each.split(':');
			return `${name}\n`.repeat(Number(revisions));
		});
	return lines.join('');
}
