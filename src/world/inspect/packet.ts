/** One packet as bytes and layers, and everything that crossed the wires as pcapng. */
import { buildFrame } from '#wire/ethernet';
import { decodeFrame } from '#wire/decode';
import { writePcapng } from '#wire/pcapng';
import { summary } from '#wire/summary';
import type { PacketView } from '../door';
import { isFrame } from '../events';
import type { World } from '../world';

export function packetView(world: World, sequence: number): PacketView {
	const recorded = world.engine.trace.at(sequence);
	if (!recorded || !isFrame(recorded))
		throw new Error('This packet is no longer kept: the trace holds the newest 100,000 events.');
	const bytes = buildFrame(recorded.event.frame);
	return { bytes, summary: summary(recorded.event.frame), layers: decodeFrame(bytes).layers };
}

/**
 * @param host only what that host sent or was sent
 * @returns pcapng with an interface a link, oldest packet first
 */
export function capture(world: World, host?: string): Uint8Array {
	const links = [...world.links.keys()];
	const packets = [];
	for (const recorded of world.engine.trace.since()) {
		if (!isFrame(recorded)) continue;
		const { event } = recorded;
		if (host !== undefined && event.host !== host && event.to !== host && event.to !== '*') continue;
		packets.push({ time: recorded.time, bytes: buildFrame(event.frame), interface: links.indexOf(event.link) });
	}
	return writePcapng(packets, { interfaces: links });
}
