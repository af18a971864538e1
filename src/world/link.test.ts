import { describe, expect, it } from 'vitest';
import { Engine } from '#engine/engine';
import type { Frame } from '#wire/packet';
import type { FrameEvent, LinkOptions } from './link';
import { Link } from './link';

const BROADCAST = 0xffff_ffff_ffff;

function frameTo(destination: number, length = 100): Frame {
	return { destination, source: 1, type: 0x88b5, payload: { kind: 'raw', bytes: new Uint8Array(length - 14) } };
}

/** Three hosts with MAC 1, 2 and 3; `got` lists what arrived where and when. */
function three(options: Partial<LinkOptions> = {}): {
	engine: Engine;
	link: Link;
	send: (frame: Frame) => void;
	got: string[];
	events: FrameEvent[];
} {
	const engine = new Engine({ seed: 1, start: 0 });
	const link = new Link({
		name: 'lan',
		engine,
		random: engine.random.split(),
		delay: 100,
		rate: 8_000_000,
		...options
	});
	const got: string[] = [];
	const ports = [1, 2, 3].map((mac) =>
		link.attach(`h${mac}`, { mac, receive: () => got.push(`h${mac} ${engine.now}`) })
	);
	const events: FrameEvent[] = [];
	engine.trace.listen(({ event }) => events.push(event as FrameEvent));
	return { engine, link, send: (frame) => ports[0]!.transmit(frame), got, events };
}

describe('a link', () => {
	it('delivers by MAC address, to all for a broadcast and for an unknown one', () => {
		const { engine, send, got, events } = three();
		send(frameTo(2));
		send(frameTo(BROADCAST));
		send(frameTo(77));
		engine.runUntil(10_000);
		expect(got).toEqual(['h2 200', 'h2 300', 'h3 300', 'h2 400', 'h3 400']);
		expect(events.map(({ to, arrival }) => [to, arrival])).toEqual([
			['h2', 200],
			['*', 300],
			['*', 400]
		]);
	});

	it('drops when its queue is full: one frame on its way out, the rest waiting', () => {
		const { engine, send, got, events } = three({ queue: 2 });
		for (let i = 0; i < 5; i++) send(frameTo(2));
		engine.runUntil(10_000);
		expect(got).toHaveLength(3);
		expect(events.map(({ lost }) => lost ?? '-')).toEqual(['-', '-', '-', 'queue', 'queue']);
	});

	it('loses by chance and when it is down', () => {
		const { engine, link, send, got, events } = three();
		link.change({ loss: 1 });
		send(frameTo(2));
		link.change({ loss: 0, down: true });
		send(frameTo(2));
		engine.runUntil(10_000);
		expect(got).toEqual([]);
		expect(events.map(({ lost }) => lost)).toEqual(['loss', 'down']);
	});

	it('counts short frames as 60 bytes', () => {
		const { engine, send, got } = three();
		send(frameTo(2, 20));
		engine.runUntil(1000);
		expect(got).toEqual(['h2 160']);
	});
});
