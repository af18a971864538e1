/**
 * The words for what connection tracking says of a packet, as `state` and `conntrack` read and print them.
 */
import { CT } from '../skb';

/** beside the bits of CT: the connection's addresses were translated */
export const SNAT = 64;
export const DNAT = 128;

interface Word {
	readonly name: string;
	readonly bit: number;
}

/** in the order in which an abbreviation is looked up */
export const STATES: readonly Word[] = [
	{ name: 'INVALID', bit: CT.invalid },
	{ name: 'NEW', bit: CT.new },
	{ name: 'ESTABLISHED', bit: CT.established },
	{ name: 'RELATED', bit: CT.related },
	{ name: 'UNTRACKED', bit: CT.untracked }
];

export const NAT_STATES: readonly Word[] = [
	{ name: 'SNAT', bit: SNAT },
	{ name: 'DNAT', bit: DNAT }
];

/** in the order in which they are printed */
const PRINTED: readonly Word[] = [STATES[0]!, STATES[1]!, STATES[3]!, STATES[2]!, STATES[4]!, ...NAT_STATES];

/** The bits of a list with commas; the rest of the text from the word that is none. Each word may be cut short. */
export function parseWords(text: string, words: readonly Word[]): number | { readonly bad: string } {
	let bits = 0;
	for (let rest = text; ;) {
		const comma = rest.indexOf(',');
		const typed = (comma < 0 ? rest : rest.slice(0, comma)).toUpperCase();
		const word = typed === '' ? undefined : words.find(({ name }) => name.startsWith(typed));
		if (!word) return { bad: rest };
		bits |= word.bit;
		if (comma < 0) return bits;
		rest = rest.slice(comma + 1);
	}
}

/** "NEW,ESTABLISHED" */
export function stateNames(bits: number): string {
	return PRINTED.filter(({ bit }) => bits & bit)
		.map(({ name }) => name)
		.join(',');
}
