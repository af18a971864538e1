/**
 * Rules and chains as text: the tables of -L, the line that -v shows of a rule just made, and the arguments of -S and
 * iptables-save.
 */
import { addressText, formatAddress, formatMask, maskLength } from '#netfilter/address';
import type { AnyMatch, AnyTarget, CommandContext, Names } from '#netfilter/extension';
import { findMatch } from '#netfilter/extensions/matches';
import { findTarget } from '#netfilter/extensions/targets';
import { protocolName } from '#netfilter/protocol';
import type { AddressMatch, Family, InterfaceMatch, RuleSpec, Variant } from '#netfilter/rule';
import { shownInterface, shownMatches, type DraftChain, type KeptRule } from './draft';

/** How rules are to be shown. */
export interface Style {
	readonly family: Family;
	readonly variant: Variant;
	readonly names: Names;
	readonly numeric: boolean;
	/** counters and interfaces */
	readonly verbose: boolean;
	/** counters in full */
	readonly exact: boolean;
	readonly lineNumbers: boolean;
	warn(text: string): void;
}

/* ---- pieces -------------------------------------------------------------------------------------------------------- */

const SUFFIXES = ['K', 'M', 'G', 'T'];

/** "12345", "100K", "10M": at most five characters, thousands rounded (xtables_print_num) */
export function shortNumber(number: number): string {
	if (number <= 99_999) return String(number);
	let value = BigInt(number);
	for (const suffix of SUFFIXES) {
		value = (value + 500n) / 1000n;
		if (value <= 9999n || suffix === 'T') return `${value}${suffix}`;
	}
	return String(number);
}

const counter = (number: number, exact: boolean): string =>
	exact ? wholeNumber(number).padStart(8) : shortNumber(number).padStart(5);

/** without exponent, whatever its size */
export function wholeNumber(number: number): string {
	return BigInt(number).toString();
}

function context(rule: RuleSpec, style: Style, numeric = style.numeric): CommandContext {
	const { family, variant, names } = style;
	return { family, variant, names, numeric, rule, warn: (text) => style.warn(`${text}\n`) };
}

/** of a -j; `listed`: as the column "target" shows it */
function targetName({ target }: RuleSpec, listed: Family | null = null, variant: Variant = 'legacy'): string {
	switch (target.kind) {
		case 'none':
			return '';
		case 'verdict':
			// what -v says of a rule that the kernel is about to refuse
			return target.verdict === 'QUEUE' && listed !== null && variant === 'nf_tables' ? 'standard' : target.verdict;
		case 'extension':
			return (listed === null ? undefined : targetOf(target.name, listed).listedAs) ?? target.name;
		default:
			return target.chain;
	}
}

/** Every match and the target, each with its leading space. */
function details(rule: RuleSpec, style: Style, numeric?: boolean): string {
	const how = context(rule, style, numeric);
	const { target } = rule;
	let text = target.kind === 'goto' ? '[goto] ' : '';
	for (const use of shownMatches(rule, style.variant))
		text += matchOf(use.name, style.family).list(use.data as never, how);
	if (target.kind === 'extension') text += targetOf(target.name, style.family).list(target.data as never, how);
	return text;
}

function matchOf(name: string, family: Family): AnyMatch {
	return findMatch(name, family)!;
}

function targetOf(name: string, family: Family): AnyTarget {
	return findTarget(name, family)!;
}

function listedAddress(match: AddressMatch | null, style: Style, numeric: boolean): string {
	const { family, names } = style;
	if (!match) return numeric ? `${family === 'ip' ? '0.0.0.0' : '::'}/0` : 'anywhere';
	const mask = BigInt(match.mask) === 0n;
	if (!numeric && (family === 'ip' ? mask : BigInt(match.address) === 0n)) return 'anywhere';
	return addressText(match.address, family, names, numeric) + formatMask(match.mask, family);
}

/** legacy keeps "-i +", and shows it here */
function listedInterface(kept: InterfaceMatch | null, numeric: boolean, variant: Variant): string {
	const match = variant === 'legacy' ? kept : shownInterface(kept);
	return match ? (match.invert ? '!' : '') + match.name : numeric ? '*' : 'any';
}

const bang = (match: { readonly invert: boolean } | null): string => (match?.invert ? '!' : ' ');

function fragmentMark({ fragment }: RuleSpec): string {
	return (fragment?.invert ? '!' : '-') + (fragment ? 'f' : '-');
}

/* ---- -L ------------------------------------------------------------------------------------------------------------ */

/** "Chain INPUT (policy ACCEPT)" and the line of column titles */
export function chainHeader(chain: DraftChain, style: Style): string {
	let text = `Chain ${chain.name}`;
	const number = (value: number): string => (style.exact ? wholeNumber(value) : shortNumber(value));
	if (chain.policy === null) text += ` (${chain.references} references)\n`;
	else if (style.verbose)
		text += ` (policy ${chain.policy} ${number(chain.packets)} packets, ${number(chain.bytes)} bytes)\n`;
	else text += ` (policy ${chain.policy})\n`;
	if (style.lineNumbers) text += 'num  ';
	if (style.verbose) text += style.exact ? `${'pkts'.padStart(8)} ${'bytes'.padStart(10)} ` : ' pkts bytes ';
	text += `${'target'.padEnd(9)}  prot opt`;
	if (style.verbose) text += ` ${'in'.padEnd(6)} ${'out'.padEnd(6)} `;
	return `${text} ${'source'.padEnd(19)}  ${'destination'.padEnd(19)} \n`;
}

