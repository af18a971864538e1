/** The one table of system calls: a handler for each name of `Calls`. */
import type { CallName } from './syscalls';
import type { Handlers } from './kernel';
import { fileCalls } from './fs/calls';
import { firewallCalls } from './firewall-calls';
import { conntrackCalls } from './conntrack-calls';
import { netCalls } from './net-calls';
import { processCalls } from './process/calls';
import { pollCalls } from './process/poll';
import { terminalCalls } from './process/tty-calls';

export const CALLS: Handlers<CallName> = {
	...processCalls,
	...fileCalls,
	...terminalCalls,
	...pollCalls,
	...netCalls,
	...firewallCalls,
	...conntrackCalls
};
