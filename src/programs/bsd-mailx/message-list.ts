/**
 * Message lists of mail(1) (list.c): numbers, ranges, `*`, `$`, `^`, `.`, `:n` and its like, `/subject`, names of senders.
 */
import type { Folder, Message } from './folder';

export class ListError {
	/** @param message what is said */
	constructor(readonly message: string) {}
}

const STATES: Readonly<Record<string, (message: Message) => boolean>> = {
	d: (message) => message.deleted,
	n: (message) => message.isNew,
	o: (message) => !message.isNew,
	r: (message) => message.read,
	u: (message) => !message.read
};

/**
 * @param deleted the command is for deleted messages (undelete)
 * @returns numbers in order; none when the list is empty
 * @throws ListError
 */
export function parseList(words: readonly string[], folder: Folder, deleted: boolean): number[] {
	const { messages } = folder;
	const found = new Set<number>();
	const check = (number: number): number => {
		const message = messages[number - 1];
		if (!message) throw new ListError(`${number}: Invalid message number`);
		if (!deleted && message.deleted) throw new ListError(`${number}: Inappropriate message`);
		return number;
	};
	/** one end of a range */
	const place = (text: string): number => {
		if (text === '$') return messages.findLastIndex((message) => message.deleted === deleted) + 1;
		if (text === '^') return messages.findIndex((message) => message.deleted === deleted) + 1;
		return text === '.' ? folder.dot + 1 : Number(text);
	};
	const step = (by: number): number => {
		let number = folder.dot + 1;
		do {
			number += by;
			if (number > messages.length) throw new ListError('Referencing beyond EOF');
			if (number < 1) throw new ListError('Referencing before 1');
		} while (messages[number - 1]!.deleted !== deleted);
		return number;
	};
	const names: string[] = [];
	const states: ((message: Message) => boolean)[] = [];
	let all = false;
	for (const word of words) {
		const range = /^(\d+|[.$^])(?:-(\d+|[.$^]))?$/.exec(word);
		if (range) {
			const from = check(place(range[1]!));
			const to = range[2] === undefined ? from : check(place(range[2]));
			for (let number = from; number <= to; number++)
				if (from === to || deleted || !messages[number - 1]!.deleted) found.add(number);
		} else if (word === '+' || word === '-') found.add(step(word === '+' ? 1 : -1));
		else if (word === '*') all = true;
		else if (/^:./.test(word)) {
			const state = STATES[word[1]!];
			if (!state) throw new ListError(`Unknown colon modifier "${word}"`);
			states.push(state);
		} else names.push(word);
	}
	if (all && found.size > 0) throw new ListError('No numbers mixed with *');
	const chosen = select(messages, found, names, states, all, deleted);
	if (all && chosen.length === 0) throw new ListError('No applicable messages.');
	if (names.length > 0 && chosen.length === 0) throw new ListError(`No applicable messages from {${names.join(', ')}}`);
	if (states.length > 0 && chosen.length === 0)
		throw new ListError(`No messages satisfy ${words.filter((word) => word.startsWith(':')).join(', ')}`);
	return chosen;
}

function select(
	messages: readonly Message[],
	found: ReadonlySet<number>,
	names: readonly string[],
	states: readonly ((message: Message) => boolean)[],
	all: boolean,
	deleted: boolean
): number[] {
	const matches = (message: Message, name: string): boolean =>
		name.startsWith('/')
			? (message.header('subject') ?? '').toLowerCase().includes(name.slice(1).toLowerCase())
			: message.sender.toLowerCase().includes(name.toLowerCase());
	const chosen: number[] = [];
	for (const [index, message] of messages.entries()) {
		const wanted =
			found.has(index + 1) ||
			((all || names.length > 0 || states.length > 0) &&
				message.deleted === deleted &&
				(names.length === 0 || names.some((name) => matches(message, name))) &&
				(states.length === 0 || states.some((state) => state(message))));
		if (wanted) chosen.push(index + 1);
	}
	return chosen;
}
