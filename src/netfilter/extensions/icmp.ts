/**
 * icmp and icmp6: type and code of a message (ip_tables' icmp_match), by number or by name.
 *
 * Type 255 stands for any. A saved rule tells the first code of a range only, as the real one does.
 */
import { OptionError, type MatchExtension } from '../extension';
import { parseLeadingNumber } from '../number';
import type { Skb } from '../skb';
import { ICMP_NAMES, ICMP6_NAMES, listNames, type IcmpName } from './icmp-names';
import { checkPlace } from './place';

interface Icmp {
	type: number;
	/** first and last */
	codes: readonly [number, number];
	invert: boolean;
}

const ANY = 255;
const ALL_CODES = [0, 255] as const;

/** "8", "3:4" and what follows; undefined when out of 0 … 255 */
function parseByteRange(
	text: string
): { readonly range: readonly [number, number]; readonly rest: string } | undefined {
	const first = parseLeadingNumber(text, 0, 255);
	if (!first) return undefined;
	if (!first[1].startsWith(':')) return { range: [first[0], first[0]], rest: first[1] };
	const second = parseLeadingNumber(first[1].slice(1), 0, 255);
	return second && { range: [first[0], second[0]], rest: second[1] };
}

/** A name or the beginning of just one, or type[/code]. @throws OptionError */
function parseType(text: string, names: readonly IcmpName[], label: string): Pick<Icmp, 'type' | 'codes'> {
	const [named, other] = names.filter(({ name }) => name.toLowerCase().startsWith(text.toLowerCase()));
	if (named && other)
		throw new OptionError(`Ambiguous ${label} type \`${text}': \`${named.name}' or \`${other.name}'?`);
	if (named) return named;
	const type = parseByteRange(text);
	if (!type) throw new OptionError(`Unknown ${label} type \`${text}'`);
	let codes: readonly [number, number] = ALL_CODES;
	let rest = type.rest;
	if (rest.startsWith('/')) {
		const code = parseByteRange(rest.slice(1));
		if (!code) throw new OptionError(`Unknown ${label} code \`${text}'`);
		codes = code.range;
		rest = code.rest;
	}
	if (rest !== '') throw new OptionError(`unknown character ${rest[0]}`);
	if (type.range[0] !== type.range[1]) throw new OptionError(`${label} type range not supported`);
	return { type: type.range[0], codes };
}

const isAll = (codes: readonly [number, number]): boolean => codes[0] === 0 && codes[1] === 255;

function findName({ type, codes }: Icmp, names: readonly IcmpName[]): string | undefined {
	return names.find((one) => one.type === type && one.codes[0] === codes[0] && one.codes[1] === codes[1])?.name;
}

function typeText(data: Icmp, names: readonly IcmpName[], numeric: boolean): string {
	const { type, codes, invert } = data;
	const name = numeric ? undefined : findName(data, names);
	if (name !== undefined) return ` ${invert ? '!' : ''}${name}`;
	const code = codes[0] === codes[1] ? ` code ${codes[0]}` : isAll(codes) ? '' : ` codes ${codes[0]}-${codes[1]}`;
	return `${invert ? ' !' : ''}type ${type}${code}`;
}

/** A message cut off before its code is dropped; a later fragment has none and does not match. */
function compile({ type, codes, invert }: Icmp): (skb: Skb) => boolean {
	const [low, high] = codes;
	const any = type === ANY;
	return (skb) => {
		if (skb.sourcePort < 0) {
			skb.hotDrop = skb.fragmentOffset === 0;
			return false;
		}
		const same = any || (skb.sourcePort === type && skb.destinationPort >= low && skb.destinationPort <= high);
		return same !== invert;
	};
}

function icmpMatch(six: boolean): MatchExtension<Icmp> {
	const names = six ? ICMP6_NAMES : ICMP_NAMES;
	const [option, label] = six ? ['icmpv6-type', 'ICMPv6'] : ['icmp-type', 'ICMP'];
	return {
		name: six ? 'icmp6' : 'icmp',
		...(six ? { aliases: ['icmpv6', 'ipv6-icmp'], notSimulated: 'The simulated hosts speak IPv4 only.' } : {}),
		families: [six ? 'ip6' : 'ip'],
		summary: `type and code of an ${label} message`,
		usage: usage(six, names),
		options: [
			{
				name: option!,
				id: 'type',
				type: 'string',
				mandatory: true,
				invert: true,
				help: `a name (${six ? 'packet-too-big' : 'echo-request'}), a type, or type/code`
			}
		],
		init: () => ({ type: six ? 0 : ANY, codes: ALL_CODES, invert: false }),
		parse(draft, { argument, invert }) {
			Object.assign(draft, pick(parseType(argument, names, label!)), { invert });
		},
		list: (data, { numeric }) => ` ${six ? 'ipv6-icmp' : 'icmp'}${typeText(data, names, numeric)}`,
		save({ type, codes, invert }) {
			const number = !six && type === ANY ? 'any' : `${type}${isAll(codes) ? '' : `/${codes[0]}`}`;
			return `${invert ? ' !' : ''} --${option} ${number}`;
		},
		check: (_data, place) => checkPlace(place, { protocols: [six ? 58 : 1] }),
		compile,
		explain(data, skb) {
			if (skb.sourcePort < 0) return `there is no ${label} header to read`;
			const wanted = findName(data, names) ?? typeText({ ...data, invert: false }, names, true);
			const same = compile({ ...data, invert: false })(skb);
			return `type ${skb.sourcePort} code ${skb.destinationPort} is ${same ? '' : 'not '}${wanted}${data.invert ? ', which is excluded' : ''}`;
		}
	};
}

function usage(six: boolean, names: readonly IcmpName[]): string {
	const options = six
		? [
				'icmpv6 match options:',
				'[!] --icmpv6-type typename\tmatch icmpv6 type',
				'\t\t\t\t(or numeric type or type/code)'
			]
		: [
				'icmp match options:',
				'[!] --icmp-type typename\tmatch icmp type',
				'[!] --icmp-type type[/code]\t(or numeric type or type/code)'
			];
	return `${options.join('\n')}\nValid ${six ? 'ICMPv6' : 'ICMP'} Types:${listNames(names)}\n`;
}

function pick({ type, codes }: Pick<Icmp, 'type' | 'codes'>): Pick<Icmp, 'type' | 'codes'> {
	return { type, codes };
}

export const icmp = icmpMatch(false);
export const icmp6 = icmpMatch(true);
