/**
 * execve(2): from a file to a running program.
 *
 * Does: follows `#!` lines, finds the program that an executable's bytes name (so a copied or renamed /bin/cat is still
 *       cat), gives the rights of set-user-ID files.
 * An executable is an ELF header followed by the path by which its package knows the program.
 */
import { RegularFile, type Inode } from '../fs/inode';
import { lookup, pathOf } from '../fs/resolve';
import { EXECUTE, may } from '../fs/viewer';
import type { Kernel } from '../kernel';
import { Errno, S, type Program } from '../syscalls';
import { decode, encode } from '../text';
import type { Process } from './process';

/** BINPRM_BUF_SIZE: how far the kernel looks for the end of a #! line */
const HEAD = 256;
const MAX_INTERPRETERS = 5;
/** one string; all strings and pointers (a quarter of an 8 MiB stack) */
const MAX_ARG_STRLEN = 131_072;
const ARG_MAX = 2_097_152;

/** x86-64, little endian, position independent; then where the name begins */
const ELF = Uint8Array.from([
	0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0x3e, 0, 1, 0, 0, 0, 0x40, 0x10, 0, 0, 0, 0, 0, 0,
	0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0x38, 0, 0, 0, 0x40, 0, 0, 0, 0, 0
]);

/** The bytes of an executable file for that program, without the rest of its size. */
export function executable(program: Program): Uint8Array {
	const name = encode(program.path);
	const out = new Uint8Array(ELF.length + name.length + 1);
	out.set(ELF);
	out.set(name, ELF.length);
	return out;
}

interface Loaded {
	readonly program: Program;
	readonly inode: Inode;
	readonly path: string;
	readonly argv: readonly string[];
}

function load(kernel: Kernel, process: Process, path: string, argv: readonly string[], depth: number): Loaded {
	const found = lookup(process, path);
	const { inode } = found;
	if (!(inode instanceof RegularFile) || !may(process.credentials, inode, EXECUTE)) throw new Errno('EACCES');
	const head = inode.read(0, HEAD);
	if (head[0] === 0x23 && head[1] === 0x21) {
		if (depth >= MAX_INTERPRETERS) throw new Errno('ELOOP');
		const line = interpreterLine(head);
		return load(kernel, process, line[0]!, [...line, path, ...argv.slice(1)], depth + 1);
	}
	const name = programName(head);
	const program = name === undefined ? undefined : kernel.programs.get(name);
	if (!program) throw new Errno('ENOEXEC');
	return { program, inode, path: pathOf(found), argv };
}

/** The interpreter and at most one argument, which may hold blanks. */
function interpreterLine(head: Uint8Array): string[] {
	const newline = head.indexOf(10);
	if (
		newline < 0 &&
		head.length === HEAD &&
		!head.subarray(2).some((byte, i, all) => isBlank(byte) && i > 0 && !isBlank(all[i - 1]!))
	)
		throw new Errno('ENOEXEC');
	const line = decode(head.subarray(2, newline < 0 ? head.length : newline)).replace(/^[ \t]+|[ \t]+$/g, '');
	const match = /^([^ \t\0]+)(?:[ \t]+([^\0]*))?/.exec(line);
	if (!match) throw new Errno('ENOEXEC');
	return match[2] ? [match[1]!, match[2]] : [match[1]!];
}

function isBlank(byte: number): boolean {
	return byte === 0x20 || byte === 0x09;
}

/** By what program an executable's first bytes say they are. */
export function programName(head: Uint8Array): string | undefined {
	for (let i = 0; i < 20; i++) if (head[i] !== ELF[i]) return undefined;
	const end = head.indexOf(0, ELF.length);
	return decode(head.subarray(ELF.length, end < 0 ? head.length : end));
}

export function exec(
	kernel: Kernel,
	process: Process,
	path: string,
	argv: readonly string[],
	env: ReadonlyMap<string, string>
): void {
	checkSize(argv, env);
	const loaded = load(kernel, process, path, argv.length > 0 ? argv : [''], 0);
	const copy = new Map(env);
	process.program = loaded.program.main(loaded.argv, copy);
	process.path = loaded.path;
	process.command = path.slice(path.lastIndexOf('/') + 1).slice(0, 15);
	process.argv = loaded.argv;
	process.env = copy;
	process.execed = true;
	raise(process, loaded.inode);
	for (const [fd, descriptor] of process.descriptors.entries()) {
		if (!descriptor?.cloexec) continue;
		process.descriptors[fd] = undefined;
		kernel.references.drop(descriptor.file);
	}
	for (const [signal, disposition] of process.dispositions)
		if (disposition === 'catch') process.dispositions.delete(signal);
	process.caught = [];
	process.interrupted = false;
	kernel.emit({ kind: 'process.exec', host: kernel.name, pid: process.pid, path: loaded.path, argv: loaded.argv });
}

/** Set-user-ID and set-group-ID bits of the file that is really executed: those of a script do nothing. */
function raise(process: Process, inode: Inode): void {
	const before = process.credentials;
	const euid = (inode.mode & S.ISUID) !== 0 ? inode.uid : before.euid;
	const egid = (inode.mode & (S.ISGID | 0o010)) === (S.ISGID | 0o010) ? inode.gid : before.egid;
	process.credentials = { ...before, euid, suid: euid, egid, sgid: egid };
}

function checkSize(argv: readonly string[], env: ReadonlyMap<string, string>): void {
	let total = 0;
	const add = (length: number): void => {
		if (length >= MAX_ARG_STRLEN) throw new Errno('E2BIG');
		total += length + 9;
	};
	for (const argument of argv) add(argument.length);
	for (const [name, value] of env) add(name.length + 1 + value.length);
	if (total > ARG_MAX) throw new Errno('E2BIG');
}
