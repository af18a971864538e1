import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Services } from '#netfilter/services';
import { completeRules, diagnoseRules, hoverRules, type Surroundings } from './editor';

const AROUND: Surroundings = {
	family: 'ip',
	read: (path) => ({ '/etc/services': 'smtp 25/tcp mail\n', '/etc/hosts': '127.0.0.1 localhost\n' })[path],
	services: { setting: () => 0, interfaceIndex: () => 1 } as unknown as Services,
	interfaces: ['lo', 'eth0']
};

const table = (...rules: string[]): string =>
	[
		'*filter',
		':INPUT DROP [0:0]',
		':FORWARD DROP [0:0]',
		':OUTPUT ACCEPT [0:0]',
		':web - [0:0]',
		...rules,
		'COMMIT',
		''
	].join('\n');

const MARKS: readonly (readonly [text: string, marks: readonly string[]])[] = [
	[table('-A INPUT -p tcp -m tcp --dport smtp -j ACCEPT', '-A web -j REJECT', '-A INPUT -s localhost -j web'), []],
	[table('-A INPUT -p tcp --dprot 25 -j ACCEPT'), ['6:17 unknown option "--dprot"']],
	[table('-A INPUT -p tcp --dport smpt -j ACCEPT'), [`6:17 invalid port/service \`smpt' specified`]],
	[table('-A INPUT -j ACEPT'), ["6:13 Chain 'ACEPT' does not exist"]],
	[table('-A WEB -j ACCEPT'), ['6:4 No chain/target/match by that name']],
	[table('-A INPUT -s 192.168.75.300 -j DROP'), ["6:1 host/network `192.168.75.300' not found"]],
	['*filter\n:INPUT ACCEPT [0:0]\n', ['2:1 COMMIT expected at line 3']],
	[
		'*fliter\nCOMMIT\n',
		["1:1 table name 'fliter' invalid", '2:1 outside of a table: a line like "*filter" comes before it']
	],
	[
		'*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j REJECT\nCOMMIT\n',
		['3:1 RULE_APPEND failed (Invalid argument): rule in chain PREROUTING']
	],
	['# a note\n\n*mangle\n:FORWARD ACCEPT [0:0]\n[3:180] -A FORWARD -j TTL --ttl-dec 1\nCOMMIT\n', []]
];

describe('marks of a rules file', () => {
	it.each(MARKS)('%j', (text, marks) => {
		expect(diagnoseRules(text, AROUND).map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual(
			marks
		);
	});

	it('throw at nothing', () => {
		const word = fc.constantFrom(
			'-A',
			'INPUT',
			'-j',
			'ACCEPT',
			'-p',
			'tcp',
			'--dport',
			'22',
			'!',
			'-m',
			'limit',
			'--limit',
			'"',
			'\\',
			'[1:2]',
			'*filter',
			':x',
			'COMMIT',
			'\n'
		);
		const text = fc
			.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 30 })
			.map((words) => words.join(' '));
		fc.assert(
			fc.property(text, fc.nat(6), fc.nat(40), (file, line, column) => {
				diagnoseRules(`*filter\n${file}`, AROUND);
				completeRules(file, line + 1, column + 1, AROUND);
				hoverRules(file, line + 1, column + 1, AROUND);
			})
		);
	});
});

describe('completion', () => {
	const labels = (line: string): string[] =>
		completeRules(`*filter\n:web - [0:0]\n${line}`, 3, line.length + 1, AROUND).map(({ label }) => label);

	it('offers chains, targets, matches, interfaces and the options of what is loaded', () => {
		expect(labels('-A ')).toEqual(['INPUT', 'FORWARD', 'OUTPUT', 'web']);
		expect(labels('-A INPUT -i ')).toEqual(['lo', 'eth0']);
		expect(labels('-A INPUT -j ')).toEqual(expect.arrayContaining(['ACCEPT', 'web', 'REJECT', 'LOG']));
		expect(labels('-A INPUT -m ')).toEqual(expect.arrayContaining(['conntrack', 'limit', 'tcp']));
		expect(labels('-A INPUT -p tcp --d')).toEqual(expect.arrayContaining(['--dport', '--syn']));
		expect(labels('-A INPUT -p tcp --d')).not.toContain('--limit');
	});
});

describe('hover', () => {
	const at = (line: string, word: string): string | undefined =>
		hoverRules(`*filter\n${line}`, 2, line.indexOf(word) + 2, AROUND)?.paragraphs[0];

	it('names what a word is', () => {
		const line = '-A INPUT -p tcp -m conntrack --ctstate NEW -j LOG';
		expect(at(line, '-p')).toBe('-p, --protocol');
		expect(at(line, 'conntrack')).toBe('conntrack');
		expect(at(line, '--ctstate')).toBe('--ctstate (conntrack)');
		expect(at(line, 'LOG')).toBe('LOG');
		expect(at(line, 'NEW')).toBeUndefined();
	});
});
