/**
 * Calls about processes, users, signals and time.
 */
import { Errno, SIGNAL, type CallName, type Decision, type Source, type TraceEvent } from '../syscalls';
import { WouldBlock } from '../wait';
import type { Handlers, Kernel } from '../kernel';
import { exec } from './exec';
import { mustBeRoot, type Process } from './process';
import { LAST_SIGNAL, post } from './signals';

type ProcessCall = Extract<
	CallName,
	| 'getpid'
	| 'getppid'
	| 'getcred'
	| 'setuid'
	| 'seteuid'
	| 'setgid'
	| 'setegid'
	| 'setgroups'
	| 'fork'
	| 'exec'
	| 'exit'
	| 'wait'
	| 'kill'
	| 'signal'
	| 'takeSignals'
	| 'alarm'
	| 'getpgid'
	| 'setpgid'
	| 'setsid'
	| 'umask'
	| 'setproctitle'
	| 'setpriority'
	| 'preempt'
	| 'sleep'
	| 'time'
	| 'uptime'
	| 'times'
	| 'getrandom'
	| 'uname'
	| 'sethostname'
	| 'reboot'
	| 'klog'
	| 'trace'
>;

function isRoot(process: Process): boolean {
	return process.credentials.euid === 0;
}

export const processCalls: Handlers<ProcessCall> = {
	getpid: (_kernel, process) => process.pid,
	getppid: (_kernel, process) => process.parent?.pid ?? 0,
	getcred: (_kernel, { credentials: { uid, euid, gid, egid, groups } }) => ({ uid, euid, gid, egid, groups }),
	setuid(_kernel, process, uid) {
		const { credentials } = process;
		if (isRoot(process)) process.credentials = { ...credentials, uid, euid: uid, suid: uid };
		else if (uid === credentials.uid || uid === credentials.suid) process.credentials = { ...credentials, euid: uid };
		else throw new Errno('EPERM');
	},
	seteuid(_kernel, process, uid) {
		const { credentials } = process;
		if (!isRoot(process) && uid !== credentials.uid && uid !== credentials.suid) throw new Errno('EPERM');
		process.credentials = { ...credentials, euid: uid };
	},
	setgid(_kernel, process, gid) {
		const { credentials } = process;
		if (isRoot(process)) process.credentials = { ...credentials, gid, egid: gid, sgid: gid };
		else if (gid === credentials.gid || gid === credentials.sgid) process.credentials = { ...credentials, egid: gid };
		else throw new Errno('EPERM');
	},
	setegid(_kernel, process, gid) {
		const { credentials } = process;
		if (!isRoot(process) && gid !== credentials.gid && gid !== credentials.sgid) throw new Errno('EPERM');
		process.credentials = { ...credentials, egid: gid };
	},
	setgroups(_kernel, process, groups) {
		mustBeRoot(process);
		process.credentials = { ...process.credentials, groups: [...groups] };
	},
	fork: (kernel, process, main) => kernel.processes.fork(process, main).pid,
	exec: (kernel, process, path, argv, env) => exec(kernel, process, path, argv, env) as never,
	exit: (kernel, process, status) =>
		kernel.processes.exit(process, { pid: process.pid, kind: 'exited', status: status & 0xff }) as never,
	wait(kernel, process, pid, options = {}) {
		let any = false;
		for (const child of process.children) {
			if (!isWanted(process, child, pid)) continue;
			any = true;
			if (child.state === 'zombie') {
				kernel.processes.reap(child);
				return child.status!;
			}
			const { jobStatus } = child;
			if (options.untraced && jobStatus) {
				child.jobStatus = undefined;
				return jobStatus;
			}
		}
		if (!any) throw new Errno('ECHILD');
		return options.nohang ? null : new WouldBlock([process.childChanged]);
	},
	kill(kernel, process, pid, signal) {
		if (signal < 0 || signal > LAST_SIGNAL) throw new Errno('EINVAL');
		const targets = targetsOf(kernel, process, pid);
		if (targets.length === 0) throw new Errno('ESRCH');
		const allowed = targets.filter((target) => maySignal(process, target, signal));
		if (allowed.length === 0) throw new Errno('EPERM');
		if (signal !== 0) for (const target of allowed) post(kernel, target, signal);
	},
	signal(_kernel, process, signal, disposition) {
		if (signal < 1 || signal > LAST_SIGNAL || signal === SIGNAL.SIGKILL || signal === SIGNAL.SIGSTOP)
			throw new Errno('EINVAL');
		const before = process.dispositions.get(signal) ?? 'default';
		if (disposition === 'default') process.dispositions.delete(signal);
		else process.dispositions.set(signal, disposition);
		return before;
	},
	takeSignals(_kernel, process) {
		process.interrupted = false;
		if (process.caught.length === 0) return NONE;
		return process.caught.splice(0);
	},
	alarm(kernel, process, microseconds) {
		const { now } = kernel.scheduler;
		const left = process.alarmTask === undefined ? 0 : Math.max(0, process.alarmAt - now);
		if (process.alarmTask !== undefined) kernel.engine.cancel(process.alarmTask);
		process.alarmTask = undefined;
		if (microseconds > 0) {
			process.alarmAt = now + microseconds;
			process.alarmTask = kernel.engine.after(process.alarmAt - kernel.engine.now, () => {
				process.alarmTask = undefined;
				post(kernel, process, SIGNAL.SIGALRM);
			});
		}
		return left;
	},
	getpgid: (kernel, process, pid) => (pid === 0 ? process : theProcess(kernel, pid)).pgid,
	setpgid(kernel, process, pid, pgid) {
		if (pgid < 0) throw new Errno('EINVAL');
		const target = pid === 0 ? process : kernel.processes.get(pid);
		if (!target || (target !== process && target.parent !== process)) throw new Errno('ESRCH');
		if (target !== process && target.execed) throw new Errno('EACCES');
		if (target.session !== process.session || target.session.id === target.pid) throw new Errno('EPERM');
		const wanted = pgid === 0 ? target.pid : pgid;
		if (
			wanted !== target.pid &&
			![...kernel.processes.group(wanted)].some((member) => member.session === target.session)
		)
			throw new Errno('EPERM');
		target.pgid = wanted;
	},
	setsid(kernel, process) {
		for (const _member of kernel.processes.group(process.pid)) throw new Errno('EPERM');
		process.session = { id: process.pid, terminal: undefined };
		process.pgid = process.pid;
		return process.pid;
	},
	umask(_kernel, process, mask) {
		const before = process.mask;
		process.mask = mask & 0o777;
		return before;
	},
	setproctitle(_kernel, process, argv) {
		process.argv = [...argv];
	},
	setpriority(_kernel, process, nice) {
		const wanted = Math.max(-20, Math.min(19, nice));
		if (wanted < process.nice && !isRoot(process)) throw new Errno('EACCES');
		process.nice = wanted;
	},
	preempt: () => undefined,
	sleep(kernel, process, microseconds) {
		const deadline = process.requestedAt + Math.max(0, microseconds);
		return kernel.scheduler.now >= deadline ? undefined : new WouldBlock([], deadline);
	},
	time: (kernel) => kernel.scheduler.now,
	uptime: (kernel) => kernel.scheduler.now - kernel.bootTime,
	times: (_kernel, { userTime, systemTime, childUserTime, childSystemTime }) => ({
		user: userTime,
		system: systemTime,
		childUser: childUserTime,
		childSystem: childSystemTime
	}),
	getrandom: (kernel, _process, count) => kernel.random.bytes(Math.min(count, 65_536)),
	uname: (kernel) => ({ ...SYSTEM, nodename: kernel.hostname }),
	sethostname(kernel, process, name) {
		mustBeRoot(process);
		if (name.length > 64) throw new Errno('EINVAL');
		kernel.hostname = name;
	},
	reboot(kernel, process, how) {
		mustBeRoot(process);
		kernel.shutDown(how);
	},
	klog(kernel, process, clear = false) {
		if (clear) mustBeRoot(process);
		const lines = kernel.log.lines();
		if (clear) kernel.log.hide();
		return lines;
	},
	trace(kernel, _process, event) {
		kernel.emit(located(event, kernel.name));
	}
};

