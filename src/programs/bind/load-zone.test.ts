import { describe, expect, it } from 'vitest';
import { loadZone } from './load-zone';

const HEAD = `$TTL 86400
@ IN SOA ns.example.org. hostmaster.example.org. ( 2004010101 28800 7200 604800 3600 )
  IN NS ns
ns IN A 192.168.75.53
`;
const FAILED = 'zone example.org/IN: not loaded due to errors.';
const failed = (why: string) => [`zone example.org/IN: loading from master file a failed: ${why}`, FAILED];
const LOADED = 'zone example.org/IN: loaded serial 2004010101';

/** What named-checkzone 9.18.49 says, behind the four lines of HEAD. */
const CASES: readonly [string, readonly string[]][] = [
	['', [LOADED]],
	[
		'x IN A 1.2.3.4 extra\n',
		["dns_rdata_fromtext: a:5: near 'extra': extra input text", ...failed('extra input text')]
	],
	['x IN A\n', ['dns_rdata_fromtext: a:5: near eol: unexpected end of input', ...failed('unexpected end of input')]],
	['x IN TXT "abc\n', ['dns_rdata_fromtext: a:5: unbalanced quotes', ...failed('unbalanced quotes')]],
	['x IN A 192.168.75.1)\n', ['dns_rdata_fromtext: a:5: unbalanced parentheses', ...failed('unbalanced parentheses')]],
	['ns A (\n1.1.1\n)\n', ["dns_rdata_fromtext: a:5: near '1.1.1': bad dotted quad", ...failed('bad dotted quad')]],
	['x 1x IN A 1.2.3.4\n', ["a:5: unknown RR type '1x'", ...failed('unknown class/type')]],
	[' @ IN NS ns\n', ["a:5: unknown RR type '@'", ...failed('unknown class/type')]],
	['x CH A 1.2.3.4\n', ["a:5: class 'CH' != zone class 'IN'", ...failed('bad class')]],
	['a..b IN A 1.2.3.4\n', ['dns_master_load: a:5: empty label', ...failed('empty label')]],
	[
		'x IN FOO 1\ny IN A 1.2\nz IN A 1.2.3.4\n',
		[
			"a:5: unknown RR type 'FOO'",
			"dns_rdata_fromtext: a:6: near '1.2': bad dotted quad",
			...failed('unknown class/type')
		]
	],
	[
		'www CNAME a\n A 1.1.1.1\nx A 1.1.1.1\n',
		['dns_master_load: a:6: www.example.org: CNAME and other data', ...failed('CNAME and other data')]
	],
	[
		'www CNAME a\nwww CNAME b\n\nx A 1.1.1.1\n',
		[
			'dns_master_load: a:6: www.example.org: multiple RRs of singleton type',
			...failed('multiple RRs of singleton type')
		]
	],
	['x 300 IN A 1.2.3.4\nx 600 IN A 1.2.3.5\n', ['a:6: TTL set to prior TTL (300)', LOADED]],
	['x_y IN A 1.2.3.4\n', ['a:5: x_y.example.org: bad owner name (check-names)', LOADED]],
	['x A 1.2.3.4\n\n\nfoo.example.com. A 1.1.1.1\n', ['a:8: ignoring out-of-zone data (foo.example.com)', LOADED]],
	['x A 1.2.3.4', ['a:5: file does not end with newline', LOADED]],
	['@ IN NS other\n', ["zone example.org/IN: NS 'other.example.org' has no address records (A or AAAA)", FAILED]],
	[
		'x IN SRV 0 0 25 www\nwww IN CNAME ns\n',
		["zone example.org/IN: x.example.org/SRV 'www.example.org' is a CNAME (illegal)", LOADED]
	],
	['$INCLUDE nosuch\n', ['dns_master_load: a:5: nosuch: file not found', ...failed('file not found')]]
];

describe('loading a zone', () => {
	it.each(CASES)('%j', (lines, messages) => {
		expect(loadZone('example.org.', 'a', HEAD + lines).messages).toEqual(messages);
	});

	it('takes the owners of an included file relative to its origin, and goes back to its own', () => {
		const { zone } = loadZone('example.org.', 'a', `${HEAD}$INCLUDE inc sub\nz A 1.1.1.1\n`, {
			files: () => 'a A 1.1.1.1\n@ A 1.2.3.4\n'
		});
		expect(zone?.names()).toEqual([
			'example.org.',
			'ns.example.org.',
			'sub.example.org.',
			'a.sub.example.org.',
			'z.example.org.'
		]);
	});

	it('says where a mistake stands', () => {
		const { diagnostics } = loadZone('example.org.', 'a', `${HEAD}halo IN A 192.168.75\n`);
		expect(diagnostics).toEqual([
			{ path: 'a', line: 5, column: 11, endColumn: 21, severity: 'error', message: 'bad dotted quad' }
		]);
	});
});
