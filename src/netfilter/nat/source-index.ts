/**
 * Connections by where they really come from: another flow of the same client port shares the mapping of the first
 * (nf_nat_bysource).
 */
import type { Ipv4Address } from '#wire/packet';
import type { Tuple } from '../conntrack/connection';
import type { Flow } from '../conntrack/flow';
import { invert } from '../conntrack/tuple';

type Source = Pick<Tuple, 'protocol' | 'source' | 'sourcePort'>;

function keyOf({ protocol, source, sourcePort }: Source, zone: number): number {
	return Math.imul(source ^ Math.imul(zone, 0x9e3779b1), 0x85ebca6b) ^ (sourcePort << 8) ^ protocol;
}

export class SourceIndex {
	/** the newest of a chain that `Flow.sameSource` goes on */
	#newest = new Map<number, Flow>();

	add(flow: Flow): void {
		const key = keyOf(flow.original, flow.zone);
		flow.sameSource = this.#newest.get(key) ?? null;
		this.#newest.set(key, flow);
	}

	remove(flow: Flow): void {
		const key = keyOf(flow.original, flow.zone);
		let at = this.#newest.get(key);
		if (at === flow) {
			if (flow.sameSource) this.#newest.set(key, flow.sameSource);
			else this.#newest.delete(key);
		} else
			for (; at; at = at.sameSource ?? undefined)
				if (at.sameSource === flow) {
					at.sameSource = flow.sameSource;
					break;
				}
		flow.sameSource = null;
	}

	/** What flows from the same source were given, newest first. */
	*mappings(tuple: Source, zone: number): Generator<{ readonly address: Ipv4Address; readonly port: number }> {
		for (let at = this.#newest.get(keyOf(tuple, zone)) ?? null; at; at = at.sameSource) {
			const { original } = at;
			if (at.zone !== zone || original.protocol !== tuple.protocol) continue;
			if (original.source !== tuple.source || original.sourcePort !== tuple.sourcePort) continue;
			const given = invert(at.reply);
			if (given) yield { address: given.source, port: given.sourcePort };
		}
	}
}
