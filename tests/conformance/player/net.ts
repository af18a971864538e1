/**
 * Plays the recordings of ping, telnet, ip, netstat, route, arp, ifconfig and swaks (`../net/README.md`): builds the lab of
 * `../net/lab.json`, starts the case's listeners, runs the steps and compares what they printed and their exit status.
 */
import { readFileSync } from 'node:fs';
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { decode, encode } from '#kernel/text';
import { accept, bind, close, fork, listen, read, recvfrom, sendto, socket, write } from '#programs/libc/unistd';
import { parseIpv4Address } from '#wire/address';
import type { HostSpec } from '#world/spec';
import { World } from '#world/world';
import { difference, fail, PASS, type Player } from './case';

interface LabHost {
	readonly hostname: string;
	readonly interfaces: Record<string, { readonly mac: string; readonly addresses: readonly string[] }>;
	readonly gateway?: string;
	readonly forwarding?: boolean;
}

interface Script {
	readonly name: string;
	readonly port?: number;
	readonly udp?: number;
	readonly address?: string;
	readonly greeting?: string;
	readonly replies?: readonly (readonly [prefix: string, reply: string])[];
	readonly default?: string;
}

interface Lab {
	readonly hosts: Record<string, LabHost>;
	readonly wires: Record<string, readonly (readonly [host: string, card: string])[]>;
	readonly files: Record<string, string>;
	readonly name_server: Script;
}

interface Step {
	readonly host: string;
	readonly argv: readonly string[];
	readonly stdin?: string;
	readonly stdout: string;
	readonly stderr: string;
	readonly exit: number;
}

const lab = JSON.parse(readFileSync(new URL('../net/lab.json', import.meta.url), 'utf8')) as Lab;
const START = '2026-11-22T16:00:00Z';

export const playNet: Player = (recording) => {
	const world = buildNet();
	const listeners = { gate: [lab.name_server], ...(recording.listen as Record<string, readonly Script[]>) };
	for (const [host, scripts] of Object.entries(listeners))
		for (const script of scripts)
			world.host(host).spawn({
				path: `/usr/sbin/${script.name}`,
				argv: [script.name],
				env: new Map(),
				main: script.udp === undefined ? serverMain(script) : nameServerMain(script)
			});
	world.runUntil(world.now + 1000);
	for (const [index, step] of (recording.steps as Step[]).entries()) {
		const [host, user] = step.host.split('~') as [string, string?];
		const { stdout, stderr, exit } = world.command(host, step.argv, {
			stdin: encode(step.stdin ?? ''),
			cwd: '/',
			...(user !== undefined && { user })
		});
		const topic = recording.topic as string;
		const got = {
			exit,
			stderr: normaliseNet(decode(stderr), step.argv, topic),
			stdout: normaliseNet(decode(stdout), step.argv, topic)
		};
		const { exit: status, stderr: errors, stdout: output } = step;
		const found = difference({ exit: status, stderr: errors, stdout: output }, got);
		if (found) return fail(`step ${index + 1} (${step.argv.join(' ')}) ${found}`);
	}
	return PASS;
};

function buildNet(): World {
	const hosts = Object.entries(lab.hosts).map(
		([name, row]): HostSpec => ({
			name,
			hostname: row.hostname,
			kind: row.forwarding ? 'router' : 'server',
			packages: ['iptables'],
			at: [0, 0],
			interfaces: Object.entries(row.interfaces).map(([card, { mac, addresses }]) => ({
				name: card,
				addresses,
				mac,
				link: Object.keys(lab.wires).find((wire) =>
					lab.wires[wire]!.some((end) => end[0] === name && end[1] === card)
				)!
			})),
			...(row.forwarding && { forwarding: true }),
			files: { ...lab.files, '/etc/hostname': `${row.hostname}\n` },
			prepare: row.gateway === undefined ? [] : [`ip route add default via ${row.gateway}`]
		})
	);
	const spec = {
		name: 'net',
		seed: 1,
		start: START,
		settle: 1,
		hosts,
		links: Object.keys(lab.wires).map((name) => ({ name }))
	};
	return new World(spec, {}, { traceCapacity: 1000 });
}

/* ---- the listeners, as `../net/listener.py` ---- */

function serverMain(script: Script): Main {
	return function* () {
		const fd = yield* socket('inet', 'stream');
		const address = parseIpv4Address(script.address ?? '0.0.0.0')!;
		yield* bind(fd, { family: 'inet', address, port: script.port! });
		yield* listen(fd, 100);
		for (;;) {
			const { fd: client } = yield* accept(fd);
			yield* fork(function* () {
				yield* close(fd);
				try {
					yield* serve(client, script);
				} catch (thrown) {
					if (!(thrown instanceof Errno)) throw thrown;
				}
				return 0;
			});
			yield* close(client);
		}
	};
}

/** @returns false when the connection is to be closed */
function* say(fd: number, reply: string): Sys<boolean> {
	const text = reply.replace(/^!/, '');
	if (text !== '') yield* write(fd, encode(text.split('\n').map((line) => `${line}\r\n`).join('')));
	return !reply.startsWith('!');
}

function* serve(fd: number, script: Script): Sys<void> {
	if (!(yield* say(fd, script.greeting ?? ''))) return;
	let rest = '';
	let inData = false;
	for (;;) {
		const part = yield* read(fd, 65_536);
		if (part.length === 0) return;
		const lines = (rest + decode(part)).split('\n');
		rest = lines.pop()!;
		for (const raw of lines) {
			const line = raw.replace(/\r$/, '');
			if (inData && line !== '.') continue;
			const found = script.replies?.find(([prefix]) => line.toUpperCase().startsWith(prefix));
			const reply = found?.[1] ?? script.default ?? '';
			inData = reply.startsWith('354');
			if (!(yield* say(fd, reply))) return;
		}
	}
}

