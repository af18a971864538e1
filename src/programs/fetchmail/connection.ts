/** Connections of fetchmail: to the server of the mail and to the one that takes it. */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { Channel } from '../libc/channel';
import { gai_strerror, getaddrinfo, getservbyname } from '../libc/netdb';
import { strerror } from '../libc/strerror';
import { close, connect, poll, setfl, socket, socketError } from '../libc/unistd';
import type { Report } from './report';
import { Failed, PS } from './status';

const SECOND = 1_000_000;

export interface Connected {
	readonly channel: Channel;
	readonly address: number;
}

function* tryAddress(address: number, port: number, timeout: number): Sys<number | string> {
	const fd = yield* socket('inet', 'stream');
	try {
		yield* setfl(fd, O.NONBLOCK | O.RDWR);
		try {
			yield* connect(fd, { family: 'inet', address, port });
		} catch (thrown) {
			if (!(thrown instanceof Errno && thrown.code === 'EINPROGRESS')) throw thrown;
			if ((yield* poll([{ fd, write: true }], timeout)).length === 0) throw new Errno('ETIMEDOUT');
			const error = yield* socketError(fd);
			if (error) throw new Errno(error);
		}
		yield* setfl(fd, O.RDWR);
		return fd;
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* close(fd);
		return strerror(thrown);
	}
}

/**
 * @param service a name of /etc/services or a number
 * @param seconds how long to wait
 * @throws Failed with `errors` told; `text` says why
 */
export function* openConnection(report: Report, host: string, service: string, seconds: number): Sys<Connected> {
	const port = /^\d+$/.test(service) ? Number(service) : (yield* getservbyname(service, 'tcp'))?.port;
	if (port === undefined)
		throw new Failed(PS.SOCKET, `getaddrinfo("${host}","${service}") error: Servname not supported for ai_socktype`);
	const found = yield* getaddrinfo(host);
	if (!found.ok) throw new Failed(PS.SOCKET, `getaddrinfo("${host}","${service}") error: ${gai_strerror(found.error)}`);
	const errors: string[] = [];
	let last = '';
	for (const { address } of found.addresses) {
		const text = `${formatIpv4Address(address)}/${port}`;
		if (report.verbose) yield* report.raw(`Trying to connect to ${text}...`);
		const fd = yield* tryAddress(address, port, seconds * SECOND);
		if (typeof fd === 'number') {
			if (report.verbose) yield* report.raw('connected.\n');
			return { channel: new Channel(fd, seconds * SECOND), address };
		}
		if (report.verbose) yield* report.raw('connection failed.\n');
		last = fd;
		const words = `connection to ${host}:${service} [${text}] failed: ${fd}.`;
		if (report.verbose) yield* report.error(words);
		errors.push(`name ${errors.length}: ${words}`);
	}
	yield* report.error('Connection errors for this poll:');
	for (const words of errors) yield* report.plainError(words);
	throw new Failed(PS.SOCKET, last);
}
