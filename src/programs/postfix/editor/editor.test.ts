import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeMainCf, diagnoseMainCf, hoverMainCf } from './main-cf';
import { completeMasterCf, diagnoseMasterCf, hoverMasterCf } from './master-cf';
import { completeTable, diagnoseTable, hoverTable, tableUse } from './tables';

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

describe('master.cf', () => {
	const file = [
		'smtp      inet  n  -  y  -  -  smtpd',
		'submission inet n - maybe - - smtpd',
		'  -o smtpd_sasl_auth_enable = yes',
		'local unix - n n - - locale',
		'smtp inet n - y - - smtpd',
		'pickup unix n - y 60 1'
	].join('\n');

	it('marks fields, programs, options and duplicates where they stand', () => {
		const marks = diagnoseMasterCf(file).map(({ line, severity, message }) => `${line} ${severity} ${message}`);
		expect(marks).toEqual([
			expect.stringMatching(/^2 error invalid chroot field "maybe" in/),
			'3 error No white space may stand around the "=" of -o.',
			expect.stringMatching(/^4 warning daemon_directory has no program "locale"/),
			'5 warning duplicate master.cf entry for service "smtp" (line 1)',
			'6 error bad field count'
		]);
	});

	it('completes what a field may hold and tells what it is', () => {
		expect(completeMasterCf('smtp in', 1, 8).map(({ label }) => label)).toEqual(['inet']);
		expect(completeMasterCf('x unix - - - - - smtp', 1, 22).map(({ label }) => label)).toContain('smtpd');
		expect(completeMasterCf('  -o smtpd_sasl_auth', 1, 21).map(({ insert }) => insert)).toEqual([
			'smtpd_sasl_auth_enable=',
			'smtpd_sasl_authenticated_header='
		]);
		expect(hoverMasterCf(file, 1, 24)?.paragraphs[0]).toBe('chroot');
	});
});

describe('tables', () => {
	const main = [
		'smtpd_client_restrictions = check_client_access hash:/etc/postfix/clients, permit',
		'header_checks = regexp:/etc/postfix/heads',
		'transport_maps = hash:/etc/postfix/ways'
	].join('\n');

	it.each([
		['/etc/postfix/clients', { type: 'hash', role: 'access', by: 'check_client_access' }],
		['/etc/postfix/heads', { type: 'regexp', role: 'content', by: 'header_checks' }],
		['/etc/postfix/ways', { type: 'hash', role: 'transport', by: 'transport_maps' }],
		['/etc/aliases', { type: 'alias', role: 'aliases', by: 'alias_maps' }],
		['/etc/passwd', null]
	])('%s is used as main.cf says', (path, use) => expect(tableUse(path, main)).toEqual(use));

	it.each([
		[
			'/etc/postfix/clients',
			'192.0.2.1 REJCT\n192.0.2.2',
			['1 unknown smtpd restriction: "REJCT"', '2 expected format: key whitespace value']
		],
		['/etc/postfix/clients', 'a OK\nA REJECT', ['2 duplicate entry: "a" (line 1)']],
		[
			'/etc/postfix/heads',
			'/^Subject: (/ REJECT\n/x/ FOO',
			['1 regexp map', '2 unknown command in header_checks map: FOO']
		],
		['/etc/postfix/ways', 'example.net mail.example.net', ['1 Without a colon']],
		['/etc/aliases', 'root anna', ['1 need name:value pair']]
	])('%s with %j is marked', (path, text, expected) => {
		const marks = diagnoseTable(text, path, tableUse(path, main)!).map(({ line, message }) => `${line} ${message}`);
		expect(marks).toHaveLength(expected.length);
		expected.forEach((start, i) => expect(marks[i]).toContain(start.replace(/^(\d) regexp map/, '$1 ')));
	});

	it('no input to any of them throws', () => {
		const piece = fc.constantFrom(
			'/',
			'x',
			':',
			'|',
			'"',
			'{',
			'}',
			'#',
			' ',
			'\t',
			'\n',
			'if',
			'endif',
			'$1',
			'!',
			'10.0.0.0/8',
			'REJECT',
			'-o',
			'\\',
			'é'
		);
		const uses = ['hash', 'regexp', 'pcre', 'cidr', 'alias'].map(
			(type) => ({ type, role: 'access', by: 'x' }) as const
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(6), fc.nat(20), (pieces, line, column) => {
				const text = pieces.join('');
				diagnoseMasterCf(text);
				completeMasterCf(text, line + 1, column + 1);
				hoverMasterCf(text, line + 1, column + 1);
				for (const use of uses) {
					diagnoseTable(text, '/x', use);
					completeTable(text, line + 1, column + 1, use);
					hoverTable(text, line + 1, column + 1, use);
				}
			})
		);
	});
});
