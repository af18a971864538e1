/**
 * The options behind a set's type (`create`) and behind an element (`add`, `del`, `test`), as ipset 7.17 reads them.
 */
import { addressBits } from '#netfilter/address';
import type { Names } from '#netfilter/extension';
import type { Element, Extras, SetOptions } from '#netfilter/ipset/message';
import { hasNets, type SetType } from '#netfilter/ipset/set-type';
import type { Family } from '#netfilter/rule';
import { addressRange, host, portRange, setName, type Action } from './element';
import { parseBig, parseNumber } from './number';
import { CommandError, syntax, usage } from './words';

const TIMEOUT_MAXIMUM = 2_147_483;
const UINT32 = 0xffffffff;
const UINT64 = (1n << 64n) - 1n;
const COMMENT_MAXIMUM = 255;
const HASH_SIZE = 1024;
const HASH_SMALLEST = 64;
const MAXIMUM = 65536;
const BUCKET = 12;
const BUCKET_SMALLEST = 2;
const BUCKET_LARGEST = 14;
const LIST_SIZE = 8;
const LIST_SMALLEST = 4;

type Draft = { -readonly [K in keyof SetOptions]: SetOptions[K] };

interface CreateOption {
	/** takes a word */
	readonly argument: boolean;
	fits(type: SetType): boolean;
	read(draft: Draft, word: string, type: SetType, names: Names): void;
}

const any = () => true;
const hash = ({ method }: SetType) => method === 'hash';

const CREATE: Readonly<Record<string, CreateOption>> = {
	family: {
		argument: true,
		fits: (type) => hash(type) && !type.neutral,
		read(draft, word) {
			if (!/^(inet6?|ipv[46])$/.test(word)) throw syntax(`unknown inet family ${word}`);
			draft.family = word.endsWith('6') ? 'ip6' : 'ip';
		}
	},
	range: {
		argument: true,
		fits: ({ method }) => method === 'bitmap',
		read(draft, word, type, names) {
			draft.range = type.name === 'bitmap:port' ? portEnds(word, names) : addressRange(word, names);
		}
	},
	netmask: {
		argument: true,
		fits: ({ masks }) => masks?.includes('netmask') ?? false,
		read(draft, word) {
			const most = addressBits(draft.family);
			try {
				draft.netmask = parseNumber(word, 1, most);
			} catch (thrown) {
				if (!(thrown instanceof CommandError)) throw thrown;
				throw new CommandError(`${thrown.text}\nSyntax error: netmask is out of the inclusive range of 1-${most}`);
			}
		}
	},
	bitmask: {
		argument: true,
		fits: ({ masks }) => masks?.includes('bitmask') ?? false,
		read(draft, word, _type, names) {
			const family = draft.family === 'ip' ? 'inet' : 'inet6';
			try {
				draft.bitmask = host(word, draft.family, names);
			} catch (thrown) {
				if (!(thrown instanceof CommandError)) throw thrown;
				throw new CommandError(`${thrown.text}\nSyntax error: bitmask is not valid for family = ${family}`);
			}
		}
	},
	hashsize: {
		argument: true,
		fits: hash,
		read: (draft, word) => {
			const size = parseNumber(word, 0, UINT32);
			draft.hashSize = 2 ** Math.ceil(Math.log2(Math.max(HASH_SMALLEST, size)));
		}
	},
	maxelem: { argument: true, fits: hash, read: (draft, word) => (draft.maximum = parseNumber(word, 0, UINT32)) },
	bucketsize: {
		argument: true,
		fits: hash,
		read: (draft, word) => {
			const size = parseNumber(word, 0, 255);
			draft.bucketSize = Math.min(BUCKET_LARGEST, Math.max(BUCKET_SMALLEST, size - (size % 2)));
		}
	},
	initval: { argument: true, fits: hash, read: (draft, word) => (draft.initial = parseNumber(word, 0, UINT32)) },
	size: {
		argument: true,
		fits: ({ method }) => method === 'list',
		read: (draft, word) => (draft.size = Math.max(LIST_SMALLEST, parseNumber(word, 0, UINT32)))
	},
	timeout: {
		argument: true,
		fits: any,
		read: (draft, word) => (draft.timeout = parseNumber(word, 0, TIMEOUT_MAXIMUM))
	},
	counters: { argument: false, fits: any, read: (draft) => (draft.counters = true) },
	comment: { argument: false, fits: any, read: (draft) => (draft.comment = true) },
	skbinfo: { argument: false, fits: any, read: (draft) => (draft.skbinfo = true) },
	forceadd: { argument: false, fits: hash, read: (draft) => (draft.forceAdd = true) },
	'-4': { argument: false, fits: (type) => hash(type) && !type.neutral, read: (draft) => (draft.family = 'ip') },
	'-6': { argument: false, fits: (type) => hash(type) && !type.neutral, read: (draft) => (draft.family = 'ip6') }
};

function portEnds(word: string, names: Names): [number, number] {
	const [from, to] = portRange(word.replace(/^[a-z]+:/, ''), 'tcp', names);
	if (to === null) throw usage("Mandatory option `to' is missing");
	return [Math.min(from, to), Math.max(from, to)];
}

