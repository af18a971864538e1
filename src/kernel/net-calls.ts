/**
 * Calls about sockets and about the network's administration.
 *
 * Does: takes inet and packet sockets from the network, UNIX sockets from `process/unix-socket.ts`; lets only root
 *       change the network.
 */
import { isSocket, type SocketFile } from './open-file';
import { Errno, O, type CallName, type SocketInfo } from './syscalls';
import { WouldBlock } from './wait';
import type { Handlers, Kernel } from './kernel';
import { install, unlessNonblocking, writeAll } from './fs/calls';
import { socketPair, UnixSocket } from './process/unix-socket';
import { mustBeRoot, type Process } from './process/process';

type NetCall = Extract<
	CallName,
	| 'socket'
	| 'socketpair'
	| 'bind'
	| 'listen'
	| 'accept'
	| 'connect'
	| 'sendto'
	| 'recvfrom'
	| 'shutdown'
	| 'getsockname'
	| 'getpeername'
	| 'setsockopt'
	| 'getsockopt'
	| 'socketError'
	| 'links'
	| 'setLink'
	| 'addAddress'
	| 'deleteAddress'
	| 'routes'
	| 'addRoute'
	| 'deleteRoute'
	| 'routeTo'
	| 'neighbours'
	| 'addNeighbour'
	| 'deleteNeighbour'
	| 'sockets'
	| 'sysctl'
>;

function socket(process: Process, fd: number): SocketFile {
	const file = process.file(fd);
	if (!isSocket(file)) throw new Errno('ENOTSOCK');
	return file;
}

export const netCalls: Handlers<NetCall> = {
	socket(kernel, process, family, type, protocol = 0) {
		const { euid } = process.credentials;
		if (family !== 'unix')
			return install(kernel, process, kernel.net.createSocket(family, type, protocol, process.credentials));
		if (type === 'raw') throw new Errno('EPROTONOSUPPORT');
		return install(kernel, process, new UnixSocket(kernel, type, euid));
	},
	socketpair(kernel, process) {
		const [one, other] = socketPair(kernel, process.credentials.euid);
		const first = install(kernel, process, one);
		return [first, install(kernel, process, other)];
	},
	bind(_kernel, process, fd, address) {
		const file = socket(process, fd);
		if (file instanceof UnixSocket) file.bindFor(process, address);
		else file.bind(address);
	},
	listen: (_kernel, process, fd, backlog) => socket(process, fd).listen(backlog),
	accept(kernel, process, fd) {
		const listener = socket(process, fd);
		process.freeDescriptor();
		const answer = unlessNonblocking(listener, listener.accept());
		if (answer instanceof WouldBlock) return answer;
		return { fd: install(kernel, process, answer.file), from: answer.from };
	},
	connect(_kernel, process, fd, address) {
		const file = socket(process, fd);
		if (file instanceof UnixSocket) return unlessNonblocking(file, file.connectFor(process, address));
		const answer = file.connect(address);
		if (answer instanceof WouldBlock && (file.flags & O.NONBLOCK) !== 0) throw new Errno('EINPROGRESS');
		return answer;
	},
	sendto(kernel, process, fd, bytes, to) {
		const file = socket(process, fd);
		return writeAll(kernel, process, file, bytes, (rest) =>
			file instanceof UnixSocket ? file.sendFor(process, rest, to) : file.sendto(rest, to)
		);
	},
	recvfrom(_kernel, process, fd, count, peek = false) {
		const file = socket(process, fd);
		return unlessNonblocking(file, peek && file.peekfrom ? file.peekfrom(count) : file.recvfrom(count));
	},
	shutdown: (_kernel, process, fd, how) => socket(process, fd).shutdown(how),
	getsockname: (_kernel, process, fd) => socket(process, fd).getsockname(),
	getpeername: (_kernel, process, fd) => socket(process, fd).getpeername(),
	setsockopt: (_kernel, process, fd, option, value) => socket(process, fd).setsockopt(option, value),
	getsockopt: (_kernel, process, fd, option) => socket(process, fd).getsockopt(option),
	socketError: (_kernel, process, fd) => socket(process, fd).takeError(),

	links: (kernel) => kernel.net.links(),
	setLink(kernel, process, name, change) {
		mustBeRoot(process);
		kernel.net.setLink(name, change);
	},
	addAddress(kernel, process, link, address, prefix, broadcast) {
		mustBeRoot(process);
		kernel.net.addAddress(link, address, prefix, broadcast);
	},
	deleteAddress(kernel, process, link, address, prefix) {
		mustBeRoot(process);
		kernel.net.deleteAddress(link, address, prefix);
	},
	routes: (kernel) => kernel.net.routes(),
	addRoute(kernel, process, route) {
		mustBeRoot(process);
		kernel.net.addRoute(route);
	},
	deleteRoute(kernel, process, route) {
		mustBeRoot(process);
		kernel.net.deleteRoute(route);
	},
	routeTo: (kernel, _process, destination) => kernel.net.routeTo(destination),
	neighbours: (kernel) => kernel.net.neighbours(),
	addNeighbour(kernel, process, link, address, mac) {
		mustBeRoot(process);
		kernel.net.addNeighbour(link, address, mac);
	},
	deleteNeighbour(kernel, process, link, address) {
		mustBeRoot(process);
		kernel.net.deleteNeighbour(link, address);
	},
	sockets: (kernel, process) => socketTable(kernel, process.credentials.euid),
	sysctl(kernel, process, name, value) {
		if (value !== undefined) mustBeRoot(process);
		return kernel.sysctl(name, value);
	}
};

/** All sockets, with the process that holds each, where the asker may know. @param euid who asks */
export function socketTable(kernel: Kernel, euid: number): SocketInfo[] {
	const owners = new Map<number, SocketInfo['owner']>();
	const unix = new Map<number, SocketInfo>();
	for (const process of kernel.processes.all())
		for (const [fd, descriptor] of process.descriptors.entries()) {
			if (!descriptor || !isSocket(descriptor.file)) continue;
			const info = descriptor.file.info();
			if (info.protocol === 'unix') unix.set(info.inode, info);
			if (owners.has(info.inode) || (euid !== 0 && euid !== process.credentials.uid)) continue;
			owners.set(info.inode, { pid: process.pid, name: process.command, fd });
		}
	return [...kernel.net.sockets(), ...unix.values()].map((info) => {
		const owner = owners.get(info.inode);
		return owner ? { ...info, owner } : info;
	});
}
