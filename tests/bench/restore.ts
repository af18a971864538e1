/**
 * How long `iptables-restore` of 10,000 rules takes in the simulator, and how much memory 100,000 tracked connections hold.
 *
 * Run by `npx tsx --expose-gc tests/bench/restore.ts`.
 */
import { loneHost } from '../conformance/player/netfilter-lab';
import { Netfilter } from '#netfilter/netfilter';
import type { HostServices } from '#netfilter/services';
import type { Ipv4Packet } from '#wire/packet';
import { packetOf, stateRule } from './firewall-rules';

/** Milliseconds of real time, the best of some runs. */
export function restoreMilliseconds(rules = 10_000, runs = 5): number {
	const text = [
		'*filter',
		':INPUT ACCEPT [0:0]',
		':FORWARD ACCEPT [0:0]',
		':OUTPUT ACCEPT [0:0]',
		...Array.from({ length: rules }, (_, at) => `-A INPUT -s 10.1.0.0/16 -p udp -m udp --dport ${1 + at} -j DROP`),
		'COMMIT',
		''
	].join('\n');
	const times = Array.from({ length: runs }, () => {
		const lab = loneHost(false);
		const begin = process.hrtime.bigint();
		const ran = lab.command('host', ['iptables-restore'], text);
		const time = Number(process.hrtime.bigint() - begin) / 1e6;
		if (ran.exit !== 0) throw new Error(ran.stderr);
		return time;
	});
	return Math.min(...times);
}

/** Bytes that each of `count` tracked connections keeps; needs `--expose-gc` to be exact. */
export function bytesPerConnection(count = 100_000): number {
	const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});
	const netfilter = new Netfilter('host', {
		now: () => 0,
		uptime: () => 0,
		random: () => 1,
		at: () => () => {},
		log: () => {},
		interfaceIndex: () => 1,
		setting: (name: string) => (name.endsWith('_max') ? 1_000_000 : name.includes('timeout') ? 600 : 0)
	} as unknown as HostServices);
	const refused = netfilter.ruleSet('nf_tables', 'ip').apply([
		{ do: 'add-table', table: 'filter' },
		{ do: 'insert', table: 'filter', chain: 'INPUT', rule: 0, spec: stateRule() }
	]);
	if (refused) throw new Error(refused.errno);
	collect();
	const before = process.memoryUsage().heapUsed;
	const base = packetOf(53);
	for (let i = 0; i < count; i++) {
		const packet: Ipv4Packet = { ...base, source: 0x0a000000 + i };
		const companion = { mark: 0, frame: null, uid: -1, gid: -1, journey: 0, tracking: null };
		netfilter.run('PREROUTING', packet, 'eth0', null, companion);
		netfilter.run('INPUT', packet, 'eth0', null, companion);
	}
	collect();
	const found = netfilter.conntrack.list().length;
	if (found !== count) throw new Error(`${found} connections are tracked, not ${count}`);
	return (process.memoryUsage().heapUsed - before) / count;
}

if (process.argv[1]?.endsWith('restore.ts')) {
	console.log(`iptables-restore of 10,000 rules: ${restoreMilliseconds().toFixed(0)} ms`);
	console.log(`a tracked connection: ${bytesPerConnection().toFixed(0)} bytes`);
}
