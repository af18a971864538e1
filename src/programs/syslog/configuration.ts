/**
 * /etc/syslog.conf (syslog.conf(5)): which message goes where.
 *
 * A line is selectors, blanks, action. Selectors are `facility[,facility].priority`, joined by `;`, later ones changing
 * what earlier ones chose: `mail.info` and above, `=info` exactly, `!info` not from there up, `none`, `*`.
 */
import { FACILITIES, PRIORITIES } from '../libc/syslog';

export type Action =
	| { readonly kind: 'file'; readonly path: string; readonly sync: boolean }
	| { readonly kind: 'forward'; readonly host: string }
	| { readonly kind: 'users'; readonly names: readonly string[] };

export interface LogRule {
	/** 1-based, for whoever explains where a line went */
	readonly line: number;
	/** by facility number: a bit a priority */
	readonly masks: ReadonlyMap<number, number>;
	readonly action: Action;
}

export interface SyslogConfiguration {
	readonly rules: readonly LogRule[];
	/** in syslogd's words */
	readonly errors: readonly string[];
}

const ALIASES: Readonly<Record<string, string>> = {
	security: 'auth',
	error: 'err',
	warn: 'warning',
	panic: 'emerg'
};
const ALL = 0xff;

export function parseConfiguration(text: string): SyslogConfiguration {
	const rules: LogRule[] = [];
	const errors: string[] = [];
	const lines = text.split('\n');
	for (let i = 0; i < lines.length; i++) {
		const line = i + 1;
		let whole = lines[i]!;
		while (whole.endsWith('\\') && i + 1 < lines.length) whole = whole.slice(0, -1) + lines[++i]!.trimStart();
		whole = whole.trim();
		if (whole === '' || whole.startsWith('#')) continue;
		const [, selectors, target] = /^(\S+)\s+(.+)$/.exec(whole) ?? [];
		if (selectors === undefined || target === undefined) {
			errors.push(`missing action field in line "${whole}"`);
			continue;
		}
		const masks = parseSelectors(selectors, errors);
		if (masks) rules.push({ line, masks, action: parseAction(target.trim()) });
	}
	return { rules, errors };
}

function parseSelectors(selectors: string, errors: string[]): Map<number, number> | undefined {
	const masks = new Map<number, number>();
	for (const selector of selectors.split(';').filter((item) => item !== '')) {
		const dot = selector.lastIndexOf('.');
		const names = dot < 0 ? selector : selector.slice(0, dot);
		const change = priorityMask(dot < 0 ? '' : selector.slice(dot + 1));
		if (!change) {
			errors.push(`unknown priority name "${selector.slice(dot + 1)}"`);
			return undefined;
		}
		for (const name of names.split(',')) {
			const numbers = name === '*' ? Object.values(FACILITIES) : [FACILITIES[alias(name) as keyof typeof FACILITIES]];
			for (const facility of numbers) {
				if (facility === undefined) {
					errors.push(`unknown facility name "${name}"`);
					return undefined;
				}
				masks.set(facility, change(masks.get(facility) ?? 0));
			}
		}
	}
	return masks;
}

const alias = (name: string): string => ALIASES[name.toLowerCase()] ?? name.toLowerCase();

/** What a priority does to the mask that earlier selectors have made; undefined for an unknown name. */
function priorityMask(word: string): ((mask: number) => number) | undefined {
	const negated = word.startsWith('!');
	const exact = word.startsWith('=', negated ? 1 : 0);
	const name = alias(word.slice(Number(negated) + Number(exact)));
	if (name === 'none') return () => 0;
	let bits = ALL;
	if (name !== '*') {
		const priority = PRIORITIES[name as keyof typeof PRIORITIES];
		if (priority === undefined) return undefined;
		bits = exact ? 1 << priority : (1 << (priority + 1)) - 1;
	}
	return negated ? (mask) => mask & ~bits : (mask) => mask | bits;
}

function parseAction(target: string): Action {
	if (target.startsWith('@')) return { kind: 'forward', host: target.slice(1) };
	const sync = !target.startsWith('-');
	const path = sync ? target : target.slice(1);
	if (path.startsWith('/') || path.startsWith('|')) return { kind: 'file', path: path.replace(/^\|/, ''), sync };
	return { kind: 'users', names: target.split(',') };
}

/** Does a message of that facility and priority go there? */
export function selects(rule: LogRule, facility: number, priority: number): boolean {
	return ((rule.masks.get(facility) ?? 0) & (1 << priority)) !== 0;
}
