/**
 * /proc/net: the network's tables as netstat, route, arp and ifconfig of net-tools read them (proc(5)). Addresses are
 * printed as the little-endian machine has them in memory.
 */
import { entriesOf, expectationsOf } from '#netfilter/conntrack/entry';
import { procExpectLine, procLine } from '#netfilter/conntrack/text';
import { registered } from '#netfilter/registered';
import type { Family } from '#netfilter/rule';
import type { Kernel } from '../kernel';
import { isSocket } from '../open-file';
import type { LinkInfo, RouteInfo, SocketAddress, SocketInfo } from '../syscalls';

const TCP_STATES: Readonly<Record<string, number>> = {
	ESTABLISHED: 1,
	SYN_SENT: 2,
	SYN_RECV: 3,
	FIN_WAIT1: 4,
	FIN_WAIT2: 5,
	TIME_WAIT: 6,
	CLOSE: 7,
	CLOSE_WAIT: 8,
	LAST_ACK: 9,
	LISTEN: 10,
	CLOSING: 11
};

function hex(value: number, digits: number): string {
	return value.toString(16).toUpperCase().padStart(digits, '0');
}

/** 127.0.0.1 is 0100007F */
function swapped(address: number): string {
	return [0, 8, 16, 24].map((shift) => hex((address >>> shift) & 0xff, 2)).join('');
}

function endpoint(address: SocketAddress | undefined): string {
	return address?.family === 'inet' ? `${swapped(address.address)}:${hex(address.port, 4)}` : '00000000:0000';
}

function socketLine(info: SocketInfo, index: number, state: number, rest: string): string {
	const queues = `${hex(info.sendQueue, 8)}:${hex(info.receiveQueue, 8)}`;
	const ids = `${String(info.uid).padStart(5)} ${'0'.padStart(8)} ${info.inode}`;
	return `${String(index).padStart(4)}: ${endpoint(info.local)} ${endpoint(info.remote)} ${hex(state, 2)} ${queues} 00:00000000 00000000 ${ids} ${rest}`;
}

function tcp(kernel: Kernel): string {
	const sockets = kernel.net.sockets().filter((info) => info.protocol === 'tcp');
	const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
	const lines = sockets.map((info, index) =>
		socketLine(info, index, TCP_STATES[info.state] ?? 7, '1 0000000000000000 100 0 0 10 0')
	);
	return [head, ...lines].map((line) => `${line.padEnd(149)}\n`).join('');
}

/** Tables of the legacy variant, the newest first; nf_tables has no such file. Not simulated: ip_tables_matches, _targets. */
function legacyTables(kernel: Kernel, family: Family): string {
	const names = [...kernel.firewall.ruleSet('legacy', family).live()].map(({ name }) => `${name}\n`);
	return names.reverse().join('');
}

function datagrams(kernel: Kernel, protocol: 'udp' | 'raw'): string {
	const sockets = kernel.net.sockets().filter((info) => info.protocol === protocol);
	const title = protocol === 'udp' ? '   sl' : '  sl';
	const head = `${title}  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops`;
	const lines = sockets.map((info, index) =>
		socketLine(info, index, info.state === 'ESTABLISHED' ? 1 : 7, '2 0000000000000000 0').replace(
			/^/,
			protocol === 'udp' ? ' ' : ''
		)
	);
	const width = protocol === 'udp' ? 127 : 0;
	return [head, ...lines].map((line) => `${line.padEnd(width)}\n`).join('');
}

function device({ name, statistics: s }: LinkInfo): string {
	const received = `${String(s.rxBytes).padStart(8)} ${String(s.rxPackets).padStart(7)}    0 ${String(s.rxDropped).padStart(4)}    0     0          0         0`;
	const sent = `${String(s.txBytes).padStart(8)} ${String(s.txPackets).padStart(7)}    0    0    0     0       0          0`;
	return `${name.padStart(6)}: ${received} ${sent}\n`;
}

function devices(kernel: Kernel): string {
	const head =
		'Inter-|   Receive                                                |  Transmit\n' +
		' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';
	return head + kernel.net.links().map(device).join('');
}

