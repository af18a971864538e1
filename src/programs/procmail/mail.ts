/** The mail that procmail(1) holds: its "From " line, head and body, and what of it goes where. */
export class Mail {
	readonly head: string;
	readonly body: string;

	/** @param text as it came on standard input */
	constructor(readonly text: string) {
		const end = text.indexOf('\n\n');
		this.head = end < 0 ? text : text.slice(0, end + 2);
		this.body = end < 0 ? '' : text.slice(end + 2);
	}

	get fromLine(): string {
		return this.text.startsWith('From ') ? this.text.slice(0, this.text.indexOf('\n') + 1) : '';
	}

	get subject(): string | null {
		return /^(Subject:.*)$/im.exec(this.head)?.[1] ?? null;
	}

	/** The head with its folded lines made one, as conditions see it. */
	get unfolded(): string {
		return this.head.replace(/\n(?=[ \t])/g, '');
	}

	/** @param flags h: the head, b: the body; both when neither is given */
	part(flags: ReadonlySet<string>): string {
		const both = flags.has('h') === flags.has('b');
		return both ? this.text : flags.has('h') ? this.head : this.body;
	}
}

/** Ends with an empty line, as what goes into a mailbox or a pipe does. */
export const ended = (text: string): string =>
	text.endsWith('\n\n') ? text : text.endsWith('\n') ? `${text}\n` : `${text}\n\n`;

/** "From " at the beginning of a line, but for the first, gets a ">". */
export function escaped(text: string): string {
	return text.replace(/\nFrom /g, '\n>From ');
}

export const withoutFrom = (text: string): string =>
	text.startsWith('From ') ? text.slice(text.indexOf('\n') + 1) : text;
