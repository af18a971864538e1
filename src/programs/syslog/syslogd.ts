/**
 * syslogd(8) as GNU inetutils has it: takes messages from /dev/log (and with -r from UDP port 514, and the kernel's from
 * /proc/kmsg) and appends them to files, or sends them to other hosts, by /etc/syslog.conf. Each line is forced to the disk
 * before the next is taken, unless a "-" stands before the file's name.
 *
 * Reads: the configuration at its start and at SIGHUP, which also reopens the files (log rotation).
 * Writes: log files (created with mode 0640), /run/syslog.pid.
 * Trusts: nobody; whoever may write /dev/log may pretend to be any program.
 * Not simulated: "last message repeated", marks (-m), messages to users' terminals.
 */
import { O, SIGNAL, type Main, type Sys, type TraceEvent } from '#kernel/syscalls';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { getaddrinfo } from '../libc/netdb';
import { printError, readText, writeFile } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { syslogTime } from '../libc/strftime';
import { FACILITIES, LOG_SOCKET, PRIORITIES } from '../libc/syslog';
import { decode, encode } from '../libc/text';
import {
	bind,
	chmod,
	close,
	dup2,
	fork,
	fsync,
	getpid,
	open,
	poll,
	read,
	recvfrom,
	sendto,
	setsid,
	signal,
	socket,
	takeSignals,
	time,
	trace,
	umask,
	uname,
	unlink,
	write
} from '../libc/unistd';
import { type LogRule, parseConfiguration, selects } from './configuration';

/** A line that reached a log file. */
export interface SyslogLine extends TraceEvent {
	readonly kind: 'syslog.line';
	readonly path: string;
	readonly text: string;
}

const OPTIONS = new OptionTable([
	'f|rcfile=',
	'n|no-detach',
	'r|inet',
	'd|debug',
	'P|pidfile=',
	'm|mark=',
	'no-klog',
	'h|hop'
]);
const RESTART = 'syslogd (GNU inetutils 2.4): restart';
const SYSLOG_PORT = 514;
const MESSAGE_MAX = 8192;

interface Destination {
	readonly rule: LogRule;
	/** of a file; undefined when it could not be opened */
	readonly fd: number | undefined;
	readonly forward?: number;
}

class Daemon {
	#destinations: Destination[] = [];
	#host = '';
	#udp: number | undefined;

	constructor(readonly configuration: string) {}

	/** Reads the configuration and opens what it names. */
	*configure(): Sys<void> {
		for (const { fd } of this.#destinations) if (fd !== undefined) yield* close(fd);
		this.#destinations = [];
		this.#host = (yield* uname()).nodename.split('.')[0]!;
		let text = '';
		const complaints: string[] = [];
		try {
			text = yield* readText(this.configuration);
		} catch (thrown) {
			complaints.push(`cannot open \`${this.configuration}': ${strerror(errnoOf(thrown))}`);
		}
		const { rules, errors } = parseConfiguration(text);
		for (const rule of rules) this.#destinations.push(yield* this.#openDestination(rule, complaints));
		for (const error of [...errors, ...complaints]) {
			yield* this.log(FACILITIES.syslog, PRIORITIES.err, `syslogd: ${error}`);
		}
		yield* this.log(FACILITIES.syslog, PRIORITIES.info, RESTART);
	}

	*#openDestination(rule: LogRule, complaints: string[]): Sys<Destination> {
		const { action } = rule;
		try {
			if (action.kind === 'file') {
				const fd = yield* open(action.path, O.WRONLY | O.APPEND | O.CREAT | O.NOCTTY | O.CLOEXEC, 0o640);
				return { rule, fd };
			}
			if (action.kind === 'forward') {
				const found = yield* getaddrinfo(action.host);
				if (!found.ok || found.addresses.length === 0) complaints.push(`unknown host ${action.host}`);
				else return { rule, fd: undefined, forward: found.addresses[0]!.address };
			}
		} catch (thrown) {
			const what = action.kind === 'file' ? action.path : rule.line;
			complaints.push(`${what}: ${strerror(errnoOf(thrown))}`);
		}
		return { rule, fd: undefined };
	}

	/** One datagram: "<22>Mar  4 09:12:31 postfix/smtpd[1207]: text", where all but the text may be missing. */
	*receive(message: string, from = this.#host): Sys<void> {
		const [, code, rest] = /^<(\d{1,3})>([^]*)$/.exec(message) ?? [undefined, '13', message];
		const number = Number(code) > 191 ? 13 : Number(code);
		const text = rest!
			.replace(/[\n\0]+$/, '')
			.replace(/[\0-\x08\x0a-\x1f\x7f]/g, (character) =>
				character === '\n' ? ' ' : `^${String.fromCharCode(character.charCodeAt(0) ^ 0x40)}`
			);
		const stamped = /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ([^]*)$/.exec(text);
		yield* this.log(number >> 3, number & 7, stamped ? stamped[2]! : text, stamped?.[1], from);
	}

