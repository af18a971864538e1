/** read mapfile readarray: input taken byte by byte where it cannot be given back, as the next command reads on there. */
import { decode } from '#kernel/text';
import { Errno, S, type Sys } from '#kernel/syscalls';
import { strerror } from '../../libc/strerror';
import { fstat, lseek, poll, read, takeSignals, tcgetattr, tcsetattr } from '../../libc/unistd';
import { assignValue } from '../assignment';
import { CommandFailure } from '../control';
import { parseReference } from '../expand/expand';
import { splitForRead } from '../expand/split';
import type { Shell } from '../shell';
import { runPendingTraps } from '../traps';
import { IndexedArray } from '../variables';
import { options, type Builtin } from './options';

const CHUNK = 4096;
const LINE_MAX = 4 * 1024 * 1024;

/** Bytes up to a delimiter from a descriptor; what a seekable file gave too much is given back. */
class ByteSource {
	#buffer = new Uint8Array(0);
	#at = 0;
	#seekable: boolean | null = null;

	constructor(readonly fd: number) {}

	/** @returns -1 at the end of file */
	*next(): Sys<number> {
		if (this.#at < this.#buffer.length) return this.#buffer[this.#at++]!;
		if (this.#seekable === null) {
			this.#seekable = yield* isRegular(this.fd);
		}
		this.#buffer = (yield* read(this.fd, this.#seekable ? CHUNK : 1)) as Uint8Array<ArrayBuffer>;
		this.#at = 0;
		return this.#buffer.length === 0 ? -1 : this.#buffer[this.#at++]!;
	}

	*finish(): Sys<void> {
		if (this.#seekable && this.#at < this.#buffer.length) yield* lseek(this.fd, this.#at - this.#buffer.length, 'cur');
	}
}

function* isRegular(fd: number): Sys<boolean> {
	try {
		return ((yield* fstat(fd)).mode & S.IFMT) === S.IFREG;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

/** A line without its newline; null at the end of file. */
export function* readLineFrom(shell: Shell, fd: number): Sys<string | null> {
	const source = new ByteSource(fd);
	const bytes: number[] = [];
	for (;;) {
		const byte = yield* nextByte(shell, source);
		if (byte === -1) {
			if (bytes.length === 0) return null;
			break;
		}
		if (byte === 10 || bytes.length > LINE_MAX) break;
		bytes.push(byte);
	}
	yield* source.finish();
	return decode(Uint8Array.from(bytes));
}

function* nextByte(shell: Shell, source: ByteSource): Sys<number> {
	for (;;) {
		try {
			return yield* source.next();
		} catch (thrown) {
			if (!(thrown instanceof Errno) || thrown.code !== 'EINTR') throw thrown;
			shell.pendingSignals.push(...(yield* takeSignals()));
			if (shell.interactive && shell.pendingSignals.includes(2)) throw new CommandFailure(130);
			yield* runPendingTraps(shell);
		}
	}
}

const readBuiltin: Builtin = function* (shell, argv) {
	const { flags, values, rest } = yield* options(shell, argv, 'ersa:d:i:n:N:p:t:u:');
	for (const name of rest)
		if (parseReference(name) === null) {
			yield* shell.complain(`\`${name}': not a valid identifier`);
			return 1;
		}
	const fd = Number(values.get('u') ?? 0);
	if (values.has('u') && !(yield* isOpen(fd))) {
		yield* shell.complain(`${values.get('u')}: invalid file descriptor: ${strerror('EBADF')}`);
		return 1;
	}
	const exact = values.has('N');
	const limit = values.has('n') || exact ? Number(values.get('N') ?? values.get('n')) : Infinity;
	if (Number.isNaN(limit) || limit < 0) {
		yield* shell.complain(`${values.get('N') ?? values.get('n')}: invalid number`);
		return 1;
	}
	const timeout = values.has('t') ? Number(values.get('t')) * 1_000_000 : -1;
	if (Number.isNaN(timeout)) {
		yield* shell.complain(`${values.get('t')}: invalid timeout specification`);
		return 1;
	}
	if (timeout === 0) {
		const ready = yield* poll([{ fd, read: true }], 0);
		return ready.length > 0 ? 0 : 1;
	}
	const terminal = yield* isTerminal(fd);
	if (terminal && values.has('p')) yield* shell.writeError(values.get('p')!);
	const raw = terminal && (flags.has('s') || Number.isFinite(limit));
	if (raw) yield* tcsetattr(fd, { echo: !flags.has('s'), canonical: !Number.isFinite(limit) });
	let input: Input;
	try {
		input = yield* readInput(shell, fd, {
			raw: flags.has('r') || exact,
			delimiter: exact ? -1 : delimiterByte(values.get('d')),
			limit,
			timeout
		});
	} finally {
		if (raw) yield* tcsetattr(fd, { echo: true, canonical: true });
	}
	if (input.error !== undefined) {
		yield* shell.complain(`read error: ${fd}: ${strerror(input.error)}`);
		return 1;
	}
	yield* store(shell, input, rest, values.get('a'), exact);
	return input.status;
};

function* isOpen(fd: number): Sys<boolean> {
	try {
		yield* fstat(fd);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

function delimiterByte(text: string | undefined): number {
	return text === undefined ? 10 : text === '' ? 0 : text.charCodeAt(0);
}

function* isTerminal(fd: number): Sys<boolean> {
	try {
		yield* tcgetattr(fd);
		return true;
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

interface Input {
	readonly characters: { readonly c: string; readonly quoted: boolean }[];
	/** 0; 1 at the end of file; 142 after a timeout */
	readonly status: number;
	readonly error?: Errno;
}

function* readInput(
	shell: Shell,
	fd: number,
	how: { raw: boolean; delimiter: number; limit: number; timeout: number }
): Sys<Input> {
	const source = new ByteSource(fd);
	const characters: Input['characters'] = [];
	let status = 0;
	let escaped = false;
	let pending: number[] = [];
	const take = (byte: number, quoted: boolean): void => {
		pending.push(byte);
		const text = decode(Uint8Array.from(pending));
		if (pending.length < 4 && /[\udc80-\udcff]/.test(text) && byte >= 0x80 && pending[0]! >= 0xc2) return;
		for (const c of text) characters.push({ c, quoted });
		pending = [];
	};
	try {
		while (characters.length < how.limit) {
			if (how.timeout > 0 && (yield* poll([{ fd, read: true }], how.timeout)).length === 0) {
				status = 142;
				break;
			}
			const byte = yield* nextByte(shell, source);
			if (byte === -1) {
				status = 1;
				break;
			}
			if (escaped) {
				escaped = false;
				if (byte !== 10) take(byte, true);
				continue;
			}
			if (byte === how.delimiter) break;
			if (byte === 92 && !how.raw) {
				escaped = true;
				continue;
			}
			if (byte !== 0) take(byte, false);
			if (characters.length > LINE_MAX) break;
		}
		yield* source.finish();
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		return { characters, status: 1, error: thrown };
	}
	return { characters, status };
}

function* store(
	shell: Shell,
	input: Input,
	names: readonly string[],
	array: string | undefined,
	exact: boolean
): Sys<void> {
	const { characters } = input;
	const whole = characters.map((entry) => entry.c).join('');
	if (array !== undefined) {
		const words = splitForRead(characters, shell.ifs, Infinity);
		shell.variables.obtain(array).value = new IndexedArray(words);
		return;
	}
	if (names.length === 0) {
		yield* shell.assign('REPLY', whole);
		return;
	}
	const words = exact
		? [whole]
		: names.length === 1 && !exact
			? [splitForRead(characters, shell.ifs, 1)[0] ?? '']
			: splitForRead(characters, shell.ifs, names.length);
	for (let i = 0; i < names.length; i++) {
		const reference = parseReference(names[i]!)!;
		yield* assignValue(shell, reference.name, reference.subscript, words[i] ?? '', false);
	}
}

const mapfile: Builtin = function* (shell, argv) {
	const { flags, values, rest } = yield* options(shell, argv, 'd:n:O:s:tu:C:c:');
	const name = rest[0] ?? 'MAPFILE';
	if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
		yield* shell.complain(`\`${name}': not a valid identifier`);
		return 1;
	}
	const delimiter = delimiterByte(values.get('d'));
	const count = Number(values.get('n') ?? 0) || Infinity;
	const skip = Number(values.get('s') ?? 0);
	const origin = Number(values.get('O') ?? 0);
	const variable = shell.variables.obtain(name);
	if (variable.readonly) {
		yield* shell.complain(`${name}: readonly variable`);
		return 1;
	}
	const array = values.has('O') && variable.value instanceof IndexedArray ? variable.value : new IndexedArray();
	variable.value = array;
	const source = new ByteSource(Number(values.get('u') ?? 0));
	let line: number[] = [];
	let lines = 0;
	let stored = 0;
	const finish = () => {
		if (lines++ >= skip) array.set(origin + stored++, decode(Uint8Array.from(line)));
		line = [];
	};
	try {
		while (stored < count && stored < 1_000_000) {
			const byte = yield* nextByte(shell, source);
			if (byte === -1) {
				if (line.length > 0) finish();
				break;
			}
			if (byte !== delimiter) {
				line.push(byte);
				continue;
			}
			if (!flags.has('t')) line.push(byte);
			finish();
		}
		yield* source.finish();
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		yield* shell.complain(`${values.get('u') ?? 0}: ${strerror(thrown)}`);
		return 1;
	}
	return 0;
};

export const READ: readonly (readonly [string, Builtin])[] = [
	['read', readBuiltin],
	['mapfile', mapfile],
	['readarray', mapfile]
];
