/**
 * Data connections of ftp(1) and what goes over them.
 *
 * Active (the default): listens at a port and tells it by PORT (EPRT with `epsv4`), the server connects. Passive: asks by
 * PASV (EPSV) where the server listens, and connects there.
 */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { formatPrintf } from '../coreutils/printf-format';
import { FromNetwork, toNetwork } from '../libc/netascii';
import { print, printError, STDOUT } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import {
	accept, access, bind, close, connect, getsockname, listen, open, preempt, read, setsockopt, socket, takeSignals, uptime,
	write
} from '../libc/unistd'; // prettier-ignore
import { complain, REPLY, type Control, type Endpoint } from './control';

const CHUNK = 4096;
const HASH = 1024;
const NEWLINE = 10;

/** The switches that a user turns. */
export class Switches {
	passive = false;
	/** PORT is used; otherwise the server takes the port of the control connection */
	sendPort = true;
	/** EPRT and EPSV */
	extended = false;
	hash = false;
	/** CR LF becomes a newline in ASCII */
	stripReturns = true;
	/** wanted, and what the server was told last */
	type: 'A' | 'I' = 'A';
	current: 'A' | 'I' = 'A';
}

export class Transfer {
	readonly switches = new Switches();
	/** where REST said to begin */
	restart = 0;

	constructor(readonly control: Control) {}

	/** Tells the server the type. */
	*setType(type: 'A' | 'I', quietly: boolean): Sys<void> {
		const { control, switches } = this;
		if (switches.current === type && quietly) return;
		const text = `TYPE ${type}`;
		if ((yield* quietly ? control.quietly(text, true) : control.command(text)) === REPLY.complete)
			switches.current = type;
	}

	/* ---- the connection ---- */

	/** @returns a socket: connected when passive, listening when active; undefined when it cannot be (and it is said) */
	*prepare(): Sys<number | undefined> {
		return this.switches.passive ? yield* this.#passive() : yield* this.#active();
	}

