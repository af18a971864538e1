/**
 * The log of a service (xinetd.log(5)): START, EXIT, FAIL, USERID, NOID and TRAFFIC, to the system log or to a file of its
 * own, with as much as log_on_success and log_on_failure ask for.
 *
 * Limits: past its hard limit a log file gets no more lines, and the program log says so once for each that is lost. The
 *         soft limit is checked and says nothing, as in this build.
 */
import { O, type Sys } from '#kernel/syscalls';
import { encode } from '../libc/text';
import { errnoOf } from '../libc/strerror';
import { Log, type Priority } from '../libc/syslog';
import { close, fstat, open, setcloexec, write } from '../libc/unistd';
import { fileStamp, type ProgramLog } from './message';
import type { LogTarget, ServiceConfig } from './service-config';

/** Where lines go. */
export type Sink = SyslogSink | FileSink;

class SyslogSink {
	readonly #log: Log;

	constructor(
		target: Extract<LogTarget, { type: 'syslog' }>,
		readonly level: Priority = target.level
	) {
		this.#log = new Log({ ident: 'xinetd', facility: target.facility });
	}

	*write(text: string): Sys<void> {
		yield* this.#log.write(this.level, text);
	}

	*close(): Sys<void> {
		yield* this.#log.close();
	}
}

class FileSink {
	#size = 0;

	constructor(
		/** in messages: "common", or the id of the service */
		readonly name: string,
		readonly fd: number,
		readonly limits: { readonly soft: number; readonly hard: number } | undefined,
		readonly program: ProgramLog
	) {}

	*write(text: string): Sys<void> {
		const { limits, fd } = this;
		if (limits) {
			this.#size = (yield* fstat(fd)).size;
			if (this.#size > limits.hard)
				return yield* this.program.write('err', `Size of ${this.name} log exceeded hard limit`);
		}
		yield* write(fd, encode(`${yield* fileStamp()}: ${text}\n`));
	}

	*close(): Sys<void> {
		yield* close(this.fd);
	}
}

/** @returns undefined when the file cannot be opened, which is said */
export function* openFile(
	id: string,
	name: string,
	target: Extract<LogTarget, { type: 'file' }>,
	program: ProgramLog
): Sys<Sink | undefined> {
	try {
		const fd = yield* open(target.path, O.CREAT | O.APPEND | O.WRONLY, 0o644);
		yield* setcloexec(fd, true);
		return new FileSink(name, fd, target.limits, program);
	} catch (thrown) {
		errnoOf(thrown);
		yield* program.write('err', `creation of ${id} log failed`);
		return undefined;
	}
}

export function openSyslog(target: Extract<LogTarget, { type: 'syslog' }>): Sink {
	return new SyslogSink(target);
}

/** How a server ended. */
export type Ending =
	{ readonly kind: 'status'; readonly value: number } | { readonly kind: 'signal'; readonly value: number };

function host(wanted: boolean, from: string): string {
	return wanted ? ` from=${from}` : '';
}

export function* logStart(sink: Sink | undefined, config: ServiceConfig, from: string, pid: number): Sys<void> {
	const wanted = config.logOnSuccess;
	if (!sink || wanted.size === 0) return;
	const process = wanted.has('PID') ? ` pid=${pid}` : '';
	yield* sink.write(`START: ${config.id}${process}${host(wanted.has('HOST'), from)}`);
}

export function* logFailure(sink: Sink | undefined, config: ServiceConfig, from: string, reason: string): Sys<void> {
	const wanted = config.logOnFailure;
	if (!sink || wanted.size === 0) return;
	yield* sink.write(`FAIL: ${config.id} ${reason}${host(wanted.has('HOST'), from)}`);
}

/** @param seconds that the server ran */
export function* logExit(
	sink: Sink | undefined,
	config: ServiceConfig,
	ending: Ending,
	pid: number,
	seconds: number
): Sys<void> {
	const wanted = config.logOnSuccess;
	if (!sink || !(wanted.has('EXIT') || wanted.has('DURATION'))) return;
	const how = wanted.has('EXIT') ? ` ${ending.kind}=${ending.value}` : '';
	const process = wanted.has('PID') ? ` pid=${pid}` : '';
	const duration = wanted.has('DURATION') ? ` duration=${seconds}(sec)` : '';
	yield* sink.write(`EXIT: ${config.id}${how}${process}${duration}`);
}

/** Other lines: USERID, NOID, TRAFFIC. */
export function* logLine(sink: Sink | undefined, config: ServiceConfig, kind: string, text: string): Sys<void> {
	if (sink) yield* sink.write(`${kind}: ${config.id} ${text}`);
}
