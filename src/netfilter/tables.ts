/**
 * The tables and the places where each looks at packets (iptables(8), "TABLES"; linux/netfilter_ipv4.h for priorities).
 */
import type { HookName, TableName } from './rule';

/** In the order in which a packet meets them within a hook, as far as one number can say it: see `PRIORITY`. */
export const TABLE_NAMES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter', 'security'];

export const HOOKS: readonly HookName[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

/** built-in chains of each table, in the order in which they are listed */
export const BUILT_IN: Readonly<Record<TableName, readonly HookName[]>> = {
	filter: ['INPUT', 'FORWARD', 'OUTPUT'],
	nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
	mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
	raw: ['PREROUTING', 'OUTPUT'],
	security: ['INPUT', 'FORWARD', 'OUTPUT']
};

/** NF_IP_PRI_*: lower runs first. nat stands at "destination" in PREROUTING and OUTPUT, at "source" elsewhere. */
export const PRIORITY = {
	defrag: -400,
	raw: -300,
	conntrack: -200,
	mangle: -150,
	destinationNat: -100,
	filter: 0,
	security: 50,
	sourceNat: 100,
	helper: 300,
	synproxy: 2147483646,
	confirm: 2147483647
} as const;