	*#passive(): Sys<number | undefined> {
		const { control, switches } = this;
		let result = yield* control.command(switches.extended ? 'EPSV' : 'PASV');
		if (result === REPLY.error && !switches.extended) result = yield* control.command('LPSV');
		if (result !== REPLY.complete) {
			yield* print('Passive mode refused.\n');
			return undefined;
		}
		const to = switches.extended ? extendedAddress(control) : passiveAddress(control.text);
		if (to?.address !== control.remote.address) {
			/* to connect elsewhere than to the server would be to trust it too much */
			yield* print(
				switches.extended && !to
					? 'Extended passive mode scan failure. Should not happen!\n'
					: 'Passive mode address mismatch.\n'
			);
			yield* control.command('ABOR');
			return undefined;
		}
		const fd = yield* socket('inet', 'stream');
		try {
			yield* connect(fd, { family: 'inet', ...to });
			return fd;
		} catch (thrown) {
			yield* close(fd);
			const error = errnoOf(thrown);
			if (error.code === 'EINTR') control.interrupted = true;
			else yield* printError(`ftp: connect: ${strerror(error)}\n`);
			return undefined;
		}
	}

	*#active(): Sys<number | undefined> {
		const { control, switches } = this;
		const { local } = control;
		const fd = yield* socket('inet', 'stream');
		try {
			if (!switches.sendPort) yield* setsockopt(fd, 'reuseaddr', 1);
			yield* bind(fd, { family: 'inet', address: local.address, port: switches.sendPort ? 0 : local.port });
			yield* listen(fd, 1);
		} catch (thrown) {
			yield* close(fd);
			yield* complain(control, 'bind', errnoOf(thrown));
			return undefined;
		}
		if (!switches.sendPort) return fd;
		const name = yield* getsockname(fd);
		const port = name.family === 'inet' ? name.port : 0;
		const octets = [24, 16, 8, 0].map((shift) => (local.address >>> shift) & 255);
		const text = switches.extended
			? `EPRT |1|${octets.join('.')}|${port}|`
			: `PORT ${octets.join(',')},${port >> 8},${port & 255}`;
		let result = yield* control.command(text);
		if (result === REPLY.error && !switches.extended) {
			const long = `4,4,${octets.join(',')},2,${port >> 8},${port & 255}`;
			result = yield* control.command(`LPRT ${long}`);
		}
		if (result === REPLY.complete) return fd;
		yield* close(fd);
		if (result !== REPLY.error) return undefined;
		/* the port of the control connection is what a server takes that was told none; it is taken */
		yield* complain(control, 'bind', new Errno('EADDRINUSE'));
		return undefined;
	}

	/** After Ctrl-C. @param what receive or send */
	*#abort(what: string): Sys<void> {
		const { control } = this;
		if (!control.interrupted) return;
		control.interrupted = false;
		yield* takeSignals();
		yield* print(`\n${what} aborted\nwaiting for remote to finish abort\n`);
	}

	/** The prepared socket, when the server has agreed to the command. */
	*#take(fd: number): Sys<number | undefined> {
		if (this.switches.passive) return fd;
		try {
			return (yield* accept(fd)).fd;
		} catch (thrown) {
			yield* complain(this.control, 'accept', errnoOf(thrown));
			return undefined;
		} finally {
			yield* close(fd);
		}
	}

	*#restarted(): Sys<boolean> {
		if (this.restart === 0) return true;
		const at = this.restart;
		this.restart = 0;
		return (yield* this.control.command(`REST ${at}`)) === REPLY.continue;
	}

	/** Prepares, gives the command, and takes the connection. @returns undefined when something of it failed */
	*#begin(command: string): Sys<number | undefined> {
		const prepared = yield* this.prepare();
		if (prepared === undefined) return undefined;
		if (!(yield* this.#restarted()) || (yield* this.control.command(command)) !== REPLY.preliminary) {
			yield* close(prepared);
			return undefined;
		}
		return yield* this.#take(prepared);
	}

	/* ---- from the server ---- */

	/**
	 * @param local a file, `-` for standard output
	 * @returns whether it arrived
	 */
	*receive(command: string, local: string, append = false): Sys<boolean> {
		const { control, switches } = this;
		const isFile = command.startsWith('RETR');
		if (local !== '-' && !(yield* this.#mayWrite(local))) return false;
		const type = isFile ? switches.type : 'A';
		if (switches.current !== type) yield* this.setType(type, true);
		const data = yield* this.#begin(command);
		if (data === undefined) {
			yield* this.#abort('receive');
			return false;
		}
		let file = STDOUT;
		try {
			if (local !== '-') file = yield* open(local, O.WRONLY | O.CREAT | (append ? O.APPEND : O.TRUNC), 0o666);
		} catch (thrown) {
			yield* close(data);
			yield* complain(control, `local: ${local}`, errnoOf(thrown));
			yield* control.reply();
			return false;
		}
		const start = yield* uptime();
		const show = switches.hash && local !== '-';
		const { bytes, bare, error } = yield* this.#copyIn(data, file, type, show);
		yield* close(data);
		if (file !== STDOUT) yield* close(file);
		if (error?.errno.code === 'EINTR') {
			control.interrupted = true;
			yield* this.#abort('receive');
		} else if (error) yield* complain(control, error.reading ? 'netin' : `local: ${local}`, error.errno);
		if (bare > 0)
			yield* print(
				`WARNING! ${bare} bare linefeeds received in ASCII mode\nFile may not have transferred correctly.\n`
			);
		const took = (yield* uptime()) - start;
		const arrived = (yield* control.reply()) === REPLY.complete;
		if (bytes > 0 && isFile) yield* this.#tell('received', bytes, took);
		return arrived;
	}

	*#mayWrite(local: string): Sys<boolean> {
		try {
			yield* access(local, { write: true });
			return true;
		} catch (thrown) {
			const error = errnoOf(thrown);
			const slash = local.lastIndexOf('/');
			try {
				if (error.code !== 'ENOENT') throw error;
				yield* access(slash < 0 ? '.' : local.slice(0, slash) || '/', { write: true });
				return true;
			} catch (again) {
				yield* complain(this.control, `local: ${local}`, errnoOf(again));
				return false;
			}
		}
	}

	*#copyIn(data: number, file: number, type: 'A' | 'I', show: boolean): Sys<Copied> {
		const marks = new Hashes(show, type);
		const text = new FromNetwork();
		const strip = type === 'A' && this.switches.stripReturns;
		let reading = true;
		try {
			for (;;) {
				reading = true;
				const part = yield* read(data, CHUNK);
				reading = false;
				if (part.length === 0) break;
				yield* marks.add(part);
				yield* write(file, strip ? text.take(part) : part);
				yield* preempt();
			}
			yield* write(file, text.end());
		} catch (thrown) {
			return { bytes: marks.bytes, bare: text.bare, error: { reading, errno: errnoOf(thrown) } };
		}
		yield* marks.end();
		return { bytes: marks.bytes, bare: text.bare };
	}

	/* ---- to the server ---- */

	*send(command: string, local: string): Sys<boolean> {
		const { control, switches } = this;
		let file: number;
		try {
			file = yield* open(local, O.RDONLY);
		} catch (thrown) {
			yield* complain(control, `local: ${local}`, errnoOf(thrown));
			return false;
		}
		if (switches.current !== switches.type) yield* this.setType(switches.type, true);
		const data = yield* this.#begin(command);
		if (data === undefined) {
			yield* close(file);
			yield* this.#abort('send');
			return false;
		}
		const start = yield* uptime();
		const marks = new Hashes(switches.hash, switches.type);
		try {
			for (let part = yield* read(file, CHUNK); part.length > 0; part = yield* read(file, CHUNK)) {
				const sent = switches.type === 'A' ? toNetwork(part) : part;
				yield* write(data, sent);
				yield* marks.add(sent);
				yield* preempt();
			}
			yield* marks.end();
		} catch (thrown) {
			const error = errnoOf(thrown);
			control.interrupted = error.code === 'EINTR';
			if (!['EPIPE', 'EINTR'].includes(error.code)) yield* complain(control, 'netout', error);
			yield* this.#abort('send');
		}
		yield* close(data);
		yield* close(file);
		const took = (yield* uptime()) - start;
		const arrived = (yield* control.reply()) === REPLY.complete;
		if (marks.bytes > 0) yield* this.#tell('sent', marks.bytes, took);
		return arrived;
	}

	*#tell(what: string, bytes: number, microseconds: number): Sys<void> {
		if (!this.control.verbose) return;
		const seconds = microseconds / 1e6;
		const rate = seconds > 0 ? bytes / seconds : 0;
		const [scaled, unit] =
			rate > MEGA ? [rate / MEGA, 'Mbytes'] : rate > KILO ? [rate / KILO, 'kbytes'] : [rate, 'bytes'];
		yield* print(
			`${bytes} bytes ${what} in ${formatPrintf('%.3g', seconds)} seconds (${formatPrintf('%.3g', scaled)} ${unit}/s)\n`
		);
	}
}

