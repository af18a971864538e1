/**
 * The system calls: all that a program can ask of the world.
 *
 * A program is a generator. It yields a `Request` and gets the call's result, or an `Errno` is thrown into it. The
 * kernel (`kernel/process`) answers at once or parks the generator until there is an answer. There is no other door:
 * a program holds no reference to a file system, a socket or another process.
 *
 * `Calls` is the one table: name, arguments, result. The kernel has one handler a name, `programs/libc/unistd.ts` one
 * function a name, `strace` prints name and arguments.
 *
 * Text: paths, arguments and the environment are strings decoded from UTF-8, where a byte that is not UTF-8 is a lone
 * surrogate U+DC80–DCFF (as Python's surrogateescape), so nothing is lost. What files, pipes and sockets hold is bytes.
 * Times are microseconds since 1970 of the virtual clock, durations microseconds. Addresses are unsigned 32-bit numbers.
 *
 * Not simulated: threads, mmap, asynchronous signal handlers (a caught signal interrupts a blocked call with EINTR and
 * waits in `takeSignals`), memory limits, capabilities (uid 0 may do everything), IPv6 sockets.
 */
import type { TraceEvent } from '#engine/trace';
import type { SetError, SetInfo, SetRequest } from '#netfilter/ipset/message';
import type { ConntrackStatistics } from '#netfilter/conntrack/conntrack';
import type { ConntrackDraft, ConntrackEntry, ConntrackUpdate, ExpectationEntry } from '#netfilter/conntrack/entry';
import type { Family, Operation, Refusal, TableInfo, TableName, Variant } from '#netfilter/rule';
import type { Ipv4Address, MacAddress } from '#wire/packet';

export type { Decision, Reason, Source, Verdict } from '#engine/decision';
export type { TraceEvent } from '#engine/trace';

/* ---- programs ---------------------------------------------------------------------------------------------------- */

export type CallName = keyof Calls;
export type Request = { [K in CallName]: { readonly call: K; readonly args: Parameters<Calls[K]> } }[CallName];

/** A computation that makes system calls and ends with a T. */
export type Sys<T> = Generator<Request, T, unknown>;

/** `main`: the value is the exit status (0–255). argv[0] is the name it was called by. */
export type Main = (argv: readonly string[], env: ReadonlyMap<string, string>) => Sys<number>;

/** A program as a package declares it; the kernel starts it when the file at `path` is executed. */
export interface Program {
	/** absolute: "/usr/bin/cat". Further names are links made by the package. */
	readonly path: string;
	readonly main: Main;
	/** default 0o755, root:root */
	readonly mode?: number;
	readonly owner?: string;
	readonly group?: string;
	/** size that `ls -l` shows, bytes; default 35,000 */
	readonly size?: number;
}

/** What is installed together: programs and the files that come with them. */
export interface Package {
	readonly name: string;
	readonly version: string;
	readonly programs: readonly Program[];
	/** further files of the package, put there when the host is built */
	readonly files?: readonly PackageFile[];
}

export type PackageFile =
	| {
			readonly path: string;
			readonly text: string;
			readonly mode?: number;
			readonly owner?: string;
			readonly group?: string;
	  }
	| { readonly path: string; readonly link: string }
	| {
			readonly path: string;
			readonly directory: true;
			readonly mode?: number;
			readonly owner?: string;
			readonly group?: string;
	  };

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/** Thrown into a program by a call that fails. `strerror` (libc) has the words. */
export class Errno {
	constructor(readonly code: ErrnoCode) {}
}

