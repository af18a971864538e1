/** tr(1): characters are bytes, as in GNU tr, so letters beyond ASCII go byte by byte. */
import { STDIN } from '../libc/stdio';
import { encode } from '../libc/text';
import { read } from '../libc/unistd';
import { quote } from './quote';
import { Fatal, UsageError, utility } from './utility';

const CLASSES: Readonly<Record<string, (byte: number) => boolean>> = {
	alpha: (b) => /[A-Za-z]/.test(String.fromCharCode(b)),
	digit: (b) => b >= 48 && b <= 57,
	alnum: (b) => /[A-Za-z0-9]/.test(String.fromCharCode(b)),
	upper: (b) => b >= 65 && b <= 90,
	lower: (b) => b >= 97 && b <= 122,
	space: (b) => b === 32 || (b >= 9 && b <= 13),
	blank: (b) => b === 32 || b === 9,
	punct: (b) => b > 32 && b < 127 && !/[A-Za-z0-9]/.test(String.fromCharCode(b)),
	print: (b) => b >= 32 && b < 127,
	graph: (b) => b > 32 && b < 127,
	cntrl: (b) => b < 32 || b === 127,
	xdigit: (b) => /[0-9A-Fa-f]/.test(String.fromCharCode(b))
};
const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };

interface Expanded {
	readonly bytes: number[];
	/** place of a [c*], to be stretched */
	readonly fill: { at: number; byte: number } | undefined;
	/** upper or lower classes by the place where they begin */
	readonly cases: ReadonlyMap<number, string>;
}

function expand(text: string): Expanded {
	const raw = encode(text);
	const bytes: number[] = [];
	let fill: Expanded['fill'];
	const cases = new Map<number, string>();
	let at = 0;
	const one = (): number => {
		if (raw[at] !== 92 || at + 1 >= raw.length) return raw[at++]!;
		const octal = /^[0-7]{1,3}/.exec(String.fromCharCode(...raw.subarray(at + 1, at + 4)));
		if (octal) {
			at += 1 + octal[0].length;
			return Number.parseInt(octal[0], 8) & 255;
		}
		at += 2;
		return ESCAPES[String.fromCharCode(raw[at - 1]!)] ?? raw[at - 1]!;
	};
	while (at < raw.length) {
		const rest = String.fromCharCode(...raw.subarray(at, at + 16));
		const named = /^\[:(\w+):\]/.exec(rest);
		const equal = /^\[=(.)=\]/s.exec(rest);
		const repeat = /^\[(\\?[^])\*(\d*)\]/.exec(rest);
		if (named) {
			const member = CLASSES[named[1]!];
			if (!member) throw new Fatal(`invalid character class ${quote(named[1]!)}`);
			cases.set(bytes.length, named[1]!);
			for (let byte = 0; byte < 256; byte++) if (member(byte)) bytes.push(byte);
			at += named[0].length;
		} else if (equal) {
			bytes.push(equal[1]!.charCodeAt(0));
			at += equal[0].length;
		} else if (repeat) {
			const end = at + repeat[0].length;
			at++;
			const byte = one();
			const count = repeat[2] === '' ? 0 : Number.parseInt(repeat[2]!, repeat[2]!.startsWith('0') ? 8 : 10);
			if (count === 0) fill = { at: bytes.length, byte };
			else for (let i = 0; i < count; i++) bytes.push(byte);
			at = end;
		} else {
			const begin = at;
			const first = one();
			if (raw[at] === 45 && at + 1 < raw.length) {
				at++;
				const last = one();
				if (last < first) {
					const shown = String.fromCharCode(...raw.subarray(begin, at));
					throw new Fatal(`range-endpoints of '${shown}' are in reverse collating sequence order`);
				}
				for (let byte = first; byte <= last; byte++) bytes.push(byte);
			} else bytes.push(first);
		}
	}
	return { bytes, fill, cases };
}

export const tr = utility(
	['c|C|complement', 'd|delete', 's|squeeze-repeats', 't|truncate-set1'],
	function* (tool, options) {
		const [first, second] = options.operands;
		const remove = options.has('delete');
		const squeeze = options.has('squeeze-repeats');
		if (first === undefined) throw new UsageError('missing operand');
		if (second === undefined && !remove && !squeeze)
			throw new UsageError(`missing operand after ${quote(first)}\nTwo strings must be given when translating.`);
		if (second === undefined && remove && squeeze) throw new UsageError(`missing operand after ${quote(first)}\nTwo strings must be given when both deleting and squeezing repeats.`); // prettier-ignore
		if (options.operands.length > 2) throw new UsageError(`extra operand ${quote(options.operands[2]!)}`);
		if (second !== undefined && remove && !squeeze) throw new UsageError(`extra operand ${quote(second)}\nOnly one string may be given when deleting without squeezing repeats.`); // prettier-ignore
		const from = expand(first);
		const inFirst = new Set(from.bytes);
		const set1 = options.has('complement')
			? Array.from({ length: 256 }, (_none, i) => i).filter((byte) => !inFirst.has(byte))
			: from.bytes;
		const to = second === undefined ? undefined : expand(second);
		const map = Uint8Array.from({ length: 256 }, (_none, i) => i);
		const deleted = new Set(remove ? set1 : []);
		const squeezed = new Set(!squeeze ? [] : to ? to.bytes : set1);
		if (to && !remove) {
			const target = [...to.bytes];
			if (to.fill)
				target.splice(to.fill.at, 0, ...new Array<number>(Math.max(0, set1.length - target.length)).fill(to.fill.byte));
			if (target.length === 0 && !options.has('truncate-set1'))
				throw new Fatal('when not truncating set1, string2 must be non-empty');
			set1.forEach((byte, i) => {
				if (i >= target.length && options.has('truncate-set1')) return;
				map[byte] = target[Math.min(i, target.length - 1)]!;
			});
			if (squeeze) target.forEach((byte) => squeezed.add(byte));
		}
		let last = -1;
		for (;;) {
			const bytes = yield* read(STDIN, 65_536);
			if (bytes.length === 0) return;
			const out: number[] = [];
			for (const byte of bytes) {
				if (deleted.has(byte)) continue;
				const changed = map[byte]!;
				if (changed === last && squeezed.has(changed)) continue;
				last = changed;
				out.push(changed);
			}
			yield* tool.print(Uint8Array.from(out));
		}
	},
	{ posix: true }
);
