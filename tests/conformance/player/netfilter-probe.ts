/**
 * The probes of the netfilter recordings (`../netfilter/README.md`, the table of probe types) and the services that they
 * reach: sockets of the simulated hosts, used as the recorder used the kernel's.
 */
import { Errno, type SocketAddress } from '#kernel/syscalls';
import type { SocketFile } from '#kernel/open-file';
import type { NetStack } from '#kernel/net/stack';
import { decode, encode } from '#kernel/text';
import { WouldBlock } from '#kernel/wait';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { addressOf, endHosts, type FirewallLab } from './netfilter-lab';
import { craft, type Crafted } from './netfilter-raw';
import { resultOf, seenLine } from './netfilter-seen';

export interface Service {
	readonly host: string;
	readonly proto: string;
	readonly port: number;
	readonly banner?: string;
	/** default "pong"; "" is silence */
	readonly reply?: string;
}

export interface Probe extends Crafted {
	readonly from: string;
	readonly type: string;
	/** what it came to */
	readonly result: string;
	readonly errno?: string;
	readonly received?: string;
	readonly server_sees?: string;
	readonly accepted_by?: string;
	readonly seen?: Readonly<Record<string, readonly string[]>>;
	readonly log?: readonly { readonly level: number; readonly text: string }[];
	/* what each type needs */
	readonly keep?: string;
	readonly conn?: string;
	readonly side?: 'client' | 'server';
	readonly text?: string;
	readonly argv?: readonly string[];
	readonly command?: string;
	readonly port?: number;
	readonly seconds?: number;
}

/** What a probe gave, in the fields of the recording. */
export type Finding = Partial<Pick<Probe, 'result' | 'errno' | 'received' | 'server_sees' | 'accepted_by'>>;

const ROOT = { uid: 0, euid: 0 };
/** seconds: what a probe waits for an answer */
const PATIENCE = 0.6;
/** a connection that opened is used that long before it is reset */
const OPEN = 0.06;
/** until what an answer sets off has arrived too */
const BETWEEN = 0.0001;
const AFTERWARDS = 0.05;
const SPOKEN = 0.1;
const HALF_CLOSED = 0.12;
const IP_IDENTIFICATION = 1000;
const RAW = 255;
const READ = 65_536;

interface Connection {
	readonly client: SocketFile;
	server?: SocketFile;
}

interface Accepted {
	readonly file: SocketFile;
	readonly from: SocketAddress;
	readonly by: string;
}

export class Prober {
	readonly #kept = new Map<string, Connection>();
	#accepted: Accepted[] = [];

	constructor(
		readonly lab: FirewallLab,
		readonly topology: string
	) {}

