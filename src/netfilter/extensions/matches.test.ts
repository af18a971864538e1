import { describe, expect, it } from 'vitest';
import type { Connection } from '../conntrack/connection';
import { STATUS } from '../conntrack/connection';
import { CT, type Skb } from '../skb';
import { Clock, complaint, context, matchNamed, read, tcp, udp } from './fixture';
import { hashlimitFile } from './hashlimit';
import { readBack } from './read-back';
import { recentFile, writeRecentFile } from './recent';

/** As iptables 1.8.9 saves it, and lists it without -n. */
const PRINTED: readonly (readonly [name: string, protocol: number | null, words: string, save: string, list: string])[] = [
	['tcp', 6, '--sport 1024: --dport ssh', ' --sport 1024:65535 --dport 22', ' tcp spts:1024:65535 dpt:ssh'],
	['tcp', 6, '! --syn', ' ! --tcp-flags FIN,SYN,RST,ACK SYN', ' tcp flags:!FIN,SYN,RST,ACK/SYN'],
	['tcp', 6, '--tcp-flags ALL NONE', ' --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE', ' tcp flags:FIN,SYN,RST,PSH,ACK,URG/NONE'],
	['udp', 17, '! --dport 53', ' ! --dport 53', ' udp dpt:!53'],
	['icmp', 1, '--icmp-type ping', ' --icmp-type 8', ' icmp echo-request'],
	['icmp', 1, '--icmp-type 3/1:4', ' --icmp-type 3/1', ' icmptype 3 codes 1-4'],
	['multiport', 6, '! --ports ssh:80,25', ' ! --ports 22:80,25', ' multiport ports  !ssh:http,smtp'],
	['state', null, '--state e,R', ' --state RELATED,ESTABLISHED', ' state RELATED,ESTABLISHED'],
	['conntrack', null, '--ctexpire 5: --ctdir reply', ' --ctexpire 5:4294967295 --ctdir REPLY', ' ctexpire 5:4294967295 ctdir REPLY'],
	['limit', null, '--limit 3000/min', ' --limit 50/sec', ' limit: avg 50/sec burst 5'],
	['hashlimit', null, '--hashlimit-name x --hashlimit 20kb/s --hashlimit-burst 30kb', ' --hashlimit-upto 20kb/s --hashlimit-burst 40kb --hashlimit-name x', ' limit: up to 20kb/s burst 40kb'],
	['recent', null, '--update --seconds 60', ' --update --seconds 60 --name DEFAULT --mask 255.255.255.255 --rsource', ' recent: UPDATE seconds: 60 name: DEFAULT side: source mask: 255.255.255.255'],
	['connmark', null, '--mark 1', ' --mark 0x1', ' connmark match  0x1'],
	['owner', null, '--uid-owner mail ! --gid-owner 5-9', ' --uid-owner 8 ! --gid-owner 5-9', ' owner UID match mail ! owner GID match 5-9'],
	['comment', null, "--comment it's", ' --comment "it\\\'s"', " /* it's */"],
	['string', null, '--algo bm --hex-string GET|20|/', ' --string "GET /" --algo bm', ' STRING match  "GET /" ALGO name bm'],
	['tos', null, '--tos Minimize-Delay', ' --tos 0x10/0x3f', ' tos match Minimize-Delay'],
	['connlimit', null, '! --connlimit-upto 3 --connlimit-mask 24', ' --connlimit-above 3 --connlimit-mask 24 --connlimit-saddr', ' #conn src/24 > 3'],
	['time', null, '--monthdays 1,12', ' --monthdays 1,12 --datestop 2038-01-19T03:14:07', ' TIME on 1st,12nd UTC'],
	['statistic', null, '--mode random --probability .3', ' --mode random --probability 0.29999999981', ' statistic mode random probability 0.29999999981']
]; // prettier-ignore

it.each(PRINTED)('%s (-p %s) %s', (name, protocol, words, save, list) => {
	const { data } = read(name, words, protocol);
	const match = matchNamed(name);
	expect(match.save(data as never, context(protocol))).toBe(save);
	expect(match.list(data as never, context(protocol))).toBe(list);
});

