/**
 * A process: its program (a generator), its descriptors, its user, where it stands in the job hierarchy, its signals.
 */
import type { TaskId } from '#engine/queue';
import type { Directory } from '../fs/inode';
import type { Credentials, Viewer } from '../fs/viewer';
import type { OpenFile } from '../open-file';
import { Errno, type Disposition, type Request, type Sys, type WaitStatus } from '../syscalls';
import { WaitQueue } from '../wait';
import type { Terminal } from './tty';

export const MAX_DESCRIPTORS = 1024;

export interface Descriptor {
	readonly file: OpenFile;
	cloexec: boolean;
}

export interface Session {
	/** pid of the leader */
	readonly id: number;
	terminal: Terminal | undefined;
}

/** `ready`: wants the CPU; `blocked`: waits in a call; `zombie`: waits for its parent's wait. */
export type State = 'ready' | 'running' | 'blocked' | 'zombie' | 'gone';

export class Process implements Viewer {
	state: State = 'ready';
	/** stands in the run queue */
	queued = false;
	/** by a signal; whatever it was doing goes on after SIGCONT */
	stopped = false;
	parent: Process | undefined;
	readonly children = new Set<Process>();
	pgid: number;
	session: Session;
	credentials: Credentials;
	root: Directory;
	cwd: Directory;
	mask = 0o022;
	nice = 0;

	/** file that is executed (of a script: the interpreter) */
	path = '';
	/** the name that ps, netstat and the trace show: at most 15 characters of the file name given to exec */
	command = '';
	argv: readonly string[] = [];
	env: ReadonlyMap<string, string> = new Map();
	/** has exec'ed since fork (setpgid refuses then) */
	execed = false;
	readonly startedAt: number;

	program: Sys<number>;
	/** what the program gets next */
	result: unknown;
	failure: Errno | undefined;
	/** the call that it waits in */
	request: Request | undefined;
	/** when that call was made first */
	requestedAt = 0;
	/** bytes that the blocked write has handed over */
	progress = 0;
	/** a FIFO's end while open waits for the other one */
	held: OpenFile | undefined;
	/** queues that it waits on */
	waitsOn: readonly WaitQueue[] = [];
	wakeTask: TaskId | undefined;
	readonly wake: () => void;
	/** wakes when a child changes */
	readonly childChanged = new WaitQueue();

	readonly descriptors: (Descriptor | undefined)[] = [];

	readonly dispositions = new Map<number, Disposition>();
	/** caught, not taken yet */
	caught: number[] = [];
	/** a caught signal came that has interrupted nothing yet */
	interrupted = false;
	alarmTask: TaskId | undefined;
	alarmAt = 0;
	/** host-side observers */
	onExit: ((status: WaitStatus) => void) | undefined;

	/** set when it is over */
	status: WaitStatus | undefined;
	/** stop or continue, not reported to the parent yet */
	jobStatus: WaitStatus | undefined;

	/** CPU time, microseconds */
	userTime = 0;
	systemTime = 0;
	childUserTime = 0;
	childSystemTime = 0;

	constructor(
		readonly pid: number,
		from: { session: Session; credentials: Credentials; root: Directory; cwd: Directory; pgid: number },
		program: Sys<number>,
		now: number,
		wake: (process: Process) => void
	) {
		this.session = from.session;
		this.credentials = from.credentials;
		this.root = from.root;
		this.cwd = from.cwd;
		this.pgid = from.pgid;
		this.program = program;
		this.startedAt = now;
		this.wake = () => wake(this);
	}

	descriptor(fd: number): Descriptor {
		const descriptor = this.descriptors[fd];
		if (descriptor === undefined) throw new Errno('EBADF');
		return descriptor;
	}

	file(fd: number): OpenFile {
		return this.descriptor(fd).file;
	}

	/** The lowest free number. Throws EMFILE. */
	freeDescriptor(atLeast = 0): number {
		for (let fd = atLeast; fd < MAX_DESCRIPTORS; fd++) if (this.descriptors[fd] === undefined) return fd;
		throw new Errno('EMFILE');
	}
}

/** @throws Errno EPERM for all but root: the real kernel asks for a capability each time, which root alone has here */
export function mustBeRoot(process: Process): void {
	if (process.credentials.euid !== 0) throw new Errno('EPERM');
}
