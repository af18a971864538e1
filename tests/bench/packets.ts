/**
 * How many packets a second go through three hosts (a → router → b, UDP, 18 bytes), the trace on.
 *
 * Run by `npx tsx tests/bench/packets.ts [PACKETS [RULES [tracking]]]`. Prints packets delivered per second of real time, the median and the
 * best of nine runs, and what went over the wires.
 */
import { Engine } from '#engine/engine';
import { makeFirewall } from '#kernel/firewall';
import { NetStack } from '#kernel/net/stack';
import { Link } from '#world/link';
import type { Operation, RuleSpec } from '#netfilter/rule';
import { stateRule, tcpUdpRule } from './firewall-rules';
import type { SocketFile } from '#kernel/open-file';

const root = { uid: 0, euid: 0 };
const DEFAULT_COUNT = 40_000;

function plug(stack: NetStack, link: Link, mac: number, address: number): void {
	const netInterface = stack.addInterface({ name: `eth${stack.interfaces.length - 1}`, mac });
	netInterface.plug(link.attach(stack.host, netInterface));
	stack.setLink(netInterface.name, { up: true });
	stack.addAddress(netInterface.name, address, 24);
}

export interface Firewalled {
	/** rules in FORWARD of the router, and in INPUT of b */
	readonly rules: number;
	/** a rule on both asks for the connection's state */
	readonly tracking: boolean;
}

/** As many rules as asked for that match all but the port; then everything passes. */
function protect(stack: NetStack, chain: 'FORWARD' | 'INPUT', { rules, tracking }: Firewalled): void {
	const ruleSet = makeFirewall(
		stack,
		() => {},
		() => 0
	).ruleSet('nf_tables', 'ip');
	const put = (spec: RuleSpec, rule: number): Operation => ({ do: 'insert', table: 'filter', chain, rule, spec });
	const specs = Array.from({ length: rules }, (_, at) => tcpUdpRule(20_000 + at));
	if (tracking) specs.push(stateRule());
	const refused = ruleSet.apply([{ do: 'add-table', table: 'filter' }, ...specs.map(put)]);
	if (refused) throw new Error(`rule ${refused.index} was refused: ${refused.errno}`);
}

function build(firewalled?: Firewalled): { engine: Engine; client: SocketFile; server: SocketFile } {
	const engine = new Engine({ seed: 1, start: 0 });
	const [a, router, b] = ['a', 'router', 'b'].map(
		(host) => new NetStack({ host, engine, random: engine.random.split() })
	) as [NetStack, NetStack, NetStack];
	const link = (name: string): Link => new Link({ name, engine, random: engine.random.split(), delay: 100, rate: 1e9 });
	const [left, right] = [link('left'), link('right')];
	plug(a, left, 1, 0x0a010001);
	plug(router, left, 2, 0x0a0100fe);
	plug(router, right, 3, 0x0a0002fe);
	plug(b, right, 4, 0x0a000201);
	if (firewalled) protect(router, 'FORWARD', firewalled);
	if (firewalled) protect(b, 'INPUT', firewalled);
	router.sysctl('net.ipv4.ip_forward', '1');
	const standard = {
		destination: 0,
		prefix: 0,
		interface: 'eth0',
		metric: 0,
		scope: 'global',
		protocol: 'boot'
	} as const;
	a.addRoute({ ...standard, gateway: 0x0a0100fe });
	b.addRoute({ ...standard, gateway: 0x0a0002fe });
	const server = b.createSocket('inet', 'dgram', 0, root);
	server.bind({ family: 'inet', address: 0, port: 7 });
	const client = a.createSocket('inet', 'dgram', 0, root);
	client.connect({ family: 'inet', address: 0x0a000201, port: 7 });
	return { engine, client, server };
}

function run(count: number, firewalled?: Firewalled): { rate: number; delivered: number; events: number } {
	const { engine, client, server } = build(firewalled);
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
export function packetsPerSecond(firewalled?: Firewalled, count = DEFAULT_COUNT, runs = 5): number {
	return Math.max(...Array.from({ length: runs }, () => run(count, firewalled).rate));
}

function main(): void {
	const count = Number(process.argv[2] ?? DEFAULT_COUNT);
	const rules = Number(process.argv[3] ?? 0);
	const firewalled = rules > 0 ? { rules, tracking: process.argv[4] === 'tracking' } : undefined;
	const runs = Array.from({ length: 9 }, () => run(count, firewalled));
	const rates = runs.map(({ rate }) => Math.round(rate)).sort((x, y) => x - y);
	console.log(`${count} packets a → router → b, ${runs[0]!.delivered} delivered, ${runs[0]!.events} trace events`);
	console.log(`packets/s: median ${rates[4]}, best ${rates[8]}, all ${rates.join(' ')}`);
}

if (process.argv[1]?.endsWith('packets.ts')) main();