const REFUSED: readonly (readonly [name: string, protocol: number | null, words: string, complaint: string])[] = [
	['tcp', null, '--dport 22', "TCP match requires '-p tcp'"],
	['tcp', 6, '--sport 1 --sport 2', "Only one `--source-port' allowed"],
	['icmp', 1, '--icmp-type echo', "Ambiguous ICMP type `echo': `echo-reply' or `echo-request'?"],
	['multiport', null, '--dports 22', "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'"],
	['state', null, '--state NEW,FOO,', 'Bad state "FOO,"'],
	['limit', null, '--limit 10001/s', 'Rate too fast "10001/s"'],
	['hashlimit', null, '--hashlimit-name x', 'You have to specify --hashlimit'],
	['recent', null, '--set --update', 'recent: option "--set" cannot be used together with "--update".\n'],
	['string', null, '--algo bm --hex-string |4', 'Odd number of hex digits'],
	['time', null, '--timestart 1:60', 'invalid time "60" specified, should be hh:mm[:ss] format and within the boundaries'],
	['statistic', null, '--mode nth --packet 6 --probability 0.5', 'statistic: option "--probability" cannot be used together with "--packet".\n'],
	['ttl', null, '--ttl-gt 5 --ttl-lt 3', 'ttl: option "--ttl-lt" cannot be used together with "--ttl-gt".\n']
]; // prettier-ignore

it.each(REFUSED)('%s (-p %s) %s is refused', (name, protocol, words, text) => {
	expect(complaint(name, words, protocol)).toBe(text);
});

describe('what the nf_tables variant tells again', () => {
	it('gathers ports in the first match', () => {
		const matches = [read('tcp', '--sport 1', 6), read('comment', '--comment x'), read('tcp', '--dport 2', 6)];
		const told = readBack(matches, 'nf_tables').map(({ name, data }) =>
			matchNamed(name).save(data as never, context(6))
		);
		expect(told).toEqual([' --sport 1 --dport 2', ' --comment x']);
		expect(readBack(matches, 'legacy')).toBe(matches);
	});

	it('loses what no port can say', () => {
		expect(readBack([read('udp', '! --sport :', 17)], 'nf_tables')).toEqual([]);
	});
});

function connection(port: number, more: Partial<Connection> = {}): Connection {
	const tuple = {
		protocol: 6,
		source: 0xc0a84b0a,
		destination: 0xc0a84b01,
		sourcePort: port,
		destinationPort: 22,
		icmpType: 0,
		icmpCode: 0
	};
	return {
		original: tuple,
		reply: { ...tuple, source: tuple.destination, destination: tuple.source, sourcePort: 22, destinationPort: port },
		status: STATUS.confirmed,
		state: 'ESTABLISHED',
		zone: 0,
		mark: 0,
		packets: [3, 2],
		bytes: [300, 100],
		accounted: true,
		expires: 0,
		...more
	} as Connection;
}

const SYN = 2;
const ACK = 16;

describe('fields of the packet', () => {
	const cases: readonly (readonly [
		name: string,
		protocol: number | null,
		words: string,
		skb: Skb,
		matches: boolean
	])[] = [
		['tcp', 6, '--syn --dport 22', tcp(22, SYN), true],
		['tcp', 6, '--syn', tcp(22, SYN | ACK), false],
		['tcp', 6, '--tcp-option 2', tcp(22, SYN), true],
		['tcp', 6, '! --tcp-option 2', tcp(22, SYN), false],
		['udp', 17, '! --dport 4:3', udp(9), true],
		['multiport', 17, '--dports 53,67:68', udp(68), true],
		['multiport', 17, '! --ports 40000', udp(68), false],
		['length', null, '--length 36', udp(9), true],
		['ttl', null, '--ttl-lt 64', udp(9), false],
		['iprange', null, '--src-range 192.168.75.1-192.168.75.9', udp(9), false],
		['iprange', null, '! --dst-range 192.168.75.2-192.168.75.9', udp(9), true],
		['string', null, '--algo bm --string abcdefgh --from 28', udp(9), true],
		['string', null, '--algo bm --string abcdefgh --to 35', udp(9), false],
		['string', null, '--algo kmp --string ABCDEFGH --icase', udp(9), true],
		['addrtype', null, '--dst-type LOCAL', udp(9), true],
		['addrtype', null, '! --src-type UNICAST', udp(9), false],
		['time', null, '--weekdays Mon --timestart 9:00 --timestop 10:00', udp(9), true],
		['time', null, '--weekdays Sun --timestart 22:00 --timestop 9:45 --contiguous', udp(9), true],
		['time', null, '--datestop 2024-05-06', udp(9), false],
		['owner', null, '--uid-owner 0', udp(9), false],
		['owner', null, '! --uid-owner 1', udp(9), true],
		['owner', null, '--socket-exists', udp(9), true],
		['conntrack', null, '--ctstate INVALID', udp(9), true],
		['connmark', null, '! --mark 1', udp(9), false]
	];

	it.each(cases)('%s (-p %s) %s', (name, protocol, words, skb, matches) => {
		expect(new Clock().compile(name, words, protocol)(skb)).toBe(matches);
	});

	it('of its connection', () => {
		const skb = tcp(22, ACK);
		skb.connection = connection(40000, { status: STATUS.assured | STATUS.sourceNat, mark: 5 });
		skb.state = CT.established;
		skb.direction = 1;
		const matches = (name: string, words: string): boolean => new Clock().compile(name, words)(skb);
		expect(matches('conntrack', '--ctstate SNAT')).toBe(true);
		expect(matches('conntrack', '--ctdir ORIGINAL')).toBe(false);
		expect(matches('conntrack', '--ctorigsrc 192.168.75.0/24 ! --ctrepldstport 1')).toBe(true);
		expect(matches('conntrack', '--ctstatus NONE')).toBe(false);
		expect(matches('connmark', '--mark 2/2')).toBe(false);
		expect(matches('connbytes', '--connbytes 80: --connbytes-dir both --connbytes-mode avgpkt')).toBe(true);
	});
});

