/**
 * The networks of the netfilter recordings (`../netfilter/README.md`, "verdict cases"): topologies A, B and C with their
 * permanent ARP entries and settings, what arrived at each host, and the firewall's host of the command line cases.
 */
import { SECOND } from '#engine/engine';
import { Errno } from '#kernel/syscalls';
import { encode } from '#kernel/text';
import { PACKAGES } from '#programs/index';
import { parseIpv4Address } from '#wire/address';
import type { Ipv4Packet } from '#wire/packet';
import type { HostSpec } from '#world/spec';
import type { FrameEvent } from '#world/link';
import { World } from '#world/world';

const START = '2026-11-22T16:00:00Z';
/** the firewall's commands and conntrack, where they are not on every host */
const PACKAGES_OF_FIREWALL = PACKAGES.filter((item) =>
	item.programs.some(({ path }) => /\/(iptables|xtables-nft-multi|conntrack)$/.test(path))
).map((item) => item.name);
/** Names resolve from /etc/hosts only. */
const NAMES = {
	'/etc/hosts': '127.0.0.1 localhost\n',
	'/etc/resolv.conf': '',
	'/etc/nsswitch.conf':
		'passwd: files\ngroup: files\nhosts: files\nnetworks: files\nprotocols: files\nservices: files\n'
};
const FAMILIES = ['iptables', 'ip6tables'];
const COMMANDS = ['', '-save', '-restore'];

type Topology = 'A' | 'B' | 'C';
interface Plan {
	readonly hosts: Readonly<Record<string, PlannedHost>>;
	/** the host that has the rules */
	readonly firewall: string;
}
interface PlannedHost {
	readonly cards: Readonly<Record<string, { readonly address: string; readonly wire: string }>>;
	readonly gateway?: string;
	readonly forwarding?: boolean;
}

const LEFT = 'left';
const RIGHT = 'right';
const card = (address: string, wire: string): PlannedHost['cards'] => ({ eth0: { address, wire } });
const ROUTER: PlannedHost = {
	cards: { eth0: { address: '192.168.75.1', wire: LEFT }, eth1: { address: '203.0.113.1', wire: RIGHT } },
	forwarding: true
};

const PLANS: Readonly<Record<Topology, Plan>> = {
	A: {
		firewall: 'router',
		hosts: {
			client: { cards: card('192.168.75.10', LEFT), gateway: '192.168.75.1' },
			router: ROUTER,
			server: { cards: card('203.0.113.25', RIGHT), gateway: '203.0.113.1' }
		}
	},
	B: {
		firewall: 'host',
		hosts: { client: { cards: card('192.168.75.10', LEFT) }, host: { cards: card('192.168.75.1', LEFT) } }
	},
	C: {
		firewall: 'router',
		hosts: {
			lan1: { cards: card('192.168.75.10', LEFT), gateway: '192.168.75.1' },
			lan2: { cards: card('192.168.75.20', LEFT), gateway: '192.168.75.1' },
			router: ROUTER,
			srv1: { cards: card('203.0.113.25', RIGHT) },
			srv2: { cards: card('203.0.113.80', RIGHT) }
		}
	}
};

/** on every host; the rest is the kernel's default */
const SETTINGS: Readonly<Record<string, string>> = {
	'net.ipv4.conf.all.rp_filter': '0',
	'net.ipv4.conf.default.rp_filter': '0',
	'net.ipv4.icmp_ratelimit': '0',
	'net.ipv4.tcp_synack_retries': '0',
	'net.ipv4.conf.all.send_redirects': '0',
	'net.ipv4.conf.default.send_redirects': '0'
};

/** A packet that arrived. */
export interface Arrival {
	readonly host: string;
	readonly packet: Ipv4Packet;
}

export interface Ran {
	readonly exit: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export class FirewallLab {
	readonly world: World;
	/** what arrived at any host, in order, since it was last emptied */
	readonly arrived: Arrival[] = [];

	constructor(
		readonly firewall: string,
		hosts: readonly HostSpec[],
		wires: readonly string[]
	) {
		/* wires as short as veth pairs, so that their time is nowhere to be seen */
		const links = wires.map((name) => ({ name, delay: 0.01, rate: 10_000_000_000 }));
		const spec = { name: 'firewall', seed: 1, start: START, settle: 0, hosts, links };
		this.world = new World(spec, {}, { traceCapacity: 100 });
		this.world.engine.trace.listen(({ event }) => {
			if (event.kind === 'link.frame') this.#note(event as FrameEvent);
		});
	}

	#note({ frame, to, lost, arrival }: FrameEvent): void {
		const packet = frame.payload;
		if (lost !== undefined || to === '*' || packet.kind !== 'ipv4') return;
		this.world.engine.after(arrival - this.world.now, () => this.arrived.push({ host: to, packet }));
	}

	run(seconds: number): void {
		this.world.runUntil(this.world.now + Math.round(seconds * SECOND));
	}

