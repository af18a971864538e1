/**
 * set: looks the packet's addresses or ports up in a set (ipset).
 */
import { OptionError, type MatchExtension, type ParsedOption } from '../extension';
import type { PacketUse } from '../ipset/set';
import { ipSets } from '../ipset/sets';
import { parseBig } from '../number';
import { parseSetUse, setUseText, type SetUse } from './ip-sets';

interface CounterTest {
	readonly kind: 'eq' | 'ne' | 'lt' | 'gt';
	readonly value: bigint;
}

interface SetMatch {
	set: SetUse | null;
	invert: boolean;
	returnNomatch: boolean;
	skipCounters: boolean;
	skipSubcounters: boolean;
	packets: CounterTest | null;
	bytes: CounterTest | null;
}

function parseCounter(draft: SetMatch, { id, argument, invert }: ParsedOption): void {
	const [what, kind] = id.split('-') as ['packets' | 'bytes', 'eq' | 'lt' | 'gt'];
	if (draft[what]) throw new OptionError(`only one of the --${what}-[eq|lt|gt] is allowed`);
	if (invert && kind !== 'eq') throw new OptionError(`--${id} option cannot be inverted`);
	const value = parseBig(argument);
	if (value === undefined) throw new OptionError(`Cannot parse ${argument} as a counter value`);
	draft[what] = { kind: invert ? 'ne' : kind, value };
}

function parse(draft: SetMatch, option: ParsedOption, context: Parameters<typeof parseSetUse>[1]): void {
	const { id, invert } = option;
	if (id === 'update-counters') draft.skipCounters ||= invert;
	else if (id === 'update-subcounters') draft.skipSubcounters ||= invert;
	else if (id === 'return-nomatch') {
		if (invert) throw new OptionError('--return-nomatch flag cannot be inverted');
		draft.returnNomatch = true;
	} else if (id === 'match-set') {
		if (option.name === 'set') context.warn('--set option deprecated, please use --match-set');
		if (draft.set) throw new OptionError('--match-set can be specified only once');
		draft.set = parseSetUse({ ...option, name: 'match-set' }, context);
		draft.invert = invert;
	} else parseCounter(draft, option);
}

function text(data: SetMatch, dashes: '' | '--'): string {
	let text = `${data.invert ? ' !' : ''} ${dashes}match-set ${setUseText(data.set!)}`;
	if (data.returnNomatch) text += ` ${dashes}return-nomatch`;
	if (data.skipCounters) text += ` ! ${dashes}update-counters`;
	if (data.skipSubcounters) text += ` ! ${dashes}update-subcounters`;
	for (const what of ['packets', 'bytes'] as const) {
		const test = data[what];
		if (test)
			text += `${test.kind === 'ne' ? ' !' : ''} ${dashes}${what}-${test.kind === 'ne' ? 'eq' : test.kind} ${test.value}`;
	}
	return text;
}

const many = { multiple: true, invert: true } as const;
const counter = (name: string, help: string) => ({ name, id: name, type: 'string' as const, ...many, help });

export const set: MatchExtension<SetMatch> = {
	name: 'set',
	families: ['ip', 'ip6'],
	summary: "the packet's addresses or ports are in a set",
	stateful: true,
	options: [
		{ name: 'match-set', id: 'match-set', type: 'string', second: true, ...many, help: 'set and ends: blocked src' },
		{ name: 'set', id: 'match-set', type: 'string', second: true, ...many, help: 'the old name of match-set' },
		{ name: 'return-nomatch', id: 'return-nomatch', type: 'none', ...many, help: "matches the set's exceptions" },
		{ name: 'update-counters', id: 'update-counters', type: 'none', ...many, help: 'counts in the set' },
		{ name: 'update-subcounters', id: 'update-subcounters', type: 'none', ...many, help: 'counts in sets of the set' },
		counter('packets-eq', 'so many packets counted'),
		counter('packets-lt', 'fewer packets counted'),
		counter('packets-gt', 'more packets counted'),
		counter('bytes-eq', 'so many bytes counted'),
		counter('bytes-lt', 'fewer bytes counted'),
		counter('bytes-gt', 'more bytes counted')
	],
	init: () => ({
		set: null,
		invert: false,
		returnNomatch: false,
		skipCounters: false,
		skipSubcounters: false,
		packets: null,
		bytes: null
	}),
	parse,
	finish(draft) {
		if (!draft.set) throw new OptionError("You must specify `--match-set' with proper arguments");
	},
	list: (data) => text(data, ''),
	save: (data) => text(data, '--'),
	check: (data, { services }) => (ipSets(services).find(data.set!.name) ? null : 'ENOENT'),
	compile(data, services) {
		const sets = ipSets(services);
		const { name, fromSource } = data.set!;
		const { packets, bytes, invert } = data;
		const use: PacketUse = {
			fromSource,
			returnNomatch: data.returnNomatch,
			countsElement: !data.skipCounters,
			countsMembers: !data.skipSubcounters,
			accepts: packets || bytes ? (seen, length) => passes(packets, seen) && passes(bytes, length) : null
		};
		return (skb) => (sets.find(name)?.matches(skb, use) ?? false) !== invert;
	},
	explain: (data, _skb, matched) =>
		`the packet is ${matched === data.invert ? 'not ' : ''}in the set ${data.set!.name} (${setUseText(data.set!).split(' ')[1]})`
};

function passes(test: CounterTest | null, value: bigint): boolean {
	if (!test) return true;
	if (test.kind === 'eq' || test.kind === 'ne') return (value === test.value) === (test.kind === 'eq');
	return test.kind === 'lt' ? value < test.value : value > test.value;
}
