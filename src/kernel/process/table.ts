/**
 * The process table: birth, death, families, groups and sessions.
 *
 * Does: numbers processes from 1 up, reaps zombies, gives orphans to init, hangs up a session whose leader ends.
 * Limits: 512 processes a host (then fork fails with EAGAIN), pids up to 32767 (kernel.pid_max of a small machine).
 */
import { Errno, SIGNAL, type Sys, type WaitStatus } from '../syscalls';
import type { Credentials } from '../fs/viewer';
import type { Directory } from '../fs/inode';
import type { Kernel } from '../kernel';
import { Process, type Session } from './process';
import { post, postToGroup, tellParent } from './signals';

export const MAX_PROCESSES = 512;
const PID_MAX = 32_768;
/** where numbering begins again after PID_MAX (kernel/pid.c) */
const RESERVED_PIDS = 300;

export class ProcessTable {
	readonly #processes = new Map<number, Process>();
	/** 1 is init's, whether there is one or not */
	#lastPid = 1;

	constructor(readonly kernel: Kernel) {}

	get(pid: number): Process | undefined {
		return this.#processes.get(pid);
	}

	/** In the order of their pids while they have not wrapped. */
	all(): Iterable<Process> {
		return this.#processes.values();
	}

	get size(): number {
		return this.#processes.size;
	}

	get lastPid(): number {
		return this.#lastPid;
	}

