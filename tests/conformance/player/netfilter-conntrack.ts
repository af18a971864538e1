/** What `conntrack -L -o extended` prints, as the netfilter recordings have it: without timeouts and use counts, sorted. */

export interface Tracked {
	readonly proto: string;
	readonly state: string | null;
	readonly orig: Readonly<Record<string, string>>;
	readonly reply: Readonly<Record<string, string>>;
	readonly flags: readonly string[];
	readonly mark?: string;
	readonly zone?: string;
	readonly helper?: string;
}

/** fields behind the two tuples, kept where they are set */
const KEPT = ['mark', 'zone', 'helper'] as const;
const DROPPED: ReadonlySet<string> = new Set(['use', 'packets', 'bytes', 'secctx', 'delta-time']);

export function parseConntrack(text: string): Tracked[] {
	return text
		.split('\n')
		.filter((line) => line.trim() !== '')
		.map(parseLine);
}

/** `ipv4 2 tcp 6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… … [ASSURED] mark=0 use=1` */
function parseLine(line: string): Tracked {
	const words = line.trim().split(/\s+/);
	const [, , proto = ''] = words;
	const state = words.slice(3).find((word) => /^[A-Z][A-Z_0-9]+$/.test(word)) ?? null;
	const flags = [...line.matchAll(/\[([A-Z_]+)\]/g)].map(([, flag]) => flag!);
	const tuples: Record<string, string>[] = [];
	const rest: Record<string, string> = {};
	for (const word of words) {
		const [key = '', value] = word.split('=', 2);
		if (value === undefined || DROPPED.has(key)) continue;
		if (key === 'src') tuples.push({});
		const isOther = (KEPT as readonly string[]).includes(key);
		(isOther ? rest : (tuples.at(-1) ?? rest))[key] = value;
	}
	const kept = Object.fromEntries(KEPT.flatMap((key) => (rest[key] !== undefined && rest[key] !== '0' ? [[key, rest[key]]] : [])));
	return { proto, state, orig: tuples[0] ?? {}, reply: tuples[1] ?? {}, flags, ...kept };
}

export function sortTracked(list: readonly Tracked[]): Tracked[] {
	const key = (entry: Tracked): string => JSON.stringify([entry.proto, entry.orig, entry.reply]);
	return [...list].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