export type ErrnoCode =
	| 'EPERM'
	| 'ENOENT'
	| 'ESRCH'
	| 'EINTR'
	| 'EIO'
	| 'ENXIO'
	| 'E2BIG'
	| 'ENOEXEC'
	| 'EBADF'
	| 'ECHILD'
	| 'EAGAIN'
	| 'ENOMEM'
	| 'EACCES'
	| 'EBUSY'
	| 'EEXIST'
	| 'EXDEV'
	| 'ENODEV'
	| 'ENOTDIR'
	| 'EISDIR'
	| 'EINVAL'
	| 'ENFILE'
	| 'EMFILE'
	| 'ENOTTY'
	| 'ETXTBSY'
	| 'EFBIG'
	| 'ENOSPC'
	| 'ESPIPE'
	| 'EROFS'
	| 'EMLINK'
	| 'EPIPE'
	| 'ERANGE'
	| 'ENAMETOOLONG'
	| 'ENOSYS'
	| 'ENOTEMPTY'
	| 'ELOOP'
	| 'ENOTSOCK'
	| 'EDESTADDRREQ'
	| 'EMSGSIZE'
	| 'EPROTOTYPE'
	| 'ENOPROTOOPT'
	| 'EPROTONOSUPPORT'
	| 'EOPNOTSUPP'
	| 'EAFNOSUPPORT'
	| 'EADDRINUSE'
	| 'EADDRNOTAVAIL'
	| 'ENETDOWN'
	| 'ENETUNREACH'
	| 'ECONNABORTED'
	| 'ECONNRESET'
	| 'ENOBUFS'
	| 'EISCONN'
	| 'ENOTCONN'
	| 'ETIMEDOUT'
	| 'ECONNREFUSED'
	| 'EHOSTDOWN'
	| 'EHOSTUNREACH'
	| 'EALREADY'
	| 'EINPROGRESS'
	| 'EDQUOT';

/* ---- signals ----------------------------------------------------------------------------------------------------- */

/** Linux numbers (signal(7)). */
export const SIGNAL = {
	SIGHUP: 1,
	SIGINT: 2,
	SIGQUIT: 3,
	SIGILL: 4,
	SIGTRAP: 5,
	SIGABRT: 6,
	SIGBUS: 7,
	SIGFPE: 8,
	SIGKILL: 9,
	SIGUSR1: 10,
	SIGSEGV: 11,
	SIGUSR2: 12,
	SIGPIPE: 13,
	SIGALRM: 14,
	SIGTERM: 15,
	SIGCHLD: 17,
	SIGCONT: 18,
	SIGSTOP: 19,
	SIGTSTP: 20,
	SIGTTIN: 21,
	SIGTTOU: 22,
	SIGURG: 23,
	SIGWINCH: 28,
	SIGIO: 29
} as const;

/** `default` by signal(7); `catch` interrupts a blocked call with EINTR and queues the signal for `takeSignals`. */
export type Disposition = 'default' | 'ignore' | 'catch';

/** How a child changed: wait(2). */
export type WaitStatus =
	| { readonly pid: number; readonly kind: 'exited'; readonly status: number }
	| { readonly pid: number; readonly kind: 'signalled'; readonly signal: number }
	| { readonly pid: number; readonly kind: 'stopped'; readonly signal: number }
	| { readonly pid: number; readonly kind: 'continued' };

/* ---- files ------------------------------------------------------------------------------------------------------- */

/** Linux values (open(2)). */
export const O = {
	RDONLY: 0,
	WRONLY: 1,
	RDWR: 2,
	ACCMODE: 3,
	CREAT: 0o100,
	EXCL: 0o200,
	NOCTTY: 0o400,
	TRUNC: 0o1000,
	APPEND: 0o2000,
	NONBLOCK: 0o4000,
	DIRECTORY: 0o200000,
	NOFOLLOW: 0o400000,
	CLOEXEC: 0o2000000
} as const;

/** File type bits of `Stat.mode` (inode(7)). */
export const S = {
	IFMT: 0o170000,
	IFSOCK: 0o140000,
	IFLNK: 0o120000,
	IFREG: 0o100000,
	IFBLK: 0o060000,
	IFDIR: 0o040000,
	IFCHR: 0o020000,
	IFIFO: 0o010000,
	ISUID: 0o4000,
	ISGID: 0o2000,
	ISVTX: 0o1000
} as const;

export interface Stat {
	readonly inode: number;
	/** type bits and permissions */
	readonly mode: number;
	readonly links: number;
	readonly uid: number;
	readonly gid: number;
	/** bytes; of a link the length of its target */
	readonly size: number;
	/** 512-byte blocks */
	readonly blocks: number;
	/** major << 8 | minor of a device, else 0 */
	readonly rdev: number;
	readonly atime: number;
	readonly mtime: number;
	readonly ctime: number;
}

/** For `utimes`: the current time (anyone who may write the file may set it), or leave as it is (utimensat(2)). */
export const UTIME = { NOW: -1, OMIT: -2 } as const;

export interface DirectoryEntry {
	readonly name: string;
	readonly inode: number;
	/** type bits as in `Stat.mode` */
	readonly type: number;
}

