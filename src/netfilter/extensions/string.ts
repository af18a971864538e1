/**
 * string: bytes anywhere in the packet, between two offsets that count from the IP header (xt_string, skb_find_text).
 *
 * Both algorithms find the same; the names differ only in a saved rule. Text of the command line is UTF-8, so `é` is two
 * bytes. --icase folds A-Z alone.
 */
import { buildIpv4 } from '#wire/ipv4';
import { OptionError, type MatchExtension } from '../extension';
import type { Skb } from '../skb';
import { cutBytes, textBytes } from '../text';

interface StringMatch {
	pattern: readonly number[];
	algorithm: string;
	from: number;
	to: number;
	ignoreCase: boolean;
	invert: boolean;
}

const LONGEST = 128;
const LAST_OFFSET = 65535;
const ALGORITHM_LENGTH = 15;

/** @throws OptionError */
function parsePlain(text: string): readonly number[] {
	const bytes = textBytes(text);
	if (bytes.length > LONGEST) throw new OptionError(`STRING too long "${text}"`);
	return bytes;
}

const PIPE = 0x7c;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** "GET|20|/": bytes in hexadecimal between bars, `\` before a bar that is meant. @throws OptionError */
function parseHex(text: string): readonly number[] {
	const bytes = textBytes(text);
	if (bytes.length === 0) throw new OptionError('STRING must contain at least one char');
	const pattern: number[] = [];
	let hex = false;
	for (let i = 0; i < bytes.length;) {
		if (pattern.length >= LONGEST) throw new OptionError(`STRING too long "${text}"`);
		if (bytes[i] === BACKSLASH) {
			if (hex) throw new OptionError('Cannot include literals in hex data');
			if (i + 1 >= bytes.length) throw new OptionError('Bad literal placement at end of string');
			pattern.push(bytes[i + 1]!);
			i += 2;
			continue;
		}
		if (bytes[i] === PIPE) {
			hex = !hex;
			while (hex && bytes[i + 1] === SPACE) i++;
			if (i + 1 >= bytes.length) break;
			i++;
		}
		if (!hex) pattern.push(bytes[i++]!);
		else {
			pattern.push(hexByte(bytes, i));
			i += bytes[i + 2] === SPACE ? 3 : 2;
		}
	}
	return pattern;
}

/** Two digits with something behind them: the closing bar at least. @throws OptionError */
function hexByte(bytes: readonly number[], at: number): number {
	if (at + 1 >= bytes.length) throw new OptionError('Odd number of hex digits');
	if (at + 2 >= bytes.length) throw new OptionError('Invalid hex block');
	const digits = [bytes[at]!, bytes[at + 1]!].map((byte) => String.fromCharCode(byte));
	for (const digit of digits) if (!/[0-9a-f]/i.test(digit)) throw new OptionError(`Invalid hex char '${digit}'`);
	return parseInt(digits.join(''), 16);
}

/** Printable as it stands, or in hexadecimal as a whole; with the word of the option that takes it. */
function patternText(pattern: readonly number[]): { readonly option: string; readonly text: string } {
	if (pattern.some((byte) => byte < 0x20 || byte > 0x7e) || pattern.at(-1) === BACKSLASH) {
		const digits = pattern.map((byte) => byte.toString(16).padStart(2, '0')).join('');
		return { option: 'hex-string', text: `"|${digits}|"` };
	}
	return { option: 'string', text: `"${String.fromCharCode(...pattern).replace(/["\\]/g, '\\$&')}"` };
}

const fold = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte);

function search({ pattern, from, to, ignoreCase }: StringMatch, bytes: Uint8Array): boolean {
	const wanted = ignoreCase ? pattern.map(fold) : pattern;
	const end = Math.min(to, bytes.length) - wanted.length;
	for (let at = from; at <= end; at++) {
		let i = 0;
		while (i < wanted.length && (ignoreCase ? fold(bytes[at + i]!) : bytes[at + i]) === wanted[i]) i++;
		if (i === wanted.length) return true;
	}
	return false;
}

/** The kernel refuses: unknown algorithms, one that wants no letters' case, nothing to look for. */
function check({ pattern, algorithm, from, to }: StringMatch): string | null {
	if (from > to) return 'EINVAL';
	if (algorithm === 'fsm') return 'EINVAL';
	if (algorithm !== 'bm' && algorithm !== 'kmp') return 'ENOENT';
	return pattern.length === 0 ? 'EINVAL' : null;
}

function dump(
	{ algorithm, from, to, ignoreCase }: StringMatch,
	words: readonly [string, string, string, string]
): string {
	return (
		` ${words[0]} ${algorithm}` +
		(from === 0 ? '' : ` ${words[1]} ${from}`) +
		(to === LAST_OFFSET ? '' : ` ${words[2]} ${to}`) +
		(ignoreCase ? ` ${words[3]}` : '')
	);
}

export const string: MatchExtension<StringMatch> = {
	name: 'string',
	families: ['ip', 'ip6'],
	summary: 'bytes that stand anywhere in the packet, headers included',
	options: [
		{ name: 'from', id: 'from', type: 'uint16', help: 'offset to begin at, counted from the IP header' },
		{ name: 'to', id: 'to', type: 'uint16', help: 'offset to end at' },
		{
			name: 'algo',
			id: 'algorithm',
			type: 'string',
			mandatory: true,
			help: 'bm (Boyer-Moore) or kmp (Knuth-Morris-Pratt)'
		},
		{ name: 'string', id: 'string', type: 'string', invert: true, exclude: ['hex'], help: 'the text' },
		{
			name: 'hex-string',
			id: 'hex',
			type: 'string',
			invert: true,
			exclude: ['string'],
			help: 'text with bytes between bars: GET|20|/'
		},
		{ name: 'icase', id: 'icase', type: 'none', help: 'small and capital letters are the same' }
	],
	init: () => ({ pattern: [], algorithm: '', from: 0, to: LAST_OFFSET, ignoreCase: false, invert: false }),
	parse(draft, { id, argument, number, invert }) {
		switch (id) {
			case 'from':
			case 'to':
				draft[id] = number;
				break;
			case 'algorithm':
				draft.algorithm = cutBytes(argument, ALGORITHM_LENGTH);
				break;
			case 'icase':
				draft.ignoreCase = true;
				break;
			default:
				draft.pattern = id === 'hex' ? parseHex(argument) : parsePlain(argument);
				if (invert) draft.invert = true;
		}
	},
	finish(_draft, seen) {
		if (!seen.has('string') && !seen.has('hex'))
			throw new OptionError("STRING match: You must specify `--string' or `--hex-string'");
	},
	list: (data) =>
		` STRING match ${data.invert ? '!' : ''} ${patternText(data.pattern).text}${dump(data, ['ALGO name', 'FROM', 'TO', 'ICASE'])}`,
	save(data) {
		const { option, text } = patternText(data.pattern);
		return `${data.invert ? ' !' : ''} --${option} ${text}${dump(data, ['--algo', '--from', '--to', '--icase'])}`;
	},
	check,
	compile: (data) => (skb: Skb) => search(data, buildIpv4(skb.packet)) !== data.invert,
	explain: (data, _skb, matched) =>
		`${patternText(data.pattern).text} is ${matched === data.invert ? 'not ' : ''}in the packet${data.invert ? ', and must not be' : ''}`
};
