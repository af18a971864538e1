/** Calls about the firewall's rules: the ways of netlink's nf_tables and of ip_tables' socket options. Root's alone. */
import { Errno, type CallName } from './syscalls';
import type { Handlers } from './kernel';
import type { Process } from './process/process';

type FirewallCall = Extract<CallName, 'filterTables' | 'filterChange'>;

function administrator(process: Process): void {
	if (process.credentials.euid !== 0) throw new Errno('EPERM');
}

export const firewallCalls: Handlers<FirewallCall> = {
	filterTables(kernel, process, variant, family, name) {
		administrator(process);
		return kernel.firewall.ruleSet(variant, family).tables(name);
	},
	filterChange(kernel, process, variant, family, operations) {
		administrator(process);
		return kernel.firewall.ruleSet(variant, family).apply(operations);
	}
};
