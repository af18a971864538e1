/**
 * Plays `kind: "realworld"`: a published rule set is loaded, listed, and probed with packets one after the other
 * (`../netfilter/README.md`, "realworld cases"). Each command and each packet counts for itself: `ID-restore`,
 * `ID-iptables-save` …, `ID-p01` …; a packet marked `unstable` is sent and not counted.
 */
import { Errno } from '#kernel/syscalls';
import type { Port, NetInterface } from '#kernel/net/interface';
import type { NetStack } from '#kernel/net/stack';
import type { SocketFile } from '#kernel/open-file';
import { WouldBlock } from '#kernel/wait';
import { parseIpv4Address } from '#wire/address';
import { parseIpv4 } from '#wire/ipv4';
import { ETHERTYPE, type Frame } from '#wire/packet';
import { difference, fail, PASS, type Outcome, type Part, type Player, type Recording } from './case';
import { withoutComments } from './netfilter-cli';
import { addNeighbour, FirewallLab, hostSpec, macOf } from './netfilter-lab';
import { craft, protocolOf, type Crafted } from './netfilter-raw';
import { seenLine } from './netfilter-seen';

type Count = readonly [table: string, chain: string, rule: number | 'policy', packets: number];

interface Packet extends Crafted {
	readonly from: 'client' | 'server';
	readonly in: string;
	readonly delivered_locally: boolean;
	readonly seen: Readonly<Record<string, readonly string[]>>;
	readonly counted: readonly Count[];
	readonly unstable?: boolean;
}

interface RealWorldCase extends Recording {
	readonly input: string;
	readonly restore: { readonly exit: number; readonly stdout: string; readonly stderr: string };
	readonly router: { readonly interfaces: Readonly<Record<string, string>>; readonly lo: readonly string[] };
	readonly packets: readonly Packet[];
}

const ROUTER = 'router';
const CLIENT = '192.168.75.10';
const SERVER = '203.0.113.25';
const IP_IDENTIFICATION = 1000;
/** rules from which on the recorder left more time between packets */
const MANY = 1000;
const READ = 65_536;

export const playRealWorld: Player = (recording) => {
	const played = recording as RealWorldCase;
	const { input, restore, packets } = played;
	let router: Router | undefined;
	const parts: Part[] = [];
	const note = (name: string, play: (router: Router) => string | null): void => {
		parts.push({ id: `${recording.id}-${name}`, ...guarded(() => play((router ??= new Router(played)))) });
	};
	note('restore', ({ lab }) => difference(restore, lab.command(ROUTER, ['iptables-restore'], input)));
	for (const [key, text] of Object.entries(recording))
		if (/^ip6?tables/.test(key) && typeof text === 'string')
			note(key.replace(/[^A-Za-z0-9]+/g, '-'), (there) => difference(text, there.print(key)));
	const gap = input.split('\n').length > MANY ? 0.3 : 0.1;
	for (const [index, packet] of packets.entries()) {
		const play = (there: Router): string | null => difference(expectedOf(packet), there.probe(packet, index, gap));
		if (packet.unstable) guarded(() => (router ? play(router) : null));
		else note(`p${String(index + 1).padStart(2, '0')}`, play);
	}
	const failed = parts.filter(({ pass }) => !pass);
	return { pass: failed.length === 0, parts };
};

/** One packet that breaks the simulator does not take the others with it. @param play gives the first difference */
function guarded(play: () => string | null): Outcome {
	try {
		const found = play();
		return found === null ? PASS : fail(found);
	} catch (thrown) {
		return fail(`the simulator broke: ${thrown instanceof Error ? thrown.message : JSON.stringify(thrown)}`);
	}
}

interface Walked {
	readonly delivered_locally: boolean;
	readonly seen: Readonly<Record<string, readonly string[]>>;
	readonly counted: readonly string[];
}

function expectedOf({ delivered_locally, seen, counted }: Packet): Walked {
	return { delivered_locally, seen, counted: counted.map((row) => row.join(' ')).sort() };
}

/** The router with its two wires; at their ends somebody listens who never answers. */
class Router {
	readonly lab: FirewallLab;
	readonly #ports: Readonly<Record<Packet['from'], Port>>;
	#seen: Record<string, string[]> = {};
	#counters: ReadonlyMap<string, number> | null = null;

	constructor({ router: { interfaces, lo } }: RealWorldCase) {
		const [first = '', second = ''] = Object.keys(interfaces);
		const cards = Object.fromEntries(
			Object.entries(interfaces).map(([name, cidr]) => [name, { address: cidr.split('/')[0]!, wire: name }])
		);
		this.lab = new FirewallLab(ROUTER, [hostSpec(ROUTER, { cards, forwarding: true })], [first, second]);
		const { net } = this.lab.world.host(ROUTER);
		for (const name of ['all', 'default']) net.sysctl(`net.ipv4.conf.${name}.rp_filter`, '0');
		net.sysctl('net.ipv4.icmp_ratelimit', '0');
		for (const address of lo) net.addAddress('lo', parseIpv4Address(address)!, 32);
		addNeighbour(this.lab, ROUTER, first, CLIENT);
		addNeighbour(this.lab, ROUTER, second, SERVER);
		const toServer = { interface: second, gateway: parseIpv4Address(SERVER)! };
		const toClient = { interface: first, gateway: parseIpv4Address(CLIENT)! };
		const row = { destination: 0, prefix: 0, metric: 0, scope: 'global', protocol: 'static' } as const;
		net.addRoute({ ...row, ...toClient });
		routeByInterface(net, new Map([[first, toServer], [second, toClient]])); // prettier-ignore
		this.#ports = { client: this.#listen('client', first, CLIENT), server: this.#listen('server', second, SERVER) };
	}