describe('matches that remember', () => {
	it('limit lets the burst pass and then the rate', () => {
		const clock = new Clock();
		const within = clock.compile('limit', '--limit 1/s --limit-burst 3');
		const passed = (): number => [1, 2, 3, 4, 5].filter(() => within(udp(9))).length;
		expect(passed()).toBe(3);
		clock.wait(2);
		expect(passed()).toBe(2);
	});

	it('hashlimit has a bucket for each source, shared by rules of one name', () => {
		const clock = new Clock();
		const words = '--hashlimit-upto 1/min --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-name h';
		const one = clock.compile('hashlimit', words);
		const two = clock.compile('hashlimit', words);
		const other = udp(9, '', { source: 0xc0a84b14 });
		expect([one(udp(9)), two(udp(9)), one(other)]).toEqual([true, false, true]);
		expect(hashlimitFile(clock.services, 'h')).toContain(
			'60 192.168.75.10:0->0.0.0.0:0 0 8246337180000000 8246337180000000\n'
		);
		clock.wait(61);
		expect(two(udp(9))).toBe(true);
	});

	it('recent counts how often an address came', () => {
		const clock = new Clock();
		const set = clock.compile('recent', '--set --name s');
		const often = clock.compile('recent', '--rcheck --seconds 10 --hitcount 3 --name s');
		expect([set(udp(9)), set(udp(9)), often(udp(9))]).toEqual([true, true, false]);
		set(udp(9));
		expect(often(udp(9))).toBe(true);
		clock.wait(11);
		expect(often(udp(9))).toBe(false);
		expect(recentFile(clock.services, 's')).toMatch(
			/^src=192\.168\.75\.10 ttl: 64 last_seen: (\d+) oldest_pkt: 3 \1, \1, \1\n$/
		);
		expect(writeRecentFile(clock.services, 's', '-192.168.75.10\n')).toBe(null);
		expect(recentFile(clock.services, 's')).toBe('');
	});

	it('connlimit counts open connections', () => {
		const clock = new Clock();
		const above = clock.compile('connlimit', '--connlimit-above 1');
		const open = (port: number): boolean => {
			const skb = tcp(22, SYN);
			// its first packet, which nobody has confirmed yet
			skb.connection = connection(port, { status: 0 });
			clock.connections.push(skb.connection);
			return above(skb);
		};
		expect([open(1), open(2)]).toEqual([false, true]);
		for (const one of clock.connections) one.state = 'TIME_WAIT';
		clock.wait(0.1);
		expect(open(3)).toBe(false);
	});

	it('connlimit drops the RST that ends the last connection', () => {
		const clock = new Clock();
		const upto = clock.compile('connlimit', '--connlimit-upto 5');
		const skb = tcp(22, SYN);
		skb.connection = connection(1, { status: 0 });
		clock.connections.push(skb.connection);
		expect(upto(skb)).toBe(true);
		clock.wait(1);
		Object.assign(skb.connection, { status: STATUS.confirmed | STATUS.assured, state: 'CLOSE' });
		expect([upto(skb), skb.hotDrop]).toEqual([false, true]);
	});

	it('statistic takes every nth', () => {
		const nth = new Clock().compile('statistic', '--mode nth --every 3 --packet 1');
		expect([1, 2, 3, 4, 5, 6].map(() => nth(udp(9)))).toEqual([false, true, false, false, true, false]);
	});
});

it('explains what did not match by the field and both values', () => {
	const explain = (name: string, protocol: number | null, words: string, skb: Skb): string =>
		matchNamed(name).explain!(read(name, words, protocol).data as never, skb, false);
	expect(explain('tcp', 6, '--dport 22', tcp(80, SYN))).toBe('destination port 80 is not 22');
	expect(explain('ttl', null, '--ttl-lt 5', udp(9))).toBe('the TTL 64 is not < 5');
	expect(explain('state', null, '--state NEW', udp(9))).toBe("the packet's state is INVALID, none of NEW");
});
