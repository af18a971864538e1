/**
 * How many packets a second go through three hosts (a → router → b, UDP, 18 bytes), the trace on.
 *
 * Run by `npx tsx tests/bench/packets.ts [PACKETS]`. Prints packets delivered per second of real time, the median and the
 * best of nine runs, and what went over the wires.
 */
import { Engine } from '#engine/engine';
import { NetStack } from '#kernel/net/stack';
import { Link } from '#world/link';
import type { SocketFile } from '#kernel/open-file';

const root = { uid: 0, euid: 0 };
const DEFAULT_COUNT = 40_000;

function plug(stack: NetStack, link: Link, mac: number, address: number): void {
	const netInterface = stack.addInterface({ name: `eth${stack.interfaces.length - 1}`, mac });
	netInterface.plug(link.attach(stack.host, netInterface));
	stack.setLink(netInterface.name, { up: true });
	stack.addAddress(netInterface.name, address, 24);
}

function build(): { engine: Engine; client: SocketFile; server: SocketFile } {
	const engine = new Engine({ seed: 1, start: 0 });
	const [a, router, b] = ['a', 'router', 'b'].map(
		(host) => new NetStack({ host, engine, random: engine.random.split() })
	) as [NetStack, NetStack, NetStack];
	const link = (name: string): Link => new Link({ name, engine, random: engine.random.split(), delay: 100, rate: 1e9 });
	const [left, right] = [link('left'), link('right')];
	plug(a, left, 1, 0x0a000101);
	plug(router, left, 2, 0x0a0001fe);
	plug(router, right, 3, 0x0a0002fe);
	plug(b, right, 4, 0x0a000201);
	router.sysctl('net.ipv4.ip_forward', '1');
	const standard = {
		destination: 0,
		prefix: 0,
		interface: 'eth0',
		metric: 0,
		scope: 'global',
		protocol: 'boot'
	} as const;
	a.addRoute({ ...standard, gateway: 0x0a0001fe });
	b.addRoute({ ...standard, gateway: 0x0a0002fe });
	const server = b.createSocket('inet', 'dgram', 0, root);
	server.bind({ family: 'inet', address: 0, port: 7 });
	const client = a.createSocket('inet', 'dgram', 0, root);
	client.connect({ family: 'inet', address: 0x0a000201, port: 7 });
	return { engine, client, server };
}

function run(count: number): { rate: number; delivered: number; events: number } {
	const { engine, client, server } = build();
	const payload = new Uint8Array(18);
	let delivered = 0;
	const begin = process.hrtime.bigint();
	for (let sent = 0; sent < count;) {
		for (let burst = 0; burst < 50; burst++, sent++) client.write(payload);
		engine.runUntil(engine.now + 1000);
		while (server.poll().read) {
			server.read(100);
			delivered++;
		}
	}
	const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
	return { rate: delivered / seconds, delivered, events: engine.trace.count };
}

/** Best of some runs: what the machine can do when nobody disturbs it. */
export function packetsPerSecond(count = DEFAULT_COUNT, runs = 5): number {
	return Math.max(...Array.from({ length: runs }, () => run(count).rate));
}

function main(): void {
	const count = Number(process.argv[2] ?? DEFAULT_COUNT);
	const runs = Array.from({ length: 9 }, () => run(count));
	const rates = runs.map(({ rate }) => Math.round(rate)).sort((x, y) => x - y);
	console.log(`${count} packets a → router → b, ${runs[0]!.delivered} delivered, ${runs[0]!.events} trace events`);
	console.log(`packets/s: median ${rates[4]}, best ${rates[8]}, all ${rates.join(' ')}`);
}

if (process.argv[1]?.endsWith('packets.ts')) main();
