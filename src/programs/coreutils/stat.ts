/** stat(1): what the inode says, in a format or as a form. File system mode (-f) shows the form only. */
import { S, type Stat, type Sys } from '#kernel/syscalls';
import { getgrgid, getpwuid } from '../libc/passwd';
import { errnoOf, strerror } from '../libc/strerror';
import { breakDown, strftime } from '../libc/strftime';
import { lstat, readlink, stat as statCall, statfs } from '../libc/unistd';
import { expandEscapes } from './echo';
import { isLink, modeString, typeName } from './modes';
import { quoteShell } from './quote';
import { attempt, needOperands, type Tool, utility } from './utility';

const BLOCK = 4096;
const when = (time: number): string => strftime('%Y-%m-%d %H:%M:%S.%N %z', breakDown(time));
const FORM = '  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-10i  Links: %h\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n'; // prettier-ignore

export const stat = utility(
	['L|dereference', 'f|file-system', 'c|format=', 'printf=', 't|terse', 'cached='],
	function* (tool, options) {
		needOperands(options);
		const printf = options.last('format', 'printf') === 'printf';
		const given = options.get('printf') ?? options.get('format');
		const format = given === undefined ? (options.has('terse') ? '%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n' : FORM) : printf ? expandEscapes(given).text : `${given}\n`; // prettier-ignore
		for (const path of options.operands) {
			try {
				if (options.has('file-system')) yield* fileSystem(tool, path);
				else {
					const found = yield* options.has('dereference') ? statCall(path) : lstat(path);
					yield* tool.print(yield* fill(format, path, found));
				}
			} catch (thrown) {
				const verb = options.has('file-system') ? 'cannot read file system information for' : 'cannot statx';
				yield* tool.complain(`${verb} ${quoteShell(path)}: ${strerror(errnoOf(thrown))}`);
			}
		}
	}
);

function* fileSystem(tool: Tool, path: string): Sys<void> {
	const { type, blockSize, blocks, free } = yield* statfs(path);
	yield* tool.print(
		`  File: "${path}"\n    ID: 0        Namelen: 255     Type: ${type}\nBlock size: ${String(blockSize).padEnd(10)} Fundamental block size: ${blockSize}\nBlocks: Total: ${String(blocks).padEnd(10)} Free: ${String(free).padEnd(10)} Available: ${free}\n` // prettier-ignore
	);
}

function* fill(format: string, path: string, found: Stat): Sys<string> {
	const user = (yield* getpwuid(found.uid))?.name ?? 'UNKNOWN';
	const group = (yield* getgrgid(found.gid))?.name ?? 'UNKNOWN';
	const target = isLink(found.mode) ? yield* attempt(readlink(path)) : undefined;
	const device = (found.mode & S.IFMT) === S.IFCHR || (found.mode & S.IFMT) === S.IFBLK;
	const values: Readonly<Record<string, string | number>> = {
		a: (found.mode & 0o7777).toString(8), A: modeString(found.mode), b: found.blocks, B: 512, d: 2049, D: '801', f: found.mode.toString(16), F: typeName(found.mode, found.size),
		g: found.gid, G: group, h: found.links, i: found.inode, m: '/', n: path, N: quoteShell(path) + (target === undefined ? '' : ` -> ${quoteShell(target)}`), o: BLOCK, s: found.size,
		t: device ? (found.rdev >> 8).toString(16) : 0, T: device ? (found.rdev & 255).toString(16) : 0, u: found.uid, U: user, w: when(found.ctime), W: Math.floor(found.ctime / 1e6),
		x: when(found.atime), X: Math.floor(found.atime / 1e6), y: when(found.mtime), Y: Math.floor(found.mtime / 1e6), z: when(found.ctime), Z: Math.floor(found.ctime / 1e6), C: '?', '%': '%', Hd: 8, Ld: 1
	}; // prettier-ignore
	return format.replace(
		/%([-#0+ ']*)(\d*)(?:\.(\d+))?([HL]d|[a-zA-Z%])/g,
		(_whole, flags: string, width: string, precision: string | undefined, letter: string) => {
			// prettier-ignore
			let text = String(values[letter] ?? '?');
			if (precision !== undefined && 'XYZW'.includes(letter)) text += `.${'0'.repeat(Number(precision) || 9)}`;
			else if (precision !== undefined) text = text.slice(0, Number(precision));
			if (flags.includes('-')) return text.padEnd(Number(width));
			return text.padStart(Number(width), flags.includes('0') ? '0' : ' ');
		}
	);
}
