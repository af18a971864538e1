/**
 * Any bytes as zone files, named.conf and DNS messages: nothing throws, nothing runs on, and what is read stays in
 * proportion to what was given. `DNS_FUZZ=100000` runs that many of each instead of a few.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildDns, dnsSpans, parseDns } from '#wire/dns';
import { Cache } from './cache';
import { loadZone } from './load-zone';
import { messageText } from './dig';
import { parseDigArguments } from './dig-options';
import { parseNamedConf } from './named-conf';
import { serve, transferZone, type NameServer } from './serve';
import { parseZoneFile } from './zone-file';

const RUNS = Number(process.env.DNS_FUZZ ?? 60);
const options = { numRuns: RUNS };
const TIMEOUT = Math.max(60_000, RUNS * 100);

const ZONE_WORDS = [
	...'@ www * *.x IN CH 300 1h A AAAA MX NS SOA CNAME DNAME TXT SRV HINFO PTR CAA NAPTR TLSA SSHFP DS DNSKEY RP URI TYPE65280'.split(' '),
	...'192.168.75.1 2001:db8::1 10 ns ns.example.org. mail . .. \\# 4 c0a84b01 abc= "x y" "open ( ) ; $TTL $ORIGIN $INCLUDE'.split(' '),
	...'$GENERATE 1-3 0-65535 1-999999999 $ ${0,3,d} ${-9,255,N} ${1 example.net. sub a.b.c \\000 \\. \\'.split(' '),
	'\n', '\n', '\n', '\t', 'ns hm ( 1 2 3 4 5 )'
]; // prettier-ignore
const CONF_WORDS =
	'options zone acl include logging key view server primaries channel category { } { } ; ; " ! # // /* */ type primary secondary file "db.x" ' +
	'allow-query allow-transfer any none 10.0.0.0/8 192.168.75.300 port 53 yes no recursion forwarders forward only listen-on "example.org" IN';

const words = (list: readonly string[]) =>
	fc
		.array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...list) }, fc.string({ unit: 'binary', maxLength: 8 })), {
			maxLength: 60
		})
		.map((parts) => parts.join(' '));

describe('fuzz', () => {
	it(
		'zone files',
		() => {
			const head = '$TTL 1h\n@ SOA ns hm 1 2 3 4 5\n@ NS ns\nns A 192.168.75.53\n';
			fc.assert(
				fc.property(words(ZONE_WORDS), fc.boolean(), (text, whole) => {
					const files = (name: string) => (name === 'sub' ? '$INCLUDE sub\n' : null);
					const { zone, messages } = parseZoneFile(whole ? head + text : text, 'example.org.', 'f', files);
					/* a $GENERATE makes many records of one line, but no more than its bound */
					const generated = text.split('$GENERATE').length * 70_000;
					expect(zone.names().length).toBeLessThan(text.length + 10 + generated);
					expect(messages.length).toBeLessThan(4 * text.length + 100 + generated);
					loadZone('example.org.', 'f', whole ? head + text : text, { files });
				}),
				options
			);
		},
		TIMEOUT
	);

	it(
		'named.conf',
		() => {
			const text = words(CONF_WORDS.split(' '));
			fc.assert(
				fc.property(text, text, (conf, included) => {
					parseNamedConf(conf, 'f', (name) => (name === 'db.x' ? included : null));
				}),
				options
			);
		},
		TIMEOUT
	);

	it(
		'messages',
		() => {
			const zone = parseZoneFile(
				'$TTL 1h\n@ SOA ns hm 1 2 3 4 5\n@ NS ns\nns A 192.168.75.53\n* TXT x\nd DNAME e\nc CNAME c\nsub NS ns.sub\n',
				'a.',
				'f'
			).zone;
			const configuration = parseNamedConf('options { recursion no; };', 'f').configuration!;
			const server: NameServer = {
				configuration, zones: new Map([['a.', zone]]), hints: [], cache: new Cache(), local: { addresses: [] }, hostname: 'h', now: () => 0, random: () => 0,
				log: () => undefined
			}; // prettier-ignore
			const settings = parseDigArguments(['dig', 'x']).lookups[0]!.settings;
			/* a head that says there is something, then anything: names, pointers, numbers */
			const head = fc.tuple(fc.nat(0xffff), fc.constantFrom(1, 2), fc.nat(3)).map(([flags, questions, records]) => [
				0, 1, flags >> 8, flags & 255, 0, questions, 0, records, 0, records, 0, records
			]); // prettier-ignore
			const body = fc.array(
				fc.oneof(
					fc.constantFrom(
						[1, 97, 0],
						[0xc0, 12],
						[0xc0, 0],
						[0, 1, 0, 1],
						[0, 16, 0, 1],
						[0, 41],
						[0, 0, 0, 9],
						[0, 4],
						[63]
					),
					fc.array(fc.nat(255), { maxLength: 6 })
				),
				{ maxLength: 30 }
			);
			fc.assert(
				fc.property(head, body, (first, rest) => {
					const bytes = Uint8Array.from([...first, ...rest.flat()]);
					dnsSpans(bytes);
					const message = parseDns(bytes);
					if (!message) return;
					messageText(message, settings);
					expect(buildDns(message).length).toBeLessThanOrEqual(65_535);
					expect(serve(server, message, 1).next().done).toBe(true);
					if (message.questions.length > 0) transferZone(server, message, 1);
				}),
				options
			);
		},
		TIMEOUT
	);
});
