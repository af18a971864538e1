/**
 * A host: one machine with a disk, a kernel, processes, terminals and a network, as the world sees it from outside.
 *
 *     const engine = new Engine({ seed: 1, start: 0 });
 *     const hello: Program = { path: '/bin/hello', main: function* () { yield* print('hi\n'); return 0; } };
 *     const host = new Host({ name: 'a', hostname: 'a.example', engine, programs: new Map([[hello.path, hello]]) });
 *     host.install({ name: 'hello', version: '1', programs: [hello] });
 *     const process = host.spawn({ path: '/bin/hello', argv: ['hello'], env: new Map() });
 *     while (!process.finished && engine.step());
 *     process.status === 0 && decode(process.stdout()) === 'hi\n';
 *
 * Not simulated: a boot loader, block devices, swap, a clock that drifts.
 */
import type { Engine } from '#engine/engine';
import { Random } from '#engine/random';
import type { TraceEvent } from '#engine/trace';
import { AssertionFailed } from '#engine/assert';
import type { Netfilter } from '#netfilter/netfilter';
import { CALLS } from './calls';
import { Disk, type Attributes } from './fs/disk';
import { makeDevices } from './fs/devices';
import { FileSystem } from './fs/file-system';
import { BLOCK, Directory, Volume } from './fs/inode';
import { makeOpeners } from './fs/open-files';
import { lookup } from './fs/resolve';
import { credentials } from './fs/viewer';
import { makeProc } from './fs/proc';
import { makeFirewall } from './firewall';
import { References, type Kernel, type KernelEvent } from './kernel';
import { socketTable } from './net-calls';
import { NetStack } from './net/stack';
import type { OpenFile } from './open-file';
import { SYSTEM } from './process/calls';
import { exec, executable } from './process/exec';
import { HostSink, HostSource } from './process/host-pipe';
import { Collector, Screen, type HostTerminal, type Spawned } from './process/outside';
import type { Process } from './process/process';
import { Scheduler } from './process/scheduler';
import { ProcessTable } from './process/table';
import { Terminals } from './process/terminals';
import {
	Errno,
	O,
	SIGNAL,
	type Main,
	type Package,
	type PackageFile,
	type Program,
	type SocketInfo,
	type Sys
} from './syscalls';
import { sysctl } from './sysctl';
import { KernelLog } from './log';
import { decode } from './text';

export type { KernelEvent } from './kernel';
export type { HostTerminal, Spawned } from './process/outside';

/** bytes on a host's disk */
const DISK_SIZE = 64 * 2 ** 20;
const MAX_INODES = 65_536;
const DEFAULT_PROGRAM_SIZE = 35_000;
/** characters of the console that are kept */
const CONSOLE_LIMIT = 65_536;

export interface HostOptions {
	readonly name: string;
	readonly hostname: string;
	readonly engine: Engine;
	readonly programs: ReadonlyMap<string, Program> | readonly Package[];
	/** default: one split off the engine's */
	readonly random?: Random;
	/** bytes */
	readonly diskSize?: number;
	/** what fsync(2) waits for the disk, in microseconds; default 0 */
	readonly syncTime?: number;
}

export interface SpawnOptions {
	readonly path: string;
	readonly argv: readonly string[];
	readonly env: ReadonlyMap<string, string>;
	/** default root */
	readonly user?: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
	/** default / */
	readonly cwd?: string;
	/** default empty; null: /dev/null */
	readonly stdin?: Uint8Array | null;
	/** standard error is a terminal */
	readonly errorTerminal?: boolean;
	/** run in the place of the program at `path`: a client of the one who watches, that lies on no disk */
	readonly main?: Main;
}

export interface ProcessInfo {
	readonly pid: number;
	readonly ppid: number;
	readonly uid: number;
	readonly command: string;
	readonly argv: readonly string[];
	readonly state: Process['state'];
}

export class Host {
	readonly name: string;
	readonly engine: Engine;
	readonly disk: Disk;
	readonly net: NetStack;
	/** @internal the parts, for tests of this room */
	readonly kernel: Kernel;
	up = false;
	#console = '';

	constructor(options: HostOptions) {
		const { name, engine } = options;
		this.name = name;
		this.engine = engine;
		const random = options.random ?? engine.random.split();
		const anonymous = new Volume('pipefs', 'none', () => engine.now, Infinity, 10_000);
		this.net = new NetStack({ host: name, engine, random: random.split(), nextInode: () => anonymous.nextInode() });
		this.kernel = this.#makeKernel(options, random, anonymous);
		this.net.log = (line) => this.kernel.log.write(line);
		this.disk = new Disk(this.kernel.files);
		const { root, openers } = this.kernel.files;
		root.insert('dev', makeDevices(this.kernel, openers));
		root.insert('proc', makeProc(this.kernel, openers));
	}

