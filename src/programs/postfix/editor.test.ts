import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeMainCf, diagnoseMainCf, hoverMainCf } from './editor';

const marks = (text: string): string[] =>
	diagnoseMainCf(text).map((mark) => `${mark.line}:${mark.column}-${mark.endColumn} ${mark.severity} ${mark.message}`);

describe('diagnoseMainCf', () => {
	it.each<[string, string[]]>([
		['myhostname = halo.example.org\n', []],
		['my_networks = 10.0.0.0/8\n', ['1:1-12 warning unused parameter: my_networks=10.0.0.0/8']],
		['this line is wrong\n', [`1:1-19 error missing '=' after attribute name: "this line is wrong"`]],
		[
			'mynetworks = 127.0.0.0/8,\n  192.168.75.2/28\n',
			[
				'2:3-18 warning non-null host address bits in "192.168.75.2/28", perhaps you should use "192.168.75.0/28" instead'
			]
		],
		['soft_bounce = TRUE\n', ['1:15-19 error bad boolean configuration: soft_bounce = TRUE']],
		['relayhost = a\nrelayhost = b\n', ['2:1-14 warning overriding earlier entry: relayhost=a']],
		['x = a\nmydestination = $x, $nosuch\n', ['2:21-28 warning undefined parameter: nosuch']]
	])('%j', (text, expected) => {
		expect(marks(text)).toEqual(expected);
	});

	it('marks a comment behind a value', () => {
		expect(marks('relayhost = [isp.com] # ours\n')).toEqual([
			'1:23-29 info A comment cannot stand behind a value: from here on the text is part of the value.'
		]);
	});

	it('never throws', () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom(...'ab_ =$(){}?:#\n\t,/.12!'), maxLength: 80 }), (text) => {
				diagnoseMainCf(text);
				completeMainCf(text, 1, 3);
				hoverMainCf(text, 1, 3);
			})
		);
	});
});

describe('completeMainCf and hoverMainCf', () => {
	it('completes names, values and variables', () => {
		expect(completeMainCf('mynetworks_s', 1, 13).map((row) => row.label)).toEqual(['mynetworks_style']);
		expect(completeMainCf('mynetworks_style = s', 1, 21).map((row) => row.label)).toEqual(['subnet']);
		expect(completeMainCf('mydestination = $mydom', 1, 23).map((row) => row.label)).toEqual(['$mydomain']);
		expect(completeMainCf('smtpd_relay_restrictions =\n  permit_m', 2, 11).map((row) => row.label)).toContain(
			'permit_mynetworks'
		);
	});

	it('tells about a parameter', () => {
		expect(hoverMainCf('queue_run_delay = 300s\n', 1, 4)?.paragraphs).toEqual([
			'queue_run_delay',
			'How often waiting mail is looked through.',
			'Value: a time: a number with s, m, h, d or w; without a unit, seconds.',
			'Default: 300s',
			'At least 1.',
			'Read by lmtp, qmgr, smtp.'
		]);
	});
});
