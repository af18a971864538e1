import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnyMatch, AnyTarget, Names, OptionRow } from '#netfilter/extension';
import { MATCHES } from '#netfilter/extensions/matches';
import { TARGETS } from '#netfilter/extensions/targets';
import type { Family, RuleSpec, Variant } from '#netfilter/rule';
import { parseProtocols, parseServices } from '../libc/netdb';
import { netbase } from '../netbase/index';
import { parseCommandLine, type Setting } from './command-line';
import { emptyChain } from './draft';
import { chainHeader, ruleLine, ruleRow, savedRule, shortNumber, type Style } from './print-rule';
import { Answered, CommandError } from './request';
import { readLine, readRule, splitLines } from './restore-text';

const fileText = (path: string): string => {
	const file = netbase.files!.find((one) => one.path === path);
	return file && 'text' in file ? file.text : '';
};
const SERVICES = parseServices(fileText('/etc/services'));
const PROTOCOLS = parseProtocols(fileText('/etc/protocols'));
const NAMES: Names = {
	servicePort: (name, protocol) => SERVICES.find((one) => one.name === name && one.protocol === protocol)?.port,
	serviceName: (port, protocol) => SERVICES.find((one) => one.port === port && one.protocol === protocol)?.name,
	protocolNumber: (name) => PROTOCOLS.find((one) => one.name === name || one.aliases.includes(name))?.number,
	protocolName: (number) => PROTOCOLS.find((one) => one.number === number)?.name,
	hostAddresses: (name, family) => (name === 'localhost' && family === 'ip' ? [0x7f000001] : []),
	hostName: () => undefined,
	userId: (name) => (name === 'root' ? 0 : undefined),
	groupId: (name) => (name === 'root' ? 0 : undefined),
	userName: (id) => (id === 0 ? 'root' : undefined),
	groupName: (id) => (id === 0 ? 'root' : undefined),
	file: () => undefined,
	setDimension: () => undefined
};

function setting(family: Family, variant: Variant): Setting {
	return { family, variant, names: NAMES, restore: 'iptables-restore', warn: () => undefined };
}

function style(family: Family, variant: Variant, numeric = false): Style {
	const shown = { numeric, verbose: true, exact: false, lineNumbers: true };
	return { family, variant, names: NAMES, ...shown, warn: () => undefined };
}

/** The rules of a line; null when it is refused as it should be. Anything else goes up. */
function parse(words: readonly string[], family: Family, variant: Variant): readonly RuleSpec[] | null {
	try {
		return parseCommandLine(['iptables', '-t', 'filter', ...words], setting(family, variant)).specs;
	} catch (thrown) {
		if (thrown instanceof CommandError || thrown instanceof Answered) return null;
		throw thrown;
	}
}

function save(spec: RuleSpec, family: Family, variant: Variant): string {
	return savedRule('INPUT', { ...spec, packets: 0, bytes: 0 }, style(family, variant));
}

/* ---- words at random ------------------------------------------------------------------------------------------------ */

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
	double: ['0.5', '1', '0.01'],
	'tos-mask': ['0x10', '8/0x3f', 'Minimize-Cost'],
	'mark-mask': ['1', '0x10/0xff'],
	'syslog-level': ['4', 'info', '7'],
	host: ['192.0.2.1', '2001:db8::1'],
	'host-mask': ['192.0.2.0/24', '2001:db8::/32'],
	protocol: ['tcp', '17'],
	port: ['22', 'http'],
	'port-range': ['22', '1024:2048', ':80'],
	'prefix-length': ['24'],
	'prefix-mask': ['24', '255.255.0.0'],
	ethernet: ['02:00:00:00:00:01']
};
const ANY = ['1', '5', '1:7', '10', '22,80', 'NEW', 'echo-request', '192.0.2.1', '192.0.2.1-192.0.2.9', 'x'];
/** for those that are saved in quotes; the real one saves other names with blanks so that it cannot read them */
const QUOTED = ['a b', "it's", '"', '\\', 'x'];

function argumentOf({ type, name }: OptionRow): fc.Arbitrary<string[]> {
	if (type === 'none') return fc.constant([]);
	return fc
		.constantFrom(...(ARGUMENTS[type] ?? (/prefix$|^comment$|^string$/.test(name) ? QUOTED : ANY)))
		.map((word) => [word]);
}

function optionOf(row: OptionRow): fc.Arbitrary<string[]> {
	const bang = row.invert ? fc.constantFrom<string[]>([], [], ['!']) : fc.constant<string[]>([]);
	const second = row.second ? fc.constantFrom('SYN', 'src', 'x').map((word) => [word]) : fc.constant<string[]>([]);
	return fc
		.tuple(bang, argumentOf(row), second)
		.map(([mark, words, more]) => [...mark, `--${row.name}`, ...words, ...more]);
}

