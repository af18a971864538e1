/** A connection that is handed on to another host (`redirect`): a process that copies both ways until one side ends. */
import { Errno, SIGNAL, type Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { close, connect, poll, read, setsockopt, signal, socket, write } from '../libc/unistd';
import { errorText, type ProgramLog } from './message';
import { logLine, type Sink } from './service-log';
import type { ServiceConfig } from './service-config';

const BUFFER = 1500;

/** One side is gone: the real program ends in its handler of SIGPIPE, and tells nothing. */
class Broken {}

export function* redirect(
	client: number,
	config: ServiceConfig,
	sink: Sink | undefined,
	program: ProgramLog
): Sys<number> {
	const { address, port } = config.redirect!;
	yield* signal(SIGNAL.SIGPIPE, 'ignore');
	const server = yield* socket('inet', 'stream');
	if (config.dual)
		yield* program.write('err', 'Setting IPV6_V6ONLY option failed (Protocol not available (errno = 92))');
	if (config.flags.has('KEEPALIVE')) yield* setsockopt(server, 'keepalive', 1);
	try {
		yield* connect(server, { family: 'inet', address, port });
	} catch (thrown) {
		yield* program.write('err', `can't connect to remote host ${formatIpv4Address(address)}: ${errorText(thrown)}`);
		return 0;
	}
	yield* setsockopt(server, 'nodelay', 1);
	yield* setsockopt(client, 'nodelay', 1);
	const bytes = { in: 0, out: 0 };
	try {
		yield* copy(client, server, bytes);
	} catch (thrown) {
		if (!(thrown instanceof Broken)) throw thrown;
		yield* close(server);
		return 0;
	}
	if (config.logOnSuccess.has('TRAFFIC'))
		yield* logLine(sink, config, 'TRAFFIC', `in=${bytes.in}(bytes) out=${bytes.out}(bytes)`);
	return 0;
}

function* copy(client: number, server: number, bytes: { in: number; out: number }): Sys<void> {
	for (;;) {
		const ready = yield* poll(
			[
				{ fd: client, read: true },
				{ fd: server, read: true }
			],
			-1
		);
		for (const [from, to, count] of [
			[client, server, 'in'],
			[server, client, 'out']
		] as const) {
			if (!ready.some(({ fd }) => fd === from)) continue;
			const length = yield* copyOnce(from, to);
			if (length === 0) return;
			bytes[count] += length;
		}
	}
}

/** @returns the bytes; 0 at the end */
function* copyOnce(from: number, to: number): Sys<number> {
	let part: Uint8Array;
	try {
		part = yield* read(from, BUFFER);
	} catch (thrown) {
		if (thrown instanceof Errno) return 0;
		throw thrown;
	}
	if (part.length === 0) return 0;
	try {
		yield* write(to, part);
	} catch (thrown) {
		if (thrown instanceof Errno) throw new Broken();
		throw thrown;
	}
	return part.length;
}
