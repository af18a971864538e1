/**
 * Where iptables-nft and iptables-legacy differ in words and statuses: one table for each.
 *
 * What a call of the real libraries (libiptc, nft.c) reports is an errno and the function that saw it; the words follow
 * from both.
 */
import type { TableName, Variant } from '#netfilter/rule';

export const VERSION = '1.8.9';

/** What was being done, as far as the words depend on it. */
export type Doing =
	| 'append'
	| 'insert'
	| 'replace'
	| 'delete'
	| 'delete-number'
	| 'check'
	| 'flush'
	| 'zero'
	| 'zero-number'
	| 'new-chain'
	| 'delete-chain'
	| 'rename-chain'
	| 'policy'
	| 'list'
	| 'commit';

const NO_RULE = 'Bad rule (does a matching rule exist in that chain?)';

/** "what.ERRNO", or "ERRNO" whatever was being done */
const COMMON: Readonly<Record<string, string>> = {
	'insert.E2BIG': 'Index of insertion too big',
	'replace.E2BIG': 'Index of replacement too big',
	'delete-number.E2BIG': 'Index of deletion too big',
	'delete.ENOENT': NO_RULE,
	'check.ENOENT': NO_RULE,
	'new-chain.EEXIST': 'Chain already exists',
	'policy.ENOENT': 'Bad built-in chain name',
	'policy.EINVAL': 'Bad policy name',
	EPERM: 'Permission denied (you must be root)',
	ENOENT: 'No chain/target/match by that name',
	ENOPROTOOPT: 'iptables who? (do you need to insmod?)',
	ENOMEM: 'Memory allocation problem'
};
const WORDS: Readonly<Record<Variant, Readonly<Record<string, string>>>> = {
	nf_tables: {
		...COMMON,
		'delete-chain.EBUSY': 'Directory not empty',
		'zero-number.ENOENT': NO_RULE,
		ELOOP: 'Loop found in table'
	},
	legacy: { ...COMMON, 'zero-number.E2BIG': 'Index of counter too big', 'append.ELOOP': 'Loop found in table' }
};

/** strerror(3) for what netfilter answers */
const ERRNO_TEXT: Readonly<Record<string, string>> = {
	E2BIG: 'Argument list too long',
	EBUSY: 'Device or resource busy',
	EEXIST: 'File exists',
	EINVAL: 'Invalid argument',
	ELOOP: 'Too many levels of symbolic links',
	EMLINK: 'Too many links',
	ENFILE: 'Too many open files in system',
	ENOENT: 'No such file or directory',
	ENOMEM: 'Cannot allocate memory',
	ENOTEMPTY: 'Directory not empty',
	EOPNOTSUPP: 'Operation not supported',
	EPERM: 'Operation not permitted',
	EPROTO: 'Protocol error',
	EPROTONOSUPPORT: 'Protocol not supported',
	ERANGE: 'Numerical result out of range'
};

export function errnoText(errno: string): string {
	return ERRNO_TEXT[errno] ?? errno;
}

/** The words for an errno, without a stop behind them. */
export function complaint(variant: Variant, doing: Doing, errno: string): string {
	const words = WORDS[variant];
	return words[`${doing}.${errno}`] ?? words[errno] ?? errnoText(errno);
}

/** the order in which iptables-nft-save goes through its tables */
export const TABLE_ORDER: readonly TableName[] = ['mangle', 'security', 'raw', 'filter', 'nat'];

export function isTable(name: string): name is TableName {
	return (TABLE_ORDER as readonly string[]).includes(name);
}
