import { describe, expect, it } from 'vitest';
import { Estimator } from './estimator';
import { OptionError, VERDICT, type Place } from '../extension';
import type { HookName, TableName } from '../rule';
import type { Services } from '../services';
import type { Skb } from '../skb';
import { Clock, context, readAs, tcp, udp } from './fixture';
import { logLine } from './log-line';
import { findTarget } from './targets';

const TCP = 6;

function target(name: string, text: string, protocol: number | null = null) {
	const extension = findTarget(name)!;
	const { data } = readAs(extension, text, protocol);
	return { extension, data: data as never };
}

/** As iptables 1.8.9 saves it, and lists it with -n. */
const PRINTED: readonly (readonly [name: string, protocol: number | null, words: string, save: string, list: string])[] = [
	['REJECT', null, '--reject-with host-unreach', ' --reject-with icmp-host-unreachable', ' reject-with icmp-host-unreachable'],
	['LOG', null, '--log-uid --log-level alert --log-prefix a_b', ' --log-prefix "a b" --log-level 1 --log-uid', ' LOG flags 8 level 1 prefix "a b"'],
	['SNAT', TCP, '--to-source 10.0.0.1-10.0.0.9:1-9/5 --random', ' --to-source 10.0.0.1-10.0.0.9:1-9/0 --random', ' to:10.0.0.1-10.0.0.9:1-9/0 random'],
	['DNAT', TCP, '--to-destination :80-90/http', ' --to-destination :80-90/80', ' to::80-90/80'],
	['REDIRECT', TCP, '--to-ports ssh', ' --to-ports 22', ' redir ports 22'],
	['MASQUERADE', null, '', '', ''],
	['NETMAP', null, '--to 10.1.2.3/8', ' --to 10.0.0.0/8', ' to:10.0.0.0/8'],
	['MARK', null, '--xor-mark 4', ' --set-xmark 0x4/0x0', ' MARK xor 0x4'],
	['CONNMARK', null, '--save-mark --nfmask 0xf', ' --save-mark --nfmask 0xf --ctmask 0xffffffff', ' CONNMARK save nfmask 0xf ctmask ~0xffffffff'],
	['TOS', null, '--and-tos 0x12', ' --set-tos 0x00/0xed', ' TOS set 0x00/0xed'],
	['DSCP', null, '--set-dscp-class ef', ' --set-dscp 0x2e', ' DSCP set 0x2e'],
	['ECN', TCP, '--ecn-tcp-remove', ' --ecn-tcp-remove', ' ECN TCP remove'],
	['TCPOPTSTRIP', TCP, '--strip-options sack,2', ' --strip-options 2,5', ' TCPOPTSTRIP options 2,5'],
	['CT', TCP, '--zone-orig mark --helper ftp', ' --helper ftp --zone-orig mark', ' CT helper ftp zone-orig mark'],
	['NOTRACK', null, '', '', ' NOTRACK'],
	['CLASSIFY', null, '--set-class 1:a', ' --set-class 0001:000a', ' CLASSIFY set 1:a'],
	['NFQUEUE', null, '--queue-balance 1:3 --queue-bypass', ' --queue-balance 1:3 --queue-bypass', ' NFQUEUE balance 1:3 bypass'],
	['RATEEST', null, '--rateest-name a --rateest-interval 1s --rateest-ewmalog 10s', ' --rateest-name a --rateest-interval 1.0s --rateest-ewmalog 8.0s', ' name a interval 1.0s ewmalog 8.0s'],
	['HMARK', null, '--hmark-tuple src,ct --hmark-mod 2 --hmark-rnd 1', ' --hmark-src-prefix 32 --hmark-rnd 0x00000001 --hmark-mod 2 --hmark-tuple ct', ' HMARK mod 2 ct, src-prefix 32 rnd 0x1 ']
]; // prettier-ignore

it.each(PRINTED)('%s (-p %s) %s', (name, protocol, words, save, list) => {
	const { extension, data } = target(name, words, protocol);
	expect(extension.save(data, context(protocol))).toBe(save);
	expect(extension.list(data, context(protocol, { numeric: true }))).toBe(list);
});

const REFUSED: readonly (readonly [name: string, protocol: number | null, words: string, complaint: string])[] = [
	['REJECT', null, '--reject-with x', 'unknown reject type "x"'],
	['DNAT', null, '--to-destination 1.1.1.1:5', 'Need TCP, UDP, SCTP or DCCP with port specification'],
	['DNAT', TCP, '--to-destination 1.1.1.1:9-5', "Port range `5' funky"],
	['REDIRECT', TCP, '--to-ports 1-9/5', 'Shifted portmap ranges not supported with this kernel'],
	['TTL', null, '', 'TTL: You must specify an action'],
	['TTL', null, '--ttl-dec 1 --ttl-inc 1', 'TTL: option "--ttl-dec" cannot be used together with "--ttl-inc".\n'],
	['CT', null, '--zone 65536', 'Cannot parse 65536 as a zone ID'],
	['TCPOPTSTRIP', TCP, '--strip-options mss,2', 'Option "2" already specified'],
	['HMARK', null, '--hmark-rnd 1', '--hmark-mod is mandatory'],
	['SET', null, '--add-set a src', "Set a doesn't exist.\n"]
]; // prettier-ignore

