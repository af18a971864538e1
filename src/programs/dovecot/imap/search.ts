/** SEARCH (RFC 3501, 6.4.4): keys that are tried on a message. */
import type { Message } from '../storage/mailbox';
import type { Argument } from './arguments';
import { headerValue } from './structure';

export interface Candidate {
	readonly number: number;
	readonly message: Message;
	readonly content: string;
}

type Test = (candidate: Candidate) => boolean;

/** A key that makes no sense. */
export class BadSearch {
	constructor(readonly text: string) {}
}

const FLAG_KEYS: Readonly<Record<string, string>> = {
	ANSWERED: '\\Answered',
	DELETED: '\\Deleted',
	DRAFT: '\\Draft',
	FLAGGED: '\\Flagged',
	SEEN: '\\Seen'
};
const HEADER_KEYS = ['BCC', 'CC', 'FROM', 'SUBJECT', 'TO'] as const;
const DAY = 86_400_000_000;
const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';

function dayOf(text: string): number {
	const [, day = '1', month = 'jan', year = '1970'] = /^(\d{1,2})-(\w{3})-(\d{4})$/.exec(text.toLowerCase()) ?? [];
	return Date.UTC(Number(year), MONTHS.indexOf(month) / 3, Number(day)) * 1000;
}

/** @returns a test for `1:3,7,*`; null when it is no set */
export function inSet(text: string, greatest: number): ((number: number) => boolean) | null {
	if (!/^(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*$/.test(text)) return null;
	const value = (part: string): number => (part === '*' ? greatest : Number(part));
	const ranges = text.split(',').map((range) => {
		const [from = '', to = from] = range.split(':');
		return [Math.min(value(from), value(to)), Math.max(value(from), value(to))] as const;
	});
	return (number) => ranges.some(([from, to]) => number >= from && number <= to);
}

export class Search {
	#at = 0;

	constructor(
		readonly words: readonly Argument[],
		readonly greatest: { readonly number: number; readonly uid: number }
	) {}

	/** @throws BadSearch */
	all(): Test {
		const tests: Test[] = [];
		while (this.#at < this.words.length) tests.push(this.#key());
		return (candidate) => tests.every((test) => test(candidate));
	}

	#word(): string {
		const word = this.words[this.#at++];
		if (typeof word !== 'string') throw new BadSearch('Missing argument');
		return word;
	}

	#key(): Test {
		const word = this.words[this.#at++]!;
		if (typeof word !== 'string') return new Search(word, this.greatest).all();
		const key = word.toUpperCase();
		const isUn = key.startsWith('UN') && key.slice(2) in FLAG_KEYS;
		const flag = FLAG_KEYS[isUn ? key.slice(2) : key];
		if (flag !== undefined) return ({ message }) => message.flags.has(flag) !== isUn;
		if ((HEADER_KEYS as readonly string[]).includes(key)) return this.#header(key, this.#word());
		switch (key) {
			case 'ALL':
				return () => true;
			case 'CHARSET':
				this.#word();
				return () => true;
			case 'RECENT':
				return ({ message }) => message.recent;
			case 'OLD':
				return ({ message }) => !message.recent;
			case 'NEW':
				return ({ message }) => message.recent && !message.flags.has('\\Seen');
			case 'NOT': {
				const test = this.#key();
				return (candidate) => !test(candidate);
			}
			case 'OR': {
				const [a, b] = [this.#key(), this.#key()];
				return (candidate) => a(candidate) || b(candidate);
			}
			case 'HEADER':
				return this.#header(this.#word(), this.#word());
			case 'TEXT':
			case 'BODY': {
				const wanted = this.#word().toLowerCase();
				return ({ content }) => content.toLowerCase().includes(wanted);
			}
			case 'KEYWORD':
			case 'UNKEYWORD': {
				const name = this.#word();
				return ({ message }) => message.flags.has(name) === (key === 'KEYWORD');
			}
			case 'LARGER':
			case 'SMALLER': {
				const size = Number(this.#word());
				return ({ message }) => (key === 'LARGER' ? message.size > size : message.size < size);
			}
			case 'SINCE':
			case 'BEFORE':
			case 'ON': {
				const day = dayOf(this.#word());
				return ({ message: { received } }) =>
					key === 'SINCE'
						? received >= day
						: key === 'BEFORE'
							? received < day
							: received >= day && received < day + DAY;
			}
			case 'UID': {
				const test = inSet(this.#word(), this.greatest.uid);
				if (!test) throw new BadSearch('Invalid UID messageset');
				return ({ message }) => test(message.uid);
			}
		}
		const test = inSet(word, this.greatest.number);
		if (!test) throw new BadSearch(`Unknown argument ${key}`);
		return ({ number }) => test(number);
	}

	#header(name: string, wanted: string): Test {
		const text = wanted.toLowerCase();
		return ({ content }) => headerValue(content, name)?.toLowerCase().includes(text) ?? false;
	}
}
