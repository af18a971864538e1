/**
 * The firewall's rules as panels show them, with live counters, and the connections that it tracks.
 *
 * Reads: the host's netfilter. The packets that met the rules are in `walk.ts`.
 */
import { STATUS, type Connection, type Tuple } from '#netfilter/conntrack/connection';
import type { Names } from '#netfilter/extension';
import type { Netfilter } from '#netfilter/netfilter';
import type { RuleInfo, RuleSpec, Variant } from '#netfilter/rule';
import { savedClauses, type Clause } from '#programs/firewall/print-rule';
import { formatIpv4Address } from '#wire/address';
import type { ConnectionView, FirewallRule, FirewallTable, FirewallView } from '../door';
import type { World } from '../world';

const CONNECTIONS_SHOWN = 200;

export function firewallView(world: World, host: string): FirewallView {
	const { firewall, net } = world.host(host);
	const connections = firewall.conntrack.list();
	return {
		host,
		tables: (['nf_tables', 'legacy'] as const).flatMap((variant) => tables(firewall, variant)),
		tracking: {
			active: firewall.conntrack.active,
			count: connections.length,
			limit: net.settings.number('net.netfilter.nf_conntrack_max'),
			connections: connections.slice(-CONNECTIONS_SHOWN).map((one) => connectionView(one, world.engine.now))
		}
	};
}

function tables(firewall: Netfilter, variant: 'nf_tables' | 'legacy'): FirewallTable[] {
	return firewall
		.ruleSet(variant, 'ip')
		.tables()
		.map(({ name, chains }) => ({
			variant,
			name,
			chains: chains.map((chain) => ({
				...chain,
				rules: chain.rules.map((rule, at) => ruleView(rule, at + 1, variant))
			}))
		}));
}

export function ruleView(rule: RuleInfo, number: number, variant: 'nf_tables' | 'legacy'): FirewallRule {
	const { packets, bytes, origin } = rule;
	return { number, text: ruleText(rule, variant), packets, bytes, origin };
}

/** Numbers stay numbers here: no file of names is read for a picture. */
const NO_NAMES: Names = {
	servicePort: () => undefined,
	serviceName: () => undefined,
	protocolNumber: () => undefined,
	protocolName: () => undefined,
	hostAddresses: () => [],
	hostName: () => undefined,
	userId: () => undefined,
	groupId: () => undefined,
	userName: () => undefined,
	groupName: () => undefined,
	file: () => undefined,
	setDimension: () => undefined
};

/** A rule as it is saved, without names of files. */
export function clausesOf(spec: RuleSpec, variant: Variant): Clause[] {
	const shown = { numeric: true, verbose: false, exact: true, lineNumbers: false } as const;
	return savedClauses(spec, { family: 'ip', variant, names: NO_NAMES, ...shown, warn: () => {} });
}

function ruleText(spec: RuleSpec, variant: Variant): string {
	return clausesOf(spec, variant)
		.map(({ text }) => text)
		.join(' ');
}

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp' };

function connectionView(connection: Connection, now: number): ConnectionView {
	const { id, original, reply, status, state, mark, expires } = connection;
	return {
		id,
		protocol: PROTOCOLS[original.protocol] ?? String(original.protocol),
		original: tupleText(original),
		reply: tupleText(reply),
		translated:
			reply.source !== original.destination ||
			reply.destination !== original.source ||
			reply.destinationPort !== original.sourcePort,
		state,
		assured: (status & STATUS.assured) !== 0,
		replied: (status & STATUS.seenReply) !== 0,
		mark,
		timeout: Math.max(0, Math.ceil((expires - now) / 1e6))
	};
}

function tupleText({ protocol, source, destination, sourcePort, destinationPort }: Tuple): string {
	const ports = protocol === 6 || protocol === 17;
	const end = (address: number, port: number) => formatIpv4Address(address) + (ports ? `:${port}` : '');
	return `${end(source, sourcePort)} > ${end(destination, destinationPort)}`;
}