const KILO = 1024;
const MEGA = KILO * KILO;

interface Copied {
	readonly bytes: number;
	readonly bare: number;
	readonly error?: { readonly reading: boolean; readonly errno: Errno };
}

/** Marks on the screen for what has passed: one for each 1024 bytes; in ASCII only where a line ends. */
class Hashes {
	bytes = 0;
	#marked = 0;

	constructor(
		readonly show: boolean,
		readonly type: 'A' | 'I'
	) {}

	*add(part: Uint8Array): Sys<void> {
		const before = this.bytes;
		this.bytes += part.length;
		if (!this.show) return;
		const seen = this.type === 'I' ? this.bytes : before + part.lastIndexOf(NEWLINE);
		if (this.type === 'A' && !part.includes(NEWLINE)) return;
		const due = Math.floor(seen / HASH);
		if (due > this.#marked) yield* print('#'.repeat(due - this.#marked));
		this.#marked = Math.max(this.#marked, due);
	}

	*end(): Sys<void> {
		if (!this.show || this.bytes === 0) return;
		const rest = this.type === 'I' ? this.bytes % HASH !== 0 : this.bytes < HASH;
		yield* print(rest ? '#\n' : '\n');
	}
}

function passiveAddress(text: string): Endpoint | undefined {
	const numbers = /(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)/.exec(text.slice(4))?.slice(1);
	if (!numbers || numbers.some((number) => Number(number) > 255)) return undefined;
	const address = parseIpv4Address(numbers.slice(0, 4).map(Number).join('.'));
	return address === undefined ? undefined : { address, port: Number(numbers[4]) * 256 + Number(numbers[5]) };
}

function extendedAddress({ text, remote }: Control): Endpoint | undefined {
	const match = /\((.)\1\1(\d+)\1\)/.exec(text);
	return match ? { address: remote.address, port: Number(match[2]) } : undefined;
}