/** Terminal modes that programs use (termios(3)). */
export interface Termios {
	/** ICANON: input by lines, with erase, kill and end-of-file */
	readonly canonical: boolean;
	readonly echo: boolean;
	/** ISIG: Ctrl-C, Ctrl-\ and Ctrl-Z send signals */
	readonly signals: boolean;
	/** ICRNL */
	readonly crToNl: boolean;
	/** OPOST|ONLCR */
	readonly nlToCrnl: boolean;
}

export interface PollRequest {
	readonly fd: number;
	readonly read?: boolean;
	readonly write?: boolean;
}
export interface PollResult {
	readonly fd: number;
	readonly read: boolean;
	readonly write: boolean;
	/** the other side is gone (POLLHUP) or an error is pending (POLLERR) */
	readonly hangup: boolean;
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

export type SocketAddress =
	| { readonly family: 'inet'; readonly address: Ipv4Address; readonly port: number }
	| { readonly family: 'unix'; readonly path: string }
	/** link layer: `protocol` 0 or an ethertype */
	| { readonly family: 'packet'; readonly interface: string };

export type SocketOption =
	'reuseaddr' | 'keepalive' | 'broadcast' | 'linger' | 'ttl' | 'tos' | 'nodelay' | 'hdrincl' | 'mark';

export interface Received {
	readonly bytes: Uint8Array;
	readonly from: SocketAddress;
}

/* ---- the network's administration (netlink, as ip, ifconfig, route, arp and netstat need it) ---------------------- */

export interface LinkInfo {
	readonly index: number;
	readonly name: string;
	readonly mac: MacAddress;
	readonly mtu: number;
	readonly up: boolean;
	readonly carrier: boolean;
	readonly loopback: boolean;
	readonly addresses: readonly {
		readonly address: Ipv4Address;
		readonly prefix: number;
		readonly broadcast?: Ipv4Address;
	}[];
	readonly statistics: {
		readonly rxPackets: number;
		readonly rxBytes: number;
		readonly rxDropped: number;
		readonly txPackets: number;
		readonly txBytes: number;
	};
}
export interface RouteInfo {
	readonly destination: Ipv4Address;
	/** 0 and prefix 0: the default route */
	readonly prefix: number;
	/** undefined: directly connected */
	readonly gateway?: Ipv4Address;
	readonly interface: string;
	/** preferred source address */
	readonly source?: Ipv4Address;
	readonly metric: number;
	readonly scope: 'global' | 'link' | 'host';
	readonly protocol: 'kernel' | 'boot' | 'static';
	readonly type?: 'unicast' | 'local' | 'broadcast' | 'unreachable' | 'blackhole' | 'prohibit';
}
export interface NeighbourInfo {
	readonly address: Ipv4Address;
	readonly interface: string;
	readonly mac?: MacAddress;
	readonly state: 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'PERMANENT';
}
export interface SocketInfo {
	readonly protocol: 'tcp' | 'udp' | 'raw' | 'unix';
	/** stream or dgram */
	readonly type: 'stream' | 'dgram' | 'raw';
	/** as netstat prints it: LISTEN, ESTABLISHED, SYN_SENT, TIME_WAIT …; empty for udp */
	readonly state: string;
	readonly local: SocketAddress;
	readonly remote?: SocketAddress;
	readonly receiveQueue: number;
	readonly sendQueue: number;
	readonly uid: number;
	readonly inode: number;
	/** the process that holds it, where the caller may know (itself, or root) */
	readonly owner?: { readonly pid: number; readonly name: string; readonly fd: number };
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

export interface Calls {
	/* processes */
	getpid(): number;
	getppid(): number;
	/** all of getuid, geteuid, getgid, getegid, getgroups */
	getcred(): {
		readonly uid: number;
		readonly euid: number;
		readonly gid: number;
		readonly egid: number;
		readonly groups: readonly number[];
	};
	setuid(uid: number): void;
	seteuid(uid: number): void;
	setgid(gid: number): void;
	setegid(gid: number): void;
	setgroups(groups: readonly number[]): void;
	/** A child that shares nothing but open files, and runs `main`; generators cannot be copied, so its code is given. @returns its pid */
	fork(main: () => Sys<number>): number;
	/** Replaces the program; returns only by an Errno. `#!` lines are followed. */
	exec(path: string, argv: readonly string[], env: ReadonlyMap<string, string>): never;
	exit(status: number): never;
	/** @param pid a child, or -1 for any, or -pgid. @returns null with `nohang` when none has changed */
	wait(pid: number, options?: { readonly nohang?: boolean; readonly untraced?: boolean }): WaitStatus | null;
	/** @param pid negative: a process group; signal 0 only asks */
	kill(pid: number, signal: number): void;
	signal(signal: number, disposition: Disposition): Disposition;
	/** Caught signals since the last call, oldest first. */
	takeSignals(): readonly number[];
	/** Sends SIGALRM after that time; 0 cancels. @returns what was left */
	alarm(microseconds: number): number;
	getpgid(pid: number): number;
	setpgid(pid: number, pgid: number): void;
	setsid(): number;
	umask(mask: number): number;
	chdir(path: string): void;
	getcwd(): string;
	chroot(path: string): void;
	/** as ps shows it; execve sets it from argv */
	setproctitle(argv: readonly string[]): void;
	setpriority(nice: number): void;
	/** Lets others run; loops without another call make it now and then. */
	preempt(): void;
	sleep(microseconds: number): void;
	time(): number;
	/** microseconds since boot */
	uptime(): number;
	/** CPU time of the process and of its waited-for children, microseconds */
	times(): { readonly user: number; readonly system: number; readonly childUser: number; readonly childSystem: number };
	getrandom(count: number): Uint8Array;
	uname(): {
		readonly sysname: string;
		readonly nodename: string;
		readonly release: string;
		readonly version: string;
		readonly machine: string;
	};
	sethostname(name: string): void;
	reboot(how: 'halt' | 'poweroff' | 'restart'): void;