	/** Runs until `done` or for that long. */
	runUntil(done: () => boolean, seconds: number): void {
		const end = this.world.now + Math.round(seconds * SECOND);
		while (!done() && this.world.engine.nextTime() <= end) this.world.engine.step();
		if (!done()) this.world.runUntil(end);
	}

	/** @param stdin default empty */
	command(host: string, argv: readonly string[], stdin = ''): Ran {
		try {
			const { stdout, stderr, exit } = this.world.command(host, argv, { stdin: encode(stdin), cwd: '/' });
			return { exit, stdout: readable(stdout), stderr: readable(stderr) };
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			return { exit: 127, stdout: '', stderr: `${argv[0]}: command not found` };
		}
	}

	/** @throws Errno ENOENT for a setting that is not simulated */
	set(host: string, name: string, value: string): void {
		const { kernel } = this.world.host(host);
		kernel.sysctl(name, value);
	}

	/** Lines of the kernel's log from number `from` on. @returns them, and the number of the next */
	log(host: string, from: number): { lines: { level: number; text: string }[]; next: number } {
		const { log } = this.world.host(host).kernel;
		const lines: { level: number; text: string }[] = [];
		for (let next = from; ; next++) {
			const found = log.at(next);
			if (!found) return { lines, next };
			next = found.number;
			const [, level = '', text = ''] = /^<(\d+)>\[[^\]]*\] ([^]*)$/.exec(found.line) ?? [];
			lines.push({ level: Number(level), text });
		}
	}
}

/** Bytes that are not UTF-8 are shown as \xNN. */
function readable(bytes: Uint8Array): string {
	const text = Buffer.from(bytes).toString('utf8');
	if (!text.includes('\ufffd')) return text;
	return Buffer.from(bytes)
		.toString('latin1')
		.replace(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g, (part) =>
			part.length > 1
				? Buffer.from(part, 'latin1').toString('utf8')
				: `\\x${part.charCodeAt(0).toString(16).padStart(2, '0')}`
		);
}

/** A network namespace with nothing but `lo`. @param legacy which of the two `iptables` is */
export function loneHost(legacy: boolean): FirewallLab {
	const lab = new FirewallLab('host', [hostSpec('host', { cards: {} })], []);
	if (legacy) useLegacy(lab.world);
	return lab;
}

/** As `update-alternatives --set iptables /usr/sbin/iptables-legacy`, and for ip6tables. */
function useLegacy(world: World): void {
	const { disk } = world.host('host');
	for (const family of FAMILIES)
		for (const command of COMMANDS) {
			const link = `/etc/alternatives/${family}${command}`;
			try {
				disk.remove(link);
			} catch (thrown) {
				if (!(thrown instanceof Errno)) throw thrown;
			}
			if (disk.exists('/etc/alternatives')) disk.symlink(`/usr/sbin/${family}-legacy${command}`, link);
		}
}

export function buildTopology(name: string): FirewallLab {
	const plan = PLANS[name as Topology];
	if (!plan) throw new Error(`no topology "${name}"`);
	const rows = Object.entries(plan.hosts);
	const lab = new FirewallLab(
		plan.firewall,
		rows.map(([host, row]) => hostSpec(host, row)),
		[LEFT, RIGHT]
	);
	for (const [host] of rows) for (const [setting, value] of Object.entries(SETTINGS)) lab.set(host, setting, value);
	const cards = rows.flatMap(([host, row]) => Object.entries(row.cards).map(([name, at]) => ({ host, name, ...at })));
	for (const { host, name, wire } of cards)
		for (const other of cards)
			if (other.wire === wire && other.host !== host) addNeighbour(lab, host, name, other.address);
	return lab;
}

/** A permanent ARP entry. MAC addresses are 02:00 and the address. */
export function addNeighbour(lab: FirewallLab, host: string, card: string, address: string): void {
	const number = parseIpv4Address(address)!;
	lab.world.host(host).net.addNeighbour(card, number, macOf(number));
}

export function macOf(address: number): number {
	return 0x0200_0000_0000 + address;
}

/** Names of the hosts that have no rules. */
export function endHosts(topology: string): string[] {
	const plan = PLANS[topology as Topology];
	return Object.keys(plan.hosts).filter((host) => host !== plan.firewall);
}

/** The first address of a host. */
export function addressOf(topology: string, host: string): number {
	return parseIpv4Address(PLANS[topology as Topology].hosts[host]!.cards.eth0!.address)!;
}

export function hostSpec(name: string, { cards, gateway, forwarding }: PlannedHost): HostSpec {
	return {
		name,
		hostname: name,
		kind: forwarding ? 'router' : 'server',
		at: [0, 0],
		interfaces: Object.entries(cards).map(([card, { address, wire }]) => ({
			name: card,
			addresses: [`${address}/24`],
			link: wire
		})),
		...(gateway !== undefined && { routes: [{ to: 'default', via: gateway }] }),
		...(forwarding && { forwarding }),
		packages: PACKAGES_OF_FIREWALL,
		files: NAMES
	};
}
