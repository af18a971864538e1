import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sys } from '#kernel/syscalls';
import { answer } from '../libwrap/fixture';
import { findItem, readItem, type AddressItem } from './addresses';
import { ATTRIBUTES } from './attributes';
import { complete } from './complete';
import { userOf } from './ident';
import { readInetdConf } from './inetd-conf';
import { parseOptions, Usage } from './options';
import { FatalDefaults, parseLine, Parser, type Configuration } from './parse';
import { ServiceConfig } from './service-config';
import { parseInterval } from './times';

/** Lines that the parser reads, and pairs of client and lists that are decided: WRAPPER_RUNS=1000000 for a long run. */
const LINES = Number(process.env['WRAPPER_RUNS'] ?? 20_000);
const PAIRS = Math.ceil(LINES / 10);
/** milliseconds */
const LONG = 3_600_000;

const FILES = {
	'/etc/nsswitch.conf': 'hosts: files\n',
	'/etc/hosts': '192.168.1.7 www.example.org www\n192.168.1.8 friend\n',
	'/etc/services': 'telnet 23/tcp\necho 7/tcp\necho 7/udp\n',
	'/etc/protocols': 'tcp 6 TCP\nudp 17 UDP\n',
	'/etc/passwd': 'root:x:0:0::/:/bin/sh\n',
	'/etc/group': 'root:x:0:\n'
};
const PLACE = { file: '/etc/xinetd.conf', line: 1 };

/** The messages, and the ids of the services that are left. */
function read(text: string): { messages: string[]; services: string[] } {
	const messages: string[] = [];

	const report = function* (_priority: string, said: string): Sys<void> {
		messages.push(said);
	};
	const configuration: Configuration = { defaults: new ServiceConfig(undefined, PLACE), services: [] };
	const environment = new Map([['TZ', 'UTC']]);
	const reading = function* (): Sys<void> {
		yield* new Parser('/etc/xinetd.conf', configuration, { report, environment }).read(text, '/etc/xinetd.conf');
		configuration.services.push(...(yield* readInetdConf(text, '/etc/inetd.conf', report)));
		yield* complete(configuration, environment, report);
	};
	try {
		answer(FILES, reading());
	} catch (thrown) {
		if (!(thrown instanceof FatalDefaults)) throw thrown;
	}
	return { messages, services: configuration.services.map(({ id }) => id) };
}

describe('the words of xinetd.conf', () => {
	it.each([
		['a = b  c', { name: 'a', operator: '=', values: ['b', 'c'] }],
		['\ta\t+=b', { name: 'a', operator: '+=', values: ['b'] }],
		['a -= ', { name: 'a', operator: '-=', values: [] }],
		['a=b', 'Attribute a needs a space before operator'],
		['a b', 'Bad operator for attribute: a'],
		['a + b', 'Bad operator for attribute: a'],
		['a ', 'Nothing after attribute: a'],
		['a', 'Bad operator for attribute: a']
	])('%j', (line, expected) => {
		expect(parseLine(line, () => '\n}\nservice x')).toEqual(expected);
	});

	it.each([
		['2:30-4:15', { text: '2:30-4:15', start: 150, end: 255 }],
		['0:0-24:00', 'invalid time interval'],
		['9-17', 'incorrect time interval'],
		['9:00-8:59', 'invalid time interval: 9:00-8:59']
	])('%s', (text, expected) => {
		expect(parseInterval(text)).toEqual(expected);
	});

	it.each([
		['41000 , 23 : USERID : UNIX : anna', 'UNIX : anna'],
		['41000,23:USERID:UNIX:anna', 'UNIX:anna'],
		['41000,24:USERID:UNIX:anna', undefined],
		['41000,23:ERROR:NO-USER', undefined]
	])('%s', (line, user) => {
		expect(userOf(line, 23, 41_000)).toBe(user);
	});

	it('of the command line', () => {
		expect(parseOptions(['xinetd', '-f', '/x', '-frob', '-limit', '3'])).toMatchObject({ config: '/x', limit: 3 });
		for (const wrong of [['-f'], ['x'], ['-'], ['-limit', 'x'], ['-syslog', 'auth', '-filelog', 'x']])
			expect(() => parseOptions(['xinetd', ...wrong])).toThrow(Usage as unknown as Error);
	});
});

/* ---- a second reading of the manual ------------------------------------------------------------------------------ */

interface Who {
	readonly address: string;
	readonly name: string | undefined;
}

