/**
 * How the nf_tables variant tells the matches of a rule again: tcp and udp became expressions on ports and flags, and on
 * the way back all of a rule's expressions are gathered in the first of them.
 *
 * So `-m tcp --sport 1 -m tcp --dport 2` is listed as one match; `! --sport 0:65535`, which no port can say, is not listed at
 * all; and a match that says nothing more disappears. The rule in the kernel is as it was typed.
 */
import type { MatchUse, Variant } from '../rule';
import { ANY_PORT, isFull, type PortRange } from './ports';
import { isNativeTcp, type Tcp } from './tcp';
import { isNativeUdp, type Udp } from './udp';

type Ports = Pick<Tcp, 'source' | 'destination'> & Partial<Tcp>;

/** What -L, -S and iptables-save see instead of `matches`. */
export function readBack(matches: readonly MatchUse[], variant: Variant): readonly MatchUse[] {
	if (variant === 'legacy' || !matches.some(isNative)) return matches;
	const list: MatchUse[] = [];
	let at = -1;
	for (const use of matches) {
		if (!isNative(use)) {
			list.push(use);
			continue;
		}
		const told = tellable(use.data as Ports);
		if (told === null) continue;
		if (at < 0) at = list.push({ name: use.name, data: told }) - 1;
		else list[at] = { name: use.name, data: merge(list[at]!.data as Ports, told) };
	}
	return list;
}

function isNative({ name, data }: MatchUse): boolean {
	return (name === 'tcp' && isNativeTcp(data as Tcp)) || (name === 'udp' && isNativeUdp(data as Udp));
}

/** "Not up to a port" is told as "from the next one on"; a range without ends not at all. */
function told(range: PortRange): PortRange {
	if (isFull(range)) return ANY_PORT;
	const { low, high, invert } = range;
	return invert && low === 0 && high > 0 ? { low: high + 1, high: 65535, invert: false } : range;
}

/** Without what gets lost; null when nothing is left. */
function tellable(data: Ports): Ports | null {
	const [source, destination] = [told(data.source), told(data.destination)];
	if (isFull(source) && isFull(destination) && !data.flagMask) return null;
	return { ...data, source, destination, ...(data.flagMask === 0 ? { flagValue: 0, flagInvert: false } : {}) };
}

/** The later one wins, but a "!" stays, and an open end leaves the other's. */
function merge(first: Ports, next: Ports): Ports {
	const flags = next.flagMask
		? {
				flagMask: next.flagMask,
				flagValue: next.flagValue,
				flagInvert: next.flagInvert === true || first.flagInvert === true
			}
		: {};
	return {
		...first,
		source: mergeRange(first.source, next.source),
		destination: mergeRange(first.destination, next.destination),
		...(flags as Partial<Tcp>)
	};
}

function mergeRange(first: PortRange, next: PortRange): PortRange {
	if (isFull(next)) return first;
	const { low, high } = next;
	const open = low < high && !next.invert;
	return {
		low: open && low === 0 ? first.low : low,
		high: open && high === 65535 ? first.high : high,
		invert: first.invert || next.invert
	};
}
