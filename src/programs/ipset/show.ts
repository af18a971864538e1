/** Sets as `ipset list` and `ipset save` print them: plain, as commands, as XML. */
import { formatAddress } from '#netfilter/address';
import type { Names } from '#netfilter/extension';
import type { Element, Extras, SetInfo } from '#netfilter/ipset/message';
import { findSetType, type SetType } from '#netfilter/ipset/set-type';
import { elementText } from './element';
import { familyName } from './options';

export interface Showing {
	readonly mode: 'plain' | 'save' | 'xml';
	readonly sorted: boolean;
	/** -n, -t: no elements */
	readonly only: 'names' | 'headers' | null;
	readonly names: Names;
}

/** name and value; without a value: a flag */
type Word = readonly [name: string, value?: string];

function headerWords({ type, options }: SetInfo): Word[] {
	const { method, neutral } = findSetType(type)!;
	const words: Word[] = [];
	if (method === 'bitmap') {
		const end = (value: number) => (neutral ? String(value) : formatAddress(value, 'ip'));
		words.push(['range', options.range!.map(end).join('-')]);
	}
	if (method === 'hash') {
		if (!neutral) words.push(['family', familyName(options.family)]);
		words.push(['hashsize', String(options.hashSize)], ['maxelem', String(options.maximum)]);
	}
	if (method === 'list') words.push(['size', String(options.size)]);
	if (options.netmask !== null) words.push(['netmask', String(options.netmask)]);
	if (options.bitmask !== null) words.push(['bitmask', formatAddress(options.bitmask, options.family)]);
	if (options.timeout !== null) words.push(['timeout', String(options.timeout)]);
	for (const flag of ['counters', 'comment', 'skbinfo'] as const) if (options[flag]) words.push([flag]);
	if (method === 'hash') {
		const initial = `0x${options.initial!.toString(16).padStart(8, '0')}`;
		words.push(['bucketsize', String(options.bucketSize)], ['initval', initial]);
	}
	return words;
}

function extraWords({ timeout, nomatch, wildcard, packets, bytes, comment, ...info }: Extras): Word[] {
	const words: Word[] = [];
	if (timeout !== undefined) words.push(['timeout', String(timeout)]);
	if (nomatch) words.push(['nomatch']);
	if (wildcard) words.push(['wildcard']);
	if (packets !== undefined) words.push(['packets', String(packets)]);
	if (bytes !== undefined) words.push(['bytes', String(bytes)]);
	if (comment) words.push(['comment', `"${comment}"`]);
	const { mark = 0, markMask = 0xffffffff, priority = 0, queue = 0 } = info;
	if (info.mark !== undefined && (mark !== 0 || markMask !== 0xffffffff))
		words.push(['skbmark', `0x${mark.toString(16)}${markMask === 0xffffffff ? '' : `/0x${markMask.toString(16)}`}`]);
	if (priority !== 0) words.push(['skbprio', `${(priority >>> 16).toString(16)}:${(priority & 0xffff).toString(16)}`]);
	if (queue !== 0) words.push(['skbqueue', String(queue)]);
	return words;
}

const plain = (words: readonly Word[]): string =>
	words.map(([name, value]) => (value === undefined ? name : `${name} ${value}`)).join(' ');
const xml = (words: readonly Word[]): string =>
	words.map(([name, value]) => (value === undefined ? `<${name}/>` : `<${name}>${value}</${name}>`)).join('');

interface Row {
	readonly text: string;
	readonly words: readonly Word[];
}

function rowsOf({ elements, options }: SetInfo, type: SetType, { sorted, names }: Showing): Row[] {
	const rows = elements.map(({ parts, extras }: Element) => ({
		text: elementText(parts, type, options, names),
		words: extraWords(extras)
	}));
	return sorted ? rows.sort((a, b) => compare(a.text, b.text)) : rows;
}

/** Words between dots, commas and colons: the shorter first, then by their letters; what stands behind a slash by its letters. */
function compare(one: string, other: string): number {
	const [a, b] = [one, other].map((text) => text.split(/[.,:]/)) as [string[], string[]];
	for (let at = 0; at < Math.min(a.length, b.length); at++) {
		const [x, y] = [a[at]!.split('/')[0]!, b[at]!.split('/')[0]!];
		if (x.length !== y.length) return x.length - y.length;
		if (x !== y) return x < y ? -1 : 1;
	}
	return one < other ? -1 : one > other ? 1 : 0;
}

/** All that is printed of them. */
export function showSets(sets: readonly SetInfo[], showing: Showing): string {
	if (showing.mode === 'xml') return `<ipsets>\n${sets.map((set) => xmlSet(set, showing)).join('')}</ipsets>\n`;
	if (showing.only === 'names') return sets.map(({ name }) => `${name}\n`).join('');
	if (showing.mode === 'save') return sets.map((set) => savedSet(set, showing)).join('');
	return sets.map((set) => plainSet(set, showing)).join('\n');
}

const withExtras = ({ text, words }: Row): string => (words.length > 0 ? `${text} ${plain(words)}` : text);

function plainSet(set: SetInfo, showing: Showing): string {
	const type = findSetType(set.type)!;
	const lines = [
		`Name: ${set.name}`,
		`Type: ${set.type}`,
		`Revision: ${type.revision}`,
		`Header: ${plain(headerWords(set))}`,
		`Size in memory: ${set.memory}`,
		`References: ${set.references}`,
		`Number of entries: ${set.elements.length}`
	];
	if (!showing.only) lines.push('Members:', ...rowsOf(set, type, showing).map(withExtras));
	return lines.map((line) => `${line}\n`).join('');
}

function savedSet(set: SetInfo, showing: Showing): string {
	const head = `create ${set.name} ${set.type} ${plain(headerWords(set))}\n`;
	if (showing.only) return head;
	const rows = rowsOf(set, findSetType(set.type)!, showing);
	return head + rows.map((row) => `add ${set.name} ${withExtras(row)}\n`).join('');
}

function xmlSet(set: SetInfo, showing: Showing): string {
	if (showing.only === 'names') return `<ipset name="${set.name}"/>\n`;
	const type = findSetType(set.type)!;
	const members = rowsOf(set, type, showing).map(
		({ text, words }) => `<member><elem>${text}</elem>${xml(words)}</member>\n`
	);
	return `<ipset name="${set.name}">
<type>${set.type}</type>
<revision>${type.revision}</revision>
<header>${xml(headerWords(set))}
<memsize>${set.memory}</memsize>
<references>${set.references}</references>
<numentries>${set.elements.length}</numentries>
</header>
${showing.only ? '' : `<members>\n${members.join('')}</members>\n`}</ipset>
`;
}
