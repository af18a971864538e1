/**
 * What the parser of the command line knows of its own options: which go together, and how their arguments are read.
 *
 * Throws: `OptionError` with the words of the real one.
 */
import type { Network } from '#netfilter/address';
import { OptionError } from '#netfilter/extension';
import { findTarget } from '#netfilter/extensions/targets';
import { UINT32_MAX } from '#netfilter/number';
import type { AddressMatch, Family } from '#netfilter/rule';
import { byteLength } from '#netfilter/text';
import type { CommandName } from './request';

/** of chains, matches and targets, with the byte at the end */
export const NAME_LIMIT = 29;
export const VERDICTS = ['ACCEPT', 'DROP', 'RETURN', 'QUEUE'] as const;

/** in the order of the real one's bits: the message about two commands names the lower one */
export const COMMANDS: readonly (readonly [name: CommandName, letter: string])[] = [
	['insert', 'I'],
	['delete', 'D'],
	['delete-number', 'D'],
	['replace', 'R'],
	['append', 'A'],
	['list', 'L'],
	['flush', 'F'],
	['zero', 'Z'],
	['new-chain', 'N'],
	['delete-chain', 'X'],
	['policy', 'P'],
	['rename-chain', 'E'],
	['list-rules', 'S'],
	['zero-number', 'Z'],
	['check', 'C']
];
export const RULE_COMMANDS: readonly CommandName[] = ['insert', 'delete', 'replace', 'append', 'check'];

export const letterOf = (name: CommandName): string => COMMANDS.find(([one]) => one === name)![1];

/** Options by letter (0: --line-numbers) in the order in which they are checked, with the commands that take them. */
export const ALLOWED: readonly (readonly [letter: string, commands: readonly CommandName[]])[] = [
	['n', ['list']],
	['s', RULE_COMMANDS],
	['d', RULE_COMMANDS],
	['p', RULE_COMMANDS],
	['j', RULE_COMMANDS],
	['x', ['list']],
	['i', RULE_COMMANDS],
	['o', RULE_COMMANDS],
	['0', ['list']],
	['c', ['insert', 'replace', 'append', 'policy']],
	['f', RULE_COMMANDS]
];
export const INVERTIBLE = 'sdpiof';

/** IPv6: hop-by-hop is none of them, as in the real one: routing, fragment, AH, destination options */
export const EXTENSION_HEADERS = [43, 44, 51, 60];

/** Everything matches: null, unless "!" makes it match nothing. */
export function addressMatch(network: Network | null, invert: boolean): AddressMatch | null {
	if (!network || (!invert && BigInt(network.mask) === 0n)) return null;
	return { ...network, invert };
}

/** "" stands for the standard target */
export function isVerdict(name: string): boolean {
	return name === '' || (VERDICTS as readonly string[]).includes(name);
}

/** A target that the command knows, a verdict or an extension. */
export function isTarget(name: string, family: Family): boolean {
	return isVerdict(name) || findTarget(name, family) !== undefined;
}

/** @throws OptionError */
export function assertChainName(name: string, clashes: boolean): void {
	if (byteLength(name) >= NAME_LIMIT)
		throw new OptionError(`chain name \`${name}' too long (must be under ${NAME_LIMIT} chars)`);
	if (/^[-!]/.test(name)) throw new OptionError(`chain name not allowed to start with \`${name[0]!}'`);
	if (clashes) throw new OptionError('chain name may not clash with target name');
	if (/[ \t-\r]/.test(name)) throw new OptionError(`Invalid chain name \`${name}'`);
}

export function targetName(name: string): string {
	if (name === '') throw new OptionError('Invalid target name (too short)');
	if (byteLength(name) >= NAME_LIMIT)
		throw new OptionError(`Invalid target name \`${name}' (${NAME_LIMIT - 1} chars max)`);
	if (/[ \t-\r]/.test(name)) throw new OptionError(`Invalid target name \`${name}'`);
	return name;
}

/** sscanf("%llu"): what follows the digits is not looked at */
export function scanCounter(text: string): number | undefined {
	const digits = /^[ \t-\r]*\+?(\d+)/.exec(text)?.[1];
	return digits === undefined ? undefined : Number(digits);
}

/** sscanf("%i") */
export function scanWait(text: string): number {
	const digits = /^[ \t-\r]*([-+]?(0x[0-9a-f]+|\d+))/i.exec(text)?.[1];
	if (digits === undefined) throw new OptionError('wait seconds not numeric');
	return Number.parseInt(digits);
}

export function scanWaitInterval(text: string | null, warn: (text: string) => void): void {
	if (text === null) throw new OptionError('wait interval value required');
	const digits = /^[ \t-\r]*\+?(\d+)/.exec(text)?.[1];
	if (digits === undefined) throw new OptionError('wait interval not numeric');
	const interval = Number(BigInt(digits) & BigInt(UINT32_MAX));
	if (interval > 999_999) throw new OptionError(`too long usec wait ${interval} > 999999 usec`);
	warn('Ignoring deprecated --wait-interval option.\n');
}