export function ruleRow(rule: KeptRule, number: number, style: Style): string {
	const { numeric, verbose, exact, names, variant } = style;
	let text = style.lineNumbers ? `${String(number).padEnd(4)} ` : '';
	if (verbose) text += `${counter(rule.packets, exact)} ${counter(rule.bytes, exact)} `;
	text += `${targetName(rule, style.family).padEnd(9)} `;
	const protocol = rule.protocol?.number ?? 0;
	const shown = (numeric ? undefined : protocolName(protocol, names)) ?? String(protocol);
	text += `${bang(rule.protocol)}${shown.padEnd(4)} ${fragmentMark(rule)} `;
	if (verbose) {
		const shownIn = listedInterface(rule.incoming, numeric, variant);
		const shownOut = listedInterface(rule.outgoing, numeric, variant);
		text += ` ${shownIn.padEnd(6)} ${shownOut.padEnd(6)} `;
	}
	text += `${bang(rule.source)}${listedAddress(rule.source, style, numeric).padEnd(19)} `;
	text += `${bang(rule.destination)}${listedAddress(rule.destination, style, numeric).padEnd(19)} `;
	return `${text}${details(rule, style)}\n`;
}

/** What -v says of a rule that was put in: the same in one line without columns, always numeric but for the protocol. */
export function ruleLine(rule: RuleSpec, style: Style): string {
	const number = rule.protocol?.number ?? 0;
	const known = protocolNameWithoutFile(number, style.names);
	const shownIn = listedInterface(rule.incoming, true, style.variant);
	const shownOut = listedInterface(rule.outgoing, true, style.variant);
	return (
		`${targetName(rule, style.family, style.variant)} ${bang(rule.protocol)}${known} opt ${fragmentMark(rule)} in ${shownIn} out ${shownOut} ` +
		`${bang(rule.source)}${listedAddress(rule.source, style, true)} ` +
		`${bang(rule.destination)}-> ${listedAddress(rule.destination, style, true)}  ` +
		`${details(rule, style, true)}\n`
	);
}

function protocolNameWithoutFile(number: number, names: Names): string {
	return protocolName(number, { ...names, protocolName: () => undefined }) ?? String(number);
}

/* ---- -S and iptables-save ------------------------------------------------------------------------------------------ */

/** One condition of a rule, or its target, as it is saved. */
export interface Clause {
	/** "-s", "-m tcp", "-j": what it is known by */
	readonly option: string;
	/** "! -s 10.0.0.0/8", "-m tcp --dport 22" */
	readonly text: string;
}

const not = (match: { readonly invert: boolean }): string => (match.invert ? '! ' : '');

function savedAddress(option: string, match: AddressMatch | null, family: Family): Clause[] {
	if (!match) return [];
	const length = maskLength(match.mask, family);
	const mask = length === undefined ? formatAddress(match.mask, family) : String(length);
	return [{ option, text: `${not(match)}${option} ${formatAddress(match.address, family)}/${mask}` }];
}

/** legacy saves an interface by its mask, and "! -i +" has none */
function savedInterface(option: string, kept: InterfaceMatch | null, variant: Variant): Clause[] {
	const match = variant === 'legacy' && kept?.name === '+' ? null : shownInterface(kept);
	return match ? [{ option, text: `${not(match)}${option} ${match.name}` }] : [];
}

function savedTarget(rule: RuleSpec, style: Style): Clause[] {
	const { target } = rule;
	if (target.kind === 'none') return [];
	const option = target.kind === 'goto' ? '-g' : '-j';
	const own = target.kind === 'extension';
	const options = own ? targetOf(target.name, style.family).save(target.data as never, context(rule, style)) : '';
	return [{ option, text: `${option} ${targetName(rule)}${options}` }];
}

/** A rule's conditions in the order in which they are saved, and its target last. */
export function savedClauses(rule: RuleSpec, style: Style): Clause[] {
	const { family, variant, names } = style;
	const { protocol, fragment } = rule;
	const name = protocol && (protocolName(protocol.number, names) ?? protocol.number);
	return [
		...savedAddress('-s', rule.source, family),
		...savedAddress('-d', rule.destination, family),
		...savedInterface('-i', rule.incoming, variant),
		...savedInterface('-o', rule.outgoing, variant),
		...(protocol ? [{ option: '-p', text: `${not(protocol)}-p ${name}` }] : []),
		...(fragment ? [{ option: '-f', text: `${not(fragment)}-f` }] : []),
		...shownMatches(rule, variant).map((use): Clause => {
			const option = `-m ${use.name}`;
			return { option, text: option + matchOf(use.name, family).save(use.data as never, context(rule, style)) };
		}),
		...savedTarget(rule, style)
	];
}

/**
 * "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT" without a newline.
 * @param counters -S -v shows them before the target
 */
export function savedRule(chain: string, rule: KeptRule, style: Style, counters = false): string {
	const words = savedClauses(rule, style).map(({ text }) => text);
	const counted = `-c ${wholeNumber(rule.packets)} ${wholeNumber(rule.bytes)}`;
	if (counters) words.splice(rule.target.kind === 'none' ? words.length : -1, 0, counted);
	return ['-A', chain, ...words].join(' ');
}