	#listen(name: Packet['from'], wire: string, address: string): Port {
		const receive = ({ payload }: Frame): void => {
			if (payload.kind === 'ipv4') (this.#seen[name] ??= []).push(seenLine(payload));
		};
		return this.lab.world.link(wire).attach(name, { mac: macOf(parseIpv4Address(address)!), receive });
	}

	print(command: string): string {
		const { stdout, stderr } = this.lab.command(ROUTER, command.split(' '));
		return stderr !== '' ? stderr : command.includes('-save') ? withoutComments(stdout) : stdout;
	}

	probe(packet: Packet, index: number, gap: number): Walked {
		const { net } = this.lab.world.host(ROUTER);
		this.lab.command(ROUTER, ['conntrack', '-F']);
		const before = this.#counters ?? this.#count();
		this.#seen = {};
		const socket = net.createSocket('inet', 'raw', protocolOf(packet.proto), { uid: 0, euid: 0 });
		const card = net.interfaceByName(packet.in);
		for (const bytes of craft(packet, parseIpv4Address(packet.src ?? '0.0.0.0')!, IP_IDENTIFICATION + index))
			this.#ports[packet.from].transmit({
				destination: card.mac,
				source: macOf(parseIpv4Address(packet.from === 'client' ? CLIENT : SERVER)!),
				type: ETHERTYPE.ipv4,
				payload: parseIpv4(bytes)!
			});
		this.lab.run(gap);
		const delivered = hasRead(socket);
		socket.close();
		this.#counters = this.#count();
		const counted = [...this.#counters].flatMap(([key, packets]) => {
			const more = packets - (before.get(key) ?? 0);
			return more > 0 ? [`${key} ${more}`] : [];
		});
		return { delivered_locally: delivered, seen: this.#seen, counted: counted.sort() };
	}

	/** packets of every policy and rule: "filter INPUT policy", "nat PREROUTING 3" */
	#count(): Map<string, number> {
		const counters = new Map<string, number>();
		const numbers = new Map<string, number>();
		let table = '';
		for (const line of this.lab.command(ROUTER, ['iptables-save', '-c']).stdout.split('\n')) {
			if (line.startsWith('*')) table = line.slice(1);
			const policy = /^:(\S+) [A-Z]+ \[(\d+):/.exec(line);
			if (policy) counters.set(`${table} ${policy[1]} policy`, Number(policy[2]));
			const rule = /^\[(\d+):\d+\] -A (\S+)/.exec(line);
			if (!rule) continue;
			const chain = `${table} ${rule[2]}`;
			numbers.set(chain, (numbers.get(chain) ?? 0) + 1);
			counters.set(`${chain} ${numbers.get(chain)}`, Number(rule[1]));
		}
		return counters;
	}
}

function hasRead(socket: SocketFile): boolean {
	try {
		return !(socket.recvfrom(READ) instanceof WouldBlock);
	} catch (thrown) {
		if (thrown instanceof Errno) return false;
		throw thrown;
	}
}

/**
 * As `ip rule add iif NAME lookup …`: what comes in by an interface leaves by the other. The stack has no policy rules, so
 * its questions for a way on are answered here while a packet passes. Those for the way back to the packet's source are
 * not: the router's own answers take its only route, as its other packets do.
 */
function routeByInterface(
	net: NetStack,
	ways: ReadonlyMap<string, { readonly interface: string; readonly gateway: number }>
): void {
	const { ip, routing } = net;
	let coming: { readonly incoming: string; readonly source: number; readonly toItself: boolean } | null = null;
	const receive = ip.receive.bind(ip);
	const lookup = routing.lookup.bind(routing);
	ip.receive = (packet, incoming: NetInterface, context) => {
		const before = coming;
		coming = { incoming: incoming.name, source: packet.source, toItself: packet.source === packet.destination };
		receive(packet, incoming, context);
		coming = before;
	};
	routing.lookup = (destination) => {
		const found = lookup(destination);
		const onward = coming && (coming.source !== destination || coming.toItself);
		const way = onward ? ways.get(coming!.incoming) : undefined;
		if (!way || found.type === 'local' || found.type === 'broadcast') return found;
		const out = net.interfaceByName(way.interface);
		const source = routing.sourceOn(out, way.gateway);
		return { type: 'unicast', interface: out, gateway: way.gateway, source, info: null };
	};
}
