import { describe, expect, it } from 'vitest';
import { Errno, type Request, type Sys } from '#kernel/syscalls';
import { decode, encode } from '#kernel/text';
import { Config } from '../config';
import { Fatal, Messages } from '../errors';
import { parseMainCf } from '../main-cf';
import { parseCidrPattern } from './cidr-pattern';
import { decodeIndex, encodeIndex } from './index-file';
import { DictError, openDict, openMaps } from './index';
import { openAddressList, openDomainList } from './match-list';

/** A host of files alone: enough of the system calls for tables; `said` gets what goes to standard error. */
function runOn<T>(files: Readonly<Record<string, string | Uint8Array>>, program: Sys<T>, said: string[] = []): T {
	const open = new Map<number, Uint8Array | null>();
	const answer = ({ call, args }: Request): unknown => {
		if (call === 'open') {
			const content = files[args[0]];
			if (content === undefined) throw new Errno('ENOENT');
			open.set(open.size + 10, typeof content === 'string' ? encode(content) : content);
			return open.size + 9;
		}
		if (call === 'read') {
			const rest = open.get(args[0]) ?? new Uint8Array(0);
			open.set(args[0], null);
			return rest;
		}
		if (call === 'stat') {
			if (files[args[0]] === undefined) throw new Errno('ENOENT');
			return { mtime: 0, inode: 1 };
		}
		if (call === 'write') said.push(decode(args[1]));
		return call === 'time' ? 0 : undefined;
	};
	let step = program.next();
	while (!step.done) {
		let value: unknown;
		try {
			value = answer(step.value);
		} catch (thrown) {
			step = program.throw(thrown);
			continue;
		}
		step = program.next(value);
	}
	return step.value;
}

const messages = Messages.toStderr('test', false);

function configOf(text: string): Config {
	const main = parseMainCf(text, '/etc/postfix/main.cf', () => undefined);
	return new Config('smtpd', messages, main, new Map(), { nodename: 'halo.example.org', pid: 1 });
}

function look(
	files: Record<string, string | Uint8Array>,
	table: string,
	key: string,
	said: string[] = []
): string | null {
	return runOn(
		files,
		(function* () {
			const dict = yield* openDict(table, messages);
			return (yield* dict.lookup(key))?.value ?? null;
		})(),
		said
	);
}

describe('tables', () => {
	it.each([
		['static:foo', 'x', 'foo'],
		['inline:{ {a = b c}, d=e }', 'A', 'b c'],
		['unionmap:{static:a,static:b}', 'x', 'a,b'],
		['pipemap:{inline:{a=b},inline:{b=c}}', 'a', 'c'],
		['regexp:{{/a(b)/ x$1}}', 'ab', 'xb'],
		['pcre:{{/^(\\w+)\\s+(?=x)/ word $1}}', 'hello x', 'word hello'],
		['cidr:/c', '10.1.1.1', 'REJECT one'],
		['cidr:/c', '10.4.1.1', null],
		['texthash:/t', 'KEY', 'value']
	])('%s, %s', (table, key, value) => {
		const files = { '/c': 'if 10.0.0.0/8\n10.1.0.0/16 REJECT one\nendif\n', '/t': 'key value\n' };
		expect(look(files, table, key)).toBe(value);
	});

	it('names the line of the source file for an indexed entry', () => {
		const bytes = encodeIndex('hash', new Map([['anna', { value: 'joe', line: 7 }]]));
		const found = runOn(
			{ '/etc/aliases': '', '/etc/aliases.db': bytes },
			(function* () {
				const maps = yield* openMaps(configOf('alias_maps = hash:/etc/aliases\n'), 'alias_maps');
				return yield* maps.find('anna');
			})()
		);
		expect(found).toEqual({
			value: 'joe',
			source: { kind: 'file', host: '', path: '/etc/aliases', line: 7, item: 'anna' },
			because: [{ kind: 'file', host: '', path: '/etc/postfix/main.cf', line: 1, item: 'hash:/etc/aliases' }]
		});
	});

	it('keeps an index in the order of its keys', () => {
		const entries = new Map(['b', 'a', 'C'].map((key) => [key, { value: `v${key}`, line: 1 }]));
		expect([...decodeIndex(encodeIndex('btree', entries))!.keys()]).toEqual(['C', 'a', 'b']);
		expect([...decodeIndex(encodeIndex('hash', entries))!.keys()]).toEqual(['b', 'C', 'a']);
		expect(decodeIndex(encode('rubbish'))).toBeUndefined();
	});

	it('is fatal for commands when the table is not there', () => {
		expect(() => look({}, 'hash:/x', 'a')).toThrow(Fatal);
		expect(() => look({}, 'nosuch:/x', 'a')).toThrow(new Fatal('unsupported dictionary type: nosuch') as never);
	});
});

describe('match lists', () => {
	const match = (text: string, name: string, address: string, files = {}, said: string[] = []): unknown =>
		runOn(
			files,
			(function* () {
				const list = yield* openAddressList(configOf(text), 'mynetworks');
				const { matched, item, source } = yield* list.match(name, address);
				return { matched, item, line: source?.kind === 'file' ? source.line : undefined };
			})(),
			said
		);

	it.each([
		[
			'mynetworks = 127.0.0.0/8,\n  192.168.75.0/28\n',
			'192.168.75.9',
			{ matched: true, item: '192.168.75.0/28', line: 2 }
		],
		[
			'mynetworks = !192.168.75.9, 192.168.75.0/28\n',
			'192.168.75.9',
			{ matched: false, item: '!192.168.75.9', line: 1 }
		],
		['mynetworks = [192.168.75.9]\n', '192.168.75.9', { matched: true, item: '[192.168.75.9]', line: 1 }],
		['x = 10.0.0.0/8\nmynetworks = $x\n', '10.1.2.3', { matched: true, item: '10.0.0.0/8', line: 1 }],
		['mynetworks = /nets\n', '10.1.2.3', { matched: true, item: '10.0.0.0/8', line: 2 }],
		['mynetworks = 192.168.75.0/28\n', '10.1.2.3', { matched: false, item: undefined, line: undefined }]
	])('%j, %s', (text, address, expected) => {
		expect(match(text, 'unknown', address, { '/nets': '# ours\n10.0.0.0/8\n' })).toEqual(expected);
	});

	it('fails for everybody behind a network with host bits', () => {
		const said: string[] = [];
		expect(() => match('mynetworks = 192.168.75.2/28, 10.0.0.0/8\n', 'unknown', '10.1.2.3', {}, said)).toThrow(
			DictError
		);
		expect(said).toEqual([
			'test: warning: mynetworks: non-null host address bits in "192.168.75.2/28", perhaps you should use "192.168.75.0/28" instead\n'
		]);
	});

	it('knows which lists mean subdomains too', () => {
		const relay = (parameter: string): boolean =>
			runOn(
				{},
				(function* () {
					const list = yield* openDomainList(configOf(`${parameter} = example.org\n`), parameter);
					return (yield* list.match('a.example.org')).matched;
				})()
			);
		expect(relay('relay_domains')).toBe(true);
		expect(relay('mydestination')).toBe(false);
	});

	it('reads patterns', () => {
		expect(parseCidrPattern('[10.0.0.0]/8')).toEqual({ network: 0x0a000000, prefix: 8 });
		expect(parseCidrPattern('10.0.0.0/33')).toBe('bad mask length in "10.0.0.0/33"');
		expect(parseCidrPattern('300.1.1.1')).toBe('bad address pattern: "300.1.1.1"');
	});
});
