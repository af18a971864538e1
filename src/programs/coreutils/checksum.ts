/** md5sum, sha*sum, cksum, sum: check sums of files, and --check against a list. Not simulated: b2sum, cksum -a. */
import type { Main, Sys } from '#kernel/syscalls';
import { md5, posixCrc, sha1, sha224, sha256, sha384, sha512 } from './digest';
import { quote, quoteFile, quoteShell } from './quote';
import { stat } from '../libc/unistd';
import { attempt, splitLines, type Parsed, type Tool, UsageError, utility } from './utility';

interface Algorithm {
	readonly label: string;
	readonly digits: number;
	readonly digest: (bytes: Uint8Array) => string;
}

const escapeName = (name: string): string => name.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r');

function checksum(algorithm: Algorithm): Main {
	return utility(
		['b|binary', 'c|check', 'tag', 't|text', 'z|zero', 'ignore-missing', 'quiet', 'status', 'strict', 'w|warn'],
		function* (tool, options) {
			if (options.has('tag') && options.last('text', 'binary') === 'text') throw new UsageError('--tag does not support --text mode'); // prettier-ignore
			const checking = options.has('check');
			for (const [name, words] of [
				['ignore-missing', 'ignore-missing'],
				['status', 'status'],
				['warn', 'warn'],
				['quiet', 'quiet'],
				['strict', 'strict']
			] as const)
				// prettier-ignore
				if (options.has(name) && !checking)
					throw new UsageError(`the --${words} option is meaningful only when verifying checksums`);
			const files = options.operands.length > 0 ? options.operands : ['-'];
			if (checking) for (const path of files) yield* verify(tool, options, algorithm, path);
			else for (const path of files) yield* show(tool, options, algorithm, path);
		}
	);
}

function* show(tool: Tool, options: Parsed, { label, digest }: Algorithm, path: string): Sys<void> {
	const bytes = yield* tool.input(path);
	if (!bytes) return;
	const end = options.has('zero') ? '\0' : '\n';
	const escaped = options.has('zero') ? path : escapeName(path);
	const mark = escaped === path ? '' : '\\';
	if (options.has('tag')) yield* tool.print(`${mark}${label} (${escaped}) = ${digest(bytes)}${end}`);
	else yield* tool.print(`${mark}${digest(bytes)} ${options.last('text', 'binary') === 'binary' ? '*' : ' '}${escaped}${end}`); // prettier-ignore
}

function parseLine(line: string, { label, digits }: Algorithm): { readonly sum: string; readonly name: string } | null {
	const escaped = line.startsWith('\\');
	const text = escaped ? line.slice(1) : line;
	const plain = new RegExp(`^[ \\t]*([0-9a-fA-F]{${digits}})[ ][ *](.+)$`, 's').exec(text);
	const tagged = new RegExp(`^[ \\t]*${label} ?\\((.*)\\) = ([0-9a-fA-F]{${digits}})$`, 's').exec(text);
	const [sum, name] = plain ? [plain[1]!, plain[2]!] : tagged ? [tagged[2]!, tagged[1]!] : [];
	if (sum === undefined || name === undefined) return null;
	return { sum: sum.toLowerCase(), name: escaped ? name.replace(/\\n/g, '\n').replace(/\\\\/g, '\\') : name };
}

const count = (n: number, one: string, many: string): string => `WARNING: ${n} ${n === 1 ? one : many}`;