/** only_from and no_access of xinetd.conf(5), forms a, b, d and e, by the text of the addresses. */
function standsFor(item: string, { address, name }: Who): boolean {
	const bytes = address.split('.');
	if (item.startsWith('.')) return name?.endsWith(item) ?? false;
	if (/[a-z]/.test(item)) return item === name;
	const factorised = /^(.*)\{(.*)\}$/.exec(item);
	if (factorised) {
		const head = factorised[1]!.split('.').slice(0, -1);
		const wanted = factorised[2]!.split(',').map((last) => [...head, last].join('.'));
		return wanted.includes(bytes.slice(0, head.length + 1).join('.'));
	}
	const [net = '', length] = item.split('/');
	const binary = (text: string): string =>
		text
			.split('.')
			.map((one) => Number(one).toString(2).padStart(8, '0'))
			.join('');
	if (length !== undefined) return binary(net).slice(0, Number(length)) === binary(address).slice(0, Number(length));
	const fixed = net.replace(/(\.0)+$/, '');
	return fixed === '0' || `${address}.`.startsWith(`${fixed}.`);
}

function allowed(onlyFrom: readonly string[] | undefined, noAccess: readonly string[] | undefined, who: Who): boolean {
	if (noAccess?.some((item) => standsFor(item, who))) return false;
	return onlyFrom === undefined || onlyFrom.some((item) => standsFor(item, who));
}

const CLIENTS: readonly Who[] = [
	{ address: '192.168.1.7', name: 'www.example.org' },
	{ address: '192.168.1.8', name: 'friend' },
	{ address: '192.168.2.1', name: undefined },
	{ address: '10.0.0.9', name: undefined },
	{ address: '10.20.30.40', name: undefined }
];
const item = fc.oneof(
	fc.constantFrom(
		'www.example.org',
		'friend',
		'.example.org',
		'.org',
		'0.0.0.0',
		'192.168.0.0',
		'192.168.1.0',
		'10.0.0.0'
	),
	fc.constantFrom('192.168.1.7', '10.0.0.9', '192.168.{1,3}', '192.168.1.{8,9}', '10.{20}', '{10,11}'),
	fc.tuple(fc.constantFrom('192.168.1.7', '10.0.0.0', '10.20.0.0'), fc.nat(32)).map(([net, bits]) => `${net}/${bits}`)
);
const list = fc.option(fc.array(item, { maxLength: 4 }), { nil: undefined });

function items(texts: readonly string[]): AddressItem[] {
	return texts.flatMap((text) => answer(FILES, readItem(text, PLACE)) as AddressItem[]);
}

describe('properties', () => {
	it(
		'the lists decide as a second reading of the manual',
		() => {
			fc.assert(
				fc.property(list, list, fc.constantFrom(...CLIENTS), (onlyFrom, noAccess, who) => {
					const address = who.address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
					const found = (texts: readonly string[] | undefined): boolean =>
						texts !== undefined && answer(FILES, findItem(items(texts), { address, mapped: false })) !== undefined;
					const granted = !found(noAccess) && (onlyFrom === undefined || found(onlyFrom));
					expect(granted).toBe(allowed(onlyFrom, noAccess, who));
				}),
				{ numRuns: PAIRS }
			);
		},
		LONG
	);

	const word = fc.oneof(
		fc.constantFrom(...ATTRIBUTES.map(({ name }) => name)),
		fc.constantFrom(...ATTRIBUTES.flatMap(({ choices }) => choices ?? [])),
		fc.constantFrom(
			'=',
			'+=',
			'-=',
			'=',
			'=',
			' ',
			'\t',
			'#',
			'{',
			'}',
			'/',
			',',
			'1',
			'192.168.1.0',
			'10.{1,2',
			'a=b',
			'\0'
		),
		fc.string({ maxLength: 5 })
	);
	const attribute = fc
		.tuple(
			fc.constantFrom(...ATTRIBUTES.map(({ name }) => name)),
			fc.constantFrom('=', '=', '+=', '-='),
			fc.array(word, { maxLength: 3 })
		)
		.map(([name, operator, values]) => `\t${name} ${operator} ${values.join(' ')}`);
	const stray = fc.oneof(
		fc.constantFrom('{', '}', 'defaults', 'service telnet', 'includedir /etc/xinetd.d', 'include /etc/services'),
		fc.array(word, { maxLength: 6 }).map((words) => words.join(' '))
	);
	const line = fc.oneof({ arbitrary: attribute, weight: 5 }, { arbitrary: stray, weight: 1 });
	const entry = fc
		.tuple(fc.constantFrom('service telnet', 'service echo', 'defaults'), fc.array(line, { maxLength: 8 }))
		.map(([head, lines]) => [head, '{', ...lines, '}'].join('\n'));
	/** entries, of about six lines */
	const BATCH = 10;

	it(
		'any text is read to its end without a throw',
		() => {
			fc.assert(
				fc.property(fc.array(fc.oneof(entry, stray), { minLength: BATCH, maxLength: BATCH }), (entries) => {
					const { messages } = read(`${entries.join('\n')}\n`);
					expect(messages.every((text) => !/\bundefined\b(?! environment)/.test(text))).toBe(true);
				}),
				{ numRuns: Math.ceil(LINES / BATCH / 4) }
			);
		},
		LONG
	);
});