const NONE: readonly number[] = [];

/** Debian 12's kernel */
export const SYSTEM = {
	sysname: 'Linux',
	release: '6.1.0-40-amd64',
	version: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.153-1 (2025-09-20)',
	machine: 'x86_64'
} as const;

function isWanted(parent: Process, child: Process, pid: number): boolean {
	if (pid > 0) return child.pid === pid;
	if (pid === -1) return true;
	return child.pgid === (pid === 0 ? parent.pgid : -pid);
}

function theProcess(kernel: Kernel, pid: number): Process {
	const process = kernel.processes.get(pid);
	if (!process) throw new Errno('ESRCH');
	return process;
}

function targetsOf(kernel: Kernel, process: Process, pid: number): Process[] {
	if (pid > 0) return [theProcess(kernel, pid)];
	if (pid === -1) return [...kernel.processes.all()].filter((other) => other.pid > 1 && other !== process);
	return [...kernel.processes.group(pid === 0 ? process.pgid : -pid)];
}

function maySignal(process: Process, target: Process, signal: number): boolean {
	const from = process.credentials;
	const to = target.credentials;
	if (from.euid === 0 || process === target) return true;
	if (signal === SIGNAL.SIGCONT && process.session === target.session) return true;
	return [from.euid, from.uid].some((uid) => uid === to.uid || uid === to.suid);
}

/** A program does not know how its host is called on the network's picture: the kernel fills that in. */
function located(event: TraceEvent & { readonly decision?: Decision }, host: string): TraceEvent {
	const { decision } = event;
	if (!decision) return event.host === '' ? { ...event, host } : event;
	const at = (source: Source): Source => ('host' in source && source.host === '' ? { ...source, host } : source);
	const reasons = decision.reasons.map((reason) => ({
		...reason,
		...(reason.source && { source: at(reason.source) }),
		...(reason.because && { because: reason.because.map(at) })
	}));
	return { ...event, host, decision: { ...decision, reasons } } as TraceEvent;
}