function useOf(flag: '-m' | '-j', extension: AnyMatch | AnyTarget): fc.Arbitrary<string[]> {
	if (extension.options.length === 0) return fc.constant([flag, extension.name]);
	const rows = fc.uniqueArray(fc.constantFrom(...extension.options), { maxLength: 3, selector: (row) => row.id });
	return rows.chain((list) => fc.tuple(...list.map(optionOf))).map((parts) => [flag, extension.name, ...parts.flat()]);
}

const protocol = fc.constantFrom<string[]>(
	[],
	['-p', 'tcp'],
	['-p', 'udp'],
	['-p', 'icmp'],
	['!', '-p', 'gre'],
	['-p', '99']
);
const address = fc.constantFrom<string[]>(
	[],
	['-s', '10.0.0.0/8'],
	['!', '-d', '192.0.2.1'],
	['-i', 'eth+'],
	['!', '-o', 'lo']
);
const match = fc.constantFrom(...MATCHES).chain((one) => useOf('-m', one));
const target = fc.oneof(
	fc.constantFrom(['-j', 'ACCEPT'], ['-j', 'DROP'], ['-g', 'web'], []),
	fc.constantFrom(...TARGETS).chain((one) => useOf('-j', one))
);
const ruleWords = fc
	.tuple(protocol, address, fc.array(match, { maxLength: 2 }), target)
	.map(([a, b, c, d]) => ['-A', 'INPUT', ...a, ...b, ...c.flat(), ...d]);
const family = fc.constantFrom<Family>('ip', 'ip6');
const variant = fc.constantFrom<Variant>('nf_tables', 'legacy');

/** A saved line is read and saved as itself. */
function expectRoundTrip(line: string, family: Family, variant: Variant): void {
	const { words } = readRule(`${line}\n`, 1);
	const specs = parse(
		words.map(({ word }) => word),
		family,
		variant
	);
	expect(specs, line).toHaveLength(1);
	const chain = words[1]!.word;
	expect(savedRule(chain, { ...specs![0]!, packets: 0, bytes: 0 }, style(family, variant))).toBe(line);
}

describe('the parser', () => {
	it('refuses what it does not take, and nothing else happens', () => {
		const word = fc.oneof(
			fc.string(),
			fc.constantFrom(
				'-A',
				'-I',
				'INPUT',
				'-p',
				'tcp',
				'!',
				'-j',
				'DNAT',
				'--to',
				'-m',
				'limit',
				'--',
				'-',
				'-c',
				'1',
				'--dport',
				'-vnL'
			)
		);
		fc.assert(
			fc.property(
				fc.array(word, { maxLength: 12 }),
				family,
				variant,
				(words, one, kind) => void parse(words, one, kind)
			)
		);
	});

	it('takes any value for any option, or refuses it', () => {
		const extension = fc.constantFrom(...MATCHES, ...TARGETS).filter(({ options }) => options.length > 0);
		const words = extension.chain((one) =>
			fc
				.tuple(fc.constantFrom(...one.options), fc.string(), fc.string())
				.map(([row, a, b]) => [
					'-A',
					'INPUT',
					MATCHES.includes(one as AnyMatch) ? '-m' : '-j',
					one.name,
					`--${row.name}`,
					a,
					b
				])
		);
		fc.assert(
			fc.property(words, family, variant, (list, one, kind) => void parse(list, one, kind)),
			{ numRuns: 2000 }
		);
	});

	it('lists and saves every rule that it took, and reads what it saved', () => {
		fc.assert(
			fc.property(ruleWords, family, variant, (words, one, kind) => {
				for (const spec of parse(words, one, kind) ?? []) {
					const kept = { ...spec, packets: 7, bytes: 99_999_999 };
					for (const numeric of [true, false]) expect(ruleRow(kept, 1, style(one, kind, numeric))).toMatch(/\n$/);
					expect(ruleLine(spec, style(one, kind))).toMatch(/\n$/);
					const line = save(spec, one, kind);
					if (!SPOILT.test(line)) expectRoundTrip(line, one, kind);
				}
			}),
			{ numRuns: 3000 }
		);
	});
});