	/* files */
	open(path: string, flags: number, mode?: number): number;
	close(fd: number): void;
	/** empty: end of file */
	read(fd: number, count: number): Uint8Array;
	/** @returns bytes taken (all of them unless non-blocking) */
	write(fd: number, bytes: Uint8Array): number;
	lseek(fd: number, offset: number, whence: 'set' | 'cur' | 'end'): number;
	dup(fd: number, atLeast?: number): number;
	dup2(from: number, to: number): number;
	pipe(): readonly [read: number, write: number];
	getfl(fd: number): number;
	setfl(fd: number, flags: number): void;
	setcloexec(fd: number, on: boolean): void;
	flock(fd: number, how: 'shared' | 'exclusive' | 'unlock', nonblock?: boolean): void;
	fsync(fd: number): void;
	stat(path: string): Stat;
	lstat(path: string): Stat;
	fstat(fd: number): Stat;
	/** everything but . and .., in the order of the directory */
	readdir(path: string): readonly DirectoryEntry[];
	access(path: string, mode: { readonly read?: boolean; readonly write?: boolean; readonly execute?: boolean }): void;
	mkdir(path: string, mode: number): void;
	rmdir(path: string): void;
	unlink(path: string): void;
	rename(from: string, to: string): void;
	link(from: string, to: string): void;
	symlink(target: string, path: string): void;
	readlink(path: string): string;
	/** path with every link resolved (realpath(3) is a loop of readlink; here one call) */
	realpath(path: string): string;
	chmod(path: string, mode: number): void;
	fchmod(fd: number, mode: number): void;
	/** -1 leaves an id as it is */
	chown(path: string, uid: number, gid: number, followLinks?: boolean): void;
	/** microseconds, or `UTIME.NOW`, `UTIME.OMIT` */
	utimes(path: string, atime: number, mtime: number, followLinks?: boolean): void;
	truncate(path: string, size: number): void;
	ftruncate(fd: number, size: number): void;
	mkfifo(path: string, mode: number): void;
	statfs(path: string): {
		readonly type: string;
		readonly blockSize: number;
		readonly blocks: number;
		readonly free: number;
	};
	mounts(): readonly {
		readonly device: string;
		readonly path: string;
		readonly type: string;
		readonly options: string;
	}[];

	/* terminals and readiness */
	tcgetattr(fd: number): Termios;
	tcsetattr(fd: number, change: Partial<Termios>): void;
	tcgetpgrp(fd: number): number;
	tcsetpgrp(fd: number, pgid: number): void;
	/** the name of the terminal, /dev/pts/0; ENOTTY when it is none */
	ttyname(fd: number): string;
	/** the terminal of a master side, which opening /dev/ptmx gives: /dev/pts/0 */
	ptsname(fd: number): string;
	winsize(fd: number): { readonly rows: number; readonly columns: number };
	setwinsize(fd: number, rows: number, columns: number): void;
	/** makes the terminal the session's controlling one */
	setctty(fd: number): void;
	/** @param timeout microseconds, -1 for ever. @returns those that are ready; none after the timeout */
	poll(requests: readonly PollRequest[], timeout: number): readonly PollResult[];