	#stack(host: string): NetStack {
		return this.lab.world.host(host).net;
	}

	start({ host, proto, port, banner = '', reply = 'pong' }: Service): void {
		const socket = this.#socket(host, proto === 'tcp' ? 'stream' : 'dgram', port);
		if (proto === 'tcp') this.#listen(socket, `${host}:${port}`, banner);
		else socket.changed.add(() => this.#answer(socket, reply));
	}

	#socket(host: string, type: 'stream' | 'dgram', port: number, address = 0): SocketFile {
		const socket = this.#stack(host).createSocket('inet', type, 0, ROOT);
		socket.setsockopt('reuseaddr', 1);
		socket.bind({ family: 'inet', address, port });
		return socket;
	}

	#listen(socket: SocketFile, by: string, banner: string): void {
		socket.listen(100);
		socket.changed.add(() => {
			for (;;) {
				const answer = socket.accept();
				if (answer instanceof WouldBlock) return;
				if (banner !== '') answer.file.sendto(encode(banner));
				this.#accepted.push({ ...answer, by });
			}
		});
	}

	#answer(socket: SocketFile, reply: string): void {
		const received = socket.recvfrom(READ);
		if (received instanceof WouldBlock || reply === '') return;
		failure(() => socket.sendto(encode(reply), received.from));
	}

	/** @returns what it gave, and the packets that arrived at each end host meanwhile */
	run(probe: Probe, index: number): Finding & { seen: Record<string, string[]> } {
		const { arrived } = this.lab;
		arrived.length = 0;
		this.#accepted = [];
		const play = PROBES[probe.type];
		const finding = play ? play(this, probe, index) : { result: `cannot play the probe type "${probe.type}" yet` };
		const seen: Record<string, string[]> = {};
		const ends = endHosts(this.topology);
		for (const { host, packet } of arrived) if (ends.includes(host)) (seen[host] ??= []).push(seenLine(packet));
		return { ...finding, seen };
	}

	/** The first packet that came back, by name. */
	#came(host: string, syn: boolean): string | undefined {
		const first = this.lab.arrived.find((arrival) => arrival.host === host);
		return first && resultOf(first.packet, syn);
	}

	#waitForAnswer(host: string, failed?: string): void {
		if (!failed) this.lab.runUntil(() => this.lab.arrived.some((arrival) => arrival.host === host), PATIENCE);
		this.lab.run(AFTERWARDS);
	}

	raw(probe: Probe, index: number): Finding {
		const { from } = probe;
		const destination = parseIpv4Address(probe.dst)!;
		const socket = this.#stack(from).createSocket('inet', 'raw', RAW, ROOT);
		const source = this.#sourceTowards(from, destination);
		const packets = craft(probe, source, IP_IDENTIFICATION + index);
		const to = { family: 'inet', address: destination, port: 0 } as const;
		// what a packet brings about is over before the sender has made the next
		const failed = failure(() => {
			for (const [at, packet] of packets.entries()) {
				if (at > 0) this.lab.run(BETWEEN);
				socket.sendto(packet, to);
			}
		});
		socket.close();
		this.#waitForAnswer(from, failed);
		if (failed) return { result: `send-error:${failed}` };
		const syn = probe.flags?.includes('S') === true && !probe.flags.includes('A');
		return { result: this.#came(from, syn) ?? 'timeout' };
	}

	#sourceTowards(host: string, destination: number): number {
		const { source } = this.#stack(host).routing.lookup(destination);
		return source || addressOf(this.topology, host);
	}

	udp({ from, src, dst, sport, dport }: Probe): Finding {
		const socket = this.#socket(from, 'dgram', sport!, src === undefined ? 0 : parseIpv4Address(src)!);
		const to = { family: 'inet', address: parseIpv4Address(dst)!, port: dport! } as const;
		const failed = failure(() => socket.sendto(encode('ping'), to));
		this.#waitForAnswer(from, failed);
		const received = readAll(socket);
		socket.close();
		if (failed) return { result: `send-error:${failed}` };
		return { result: this.#came(from, false) ?? (received === '' ? 'timeout' : 'reply') };
	}

	connect({ from, src, dst, sport, dport, keep }: Probe): Finding {
		const socket = this.#socket(from, 'stream', sport!, src === undefined ? 0 : parseIpv4Address(src)!);
		socket.setsockopt('linger', 0);
		const errno = this.#open(socket, { family: 'inet', address: parseIpv4Address(dst)!, port: dport! });
		if (errno === 'OK') this.lab.run(OPEN);
		const received = errno === 'OK' ? readAll(socket) : '';
		const [accepted] = this.#accepted;
		if (keep !== undefined && errno === 'OK') this.#kept.set(keep, { client: socket, server: accepted?.file });
		else socket.close();
		this.lab.run(AFTERWARDS);
		if (keep === undefined) for (const { file } of this.#accepted) file.close();
		return {
			result: this.#connectResult(from, dst, errno),
			errno,
			...(received !== '' && { received }),
			...(accepted && { server_sees: addressText(accepted.from), accepted_by: accepted.by })
		};
	}

	/** Waits as long as the recorder did. @returns "OK" or the errno */
	#open(socket: SocketFile, to: SocketAddress): string {
		const { lab } = this;
		const end = lab.world.now + PATIENCE * 1e6;
		try {
			while (socket.connect(to) instanceof WouldBlock) {
				if (lab.world.engine.nextTime() > end) {
					lab.world.runUntil(end);
					return 'ETIMEDOUT';
				}
				lab.world.engine.step();
			}
			// the recorder looks at the socket a moment later, and a reset may have come by then
			lab.run(BETWEEN);
			return socket.takeError() ?? 'OK';
		} catch (thrown) {
			if (thrown instanceof Errno) return thrown.code;
			throw thrown;
		}
	}

	#connectResult(from: string, dst: string, errno: string): string {
		const came = this.#came(from, true);
		if (came !== undefined) return came;
		if (errno === 'OK') return this.#stack(from).routing.isLocal(parseIpv4Address(dst)!) ? 'open' : 'timeout';
		return errno === 'ETIMEDOUT' ? 'timeout' : `send-error:${errno}`;
	}

	say({ conn, side, text = '' }: Probe): Finding {
		const { client, server } = this.#kept.get(conn!) ?? {};
		const [writer, reader] = side === 'client' ? [client, server] : [server, client];
		const failed = writer ? failure(() => writer.sendto(encode(text))) : 'ENOTCONN';
		this.lab.run(SPOKEN);
		const received = reader ? readAll(reader) : '';
		if (failed) return { result: `send-error:${failed}`, received };
		return { result: received === '' ? 'timeout' : 'delivered', received };
	}

	abort({ conn }: Probe): Finding {
		const { client, server } = this.#take(conn);
		client?.setsockopt('linger', 0);
		client?.close();
		this.lab.run(AFTERWARDS);
		server?.close();
		return { result: 'done' };
	}

	close({ conn }: Probe): Finding {
		const { client, server } = this.#take(conn);
		client?.setsockopt('linger', -1);
		client?.close();
		this.lab.run(HALF_CLOSED);
		server?.close();
		this.lab.run(AFTERWARDS);
		return { result: 'done' };
	}

	#take(name = ''): Partial<Connection> {
		const found = this.#kept.get(name);
		this.#kept.delete(name);
		return found ?? {};
	}

	listen({ from, port, dport, sport }: Probe): Finding {
		this.start({ host: from, proto: 'tcp', port: port ?? dport ?? sport ?? 0 });
		return { result: 'done' };
	}

	sleep({ seconds = 0 }: Probe): Finding {
		this.lab.run(seconds);
		return { result: 'done' };
	}

	command({ from, argv, command = '' }: Probe): Finding {
		const { exit } = this.lab.command(from, argv ?? ['/bin/sh', '-c', command]);
		return { result: `exit ${exit}` };
	}
}