	*group(pgid: number): Generator<Process> {
		for (const process of [...this.#processes.values()]) if (process.pgid === pgid) yield process;
	}

	/** A process without a parent: init, and what the host starts from outside. Session and group of its own. */
	create(
		program: Sys<number>,
		from: { credentials: Credentials; root: Directory; cwd: Directory },
		isInit = false
	): Process {
		const pid = isInit ? 1 : this.#newPid();
		const session: Session = { id: pid, terminal: undefined };
		return this.#add(pid, { ...from, session, pgid: pid }, program);
	}

	fork(parent: Process, program: () => Sys<number>): Process {
		const child = this.#add(this.#newPid(), parent, program());
		child.parent = parent;
		parent.children.add(child);
		child.mask = parent.mask;
		child.nice = parent.nice;
		child.path = parent.path;
		child.command = parent.command;
		child.argv = parent.argv;
		child.env = parent.env;
		for (const [signal, disposition] of parent.dispositions) child.dispositions.set(signal, disposition);
		for (const [fd, descriptor] of parent.descriptors.entries()) {
			if (!descriptor) continue;
			child.descriptors[fd] = { ...descriptor };
			this.kernel.references.add(descriptor.file);
		}
		this.kernel.scheduler.enqueue(child);
		return child;
	}

	#add(pid: number, from: ConstructorParameters<typeof Process>[1], program: Sys<number>): Process {
		const { scheduler } = this.kernel;
		const process = new Process(pid, from, program, scheduler.now, (woken) => scheduler.wake(woken));
		this.#processes.set(pid, process);
		return process;
	}

	#newPid(): number {
		if (this.#processes.size >= MAX_PROCESSES) throw new Errno('EAGAIN');
		do this.#lastPid = this.#lastPid + 1 < PID_MAX ? this.#lastPid + 1 : RESERVED_PIDS;
		while (this.#isTaken(this.#lastPid));
		return this.#lastPid;
	}

	/** The number of a group or session that lives on without its first process is not given out again. */
	#isTaken(pid: number): boolean {
		if (this.#processes.has(pid)) return true;
		for (const process of this.#processes.values()) if (process.pgid === pid || process.session.id === pid) return true;
		return false;
	}

	/** Ends a process: its descriptors are closed, its parent hears of it. Its generator is dropped as it stands. */
	exit(process: Process, status: WaitStatus): void {
		if (process.state === 'zombie' || process.state === 'gone') return;
		const { kernel } = this;
		kernel.scheduler.forgetWait(process);
		if (process.alarmTask !== undefined) kernel.engine.cancel(process.alarmTask);
		process.state = 'zombie';
		process.status = status;
		process.request = process.result = process.failure = undefined;
		process.program = ENDED;
		process.held?.close();
		process.held = undefined;
		for (const descriptor of process.descriptors) if (descriptor) kernel.references.drop(descriptor.file);
		process.descriptors.length = 0;
		this.#leaveSession(process);
		this.#giveAwayChildren(process);
		kernel.emit({
			kind: 'process.exit',
			host: kernel.name,
			pid: process.pid,
			name: process.command,
			status: status.kind === 'exited' ? status.status : 0,
			signal: status.kind === 'signalled' ? status.signal : 0
		});
		process.onExit?.(status);
		const { parent } = process;
		const unwanted = !parent || parent.dispositions.get(SIGNAL.SIGCHLD) === 'ignore';
		tellParent(kernel, process);
		if (unwanted) this.reap(process);
	}

	/** Takes a zombie out of the table. */
	reap(process: Process): void {
		const { parent } = process;
		process.state = 'gone';
		this.#processes.delete(process.pid);
		if (!parent) return;
		parent.children.delete(process);
		parent.childUserTime += process.userTime + process.childUserTime;
		parent.childSystemTime += process.systemTime + process.childSystemTime;
		if (parent.children.size === 0) parent.childChanged.wake();
	}

	#leaveSession(process: Process): void {
		const { session } = process;
		if (session.id !== process.pid || !session.terminal) return;
		const { terminal } = session;
		session.terminal = undefined;
		const { foreground } = terminal;
		terminal.leave(session);
		if (foreground > 0) {
			postToGroup(this.kernel, foreground, SIGNAL.SIGHUP);
			postToGroup(this.kernel, foreground, SIGNAL.SIGCONT);
		}
	}

	#giveAwayChildren(process: Process): void {
		const init = this.#processes.get(1);
		const heir = init && init !== process && init.state !== 'zombie' ? init : undefined;
		const groups = new Set<number>();
		for (const child of [...process.children]) {
			if (child.pgid !== process.pgid) groups.add(child.pgid);
			child.parent = heir;
			heir?.children.add(child);
			if (child.state === 'zombie') {
				if (heir) tellParent(this.kernel, child);
				else this.reap(child);
			}
		}
		process.children.clear();
		groups.add(process.pgid);
		for (const pgid of groups) this.#hangUpStopped(pgid);
	}

	/** A group that has just become orphaned and has stopped members gets SIGHUP and SIGCONT. */
	#hangUpStopped(pgid: number): void {
		const members = [...this.group(pgid)].filter((member) => member.state !== 'zombie');
		if (!members.some((member) => member.stopped) || !this.isOrphaned(pgid)) return;
		for (const member of members) {
			post(this.kernel, member, SIGNAL.SIGHUP);
			post(this.kernel, member, SIGNAL.SIGCONT);
		}
	}

	/** A signal from the kernel. */
	send(process: Process, signal: number): void {
		post(this.kernel, process, signal);
	}

	/** No member has a parent in another group of the same session (POSIX). */
	isOrphaned(pgid: number): boolean {
		for (const member of this.group(pgid)) {
			const { parent } = member;
			if (parent && parent.pgid !== pgid && parent.session === member.session && parent.state !== 'zombie')
				return false;
		}
		return true;
	}

	/** The host is switched off: nobody hears of anything. */
	clear(): void {
		for (const process of this.#processes.values()) {
			this.kernel.scheduler.forgetWait(process);
			if (process.alarmTask !== undefined) this.kernel.engine.cancel(process.alarmTask);
			process.state = 'gone';
			process.program = ENDED;
		}
		const all = [...this.#processes.values()];
		this.#processes.clear();
		this.#lastPid = 1;
		for (const process of all) {
			process.onExit?.({ pid: process.pid, kind: 'signalled', signal: SIGNAL.SIGKILL });
			for (const descriptor of process.descriptors) if (descriptor) this.kernel.references.drop(descriptor.file);
			process.descriptors.length = 0;
		}
	}
}

/** What stands in for the dropped generator of a dead process. */
const ENDED: Sys<number> = (function* (): Sys<number> {
	return 0;
})();