function* verify(tool: Tool, options: Parsed, algorithm: Algorithm, path: string): Sys<void> {
	const text = yield* tool.inputText(path);
	if (text === undefined) return;
	const [status, quiet, missingOk] = ['status', 'quiet', 'ignore-missing'].map((name) => options.has(name));
	let [misformatted, unreadable, mismatched, proper, matched] = [0, 0, 0, 0, 0];
	let number = 0;
	for (const line of splitLines(text)) {
		number++;
		if (line.startsWith('#') || line === '') continue;
		const found = parseLine(line.replace(/\r$/, ''), algorithm);
		if (!found) {
			misformatted++;
			if (options.has('warn')) yield* tool.warn(`${quoteFile(path)}: ${number}: improperly formatted ${algorithm.label} checksum line`); // prettier-ignore
			continue;
		}
		proper++;
		const shown = found.name.includes('\n') ? `\\${escapeName(found.name)}` : found.name;
		const bytes = yield* listedFile(tool, found.name, missingOk!);
		if (bytes === 'missing') continue;
		if (!bytes) {
			unreadable++;
			if (!status) yield* tool.print(`${shown}: FAILED open or read\n`);
			continue;
		}
		const same = algorithm.digest(bytes) === found.sum;
		if (same) matched++;
		else mismatched++;
		if (!status && !(same && quiet)) yield* tool.print(`${shown}: ${same ? 'OK' : 'FAILED'}\n`);
	}
	if (proper === 0) {
		yield* tool.complain(
			`${path === '-' ? quoteShell('standard input') : quoteFile(path)}: no properly formatted checksum lines found`
		);
		return;
	}
	if (!status) {
		if (misformatted > 0) yield* tool.warn(count(misformatted, 'line is improperly formatted', 'lines are improperly formatted')); // prettier-ignore
		if (unreadable > 0) yield* tool.warn(count(unreadable, 'listed file could not be read', 'listed files could not be read')); // prettier-ignore
		if (mismatched > 0) yield* tool.warn(count(mismatched, 'computed checksum did NOT match', 'computed checksums did NOT match')); // prettier-ignore
		if (missingOk && matched === 0 && mismatched === 0) yield* tool.warn(`${quoteFile(path)}: no file was verified`);
	}
	if (mismatched > 0 || unreadable > 0 || (options.has('strict') && misformatted > 0) || (missingOk && matched === 0))
		tool.status = 1;
}

/** Reads a listed file; that one is missing is no complaint with --ignore-missing. */
function* listedFile(tool: Tool, path: string, missingOk: boolean): Sys<Uint8Array | 'missing' | undefined> {
	if (missingOk && path !== '-' && !(yield* attempt(stat(path)))) return 'missing';
	return yield* tool.input(path);
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
	md5sum: { label: 'MD5', digits: 32, digest: md5 },
	sha1sum: { label: 'SHA1', digits: 40, digest: sha1 },
	sha224sum: { label: 'SHA224', digits: 56, digest: sha224 },
	sha256sum: { label: 'SHA256', digits: 64, digest: sha256 },
	sha384sum: { label: 'SHA384', digits: 96, digest: sha384 },
	sha512sum: { label: 'SHA512', digits: 128, digest: sha512 }
};

export const CHECKSUMS: Readonly<Record<string, Main>> = Object.fromEntries(
	Object.entries(ALGORITHMS).map(([name, algorithm]) => [name, checksum(algorithm)])
);

export const cksum = utility(['a|algorithm='], function* (tool, options) {
	const named = options.get('algorithm');
	const algorithm = named === undefined || named === 'crc' ? undefined : ALGORITHMS[`${named}sum`];
	if (named !== undefined && named !== 'crc' && !algorithm) throw new UsageError(`invalid argument ${quote(named)} for ${quote('--algorithm')}`); // prettier-ignore
	for (const path of options.operands.length > 0 ? options.operands : ['-']) {
		const bytes = yield* tool.input(path);
		if (!bytes) continue;
		const name = options.operands.length > 0 ? ` ${path}` : '';
		if (algorithm) yield* tool.print(`${algorithm.label} (${path}) = ${algorithm.digest(bytes)}\n`);
		else yield* tool.print(`${posixCrc(bytes)} ${bytes.length}${name}\n`);
	}
});

/** sum(1): the check sum of BSD (-r, default) or of System V (-s). */
export const sum = utility(['r', 's|sysv'], function* (tool, options) {
	const files = options.operands.length > 0 ? options.operands : ['-'];
	for (const path of files) {
		const bytes = yield* tool.input(path);
		if (!bytes) continue;
		if (options.last('r', 'sysv') === 'sysv') {
			const total = bytes.reduce((all, byte) => all + byte, 0);
			const folded = (total & 0xffff) + Math.floor((total % 2 ** 32) / 65_536);
			const name = options.operands.length > 0 ? ` ${path}` : '';
			yield* tool.print(`${(folded & 0xffff) + (folded >> 16)} ${Math.ceil(bytes.length / 512)}${name}\n`);
			continue;
		}
		const value = bytes.reduce((all, byte) => ((((all >> 1) | ((all & 1) << 15)) + byte) & 0xffff), 0); // prettier-ignore
		const name = options.operands.length > 0 ? ` ${path}` : '';
		const blocks = String(Math.ceil(bytes.length / 1024)).padStart(5);
		yield* tool.print(`${String(value).padStart(5, '0')} ${blocks}${name}\n`);
	}
});
