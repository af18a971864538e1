/**
 * The C library's side of the system calls: one function a call, so that a program reads
 * `const fd = yield* open('/etc/passwd', O.RDONLY)`.
 *
 * Errors: a call that fails throws an `Errno`; `strerror` has its words.
 */
import type { CallName, Calls, Request, Sys } from '#kernel/syscalls';

function call<K extends CallName>(name: K): (...args: Parameters<Calls[K]>) => Sys<ReturnType<Calls[K]>> {
	return function* (...args) {
		return (yield { call: name, args } as unknown as Request) as ReturnType<Calls[K]>;
	};
}

export const getpid = call('getpid');
export const getppid = call('getppid');
export const getcred = call('getcred');
export const setuid = call('setuid');
export const seteuid = call('seteuid');
export const setgid = call('setgid');
export const setegid = call('setegid');
export const setgroups = call('setgroups');
export const fork = call('fork');
export const exec = call('exec');
export const exit = call('exit');
export const wait = call('wait');
export const kill = call('kill');
export const signal = call('signal');
export const takeSignals = call('takeSignals');
export const alarm = call('alarm');
export const getpgid = call('getpgid');
export const setpgid = call('setpgid');
export const setsid = call('setsid');
export const umask = call('umask');
export const chdir = call('chdir');
export const getcwd = call('getcwd');
export const chroot = call('chroot');
export const setproctitle = call('setproctitle');
export const setpriority = call('setpriority');
export const preempt = call('preempt');
export const sleep = call('sleep');
export const time = call('time');
export const uptime = call('uptime');
export const times = call('times');
export const getrandom = call('getrandom');
export const uname = call('uname');
export const sethostname = call('sethostname');
export const reboot = call('reboot');

export const open = call('open');
export const close = call('close');
export const read = call('read');
export const write = call('write');
export const lseek = call('lseek');
export const dup = call('dup');
export const dup2 = call('dup2');
export const pipe = call('pipe');
export const getfl = call('getfl');
export const setfl = call('setfl');
export const setcloexec = call('setcloexec');
export const flock = call('flock');
export const fsync = call('fsync');
export const stat = call('stat');
export const lstat = call('lstat');
export const fstat = call('fstat');
export const readdir = call('readdir');
export const access = call('access');
export const mkdir = call('mkdir');
export const rmdir = call('rmdir');
export const unlink = call('unlink');
export const rename = call('rename');
export const link = call('link');
export const symlink = call('symlink');
export const readlink = call('readlink');
export const realpath = call('realpath');
export const chmod = call('chmod');
export const fchmod = call('fchmod');
export const chown = call('chown');
export const utimes = call('utimes');
export const truncate = call('truncate');
export const ftruncate = call('ftruncate');
export const mkfifo = call('mkfifo');
export const statfs = call('statfs');
export const mounts = call('mounts');

export const tcgetattr = call('tcgetattr');
export const tcsetattr = call('tcsetattr');
export const tcgetpgrp = call('tcgetpgrp');
export const tcsetpgrp = call('tcsetpgrp');
export const ttyname = call('ttyname');
export const ptsname = call('ptsname');
export const winsize = call('winsize');
export const setwinsize = call('setwinsize');
export const setctty = call('setctty');
export const poll = call('poll');

export const socket = call('socket');
export const socketpair = call('socketpair');
export const bind = call('bind');
export const listen = call('listen');
export const accept = call('accept');
export const connect = call('connect');
export const sendto = call('sendto');
export const recvfrom = call('recvfrom');
export const shutdown = call('shutdown');
export const getsockname = call('getsockname');
export const getpeername = call('getpeername');
export const setsockopt = call('setsockopt');
export const getsockopt = call('getsockopt');
export const socketError = call('socketError');

export const links = call('links');
export const setLink = call('setLink');
export const addAddress = call('addAddress');
export const deleteAddress = call('deleteAddress');
export const routes = call('routes');
export const addRoute = call('addRoute');
export const deleteRoute = call('deleteRoute');
export const routeTo = call('routeTo');
export const neighbours = call('neighbours');
export const addNeighbour = call('addNeighbour');
export const deleteNeighbour = call('deleteNeighbour');
export const sockets = call('sockets');
export const sysctl = call('sysctl');
export const filterTables = call('filterTables');
export const filterChange = call('filterChange');
export const setList = call('setList');
export const setChange = call('setChange');
export const conntrackList = call('conntrackList');
export const conntrackExpectations = call('conntrackExpectations');
export const conntrackStatistics = call('conntrackStatistics');
export const conntrackCreate = call('conntrackCreate');
export const conntrackUpdate = call('conntrackUpdate');
export const conntrackDelete = call('conntrackDelete');
export const conntrackFlush = call('conntrackFlush');
export const conntrackEvents = call('conntrackEvents');
export const klog = call('klog');
export const trace = call('trace');
