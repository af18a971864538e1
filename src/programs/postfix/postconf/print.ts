/** How postconf lays out what it prints (postconf_print.c, postconf_master.c). */
import { FIELD_NAMES, LEAST_FIELDS } from '../master-cf';

const LINE_LIMIT = 80;
const INDENT = '    ';
const BLANKS = /[ \t\r\n]/;

/** White space between words becomes one blank; with `fold` long lines are broken. The result ends in a newline. */
export function printLine(text: string, fold: boolean): string {
	let out = '';
	let length = 0;
	for (const word of text.split(/[ \t\r\n]+/).filter((part) => part !== '')) {
		if (length > 0) {
			if (!fold || length + word.length < LINE_LIMIT) {
				out += ' ';
				length += 1;
			} else {
				out += `\n${INDENT}`;
				length = INDENT.length;
			}
		}
		out += word;
		length += word.length;
	}
	return `${out}\n`;
}

const COLUMNS = [0, 11, 17, 25, 33, 41, 49, 57];

class Layout {
	out = '';
	length = 0;

	constructor(readonly fold: boolean) {}

	add(text: string): void {
		this.out += text;
		this.length += text.length;
	}

	/** The arguments behind the eight fields; `-o name=value` stands on a line of its own when lines are folded. */
	arguments(words: readonly string[], gap: number, expand: (value: string) => string): void {
		let options = true;
		for (let i = 0; i < words.length; i++) {
			const word = words[i]!;
			/* as in the real program not for the first word behind the options */
			const braces = !options && BLANKS.test(word);
			let value: string | undefined;
			let length = word.length;
			if (options && (!word.startsWith('-') || word === '--')) options = false;
			else if (options && word[1] === 'o' && words[i + 1] !== undefined) {
				value = expand(words[++i]!);
				this.length = LINE_LIMIT;
				length += value.length + gap + (BLANKS.test(value) ? 2 : 0);
			}
			if (this.length > INDENT.length) {
				if (!this.fold || this.length + 1 + length < LINE_LIMIT) this.add(' ');
				else {
					this.out += `\n${INDENT}`;
					this.length = INDENT.length;
				}
			}
			this.add(braces ? `{${word}}` : word);
			if (value === undefined) continue;
			this.add(` ${BLANKS.test(value) ? `{${value}}` : value}`);
			this.length = LINE_LIMIT;
		}
	}
}

/** One service, as `postconf -M`. @param words the eight fields and the arguments */
export function printService(
	words: readonly string[],
	fold: boolean,
	expand = (value: string): string => value
): string {
	const layout = new Layout(fold);
	for (let field = 0; field < LEAST_FIELDS; field++) {
		if (field > 0) layout.add(' '.repeat(Math.max(1, COLUMNS[field]! - layout.length)));
		layout.add(words[field]!);
	}
	layout.arguments(words.slice(LEAST_FIELDS), 3, expand);
	return `${layout.out}\n`;
}

export interface FieldStyle {
	readonly fold: boolean;
	readonly hideName: boolean;
	readonly hideValue: boolean;
}

/** One field, as `postconf -F`. */
export function printField(
	words: readonly string[],
	field: number,
	style: FieldStyle,
	expand: (value: string) => string
): string {
	const layout = new Layout(style.fold);
	if (!style.hideName) layout.add(`${words[0]}/${words[1]}/${FIELD_NAMES[field]}`);
	if (!style.hideName && !style.hideValue) layout.add(' = ');
	if (!style.hideValue) {
		if (layout.length > 0 && layout.length + words[field]!.length > LINE_LIMIT) {
			layout.out += `\n${INDENT}`;
			layout.length = INDENT.length;
		}
		layout.add(words[field]!);
		if (field === LEAST_FIELDS - 1) layout.arguments(words.slice(LEAST_FIELDS), 1, expand);
	}
	return `${layout.out}\n`;
}