const RTF = { up: 1, gateway: 2, host: 4, reject: 0x200 } as const;

function route(row: RouteInfo): string {
	const mask = row.prefix === 0 ? 0 : (0xffffffff << (32 - row.prefix)) >>> 0;
	const rejects = row.type === 'unreachable' || row.type === 'prohibit';
	const flags =
		RTF.up |
		(row.gateway === undefined ? 0 : RTF.gateway) |
		(row.prefix === 32 ? RTF.host : 0) |
		(rejects ? RTF.reject : 0);
	const fields = [
		rejects ? '*' : row.interface,
		swapped(row.destination),
		swapped(row.gateway ?? 0),
		hex(flags, 4),
		0,
		0,
		row.metric,
		swapped(mask),
		0,
		0,
		0
	];
	return `${fields.join('\t').padEnd(127)}\n`;
}

function routes(kernel: Kernel): string {
	const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(127);
	const shown = kernel.net.routes().filter((row) => row.type !== 'local' && row.type !== 'broadcast');
	return `${head}\n${shown.map(route).join('')}`;
}

function dotted(address: number): string {
	return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

function macText(mac: number): string {
	return (mac.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');
}

function neighbours(kernel: Kernel): string {
	const rows = kernel.net.neighbours().map(({ address, interface: name, mac, state }) => {
		const flags = state === 'PERMANENT' ? '0x6' : mac === undefined ? '0x0' : '0x2';
		return `${dotted(address).padEnd(16)} ${'0x1'.padEnd(12)}${flags.padEnd(12)}${macText(mac ?? 0).padEnd(22)}${'*'.padEnd(9)}${name}\n`;
	});
	return `IP address       HW type     Flags       HW address            Mask     Device\n${rows.join('')}`;
}

function unix(kernel: Kernel): string {
	const seen = new Set<number>();
	const lines: string[] = [];
	for (const process of kernel.processes.all())
		for (const descriptor of process.descriptors) {
			if (!descriptor || !isSocket(descriptor.file)) continue;
			const info = descriptor.file.info();
			if (info.protocol !== 'unix' || seen.has(info.inode)) continue;
			seen.add(info.inode);
			const listens = info.state === 'LISTENING';
			const path = info.local.family === 'unix' && info.local.path !== '' ? ` ${info.local.path}` : '';
			const state = listens || !info.state ? '01' : '03';
			lines.push(
				`0000000000000000: 00000002 00000000 ${listens ? '00010000' : '00000000'} ${info.type === 'stream' ? '0001' : '0002'} ${state} ${String(info.inode).padStart(5)}${path}\n`
			);
		}
	return `Num       RefCount Protocol Flags    Type St Inode Path\n${lines.join('')}`;
}

export const NET_FILES: Readonly<Record<string, (kernel: Kernel) => string>> = {
	arp: neighbours,
	dev: devices,
	ip_tables_matches: () => registered('ip', 'matches'),
	ip_tables_names: (kernel) => legacyTables(kernel, 'ip'),
	ip_tables_targets: () => registered('ip', 'targets'),
	ip6_tables_matches: () => registered('ip6', 'matches'),
	ip6_tables_names: (kernel) => legacyTables(kernel, 'ip6'),
	ip6_tables_targets: () => registered('ip6', 'targets'),
	nf_conntrack: (kernel) => entriesOf(kernel.firewall.conntrack, kernel.engine.now).map(procLine).join(''),
	nf_conntrack_expect: (kernel) =>
		expectationsOf(kernel.firewall.conntrack, kernel.engine.now).map(procExpectLine).join(''),
	raw: (kernel) => datagrams(kernel, 'raw'),
	route: routes,
	tcp,
	udp: (kernel) => datagrams(kernel, 'udp'),
	unix
};

/** Files that not everybody may read; the others are 0444. */
export const NET_MODES: Readonly<Record<string, number>> = {
	ip_tables_matches: 0o440,
	ip_tables_names: 0o440,
	ip_tables_targets: 0o440,
	ip6_tables_matches: 0o440,
	ip6_tables_names: 0o440,
	ip6_tables_targets: 0o440,
	nf_conntrack: 0o440,
	nf_conntrack_expect: 0o440
};