it.each(REFUSED)('%s (-p %s) %s is refused', (name, protocol, words, text) => {
	expect(() => target(name, words, protocol)).toThrow(OptionError as never);
	try {
		target(name, words, protocol);
	} catch (thrown) {
		expect((thrown as OptionError).text).toBe(text);
	}
});

const PLACES: readonly (readonly [name: string, protocol: number | null, words: string, table: TableName, hook: HookName, errno: string | null])[] = [
	['REJECT', null, '', 'filter', 'INPUT', null],
	['REJECT', null, '', 'mangle', 'INPUT', 'EINVAL'],
	['REJECT', null, '--reject-with tcp-reset', 'filter', 'INPUT', 'EINVAL'],
	['SNAT', null, '--to-source 1.1.1.1', 'nat', 'PREROUTING', 'EINVAL'],
	['SNAT', null, '--to-source 1.1.1.1', 'nat', 'INPUT', null],
	['TCPMSS', TCP, '--clamp-mss-to-pmtu', 'mangle', 'PREROUTING', 'EINVAL'],
	['CT', TCP, '--helper nosuch', 'raw', 'PREROUTING', 'ENOENT'],
	['ULOG', null, '', 'filter', 'INPUT', 'ENOENT'],
	['TRACE', null, '', 'filter', 'INPUT', null]
]; // prettier-ignore

it.each(PLACES)('%s (-p %s) %s in %s %s: %s', (name, protocol, words, table, hook, errno) => {
	const { extension, data } = target(name, words, protocol);
	const { rule } = context(protocol);
	const place = { table, hooks: new Set([hook]), rule, variant: 'nf_tables', family: 'ip' } as unknown as Place;
	expect(extension.check?.(data, place) ?? null).toBe(errno);
});

describe('what targets do', () => {
	const run = (name: string, words: string, skb: Skb, services: Partial<Services> = {}): number => {
		const { extension, data } = target(name, words, skb.protocol);
		const kernel = { ...new Clock().services, ...services } as Services;
		return extension.compile!(data, kernel, {} as never)(skb);
	};

	it('changes header fields and marks', () => {
		const skb = udp(53);
		expect(run('TTL', '--ttl-dec 200', skb)).toBe(VERDICT.continue);
		expect(skb.ttl).toBe(0);
		run('TOS', '--or-tos 0x12', skb);
		expect([skb.tos, skb.packet.tos]).toEqual([0x12, 0x12]);
		run('MARK', '--set-xmark 0x5/0xf', skb);
		expect(skb.mark).toBe(5);
	});

	it('lowers a segment size and never raises it', () => {
		const sizeAfter = (words: string): unknown => {
			const skb = tcp(25, 2);
			run('TCPMSS', words, skb, { routeMtu: (address) => (address === skb.packet.source ? 1400 : 1500) });
			return skb.packet.payload.kind === 'tcp' && skb.packet.payload.options[0];
		};
		expect(sizeAfter('--set-mss 1000')).toEqual({ kind: 'mss', value: 1000 });
		expect(sizeAfter('--set-mss 9000')).toEqual({ kind: 'mss', value: 1460 });
		expect(sizeAfter('--clamp-mss-to-pmtu')).toEqual({ kind: 'mss', value: 1360 });
	});

	it('answers nothing to a reset or a wrong checksum', () => {
		const answers: string[] = [];
		const services = { sendReset: () => answers.push('reset'), sendIcmpError: () => answers.push('error') };
		expect(run('REJECT', '--reject-with tcp-reset', tcp(25, 2), services)).toBe(VERDICT.drop);
		run('REJECT', '--reject-with tcp-reset', tcp(25, 4), services);
		const wrong = udp(53);
		wrong.replace({ ...wrong.packet, payload: { ...wrong.packet.payload, checksum: 1 } as never });
		run('REJECT', '', wrong, services);
		expect(answers).toEqual(['reset']);
	});
});

it('a packet as a line of the log', () => {
	const skb = tcp(25, 0x12);
	skb.incoming = 'eth0';
	skb.mark = 1;
	const details = {
		prefix: 'FW: ',
		tcpSequence: true,
		tcpOptions: true,
		ipOptions: false,
		uid: true,
		macDecode: false
	};
	skb.frame = { destination: 0x0200c0a84b01, source: 0x0200c0a84b0a, type: 0x0800, payload: skb.packet };
	expect(logLine(skb, details)).toBe(
		'FW: IN=eth0 OUT= MAC=02:00:c0:a8:4b:01:02:00:c0:a8:4b:0a:08:00 SRC=192.168.75.10 DST=192.168.75.1 LEN=44 TOS=0x00 PREC=0x00 TTL=64 ID=1 ' +
			'PROTO=TCP SPT=40000 DPT=25 SEQ=1000 ACK=0 WINDOW=1024 RES=0x00 ACK SYN URGP=0 OPT (020405B4) MARK=0x1 '
	);
});

it('a rate is a moving average that fades', () => {
	const estimator = new Estimator({ intervalLog: 0, averageLog: 1 }, 0);
	for (let time = 0; time < 5_000_000; time += 10_000) estimator.count(100, time);
	const { bytes, packets } = estimator.rate(5_000_000);
	expect(bytes).toBeGreaterThan(9900);
	expect(packets).toBeGreaterThan(98);
	expect(estimator.rate(60_000_000).bytes).toBe(0);
});
