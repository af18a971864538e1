/**
 * /etc/oidentd.conf (oidentd.conf(5) of 2.5.0): what the administrator makes of a user's answer.
 *
 *     default { default { force hide } }
 *     user "anna" { fport 23 { force reply "a1" "a2" } default { force numeric } }
 *
 * Not simulated: what `allow` and `deny` permit (users' own ~/.oidentd.conf is not read), `forward`, host names in
 * `to` and `from`, names of services.
 */
import { parseIpv4Address } from '#wire/address';

/** What is answered for a user. */
export type Force =
	| { readonly kind: 'hide' | 'numeric' | 'random' | 'random_numeric' }
	| { readonly kind: 'reply'; readonly replies: readonly string[] };

interface Range {
	readonly filters: readonly (readonly [keyword: string, value: string])[];
	readonly force: Force | undefined;
}

export interface OidentdConfiguration {
	/** by user name; `undefined` is the key of everybody else */
	readonly rules: ReadonlyMap<string | undefined, readonly Range[]>;
}

/** The connection that is asked about, as this host sees it. */
export interface Connection {
	readonly localAddress: number;
	readonly localPort: number;
	readonly foreignAddress: number;
	readonly foreignPort: number;
}

const TOKEN = /\s+|#[^\n]*|\/\*[^]*?\*\/|"((?:[^"\\]|\\[^])*)"|([{}])|[^\s{}"#]+/g;
const ESCAPES: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function tokens(text: string): string[] {
	return [...text.matchAll(TOKEN)].flatMap(([token, quoted]) => {
		if (quoted !== undefined) return [quoted.replace(/\\([^])/g, (_, letter: string) => ESCAPES[letter] ?? letter)];
		return /^(?:\s|#|\/\*)/.test(token) ? [] : [token];
	});
}

/** @returns undefined for a file that cannot be read so */
export function parseOidentdConf(text: string): OidentdConfiguration | undefined {
	const words = tokens(text);
	const rules = new Map<string | undefined, Range[]>();
	let at = 0;
	while (at < words.length) {
		const word = words[at++];
		if (word !== 'default' && word !== 'user') return undefined;
		const name = word === 'user' ? words[at++] : undefined;
		if (words[at++] !== '{') return undefined;
		const ranges: Range[] = [];
		while (at < words.length && words[at] !== '}') {
			const filters: [string, string][] = [];
			while (at < words.length && words[at] !== '{') {
				const keyword = words[at++]!;
				if (keyword === 'default') continue;
				if (!/^(?:to|from|fport|lport)$/.test(keyword)) return undefined;
				filters.push([keyword, words[at++] ?? '']);
			}
			const end = words.indexOf('}', ++at);
			if (end < 0) return undefined;
			ranges.push({ filters, force: forced(words.slice(at, end)) });
			at = end + 1;
		}
		if (words[at++] !== '}') return undefined;
		rules.set(name, ranges);
	}
	return { rules };
}

function forced(words: readonly string[]): Force | undefined {
	const at = words.indexOf('force');
	const kind = at < 0 ? undefined : words[at + 1];
	if (kind === 'hide' || kind === 'numeric' || kind === 'random' || kind === 'random_numeric') return { kind };
	if (kind !== 'reply') return undefined;
	const rest = words.slice(at + 2);
	const end = rest.findIndex((word) => word === 'allow' || word === 'deny' || word === 'force');
	return { kind, replies: end < 0 ? rest : rest.slice(0, end) };
}

/** The user's own rules stand before everybody's; a range that fits before the range `default`. */
export function forceFor({ rules }: OidentdConfiguration, user: string, connection: Connection): Force | undefined {
	const ranges = rules.get(user) ?? rules.get(undefined) ?? [];
	const fitting = ranges.find(
		({ filters }) => filters.length > 0 && filters.every((filter) => fits(filter, connection))
	);
	return (fitting ?? ranges.find(({ filters }) => filters.length === 0))?.force;
}

function fits([keyword, value]: readonly [string, string], connection: Connection): boolean {
	const { localAddress, localPort, foreignAddress, foreignPort } = connection;
	if (keyword === 'to') return parseIpv4Address(value) === foreignAddress;
	if (keyword === 'from') return parseIpv4Address(value) === localAddress;
	const port = keyword === 'fport' ? foreignPort : localPort;
	const range = /^(\d*):(\d*)$/.exec(value);
	if (!range) return Number(value) === port;
	return port >= Number(range[1]) && port <= Number(range[2] || 65_535);
}
