/** Calls about the firewall's rules: the ways of netlink's nf_tables and of ip_tables' socket options. Root's alone. */
import type { CallName } from './syscalls';
import type { Handlers } from './kernel';
import { mustBeRoot } from './process/process';

type FirewallCall = Extract<CallName, 'filterTables' | 'filterChange'>;

export const firewallCalls: Handlers<FirewallCall> = {
	filterTables(kernel, process, variant, family, name) {
		mustBeRoot(process);
		return kernel.firewall.ruleSet(variant, family).tables(name);
	},
	filterChange(kernel, process, variant, family, operations) {
		mustBeRoot(process);
		return kernel.firewall.ruleSet(variant, family).apply(operations);
	}
};
