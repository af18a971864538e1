import { describe, expect, it } from 'vitest';
import { dnsQuery, rcodeName, rdataText, recordType, type DnsRecord } from '#wire/dns';
import { answerQuery, type Serving } from './answer';
import { Cache } from './cache';
import { loadZone } from './load-zone';

const ZONE = `$TTL 300
@ IN SOA ns1 admin ( 7 1h 15m 1w 10m )
  IN NS ns1
ns1 IN A 192.168.75.53
  IN MX 5 m1
@ IN MX 0 m0
m0 IN A 192.168.75.60
m1 IN A 192.168.75.61
* IN A 192.168.75.69
x.y IN TXT "under"
shop IN NS ns1.shop
ns1.shop IN A 192.168.75.70
c1 IN CNAME c2
c2 IN CNAME m1
out IN CNAME www.example.net.
loop CNAME pool
pool CNAME loop
`;
const zone = loadZone('pizza.example.', 'db', ZONE).zone!;
const serving = (change: Partial<Serving> = {}): Serving => ({
	zones: new Map([['pizza.example.', zone]]),
	cache: new Cache(),
	now: 0,
	recursion: false,
	hints: [],
	failed: new Set(),
	minimal: 'no-auth-recursive',
	...change
});
const text = (records: readonly DnsRecord[]) =>
	records.map((record) => `${record.name} ${recordType(record)} ${rdataText(record)}`);

/** query, flags, answers, authority, additional */
const CASES: readonly [string, string, string, string[], string[], string[]][] = [
	[
		'pizza.example.',
		'MX',
		'NOERROR aa',
		['pizza.example. MX 0 m0.pizza.example.'],
		[],
		['m0.pizza.example. A 192.168.75.60']
	],
	['any.pizza.example.', 'A', 'NOERROR aa', ['any.pizza.example. A 192.168.75.69'], [], []],
	['any.pizza.example.', 'MX', 'NOERROR aa', [], ['SOA'], []],
	['y.pizza.example.', 'A', 'NOERROR aa', [], ['SOA'], []],
	['z.y.pizza.example.', 'A', 'NXDOMAIN aa', [], ['SOA'], []],
	[
		'www.shop.pizza.example.',
		'A',
		'NOERROR',
		[],
		['shop.pizza.example. NS ns1.shop.pizza.example.'],
		['ns1.shop.pizza.example. A 192.168.75.70']
	],
	[
		'c1.pizza.example.',
		'A',
		'NOERROR aa',
		[
			'c1.pizza.example. CNAME c2.pizza.example.',
			'c2.pizza.example. CNAME m1.pizza.example.',
			'm1.pizza.example. A 192.168.75.61'
		],
		[],
		[]
	],
	['out.pizza.example.', 'A', 'NOERROR aa', ['out.pizza.example. CNAME www.example.net.'], [], []],
	['example.com.', 'A', 'REFUSED', [], [], []]
];

describe('an authoritative server answers', () => {
	it.each(CASES)('%s %s', (name, type, outcome, answers, authority, additional) => {
		const result = answerQuery(serving(), dnsQuery(1, name, type));
		if (result.kind !== 'message') throw new Error('should not recurse');
		const { message } = result;
		expect(`${rcodeName(message.rcode)}${message.authoritative ? ' aa' : ''}`).toBe(outcome);
		expect(text(message.answers)).toEqual(answers);
		expect(authority[0] === 'SOA' ? message.authority.map(recordType) : text(message.authority)).toEqual(authority);
		expect(text(message.additional)).toEqual(additional);
	});

	it('ends a loop of aliases with SERVFAIL', () => {
		const result = answerQuery(serving(), dnsQuery(1, 'loop.pizza.example.', 'A'));
		expect(result).toMatchObject({ kind: 'message', message: { rcode: 2, answers: [{}, {}] } });
	});
});

describe('a resolver', () => {
	it('asks for what lies outside, and goes on with what the cache learned', () => {
		const resolver = serving({ recursion: true });
		const query = dnsQuery(1, 'out.pizza.example.', 'A');
		expect(answerQuery(resolver, query)).toMatchObject({ kind: 'recurse', name: 'www.example.net.', type: 'A' });
		resolver.cache.putRecords(
			[{ name: 'www.example.net.', class: 1, ttl: 60, type: 'A', address: 1 }],
			'192.0.2.1',
			0,
			3
		);
		expect(answerQuery(resolver, query)).toMatchObject({
			kind: 'message',
			message: { rcode: 0, authoritative: true, answers: [{}, { ttl: 60 }] }
		});
		expect(answerQuery({ ...resolver, now: 61_000_000 }, query)).toMatchObject({ kind: 'recurse' });
	});
});
