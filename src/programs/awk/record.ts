/** The current record, its fields and the variables that change how it is taken apart (mawk's field.c, split.c). */
import { RuntimeError } from './errors';
import { AwkRegex, type RegexCache } from './regex';
import { type Cell, Input, type Ref, toInt, toNumber, toText, type Value } from './value';

const MOST_FIELDS = 100_000;
const META = '^$.*+?|[]()';

/** How text is split: at white space, into characters, or at a pattern. */
export type Separator = 'space' | 'characters' | AwkRegex;

/** What a text means as FS or as the third argument of split (cast_for_split). */
export function separator(text: string, cache: RegexCache): Separator {
	if (text === ' ') return 'space';
	if (text === '') return 'characters';
	return cache.get(text.length === 1 && META.includes(text) ? `\\${text}` : text);
}

export function split(text: string, by: Separator): string[] {
	if (text === '') return [];
	if (by === 'characters' || (by instanceof AwkRegex && by.pattern === '')) return [...text];
	if (by === 'space') return text.split(/[ \t\n\v\f\r]+/).filter((piece) => piece !== '');
	const pieces: string[] = [];
	let at = 0;
	while (at < text.length) {
		const match = by.execSome(text, at);
		if (!match) return [...pieces, text.slice(at)];
		pieces.push(text.slice(at, match.start));
		at = match.end;
	}
	return [...pieces, ''];
}

export class Record {
	fs: Value = ' ';
	rs: Value = '\n';
	convfmt = '%.6g';
	ofmt = '%.6g';
	#whole: Value = '';
	#fields: Value[] = [];
	/** what NF was set to; a number after splitting */
	#nf: Value = 0;
	#split = true;
	#separator: Separator = 'space';

	constructor(
		readonly cache: RegexCache,
		readonly ofs: Cell
	) {}

	get text(): string {
		return toText(this.#whole, this.convfmt);
	}

	/** A new record from input. */
	read(text: string): void {
		this.#whole = text === '' ? '' : new Input(text);
		this.#split = false;
	}

	field(index: number): Value {
		if (index === 0) return this.#whole;
		this.#divide();
		return index > this.#fields.length ? '' : this.#fields[index - 1];
	}

	setField(index: number, value: Value): void {
		if (index === 0) {
			this.#whole = value;
			this.#split = false;
			return;
		}
		this.#divide();
		if (index > MOST_FIELDS) throw new RuntimeError(`maximum number of fields size=${MOST_FIELDS}`, true);
		while (this.#fields.length < index) this.#fields.push('');
		this.#fields[index - 1] = value;
		this.#nf = this.#fields.length;
		this.#join();
	}

	special(name: string): Value {
		switch (name) {
			case 'NF':
				this.#divide();
				return this.#nf;
			case 'FS':
				return this.fs;
			case 'RS':
				return this.rs;
			case 'OFMT':
				return this.ofmt;
			default:
				return this.convfmt;
		}
	}

	setSpecial(name: string, value: Value): void {
		this.#divide();
		switch (name) {
			case 'NF':
				return this.#setCount(value);
			case 'FS':
				this.fs = value;
				this.#separator = separator(toText(value, this.convfmt), this.cache);
				return;
			case 'RS':
				this.rs = value;
				return;
			default: {
				const format = typeof value === 'string' ? value : value instanceof Input ? value.text : '%.6g';
				checkFormat(name, format);
				if (name === 'OFMT') this.ofmt = format;
				else this.convfmt = format;
			}
		}
	}

	#setCount(value: Value): void {
		const count = toInt(toNumber(value));
		if (count < 0) throw new RuntimeError('negative value assigned to NF');
		if (count > MOST_FIELDS) throw new RuntimeError(`maximum number of fields size=${MOST_FIELDS}`, true);
		while (this.#fields.length < count) this.#fields.push('');
		this.#fields.length = count;
		this.#nf = value;
		this.#join();
	}

	#divide(): void {
		if (this.#split) return;
		this.#split = true;
		this.#fields = split(this.text, this.#separator).map((piece) => new Input(piece));
		this.#nf = this.#fields.length;
	}

	#join(): void {
		if (this.#fields.length === 1) {
			this.#whole = this.#fields[0];
			return;
		}
		const between = toText(this.ofs.value, this.convfmt);
		this.#whole = this.#fields.map((field) => toText(field, this.convfmt)).join(between);
	}
}

function checkFormat(name: string, format: string): void {
	const conversions = format.match(/%[^]?/g) ?? [];
	const good = conversions.length === 0 || /^[^%]*%[-+ #0']*\d*(?:\.\d*)?[lh]?[scdiouxXeEfgG][^%]*$/.test(format);
	if (!good) throw new RuntimeError(`illegal format assigned to ${name}: ${format}`);
}

export class FieldRef implements Ref {
	constructor(
		readonly record: Record,
		readonly index: number
	) {}

	get(): Value {
		return this.record.field(this.index);
	}

	set(value: Value): void {
		this.record.setField(this.index, value);
	}
}

export class SpecialRef implements Ref {
	constructor(
		readonly record: Record,
		readonly name: string
	) {}

	get(): Value {
		return this.record.special(this.name);
	}

	set(value: Value): void {
		this.record.setSpecial(this.name, value);
	}
}