/** every rule that the recordings end with */
function recordedRules(): { readonly line: string; readonly family: Family; readonly variant: Variant }[] {
	const folder = 'tests/conformance/netfilter';
	const rules = [];
	for (const file of readdirSync(folder).filter((name) => /^(cli|own).*\.jsonl$/.test(name)))
		for (const text of readFileSync(`${folder}/${file}`, 'utf8').split('\n').filter(Boolean)) {
			const { final, variant: kind } = JSON.parse(text) as { final: Record<string, unknown>; variant?: 'legacy' };
			for (const [command, output] of Object.entries(final)) {
				if (!command.endsWith('-save') || typeof output !== 'string') continue;
				const lines = output.split('\n').filter((line) => line.startsWith('-A'));
				const one: Family = command.startsWith('ip6') ? 'ip6' : 'ip';
				for (const line of lines) rules.push({ line, family: one, variant: kind ?? ('nf_tables' as const) });
			}
		}
	return rules;
}

/** what the real one saves so that it cannot read it: a name with a blank, an empty name, the bit of a sixth node, all days */
const SPOILT = / -i eth 0 | --[\w-]+ ( |$)| --cluster-local-nodemask | --weekdays Mon,Tue,Wed,Thu,Fri,Sat,Sun /;

describe('saved rules', () => {
	const recorded = recordedRules();

	it('are read and saved as themselves', () => {
		expect(recorded.length).toBeGreaterThan(500);
		for (const rule of recorded) if (!SPOILT.test(rule.line)) expectRoundTrip(rule.line, rule.family, rule.variant);
	});

	const real = spawnSync('unshare', ['-n', 'iptables-nft-restore', '--version'], { encoding: 'utf8' });
	it.skipIf(real.status !== 0)(
		'are taken by the real iptables-restore',
		() => {
			const lines = new Set<string>();
			fc.assert(
				fc.property(ruleWords, (words) => {
					for (const spec of parse(words, 'ip', 'nf_tables') ?? []) lines.add(save(spec, 'ip', 'nf_tables'));
				}),
				{ numRuns: 1500 }
			);
			const all = [...lines, ...recorded.filter((rule) => rule.family === 'ip').map((rule) => rule.line)];
			const taken = all.filter((line) => !SPOILT.test(line));
			const chains = [...new Set(['web', ...taken.map((line) => readRule(line, 1).words[1]!.word)])];
			const declared = chains.filter((chain) => !/^[A-Z]+$/.test(chain)).map((chain) => `:${chain} - [0:0]\n`);
			const input = `*filter\n${declared.join('')}${taken.map((line) => `${line}\n`).join('')}COMMIT\n`;
			const run = spawnSync('unshare', ['-n', 'iptables-nft-restore', '--test'], { input, encoding: 'utf8' });
			const number = /line: (\d+)/.exec(run.stderr)?.[1];
			expect(number && [run.stderr, input.split('\n')[Number(number) - 1]]).toBeUndefined();
			expect(run.status).toBe(0);
		},
		120_000
	);
});

describe('lists', () => {
	it.each([
		[99_999, '99999'],
		[100_000, '100K'],
		[9_999_999, '10M'],
		[10_000_000_000, '10G'],
		[99_999_999_999_999, '100T']
	])('%i is %s', (number, text) => expect(shortNumber(number)).toBe(text));

	it('have a head for each chain', () => {
		const plain = { ...style('ip', 'nf_tables'), verbose: false, lineNumbers: false };
		expect(chainHeader(emptyChain('INPUT', 'INPUT'), plain)).toBe(
			'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination         \n'
		);
	});
});

describe('a restored text', () => {
	it('is cut into words as the real one cuts it', () => {
		const words = (text: string): string[] => readRule(text, 1).words.map(({ word }) => word);
		expect(words('-m comment --comment "it\\"s" -j\tDROP\n')).toEqual([
			'-m',
			'comment',
			'--comment',
			'it"s',
			'-j',
			'DROP'
		]);
		expect(words('a"b"c "" d')).toEqual(['ab', 'c', '', 'd']);
		expect(readRule('[1:2] -A INPUT', 1).counters).toEqual(['1', '2']);
	});

	it('ends a line at the colon that is missing from its counters', () => {
		const { words } = readRule('[12] -A INPUT -s 10.0.0.1 --dport 1:2', 1);
		expect(words.map(({ word }) => word)).toEqual(['-A', 'INPUT', '-s', '10.0.0.1', '--dport', '1']);
	});

	it('knows its kinds of lines', () => {
		const kinds = splitLines('# x\n\n*filter\n:INPUT DROP\nCOMMIT').map(
			(one) => readLine(one, /^[:C]/.test(one), false).kind
		);
		expect(kinds).toEqual(['comment', 'empty', 'table', 'chain', 'commit']);
	});
});