const PROBES: Readonly<Record<string, (prober: Prober, probe: Probe, index: number) => Finding>> = {
	raw: (prober, probe, index) => prober.raw(probe, index),
	udp: (prober, probe) => prober.udp(probe),
	connect: (prober, probe) => prober.connect(probe),
	say: (prober, probe) => prober.say(probe),
	abort: (prober, probe) => prober.abort(probe),
	close: (prober, probe) => prober.close(probe),
	listen: (prober, probe) => prober.listen(probe),
	sleep: (prober, probe) => prober.sleep(probe),
	iptables: (prober, probe) => prober.command(probe),
	sh: (prober, probe) => prober.command(probe)
};

function addressText(address: SocketAddress): string {
	return address.family === 'inet' ? `${formatIpv4Address(address.address)}:${address.port}` : '';
}

/** What waits to be read. A reset ends it. */
function readAll(socket: SocketFile): string {
	let text = '';
	failure(() => {
		for (;;) {
			const answer = socket.recvfrom(READ);
			if (answer instanceof WouldBlock || answer.bytes.length === 0) return;
			text += decode(answer.bytes);
		}
	});
	return text;
}

/** The errno that a call throws, undefined for none. */
function failure(call: () => unknown): string | undefined {
	try {
		call();
		return undefined;
	} catch (thrown) {
		if (thrown instanceof Errno) return thrown.code;
		throw thrown;
	}
}