	#makeKernel(options: HostOptions, random: Random, anonymous: Volume): Kernel {
		const { engine, name, hostname, programs } = options;
		const clock = (): number => kernel.scheduler.now;
		const changed = (path: string, uid: number): void => kernel.emit({ kind: 'file.changed', host: name, path, uid });
		const volume = new Volume(
			'ext4',
			'/dev/vda1',
			clock,
			Math.floor((options.diskSize ?? DISK_SIZE) / BLOCK),
			2,
			MAX_INODES
		);
		const kernel = {
			engine,
			random,
			name,
			hostname,
			bootTime: engine.now,
			volume,
			syncTime: options.syncTime ?? 0,
			anonymous,
			net: this.net,
			firewall: makeFirewall(
				this.net,
				(line, level) => kernel.log.write(line, level),
				() => kernel.bootTime
			),
			programs: Array.isArray(programs)
				? byPath(programs as readonly Package[])
				: (programs as ReadonlyMap<string, Program>),
			references: new References(),
			log: new KernelLog(() => (engine.now - kernel.bootTime) / 1e6),
			emit: (event: KernelEvent | TraceEvent) => engine.emit(event),
			shutDown: (how: 'halt' | 'poweroff' | 'restart') => this.#shutDown(how),
			crashed: (process: Process, thrown: unknown) => this.#crashed(process, thrown),
			printConsole: (bytes: Uint8Array) => {
				this.#console = (this.#console + decode(bytes)).slice(-CONSOLE_LIMIT);
			},
			sysctl: (key: string, value?: string) => sysctl(kernel, key, value)
		} as unknown as { -readonly [K in keyof Kernel]: Kernel[K] };
		kernel.scheduler = new Scheduler(kernel, CALLS);
		kernel.files = new FileSystem(volume, makeOpeners(changed), changed);
		kernel.processes = new ProcessTable(kernel);
		kernel.terminals = new Terminals(kernel);
		return kernel;
	}

	get firewall(): Netfilter {
		return this.kernel.firewall;
	}

	get hostname(): string {
		return this.kernel.hostname;
	}

	/** What was printed on /dev/console, the newest 65,536 characters. */
	get console(): string {
		return this.#console;
	}

	/** microseconds since it was switched on */
	get uptime(): number {
		return this.engine.now - this.kernel.bootTime;
	}

	/** Makes a tree read-only, but for some trees in it. */
	setReadOnly(path: string, except: readonly string[] = []): void {
		const mount = (at: string, readOnly: boolean): void => {
			const { inode } = lookup(
				{ pid: 0, root: this.kernel.files.root, cwd: this.kernel.files.root, credentials: credentials(0, 0), mask: 0 },
				at
			);
			if (!(inode instanceof Directory)) throw new Errno('ENOTDIR');
			this.kernel.files.mount(inode, {
				device: '/dev/vda1',
				type: 'ext4',
				readOnly,
				options: readOnly ? 'ro,relatime' : 'rw,relatime'
			});
		};
		mount(path, true);
		for (const at of except) mount(at, false);
	}

	/* ---- packages ---- */

	/** Puts a package's programs and files on the disk. */
	install(item: Package): void {
		this.installPrograms(item);
		for (const file of item.files ?? []) this.#putFile(file);
	}

	installPrograms(item: Package): void {
		for (const program of item.programs) {
			const owner = this.#owner(program);
			this.disk.writeFile(program.path, executable(program), { mode: program.mode ?? 0o755, ...owner });
			this.disk.grow(program.path, program.size ?? DEFAULT_PROGRAM_SIZE);
		}
	}

	#putFile(file: PackageFile): void {
		if ('link' in file) {
			if (this.disk.exists(file.path)) this.disk.remove(file.path);
			return this.disk.symlink(file.link, file.path);
		}
		const attributes: Attributes = { ...this.#owner(file) };
		if ('directory' in file) this.disk.mkdir(file.path, { mode: file.mode ?? 0o755, ...attributes });
		else this.disk.writeFile(file.path, file.text, { mode: file.mode ?? 0o644, ...attributes });
	}

	#owner({ owner = 'root', group }: { readonly owner?: string; readonly group?: string }): {
		uid: number;
		gid: number;
	} {
		const user = owner === 'root' ? undefined : this.#entry('/etc/passwd', owner);
		const uid = owner === 'root' ? 0 : Number(user?.[2] ?? NaN);
		const ofUser = owner === 'root' ? 0 : Number(user?.[3] ?? NaN);
		const gid =
			group === undefined ? ofUser : group === 'root' ? 0 : Number(this.#entry('/etc/group', group)?.[2] ?? NaN);
		if (Number.isNaN(uid) || Number.isNaN(gid))
			throw new AssertionFailed(`${this.name} has no user or group ${owner}:${group ?? ''}`);
		return { uid, gid };
	}

	/** The fields of a line of /etc/passwd or /etc/group. */
	#entry(path: string, name: string): string[] | undefined {
		if (!this.disk.exists(path)) return undefined;
		const found = `\n${this.disk.readText(path)}`.split(`\n${name}:`, 2)[1];
		return found === undefined ? undefined : `${name}:${found.split('\n', 1)[0]}`.split(':');
	}

	/* ---- power ---- */

	/** Switches on: process 1 runs /sbin/init, if there is one. */
	boot(): void {
		if (this.up) return;
		this.up = true;
		this.kernel.bootTime = this.engine.now;
		this.net.up();
		this.kernel.log.clear();
		this.kernel.log.write(`${SYSTEM.sysname} version ${SYSTEM.release} ${SYSTEM.version}`, 5);
		if (!this.disk.exists('/sbin/init')) return;
		const env = new Map([
			['HOME', '/'],
			['TERM', 'linux'],
			['PATH', '/sbin:/usr/sbin:/bin:/usr/bin']
		]);
		const process = this.#create({ path: '/sbin/init', argv: ['init'], env }, true);
		const console = this.kernel.files.open(process, '/dev/console', O.RDWR, 0) as OpenFile;
		for (const fd of [0, 1, 2]) this.#give(process, fd, console);
		this.kernel.scheduler.enqueue(process);
	}

	/** The plug is pulled: no process hears of it. The disk stays. */
	powerOff(): void {
		this.up = false;
		this.net.down();
		this.firewall.clear();
		this.kernel.terminals.clear();
		this.kernel.processes.clear();
		this.net.down();
		this.kernel.scheduler.clear();
	}

	#shutDown(how: 'halt' | 'poweroff' | 'restart'): void {
		this.engine.after(0, () => {
			this.powerOff();
			if (how === 'restart') this.boot();
		});
	}

	/* ---- processes ---- */

	/** Throws the Errno of exec when the program cannot be executed. */
	spawn(options: SpawnOptions): Spawned {
		const process = this.#create(options);
		const { uid } = process.credentials;
		const collector = new Collector(process, (signal) => this.kernel.processes.send(process, signal));
		const stdin =
			options.stdin === null
				? (this.kernel.files.open(process, '/dev/null', O.RDONLY, 0) as OpenFile)
				: new HostSource(this.kernel, uid, options.stdin ?? new Uint8Array(0));
		this.#give(process, 0, stdin);
		this.#give(
			process,
			1,
			new HostSink(
				this.kernel,
				uid,
				(bytes) => collector.take(1, bytes),
				() => collector.closed()
			)
		);
		this.#give(process, 2, this.#errorFile(options, uid, collector));
		process.onExit = (status) => collector.ended(status);
		this.kernel.scheduler.enqueue(process);
		return collector;
	}

	#errorFile(options: SpawnOptions, uid: number, collector: Collector): OpenFile {
		const take = (bytes: Uint8Array): void => collector.take(2, bytes);
		if (!options.errorTerminal) return new HostSink(this.kernel, uid, take, () => collector.closed());
		const inode = this.kernel.terminals.create(uid, 24, 80);
		const { terminal } = inode;
		terminal.setModes({ nlToCrnl: false });
		terminal.onOutput = take;
		terminal.onUnused = () => {
			terminal.flushAll();
			this.kernel.terminals.remove(terminal);
			collector.closed();
		};
		return inode.open(O.RDWR);
	}

	#create({ path, argv, env, main, user = { uid: 0, gid: 0 }, cwd = '/' }: SpawnOptions, isInit = false): Process {
		const { files, processes } = this.kernel;
		const ids = credentials(user.uid, user.gid, user.groups ?? [user.gid]);
		const from = { credentials: ids, root: files.root, cwd: files.root };
		const process = processes.create(main ? main(argv, env) : UNBORN, from, isInit);
		process.path = path;
		process.command = path.slice(path.lastIndexOf('/') + 1).slice(0, 15);
		process.argv = argv;
		process.env = env;
		try {
			files.chdir(process, cwd);
			if (!main) exec(this.kernel, process, path, argv, env);
		} catch (thrown) {
			processes.exit(process, { pid: process.pid, kind: 'exited', status: 127 });
			throw thrown;
		}
		return process;
	}

	#give(process: Process, fd: number, file: OpenFile): void {
		this.kernel.references.add(file);
		process.descriptors[fd] = { file, cloexec: false };
	}

	#crashed(process: Process, thrown: unknown): void {
		const { name, processes } = this.kernel;
		const what = thrown instanceof Errno ? `uncaught ${thrown.code}` : String((thrown as Error)?.stack ?? thrown);
		this.kernel.emit({ kind: 'process.crash', host: name, pid: process.pid, name: process.command, what });
		const signal = thrown instanceof Errno ? SIGNAL.SIGABRT : SIGNAL.SIGSEGV;
		processes.exit(process, { pid: process.pid, kind: 'signalled', signal });
		// too deep a recursion is what a learner can write; everything else is a mistake of ours
		if (!(thrown instanceof Errno) && !(thrown instanceof RangeError)) throw thrown;
	}

	/** All processes, as ps would list them. */
	processes(): ProcessInfo[] {
		return [...this.kernel.processes.all()].map(({ pid, parent, credentials: { euid }, command, argv, state }) => ({
			pid,
			ppid: parent?.pid ?? 0,
			uid: euid,
			command,
			argv,
			state
		}));
	}

	/** All sockets with the processes that hold them, as root's netstat -p would list them. */
	sockets(): SocketInfo[] {
		return socketTable(this.kernel, 0);
	}

	/* ---- terminals ---- */

	/** A terminal with a login shell. Throws an Errno when the shell cannot be started. */
	openTerminal(options: {
		readonly id: string;
		readonly user: string;
		readonly rows: number;
		readonly columns: number;
	}): HostTerminal {
		const entry = this.#entry('/etc/passwd', options.user) ?? [options.user, 'x', '0', '0', '', '/root', ''];
		const [name = 'root', , uid = '0', gid = '0', , home = '/'] = entry;
		const shell = entry[6] || '/bin/sh';
		const user = { uid: Number(uid), gid: Number(gid), groups: this.#groups(name, Number(gid)) };
		const process = this.#create({
			path: shell,
			argv: [`-${shell.slice(shell.lastIndexOf('/') + 1)}`],
			env: loginEnvironment(name, home, shell, user.uid),
			user,
			cwd: this.#isDirectory(home) ? home : '/'
		});
		const inode = this.kernel.terminals.create(user.uid, options.rows, options.columns);
		const { terminal } = inode;
		terminal.become(process.session);
		const file = inode.open(O.RDWR);
		for (const fd of [0, 1, 2]) this.#give(process, fd, file);
		const screen = new Screen(options.id, terminal, process.pid);
		process.onExit = () => {
			terminal.hangUp();
			this.kernel.terminals.remove(terminal);
			screen.end();
		};
		this.kernel.scheduler.enqueue(process);
		return screen;
	}

	#isDirectory(path: string): boolean {
		return this.disk.exists(path) && (this.disk.stat(path).mode & 0o170000) === 0o040000;
	}

	#groups(name: string, gid: number): number[] {
		const text = this.disk.exists('/etc/group') ? this.disk.readText('/etc/group') : '';
		const rows = text.split('\n').map((line) => line.split(':'));
		const others = rows.filter((fields) => fields[3]?.split(',').includes(name)).map((fields) => Number(fields[2]));
		return [...new Set([gid, ...others])];
	}
}

function loginEnvironment(name: string, home: string, shell: string, uid: number): Map<string, string> {
	const path =
		uid === 0
			? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
			: '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games';
	return new Map([
		['HOME', home],
		['USER', name],
		['LOGNAME', name],
		['SHELL', shell],
		['PATH', path],
		['TERM', 'xterm-256color'],
		['LANG', 'C.UTF-8'],
		['MAIL', `/var/mail/${name}`]
	]);
}

function byPath(packages: readonly Package[]): ReadonlyMap<string, Program> {
	return new Map(packages.flatMap((item) => item.programs).map((program) => [program.path, program]));
}

/** The program of a process before its first exec. */
const UNBORN: Sys<number> = (function* (): Sys<number> {
	return 127;
})();
