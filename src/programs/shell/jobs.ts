/** The job table: what runs in the background or is stopped (JOB CONTROL in bash(1)). */
import type { Sys, WaitStatus } from '#kernel/syscalls';
import { errnoOf } from '../libc/strerror';
import { wait } from '../libc/unistd';
import { SIGNAL_TEXT, statusOf } from './process';

export interface Member {
	readonly pid: number;
	status: WaitStatus | null;
}

export class Job {
	notified = false;
	/** output of disown -h */
	noHangup = false;

	constructor(
		readonly id: number,
		readonly processGroup: number,
		readonly members: Member[],
		readonly command: string,
		public foreground: boolean,
		readonly ownGroup: boolean
	) {}

	copy(): Job {
		const { id, processGroup, members, command, foreground, ownGroup } = this;
		return new Job(
			id,
			processGroup,
			members.map((member) => ({ ...member })),
			command,
			foreground,
			ownGroup
		);
	}

	get pid(): number {
		return this.members[this.members.length - 1]!.pid;
	}

	get state(): 'Running' | 'Stopped' | 'Done' {
		if (this.members.some((member) => member.status?.kind === 'stopped')) return 'Stopped';
		return this.members.every((member) => member.status !== null && member.status.kind !== 'continued')
			? 'Done'
			: 'Running';
	}

	get status(): number {
		const last = this.members[this.members.length - 1]!.status;
		return last === null ? 0 : statusOf(last);
	}

	/** "Running", "Stopped", "Done", "Exit 3", "Terminated" */
	get stateText(): string {
		if (this.state !== 'Done') return this.state;
		const last = this.members[this.members.length - 1]!.status!;
		if (last.kind === 'signalled') return SIGNAL_TEXT[last.signal] ?? `Signal ${last.signal}`;
		return this.status === 0 ? 'Done' : `Exit ${this.status}`;
	}
}

export class Jobs {
	list: Job[] = [];
	/** statuses of those that were waited for or have ended, for `wait PID` */
	readonly ended = new Map<number, number>();
	#order: Job[] = [];

	/** the parent's, which a subshell may list (`kill $(jobs -p)`) but neither wait for nor name */
	parents: Jobs | null = null;

	inherited(): Jobs {
		const shown = this.list.length === 0 && this.parents !== null ? this.parents : this;
		const parents = new Jobs();
		const copies = new Map(shown.list.map((job) => [job, job.copy()]));
		parents.list = [...copies.values()];
		parents.#order = shown.#order.flatMap((job) => copies.get(job) ?? []);
		const jobs = new Jobs();
		jobs.parents = parents;
		return jobs;
	}

	add(processGroup: number, pids: readonly number[], command: string, foreground: boolean, ownGroup: boolean): Job {
		const id = this.list.reduce((max, job) => Math.max(max, job.id), 0) + 1;
		const job = new Job(
			id,
			processGroup,
			pids.map((pid) => ({ pid, status: null })),
			command,
			foreground,
			ownGroup
		);
		this.list.push(job);
		this.touch(job);
		return job;
	}

	remove(job: Job): void {
		this.list = this.list.filter((each) => each !== job);
		this.#order = this.#order.filter((each) => each !== job);
		if (this.ended.size > 1000) this.ended.clear();
		for (const member of job.members) if (member.status) this.ended.set(member.pid, statusOf(member.status));
	}

	/** Makes it the current job. */
	touch(job: Job): void {
		this.#order = [...this.#order.filter((each) => each !== job), job];
	}

	get current(): Job | undefined {
		const stopped = this.#order.filter((job) => job.state === 'Stopped');
		return stopped[stopped.length - 1] ?? this.#order[this.#order.length - 1];
	}

	get previous(): Job | undefined {
		const { current } = this;
		const rest = this.#order.filter((job) => job !== current);
		const stopped = rest.filter((job) => job.state === 'Stopped');
		return stopped[stopped.length - 1] ?? rest[rest.length - 1];
	}

	mark(job: Job): string {
		return job === this.current ? '+' : job === this.previous ? '-' : ' ';
	}

	byPid(pid: number): Job | undefined {
		return this.list.find((job) => job.members.some((member) => member.pid === pid));
	}

	/** %1, %+, %-, %%, %name, %?text; @returns undefined for none, "ambiguous" for several */
	find(spec: string): Job | undefined | 'ambiguous' {
		const text = spec.slice(1);
		if (text === '' || text === '%' || text === '+') return this.current;
		if (text === '-') return this.previous ?? this.current;
		if (/^\d+$/.test(text)) return this.list.find((job) => job.id === Number(text));
		const found = this.list.filter((job) =>
			text[0] === '?' ? job.command.includes(text.slice(1)) : job.command.startsWith(text)
		);
		return found.length > 1 ? 'ambiguous' : found[0];
	}

	/** `[1]+  Running                 sleep 3 &` */
	line(job: Job, long = false): string {
		const running = job.state === 'Running' ? ' &' : '';
		const pid = long ? `${String(job.pid).padStart(5)} ` : ' ';
		return `[${job.id}]${this.mark(job)} ${pid}${job.stateText.padEnd(long ? 24 : 24)}${job.command}${running}\n`;
	}

	/** Collects what has changed without waiting. */
	*poll(): Sys<void> {
		for (const job of this.list)
			for (const member of job.members) {
				if (member.status !== null && member.status.kind !== 'stopped' && member.status.kind !== 'continued') continue;
				try {
					const status = yield* wait(member.pid, { nohang: true, untraced: true });
					if (status === null) continue;
					member.status = status.kind === 'continued' ? null : status;
				} catch (thrown) {
					errnoOf(thrown);
					member.status ??= { pid: member.pid, kind: 'exited', status: 127 };
				}
				job.notified = false;
			}
	}
}