/** Knows no name: the question comes back with NXDOMAIN. */
function nameServerMain(script: Script): Main {
	return function* () {
		const fd = yield* socket('inet', 'dgram');
		yield* bind(fd, { family: 'inet', address: parseIpv4Address(script.address!)!, port: script.udp! });
		for (;;) {
			const { bytes: query, from } = yield* recvfrom(fd, 512);
			if (query.length < 12 || (query.length >= 17 && !query.subarray(12, -4).includes(0))) continue;
			if (query.length < 17) {
				yield* sendto(fd, Uint8Array.from([query[0]!, query[1]!, 0x80, 0x81, 0, 0, 0, 0, 0, 0, 0, 0]), from);
				continue;
			}
			let end = 12;
			while (query[end]! > 0) end += query[end]! + 1;
			const head = [query[0]!, query[1]!, 0x84 | (query[2]! & 1), 0x83, query[4]!, query[5]!, 0, 0, 0, 0, 0, 0];
			if (from !== undefined) yield* sendto(fd, Uint8Array.from([...head, ...query.slice(12, end + 5)]), from);
		}
	};
}

/* ---- what changes from run to run: the table of `../net/record.py` ---- */

const COMMON: readonly (readonly [RegExp, string])[] = [
	[/time=[\d.]+ ms/g, 'time=T ms'],
	[/, time \d+ms/g, ', time Tms'],
	[/= [\d.]+\/[\d.]+\/[\d.]+\/[\d.]+ ms/g, '= T/T/T/T ms'],
	[/ipg\/ewma [\d.]+\/[\d.]+ ms/g, 'ipg/ewma T/T ms'],
	[/ qdisc \S+/g, ' qdisc Q'],
	[/:(3[2-9]|[45]\d|60)\d\d\d\b/g, ':EPHEM'],
	[/\b\d+\/([a-z]+) *$/gm, 'PID/$1'],
	[/(LISTEN|ESTABLISHED) +(\d+) +\d+ *$/gm, '$1 $2 INODE'],
	[/(RX|TX)( packets| errors) .*$/gm, '$1$2 N'],
	[/((?:^|-> )(?:Date:|Subject: test)) \w{3}, \d[^\r\n]*/gm, '$1 DATE'],
	[/Message-Id: <\d+\.\d+@/g, 'Message-Id: <ID@']
];

const DAY = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \\w{3} +\\d+ [\\d:]{8} \\d{4}';

/** topic → what changes from run to run: the table of `../net/probe.py` */
const PROBES: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
	nmap: [
		[/ at \d{4}-\d\d-\d\d \d\d:\d\d \w+/g, ' at DATE'],
		[/ at \d\d:\d\d/g, ' at HH:MM'],
		[/^Scanned at .*$/gm, 'Scanned at DATE'],
		[new RegExp(DAY, 'g'), 'DATE'],
		[/\d+\.\d+s elapsed/g, 'Ts elapsed'],
		[/\(-?\d+\.\d+s latency\)/g, '(Ts latency)'],
		[/scanned in \d+\.\d+ seconds/g, 'scanned in T seconds'],
		[/Raw packets sent: \d+ \([^)]*\) \| Rcvd: \d+ \([^)]*\)/g, 'Raw packets sent: N | Rcvd: N'],
		[/^Discovered (open|closed) port .*\n/gm, ''],
		[/^Increasing send delay .*\n/gm, ''],
		[/^(adjust_timeouts2|RTTVAR has grown).*\n/gm, ''],
		[/^.* scan Timing: About .*\n/gm, ''],
		[/^Stats: .*\n/gm, '']
	],
	hping3: [
		[/rtt=[\d.]+ ms/g, 'rtt=T ms'],
		[/ id=(?!0 )\d+/g, ' id=ID'],
		[/= [\d.]+\/[\d.]+\/[\d.]+ ms/g, '= T/T/T ms'],
		[/Originate=\d+ Receive=\d+ Transmit=\d+/g, 'Originate=T Receive=T Transmit=T'],
		[/tsrtt=\d+/g, 'tsrtt=T'],
		[/^status=0 port=\d+/gm, 'status=0 port=P'],
		[/hoprtt=[\d.]+ ms/g, 'hoprtt=T ms'],
		[/tcpts=\d+/g, 'tcpts=T'],
		[/seq=(?!0 )\d{4,} ack=\d+ sum=[0-9a-f]+/g, 'seq=S ack=A sum=C'],
		[/ack=\d+ sum=[0-9a-f]+/g, 'ack=A sum=C']
	],
	nc: [[/ (3[2-9]|[45]\d|60)\d\d\d\b/g, ' EPHEM']],
	traceroute: [[/\d+\.\d+ ms/g, 'T ms']],
	sysctl: []
};

function normaliseNet(given: string, argv: readonly string[], topic: string): string {
	const rows = PROBES[topic];
	if (rows) return rows.reduce((part, [pattern, replacement]) => part.replace(pattern, replacement), given);
	const line = argv.join(' ');
	let text = COMMON.reduce((part, [pattern, replacement]) => part.replace(pattern, replacement), given);
	if (/(netstat|ifconfig) (-\w*[is]|--interfaces)/.test(line)) text = text.replace(/^(\w+ +\d+) .* (\w+)$/gm, '$1 N $2');
	if (!line.includes('netstat -') || !text.includes('Active')) return text;
	return text
		.split(/^(?=Active|Proto)/m)
		.map((part) => (part.startsWith('Proto') ? sortRows(part) : part))
		.join('');
}

function sortRows(part: string): string {
	const [head = '', ...rows] = part.split(/(?<=\n)/);
	return head + rows.sort((a, b) => (a < b ? -1 : 1)).join('');
}