	/* sockets */
	socket(family: 'inet' | 'unix' | 'packet', type: 'stream' | 'dgram' | 'raw', protocol?: number): number;
	socketpair(): readonly [number, number];
	bind(fd: number, address: SocketAddress): void;
	listen(fd: number, backlog: number): void;
	accept(fd: number): { readonly fd: number; readonly from: SocketAddress };
	/** of a non-blocking stream: throws EINPROGRESS, then poll for write and `socketError` */
	connect(fd: number, address: SocketAddress): void;
	sendto(fd: number, bytes: Uint8Array, to?: SocketAddress): number;
	/** @param peek leaves a datagram in the queue (MSG_PEEK) */
	recvfrom(fd: number, count: number, peek?: boolean): Received;
	shutdown(fd: number, how: 'read' | 'write' | 'both'): void;
	getsockname(fd: number): SocketAddress;
	getpeername(fd: number): SocketAddress;
	setsockopt(fd: number, option: SocketOption, value: number): void;
	getsockopt(fd: number, option: SocketOption): number;
	/** SO_ERROR: the pending error, cleared */
	socketError(fd: number): ErrnoCode | null;

	/* administration (root, except for looking) */
	links(): readonly LinkInfo[];
	setLink(name: string, change: { readonly up?: boolean; readonly mtu?: number }): void;
	/** @param broadcast as it is shown; that of the prefix works without it */
	addAddress(link: string, address: Ipv4Address, prefix: number, broadcast?: Ipv4Address): void;
	deleteAddress(link: string, address: Ipv4Address, prefix: number): void;
	routes(): readonly RouteInfo[];
	addRoute(route: RouteInfo): void;
	deleteRoute(route: Partial<RouteInfo>): void;
	/** which route a packet to that address takes */
	routeTo(destination: Ipv4Address): RouteInfo & { readonly source: Ipv4Address };
	neighbours(): readonly NeighbourInfo[];
	/** one that nobody needs to ask for */
	addNeighbour(link: string, address: Ipv4Address, mac: MacAddress): void;
	deleteNeighbour(link: string, address: Ipv4Address): void;
	sockets(): readonly SocketInfo[];
	/** "net.ipv4.ip_forward" is the file /proc/sys/net/ipv4/ip_forward */
	sysctl(name: string, value?: string): string;
	/** What dmesg shows. @param clear it does not show it again; EPERM for all but root */
	klog(clear?: boolean): readonly string[];

	/* the firewall (netlink's nf_tables, and the socket options of ip_tables; root only) */
	/** the tables that exist. A table of the legacy variant comes to be when it is first asked for by `name` */
	filterTables(variant: Variant, family: Family, name?: TableName): readonly TableInfo[];
	/** All of `operations` or none. Null when all were done. */
	filterChange(variant: Variant, family: Family, operations: readonly Operation[]): Refusal | null;

	/* sets of addresses (netlink's ip_set; root only) */
	/** @param name null for all. ENOENT */
	setList(name: string | null): readonly SetInfo[];
	/** Null when it is done, or a test says yes; false when it says no; else why not. */
	setChange(request: SetRequest): SetError | false | null;

	/* connection tracking (netlink's ctnetlink; root only) */
	/** @param zero the counters begin anew */
	conntrackList(zero?: boolean): readonly ConntrackEntry[];
	conntrackExpectations(): readonly ExpectationEntry[];
	conntrackStatistics(): Readonly<ConntrackStatistics> & { readonly count: number; readonly expectations: number };
	/** EEXIST, EINVAL */
	conntrackCreate(draft: ConntrackDraft): void;
	/** ENOENT. @returns how it is now */
	conntrackUpdate(id: number, change: ConntrackUpdate): ConntrackEntry;
	/** ENOENT */
	conntrackDelete(id: number): void;
	conntrackFlush(table: 'conntrack' | 'expect'): void;
	/** A descriptor from which each read gives one `ConntrackEvent` or `ExpectationEvent` as JSON, when there is one. */
	conntrackEvents(table?: 'conntrack' | 'expect'): number;

	/* for the one who watches: not a call of Linux, strace does not show it */
	trace(event: TraceEvent): void;
}
