/** Calls about the firewall's rules and sets: the ways of netlink and of ip_tables' socket options. Root's alone. */
import { Errno, type CallName } from './syscalls';
import type { Handlers } from './kernel';
import { mustBeRoot } from './process/process';

type FirewallCall = Extract<CallName, 'filterTables' | 'filterChange' | 'setList' | 'setChange'>;

export const firewallCalls: Handlers<FirewallCall> = {
	filterTables(kernel, process, variant, family, name) {
		mustBeRoot(process);
		return kernel.firewall.ruleSet(variant, family).tables(name);
	},
	filterChange(kernel, process, variant, family, operations) {
		mustBeRoot(process);
		return kernel.firewall.ruleSet(variant, family).apply(operations);
	},
	setList(kernel, process, name) {
		mustBeRoot(process);
		const found = kernel.firewall.sets.list(name);
		if (!found) throw new Errno('ENOENT');
		return found;
	},
	setChange(kernel, process, request) {
		mustBeRoot(process);
		return kernel.firewall.sets.perform(request);
	}
};
