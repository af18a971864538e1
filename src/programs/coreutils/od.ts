/**
 * od(1): a file in octal, hexadecimal, decimal, characters and floating point; little-endian, as on amd64.
 *
 * Not simulated: -S (strings), --traditional offsets, long double.
 */
import type { Sys } from '#kernel/syscalls';
import { formatNumber } from './printf-format';
import { parseSize } from './numbers';
import { quote } from './quote';
import { Fatal, join, type Parsed, type Tool, utility } from './utility';

interface Format {
	/** bytes of one value */
	readonly size: number;
	/** columns of one value without the blank in front */
	readonly width: number;
	readonly show: (bytes: Uint8Array) => string;
	/** >…< behind the line */
	readonly trailer: boolean;
}

const NAMES = ['nul', 'soh', 'stx', 'etx', 'eot', 'enq', 'ack', 'bel', 'bs', 'ht', 'nl', 'vt', 'ff', 'cr', 'so', 'si', 'dle', 'dc1', 'dc2', 'dc3', 'dc4', 'nak', 'syn', 'etb', 'can', 'em', 'sub', 'esc', 'fs', 'gs', 'rs', 'us', 'sp']; // prettier-ignore
const ESCAPES: Readonly<Record<number, string>> = { 0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }; // prettier-ignore

const named = (byte: number): string =>
	NAMES[byte & 127] ?? ((byte & 127) === 127 ? 'del' : String.fromCharCode(byte & 127));
const character = (byte: number): string =>
	ESCAPES[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, '0'));

const unsigned = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
const RADIX = { o: 8, x: 16, d: 10, u: 10 } as const;
const WIDTH: Readonly<Record<string, Readonly<Record<number, number>>>> = {
	o: { 1: 3, 2: 6, 4: 11, 8: 22 },
	x: { 1: 2, 2: 4, 4: 8, 8: 16 },
	d: { 1: 4, 2: 6, 4: 11, 8: 20 },
	u: { 1: 3, 2: 5, 4: 10, 8: 20 }
};
const SIZE_LETTERS: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8, F: 4, D: 8 };

/** The shortest decimal that reads back as the same number. */
function shortest(value: number, single: boolean): string {
	const most = single ? 9 : 17;
	for (let precision = single ? 6 : 15; precision < most; precision++) {
		const text = formatNumber({ flags: '', width: 0, precision, letter: 'g' }, value);
		if ((single ? Math.fround(Number(text)) : Number(text)) === value) return text;
	}
	return formatNumber({ flags: '', width: 0, precision: most, letter: 'g' }, value);
}

function floating(size: number): (bytes: Uint8Array) => string {
	return (bytes) => {
		const view = new DataView(Uint8Array.from(bytes).buffer);
		return shortest(size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true), size === 4);
	};
}

/** "x1", "dS", "c", "x1z": one or more in a string. */
function parseTypes(text: string): Format[] {
	const formats: Format[] = [];
	let at = 0;
	while (at < text.length) {
		const letter = text[at]!;
		const found = /^(?:[ac]|[doux](?:[CSIL]|\d+)?|f(?:[FD]|\d+)?)(z?)/.exec(text.slice(at));
		if (!found) throw new Fatal(`invalid character '${letter}' in type string ${quote(text)}`);
		at += found[0].length;
		const trailer = found[1] === 'z';
		if (letter === 'a' || letter === 'c') {
			formats.push({ size: 1, width: 3, show: ([byte]) => (letter === 'a' ? named : character)(byte!), trailer });
			continue;
		}
		const sizeText = found[0].slice(1, trailer ? -1 : undefined);
		const size = sizeText === '' ? (letter === 'f' ? 8 : 4) : (SIZE_LETTERS[sizeText] ?? Number(sizeText));
		if (letter === 'f') {
			if (size !== 4 && size !== 8) throw new Fatal(`invalid type string ${quote(text)};\nthis system doesn't provide a ${size}-byte floating point type`); // prettier-ignore
			formats.push({ size, width: size === 4 ? 15 : 24, show: floating(size), trailer });
			continue;
		}
		const kind = letter as keyof typeof RADIX;
		const width = WIDTH[kind]![size];
		if (width === undefined) throw new Fatal(`invalid type string ${quote(text)};\nthis system doesn't provide a ${size}-byte integral type`); // prettier-ignore
		const pad = kind === 'o' || kind === 'x' ? width : 0;
		const show = (bytes: Uint8Array): string => {
			const value = unsigned(bytes);
			return (kind === 'd' ? BigInt.asIntN(size * 8, value) : value).toString(RADIX[kind]).padStart(pad, '0');
		};
		formats.push({ size, width, show, trailer });
	}
	return formats;
}

