/**
 * NAT's part in helpers: a connection that a helper announced is translated as the one that announced it
 * (nf_nat_helper), and no rule of a nat table is asked.
 */
import type { Ipv4Address } from '#wire/packet';
import type { NatRange } from '../conntrack/conntrack';
import type { Expectation } from '../conntrack/expectation';
import type { Manipulation } from './choose';

function exactly(address: Ipv4Address, port: number | null = null): NatRange {
	return { minimum: address, maximum: address, minimumPort: port, maximumPort: port };
}

/** Both mappings of the new connection: it comes from where the master's answers go, and goes where the text had said. */
export function followMaster(expectation: Expectation, setUp: (kind: Manipulation, range: NatRange) => void): void {
	const { saved, master } = expectation;
	if (!saved) return;
	const tuple = master.tuple(saved.direction === 0 ? 1 : 0);
	setUp('source', exactly(tuple.destination));
	setUp('destination', exactly(tuple.source, saved.port));
}

/** A port for an expectation: the one asked for, or a free one. @param expect its errno's name or null @returns 0 for none */
export function portFor(port: number, random: () => number, expect: (port: number) => string | null): number {
	let result = expect(port);
	if (result === null) return port;
	const low = 1024;
	const size = 65535 - low + 1;
	let offset = random() & 0xffff;
	for (let attempts = 0; attempts < 128 && result === 'EBUSY'; attempts++, offset++) {
		const other = low + (offset % size);
		result = expect(other);
		if (result === null) return other;
	}
	return 0;
}