/** @throws CommandError */
export function parseCreate(type: SetType, words: readonly string[], names: Names): SetOptions {
	const draft: Draft = {
		family: 'ip',
		hashSize: HASH_SIZE,
		maximum: MAXIMUM,
		bucketSize: BUCKET,
		initial: null,
		netmask: null,
		bitmask: null,
		timeout: null,
		counters: false,
		comment: false,
		skbinfo: false,
		forceAdd: false,
		range: null,
		size: LIST_SIZE
	};
	for (let at = 0; at < words.length; at++) {
		const name = words[at]!;
		const option = Object.hasOwn(CREATE, name) ? CREATE[name] : undefined;
		if (!option?.fits(type)) throw usage(`Unknown argument: \`${name}'`);
		if (option.argument && at + 1 >= words.length) throw usage(`Missing mandatory argument of option \`${name}'`);
		option.read(draft, option.argument ? words[++at]! : '', type, names);
	}
	if (type.method === 'bitmap' && !draft.range) throw usage("Mandatory option `range' is missing");
	if (draft.netmask !== null && draft.bitmask !== null)
		throw syntax('bitmask and netmask are mutually exclusive, provide only one');
	return draft;
}

/* ---- behind an element ------------------------------------------------------------------------------------------- */

type ExtrasDraft = { -readonly [K in keyof Extras]: Extras[K] };

interface AddOption {
	readonly argument: boolean;
	fits(type: SetType, action: Action): boolean;
	read(draft: ExtrasDraft, word: string): void;
}

const adding = (_type: SetType, action: Action) => action === 'add';

const ADD: Readonly<Record<string, AddOption>> = {
	timeout: {
		argument: true,
		fits: adding,
		read: (draft, word) => (draft.timeout = parseNumber(word, 0, TIMEOUT_MAXIMUM))
	},
	packets: { argument: true, fits: adding, read: (draft, word) => (draft.packets = parseBig(word, 0n, UINT64)) },
	bytes: { argument: true, fits: adding, read: (draft, word) => (draft.bytes = parseBig(word, 0n, UINT64)) },
	comment: { argument: true, fits: adding, read: (draft, word) => (draft.comment = commentOf(word)) },
	skbmark: {
		argument: true,
		fits: adding,
		read(draft, word) {
			const [mark, mask = '0xffffffff', more] = word.split('/');
			if (more !== undefined || ![mark, mask].every(isHex))
				throw syntax('Invalid skbmark format, it should be:  MARK/MASK or MARK (see manpage)');
			draft.mark = hexOf(mark!);
			draft.markMask = hexOf(mask);
		}
	},
	skbprio: {
		argument: true,
		fits: adding,
		read(draft, word) {
			const [, major, minor] = /^(?:0x)?([0-9a-fA-F]+):(?:0x)?([0-9a-fA-F]+)$/.exec(word) ?? [];
			if (major === undefined || minor === undefined)
				throw syntax('Invalid skbprio format, it should be:MAJOR:MINOR (see manpage)');
			draft.priority = (parseInt(major, 16) & 0xffff) * 0x10000 + (parseInt(minor, 16) & 0xffff);
		}
	},
	skbqueue: { argument: true, fits: adding, read: (draft, word) => (draft.queue = parseNumber(word, 0, 0xffff)) },
	nomatch: {
		argument: false,
		fits: (type, action) => hasNets(type) && action !== 'del',
		read: (draft) => (draft.nomatch = true)
	},
	wildcard: {
		argument: false,
		fits: (type, action) => type.name === 'hash:net,iface' && action !== 'del',
		read: (draft) => (draft.wildcard = true)
	}
};

const PLACES = ['before', 'after'] as const;

/** "10" is refused */
const isHex = (word: string | undefined): boolean => word !== undefined && /^0x[0-9a-fA-F]+$/.test(word);
const hexOf = (word: string): number => Number(BigInt.asUintN(32, BigInt(word)));

function commentOf(word: string): string {
	if (word.includes('"')) throw syntax('" character is not permitted in comments');
	if (word.length > COMMENT_MAXIMUM)
		throw syntax(`Comment is longer than the maximum allowed ${COMMENT_MAXIMUM} characters`);
	return word;
}

/** @throws CommandError */
export function parseExtras(
	type: SetType,
	action: Action,
	words: readonly string[]
): Pick<Element, 'extras' | 'place'> {
	const extras: ExtrasDraft = {};
	let place: Element['place'];
	for (let at = 0; at < words.length; at++) {
		const name = words[at]!;
		const where = PLACES.find((one) => one === name);
		const option = Object.hasOwn(ADD, name) ? ADD[name] : undefined;
		const known = where ? type.method === 'list' : option?.fits(type, action);
		if (!known) throw usage(`Unknown argument: \`${name}'`);
		const argument = where !== undefined || option!.argument;
		if (argument && at + 1 >= words.length) throw usage(`Missing mandatory argument of option \`${name}'`);
		const word = argument ? words[++at]! : '';
		if (where) place = { where, set: setName(word) };
		else option!.read(extras, word);
	}
	return { extras, ...(place && { place }) };
}

export const familyName = (family: Family): string => (family === 'ip' ? 'inet' : 'inet6');
