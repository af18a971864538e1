import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeResolverFile, diagnoseResolverFile, hoverResolverFile } from '../libc/editor';
import { completeZone, diagnoseZone, hoverZone } from './editor';
import { completeNamedConf, diagnoseNamedConf, hoverNamedConf } from './editor-conf';

const FILES: Readonly<Record<string, string>> = {
	'/etc/bind/named.conf':
		'options { directory "/etc/bind"; };\ninclude "/etc/bind/named.conf.local";\nzone "example.org" { type primary; file "db.example.org"; };\n',
	'/etc/bind/named.conf.local': 'acl inside { 10/8; };\n',
	'/etc/bind/db.more': 'more A 192.168.75.9\n'
};
const read = (path: string): string | undefined => FILES[path];
const ZONE = '/etc/bind/db.example.org';
const HEAD = '$TTL 1d\n@ IN SOA ns root (\n\t7 ; serial\n\t1h 2h 4w\n\t300 )\n  IN NS ns\nns IN A 192.168.75.53\n';

const marks = (text: string) =>
	diagnoseZone(text, ZONE, read).map(
		({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`
	);

describe('zone files', () => {
	it.each([
		[HEAD, []],
		[`${HEAD}www IN A 192.168.75\n`, ['8:10 error bad dotted quad']],
		[`${HEAD}www IN BOGUS x\n`, ['8:8 error unknown class/type']],
		[`${HEAD}@ MX 10 mail\n`, ["8:1 warning example.org/MX 'mail.example.org' has no address records (A or AAAA)"]],
		[`${HEAD}www CNAME ns.example.org\n`, ['8:11 info Without a final dot this is ns.example.org.example.org.']],
		[`${HEAD}$INCLUDE db.more\nx CNAME more\n`, []],
		[HEAD.replace('  IN NS ns\n', ''), ['2:1 error has no NS records']]
	])('%j', (text, expected) => {
		expect(marks(text)).toEqual(expected);
	});
	it('are completed', () => {
		const labels = (line: string) =>
			completeZone(`${HEAD}${line}`, 8, line.length + 1, ZONE, read).map(({ label }) => label);
		expect(labels('$OR')).toEqual(['$ORIGIN']);
		expect(labels('www IN CN')).toEqual(['CNAME']);
		expect(labels('www IN CNAME ')).toEqual(['ns']);
	});
	it('are explained', () => {
		const said = (line: number, column: number) => hoverZone(`${HEAD}www A 192.168.75.80\n`, line, column, ZONE, read);
		expect(said(4, 2)?.paragraphs).toEqual([
			'refresh',
			'How often a secondary server asks for the serial number.',
			'Here: 3600 seconds, 1h'
		]);
		expect(said(8, 2)?.paragraphs).toEqual(['www.example.org.', 'Read as: www.example.org. 86400 IN A 192.168.75.80']);
	});
});

describe('named.conf', () => {
	const conf = (text: string, path = '/etc/bind/named.conf') =>
		diagnoseNamedConf(text, path, read).map(({ line, severity, message }) => `${line} ${severity} ${message}`);
	it.each([
		['options { recursion yes };\n', ["1 error missing ';' before '}'"]],
		['options {\n\tbogus yes;\n};\n', ["2 error unknown option 'bogus'"]],
		['zone "a.example" { type primary; file "nosuch"; };\n', ['1 warning There is no file /var/cache/bind/nosuch.']],
		['options { dialup yes; };\n', ["1 warning option 'dialup' is deprecated"]],
		['options { allow-query { nosuch; }; };\n', ["1 error undefined ACL 'nosuch'"]]
	])('%j', (text, expected) => {
		expect(conf(text)).toEqual(expected);
	});
	it('is completed by where the place is', () => {
		const labels = (text: string) => completeNamedConf(text, 1, text.length + 1).map(({ label }) => label);
		expect(labels('opt')).toEqual(['options']);
		expect(labels('options { allow-rec')).toEqual(['allow-recursion', 'allow-recursion-on']);
		expect(labels('zone "x" { type pri')).toEqual(['primary']);
		expect(labels('acl inside { 10/8; }; options { allow-query { in')).toEqual(['inside']);
	});
	it('is explained', () => {
		expect(hoverNamedConf('options { recursion yes; };', 1, 12)?.paragraphs[0]).toBe('recursion');
	});
});

describe("the resolver's files", () => {
	it.each([
		['/etc/resolv.conf', 'nameserver ns.example.org\n', ['a name server is given by its address']],
		['/etc/resolv.conf', 'search example.org # here\nnameserver 192.168.75.53\n', []],
		['/etc/hosts', '192.168.75.300 x\n', ['"192.168.75.300" is no address: the line is read over']],
		['/etc/nsswitch.conf', 'host: files dns\n', ['no database is called "host"']]
	])('%s %j', (path, text, expected) => {
		expect(diagnoseResolverFile(text, path).map(({ message }) => message)).toEqual(expected);
	});
});

it('no text makes the editor throw', () => {
	const word = fc.constantFrom(
		...[
			'@',
			'www',
			'IN',
			'A',
			'MX',
			'SOA',
			'10',
			'1h',
			'(',
			')',
			';',
			'"',
			'\n',
			'\t',
			'$TTL',
			'$ORIGIN',
			'$GENERATE',
			'1-3'
		],
		...[
			'$INCLUDE',
			'db.more',
			'\\',
			'\\#',
			'{',
			'}',
			'options',
			'zone',
			'type',
			'primary',
			'/*',
			'!',
			'192.168.75.1',
			'.',
			'..',
			'a.'
		]
	);
	const text = fc.array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 40 });
	fc.assert(
		fc.property(text, fc.boolean(), fc.nat(6), fc.nat(30), (words, dense, line, column) => {
			const joined = words.join(dense ? '' : ' ');
			diagnoseZone(joined, ZONE, read);
			completeZone(joined, line, column, ZONE, read);
			hoverZone(joined, line, column, ZONE, read);
			diagnoseNamedConf(joined, '/etc/bind/named.conf', read);
			completeNamedConf(joined, line, column);
			hoverNamedConf(joined, line, column);
			for (const path of ['/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf']) {
				diagnoseResolverFile(joined, path);
				completeResolverFile(joined, line, column, path);
				hoverResolverFile(joined, line, column, path);
			}
		})
	);
});
