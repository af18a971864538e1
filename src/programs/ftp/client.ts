/** What ftp(1) knows while it runs: its connection, its switches, where its commands come from. */
import { Errno, type Sys, type Termios } from '#kernel/syscalls';
import { gai_strerror, getaddrinfo, getservbyname } from '../libc/netdb';
import { getpwuid } from '../libc/passwd';
import { LineReader, print, printError, STDIN } from '../libc/stdio';
import { decode } from '../libc/text';
import { getcred, takeSignals, tcgetattr, tcsetattr } from '../libc/unistd';
import { formatIpv4Address } from '#wire/address';
import { complain, Control, REPLY } from './control';
import { Transfer } from './transfer';

const FTP_PORT = 21;

export class Client {
	readonly control = new Control();
	readonly transfer = new Transfer(this.control);
	/** commands come from somebody at a terminal */
	atTerminal = false;
	/** log in by asking, when a connection is made */
	autoLogin = true;
	/** ask before each of several files */
	interactive = true;
	glob = true;
	bell = false;
	/** set by `quit` */
	ended = false;
	#input = new LineReader(STDIN);
	lastHost = '';
	lastPort: string | undefined;

	/** @returns a line without its newline; null at the end of input */
	*line(): Sys<string | null> {
		for (;;) {
			try {
				const line = yield* this.#input.line();
				return line === null ? null : decode(line).replace(/\n$/, '');
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
				if (thrown.code !== 'EINTR') return null;
				yield* takeSignals();
				yield* print('\n');
				return '';
			}
		}
	}

	/** Asks for something that a command lacks. */
	*ask(prompt: string): Sys<string> {
		yield* print(prompt);
		return (yield* this.line()) ?? '';
	}

	/** An answer that the terminal does not show. */
	*askPassword(prompt: string): Sys<string> {
		let before: Termios | undefined;
		try {
			before = yield* tcgetattr(STDIN);
			yield* tcsetattr(STDIN, { echo: false });
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		yield* printError(prompt);
		const answer = (yield* this.line()) ?? '';
		if (before) {
			yield* tcsetattr(STDIN, { echo: before.echo });
			yield* printError('\n');
		}
		return answer;
	}

	/** Connects, logs in when that is wanted, and asks what kind of system it is. */
	*connect(host: string, service: string | undefined): Sys<void> {
		const { control, transfer } = this;
		this.lastHost = host;
		this.lastPort = service;
		const port = service === undefined ? ((yield* getservbyname('ftp', 'tcp'))?.port ?? FTP_PORT) : Number(service);
		const found = yield* getaddrinfo(host, String(port), { protocol: 'tcp' });
		if (!found.ok) {
			yield* printError(`${control.program}: ${host}: ${gai_strerror(found.error)}\n`);
			return;
		}
		if (!(yield* this.#reach(host, found.addresses))) return;
		if (control.verbose) yield* print(`Connected to ${host}.\n`);
		if ((yield* control.reply()) > REPLY.complete) {
			yield* control.lose();
			return;
		}
		transfer.switches.type = 'A';
		transfer.switches.current = 'A';
		if (this.autoLogin) yield* this.#autoLogin(host);
		if (control.connected) yield* this.#askSystem();
	}

	*#reach(host: string, addresses: readonly { readonly address: number; readonly port: number }[]): Sys<boolean> {
		for (const to of addresses) {
			const error = yield* this.control.open(host, to);
			if (!error) return true;
			yield* complain(this.control, `connect to address ${formatIpv4Address(to.address)}`, error);
		}
		yield* printError(`${this.control.program}: no response from host\n`);
		return false;
	}

	*#askSystem(): Sys<void> {
		const { control, transfer } = this;
		if ((yield* control.quietly('SYST', false)) !== REPLY.complete) return;
		const [, system] = control.text.split(' ');
		if (control.verbose) yield* print(`Remote system type is ${system}.\n`);
		if (!/^215 UNIX Type: L8/.test(control.text)) return;
		transfer.switches.type = 'I';
		if (control.verbose) yield* print('Using binary mode to transfer files.\n');
	}

	*#autoLogin(host: string): Sys<void> {
		const { uid } = yield* getcred();
		const own = (yield* getpwuid(uid))?.name ?? '';
		const given = yield* this.ask(own === '' ? `Name (${host}): ` : `Name (${host}:${own}): `);
		if (!(yield* this.login(given === '' ? own : given, undefined)))
			yield* printError(`${this.control.program}: Login failed.\n`);
	}

	/** @param password undefined: it is asked for when the server wants one */
	*login(user: string, password: string | undefined): Sys<boolean> {
		const { control } = this;
		let result = yield* control.command(`USER ${user}`);
		if (result === REPLY.continue) {
			const given = password ?? (yield* this.askPassword('Password: '));
			result = yield* control.command(`PASS ${given}`, 'PASS XXXX');
		}
		return result === REPLY.complete;
	}
}

/** argv with one more word, asked for when there is none at `at`. @returns undefined when nothing was given */
export function* another(
	client: Client,
	argv: readonly string[],
	what: string,
	at = 1
): Sys<readonly string[] | undefined> {
	if (argv.length > at) return argv;
	const words = wordsOf(yield* client.ask(`(${what}) `));
	return words.length === 0 ? undefined : [...argv, ...words];
}

/** Words of a line; quotes keep blanks. */
export function wordsOf(line: string): string[] {
	const words: string[] = [];
	for (const [, quoted, word] of line.matchAll(/"([^"]*)"|(\S+)/g)) words.push(quoted ?? word!);
	return words;
}