	*log(facility: number, priority: number, text: string, stamp?: string, from = this.#host): Sys<void> {
		const line = `${stamp ?? syslogTime(yield* time())} ${from} ${text}`;
		for (const { rule, fd, forward } of this.#destinations) {
			if (!selects(rule, facility, priority)) continue;
			try {
				if (fd !== undefined && rule.action.kind === 'file') {
					yield* write(fd, encode(`${line}\n`));
					yield* trace({ kind: 'syslog.line', host: '', path: rule.action.path, text: line } as SyslogLine);
					if (rule.action.sync) yield* fsync(fd);
				} else if (forward !== undefined) {
					this.#udp ??= yield* socket('inet', 'dgram');
					const packet = encode(`<${facility * 8 + priority}>${line}`);
					yield* sendto(this.#udp, packet, { family: 'inet', address: forward, port: SYSLOG_PORT });
				}
			} catch (thrown) {
				errnoOf(thrown);
			}
		}
	}
}

export const syslogd: Main = function* (argv) {
	try {
		const options = getopt(argv, OPTIONS);
		const unix = yield* listenLocal();
		const sockets = options.has('inet') ? [unix, yield* listenNetwork()] : [unix];
		const kernel = options.has('no-klog') ? undefined : yield* openKernelLog();
		const daemon = new Daemon(options.get('rcfile') ?? '/etc/syslog.conf');
		const pidfile = options.get('pidfile') ?? '/run/syslog.pid';
		const serveAll = (): Sys<number> => serve(daemon, sockets, kernel, pidfile);
		if (options.has('no-detach')) return yield* serveAll();
		yield* fork(function* () {
			yield* setsid();
			const nowhere = yield* open('/dev/null', O.RDWR);
			for (const fd of [0, 1, 2]) yield* dup2(nowhere, fd);
			return yield* serveAll();
		});
		return 0;
	} catch (thrown) {
		if (thrown instanceof UsageError) {
			yield* printError(
				`syslogd: ${thrown.message}\nTry 'syslogd --help' or 'syslogd --usage' for more information.\n`
			);
			return 64;
		}
		yield* printError(`syslogd: cannot start: ${strerror(errnoOf(thrown))}\n`);
		return 1;
	}
};

function* listenLocal(): Sys<number> {
	try {
		yield* unlink(LOG_SOCKET);
	} catch (thrown) {
		errnoOf(thrown);
	}
	const fd = yield* socket('unix', 'dgram');
	yield* bind(fd, { family: 'unix', path: LOG_SOCKET });
	yield* chmod(LOG_SOCKET, 0o666);
	return fd;
}

function* listenNetwork(): Sys<number> {
	const fd = yield* socket('inet', 'dgram');
	yield* bind(fd, { family: 'inet', address: 0, port: SYSLOG_PORT });
	return fd;
}

function* openKernelLog(): Sys<number | undefined> {
	try {
		return yield* open('/proc/kmsg', O.RDONLY | O.NONBLOCK);
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

function* serve(daemon: Daemon, sockets: readonly number[], kernel: number | undefined, pidfile: string): Sys<number> {
	yield* umask(0o022);
	for (const number of [SIGNAL.SIGHUP, SIGNAL.SIGTERM]) yield* signal(number, 'catch');
	yield* daemon.configure();
	yield* writeFile(pidfile, `${yield* getpid()}\n`, 0o644);
	const watched = (kernel === undefined ? sockets : [...sockets, kernel]).map((fd) => ({ fd, read: true }));
	for (;;) {
		for (const number of yield* takeSignals()) {
			if (number === SIGNAL.SIGTERM) return yield* goDown(daemon, pidfile);
			yield* daemon.configure();
		}
		try {
			for (const ready of yield* poll(watched, -1)) {
				if (ready.fd === kernel) yield* receiveKernel(daemon, kernel);
				else yield* receiveDatagram(daemon, ready.fd);
			}
		} catch (thrown) {
			if (errnoOf(thrown).code !== 'EINTR' && errnoOf(thrown).code !== 'EAGAIN') throw thrown;
		}
	}
}

function* receiveDatagram(daemon: Daemon, fd: number): Sys<void> {
	const { bytes, from } = yield* recvfrom(fd, MESSAGE_MAX);
	const address = from.family === 'inet' ? from.address : undefined;
	const name = address === undefined ? undefined : [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
	yield* daemon.receive(decode(bytes), name);
}

/** The kernel's lines are "<6>[   12.345678] text" and are logged as `kernel: text`. */
function* receiveKernel(daemon: Daemon, fd: number): Sys<void> {
	for (const line of decode(yield* read(fd, MESSAGE_MAX)).split('\n')) {
		const [, code, text] = /^<(\d+)>(.*)$/.exec(line) ?? [undefined, '6', line];
		if (text !== '') yield* daemon.log(FACILITIES.kern, Number(code) & 7, `kernel: ${text}`);
	}
}

function* goDown(daemon: Daemon, pidfile: string): Sys<number> {
	yield* daemon.log(FACILITIES.syslog, PRIORITIES.err, `syslogd: exiting on signal ${SIGNAL.SIGTERM}`);
	for (const path of [pidfile, LOG_SOCKET]) {
		try {
			yield* unlink(path);
		} catch (thrown) {
			errnoOf(thrown);
		}
	}
	return 0;
}