/** the options of old and the types they mean */
const OLD: Readonly<Record<string, string>> = { a: 'a', b: 'o1', c: 'c', d: 'u2', f: 'f4', i: 'd4', l: 'd8', o: 'o2', s: 'd2', x: 'x2' }; // prettier-ignore

const ADDRESS: Readonly<Record<string, (offset: number) => string>> = {
	o: (offset) => offset.toString(8).padStart(7, '0'),
	d: (offset) => offset.toString(10).padStart(7, '0'),
	x: (offset) => offset.toString(16).padStart(6, '0'),
	n: () => ''
};

function size(options: Parsed, name: string, letter: string): number | undefined {
	const given = options.get(name);
	if (given === undefined) return undefined;
	const value = /^0x[0-9a-f]+$/i.test(given) ? Number(given) : parseSize(given);
	if (value === undefined) throw new Fatal(`invalid -${letter} argument ${quote(given)}`.replace(/[‘’]/g, "'"));
	return value;
}

export const od = utility(
	['A|address-radix=', 'j|skip-bytes=', 'N|read-bytes=', 'S|strings=?', 't|format=', 'v|output-duplicates', 'w|width=?', 'traditional', 'endian=', ...Object.keys(OLD)], // prettier-ignore
	function* (tool, options) {
		const radix = options.get('address-radix') ?? 'o';
		const address = ADDRESS[radix[0] ?? ''];
		if (!address) throw new Fatal(`invalid output address radix '${radix[0] ?? ''}'; it must be one character from [doxn]`); // prettier-ignore
		const types = options.options.flatMap(({ name, value }) =>
			name === 'format' ? [value!] : name in OLD ? [OLD[name]!] : []
		);
		const formats = (types.length > 0 ? types : ['o2']).flatMap(parseTypes);
		const skip = size(options, 'skip-bytes', 'j') ?? 0;
		const most = size(options, 'read-bytes', 'N');
		const width = options.has('width') ? Number(options.get('width') ?? 32) : 16;
		const all = yield* concat(tool, options.operands);
		if (skip > all.length) throw new Fatal('cannot skip past end of combined input');
		const bytes = all.subarray(skip, most === undefined ? undefined : skip + most);
		let previous: string | undefined;
		let starred = false;
		for (let at = 0; at < bytes.length; at += width) {
			const block = bytes.subarray(at, at + width);
			const key = block.length === width ? block.join(',') : undefined;
			if (key !== undefined && key === previous && !options.has('output-duplicates')) {
				if (!starred) yield* tool.print('*\n');
				starred = true;
				continue;
			}
			starred = false;
			previous = key;
			yield* tool.print(rows(block, width, formats, address(skip + at)));
		}
		if (radix !== 'n') yield* tool.print(`${address(skip + bytes.length)}\n`);
	}
);

/** All operands one after the other, or standard input. */
function* concat(tool: Tool, paths: readonly string[]): Sys<Uint8Array> {
	const parts: Uint8Array[] = [];
	for (const path of paths.length > 0 ? paths : ['-']) {
		const bytes = yield* tool.input(path);
		if (bytes) parts.push(bytes);
	}
	return join(
		parts,
		parts.reduce((sum, part) => sum + part.length, 0)
	);
}

/** One line a format; fields of all formats line up. */
function rows(block: Uint8Array, width: number, formats: readonly Format[], address: string): string {
	const total = Math.max(...formats.map((format) => (format.width + 1) * (width / format.size)));
	return formats
		.map((format, i) => {
			const fields = width / format.size;
			const pad = total - format.width * fields;
			let left = pad;
			let out = i === 0 ? address : ' '.repeat(address.length);
			const shown = Math.ceil(block.length / format.size);
			for (let field = 0; field < shown; field++) {
				const next = Math.floor((pad * (fields - field - 1)) / fields);
				const value = new Uint8Array(format.size);
				value.set(block.subarray(field * format.size, (field + 1) * format.size));
				out += format.show(value).padStart(left - next + format.width);
				left = next;
			}
			if (format.trailer) {
				out += ' '.repeat(left + format.width * (fields - shown));
				out += `  >${[...block].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')}<`;
			}
			return `${out}\n`;
		})
		.join('');
}
