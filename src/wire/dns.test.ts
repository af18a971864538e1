import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	base64Bytes,
	base64Text,
	buildDns,
	compareNames,
	dnsQuery,
	labelsOf,
	nameOf,
	parseDns,
	rdataText,
	type DnsMessage,
	type DnsRecord
} from './dns';

const u = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const byteString = fc.uint8Array({ maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes));
const label = fc.oneof(
	fc.constantFrom('a', 'example', 'Org', 'mail'),
	byteString.filter((text) => text !== '')
);
const name = fc.array(label, { maxLength: 4 }).map(nameOf);

const rdata = fc.oneof(
	fc.record({ type: fc.constant('A' as const), address: u(32) }),
	fc.record({ type: fc.constantFrom('NS' as const, 'CNAME' as const, 'PTR' as const), host: name }),
	fc.record({
		type: fc.constant('SOA' as const),
		mname: name,
		rname: name,
		serial: u(32),
		refresh: u(31),
		retry: u(31),
		expire: u(31),
		minimum: u(31)
	}),
	fc.record({ type: fc.constant('HINFO' as const), cpu: byteString, os: byteString }),
	fc.record({ type: fc.constant('MX' as const), preference: u(16), exchange: name }),
	fc.record({ type: fc.constant('TXT' as const), strings: fc.array(byteString, { minLength: 1, maxLength: 3 }) }),
	fc.record({ type: fc.constant('AAAA' as const), address6: fc.constantFrom('::', '2001:db8::80', '1:2:3:4:5:6:7:8') }),
	fc.record({ type: fc.constant('SRV' as const), priority: u(16), weight: u(16), port: u(16), target: name }),
	fc.record({ type: fc.constant('CAA' as const), flags: u(8), tag: byteString, value: byteString }),
	fc.record({ type: fc.constant('RP' as const), responsible: name, errors: name }),
	fc.record({
		type: fc.constant('TLSA' as const),
		usage: u(8),
		selector: u(8),
		matching: u(8),
		digest: fc.uint8Array({ maxLength: 32 })
	}),
	fc.record({
		type: fc.constant('unknown' as const),
		number: fc.constantFrom(62, 4711, 65280),
		bytes: fc.uint8Array({ maxLength: 9 })
	})
);
const record: fc.Arbitrary<DnsRecord> = fc
	.tuple(name, u(31), rdata)
	.map(([owner, ttl, data]) => ({ name: owner, class: 1, ttl, ...data }));
const records = fc.array(record, { maxLength: 5 });
const message: fc.Arbitrary<DnsMessage> = fc
	.record({
		id: u(16), response: fc.boolean(), opcode: u(4), authoritative: fc.boolean(), truncated: fc.boolean(), recursionDesired: fc.boolean(),
		recursionAvailable: fc.boolean(), authenticData: fc.boolean(), checkingDisabled: fc.boolean(), rcode: u(4),
		questions: fc.array(fc.record({ name, type: fc.constantFrom('A', 'MX', 'ANY', 'TYPE4711'), class: fc.constant(1) }), { maxLength: 2 }),
		answers: records, authority: records, additional: records,
		edns: fc.record({ udpSize: u(16), version: fc.constant(0), dnssecOk: fc.boolean(), options: fc.array(fc.record({ code: u(16), data: fc.uint8Array({ maxLength: 16 }) }), { maxLength: 2 }) })
	}); // prettier-ignore

describe('messages', () => {
	it('are read as they were built', () => {
		fc.assert(fc.property(message, (value) => void expect(parseDns(buildDns(value))).toEqual(value)));
	});
	it('are read from any bytes without an error', () => {
		fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (garbage) => void parseDns(garbage)));
	});
	it('that are too long are cut with TC set', () => {
		const answers: DnsRecord[] = Array.from({ length: 60 }, (_, i) => ({
			name: 'x.',
			class: 1,
			ttl: 1,
			type: 'A',
			address: i
		}));
		const built = buildDns(dnsQuery(1, 'x.', 'A', { answers }), 512);
		expect(built.length).toBeLessThanOrEqual(512);
		expect(parseDns(built)?.truncated).toBe(true);
	});
	it('do not follow a compression pointer for ever', () => {
		const loop = buildDns(dnsQuery(1, 'a.', 'A'));
		loop.set([0xc0, 12], 12);
		expect(parseDns(loop)).toBeUndefined();
	});
	it('compress names', () => {
		const answers: DnsRecord[] = [{ name: 'halo.example.org.', class: 1, ttl: 86400, type: 'A', address: 0xc0a84b02 }];
		expect(buildDns(dnsQuery(1, 'halo.example.org.', 'A', { answers })).length).toBe(50);
	});
});

describe('base 64', () => {
	it('is read as it was written', () => {
		fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(base64Bytes(base64Text(bytes))).toEqual(bytes)));
	});
});

describe('names', () => {
	it.each([
		['a\\.b.c.', ['a.b', 'c']],
		['\\032x.', [' x']],
		['.', []],
		['a..b.', undefined],
		[`${'x'.repeat(64)}.`, undefined]
	])('%s', (text, labels) => {
		expect(labelsOf(text)).toEqual(labels);
	});
	it('are in canonical order', () => {
		const sorted = ['example.org.', 'a.example.org.', 'ns.a.example.org.', 'B.example.org.'];
		expect([...sorted].reverse().sort(compareNames)).toEqual(sorted);
	});
});

describe('text', () => {
	it.each<[DnsRecord, string]>([
		[
			{ name: 'x.', class: 1, ttl: 1, type: 'MX', preference: 10, exchange: 'halo.example.org.' },
			'10 halo.example.org.'
		],
		[{ name: 'x.', class: 1, ttl: 1, type: 'TXT', strings: ['a "b"', 'c\u0007'] }, '"a \\"b\\"" "c\\007"'],
		[{ name: 'x.', class: 1, ttl: 1, type: 'unknown', number: 65280, bytes: Uint8Array.of(1, 171) }, '\\# 2 01AB']
	])('%o', (value, text) => {
		expect(rdataText(value)).toBe(text);
	});
});
