/**
 * Associative arrays with mawk's tables (array.w), because `for (k in a)` shows their order.
 *
 * An array is a split array (after `split`), or a table with lists by integer, lists by text, or both: a key that comes as
 * an integer goes to the first, any other to the second; looked up, an entry moves to the front of its list; a loop walks
 * the lists by text, which are made from those by integer when first needed.
 */
import { FatalError } from './errors';
import { Cell, Input, toInt, toText, type Value } from './value';

const STARTING_MASK = 63;
const AVERAGE_LIST = 12;
/** what the process has memory for */
const MOST_ELEMENTS = 1_000_000;

class Node extends Cell {
	text: string | undefined;
	integer: number | undefined;
	hash = 0;
}

/** FNV-1a on bytes (hash2 in hash.c). */
function fnv(text: string): number {
	let hash = 2_166_136_261;
	for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619);
	return hash >>> 0;
}

export class AwkArray {
	size = 0;
	#kind: 'none' | 'split' | 'table' = 'none';
	#split: Cell[] = [];
	#mask = STARTING_MASK;
	/** undefined: that kind of list is not in use */
	#byInteger: Node[][] | undefined;
	#byText: Node[][] | undefined;

	/** @returns undefined when there is no such element and none is to be made */
	find(key: Value, create: boolean, convfmt: string): Cell | undefined {
		if (this.size === 0 && !create) return undefined;
		if (typeof key === 'number') {
			const integer = toInt(key);
			return integer === key ? this.#findInteger(integer + 0, create) : this.#findText(toText(key, convfmt), create);
		}
		return this.#findText(key instanceof Input ? key.text : (key ?? ''), create);
	}

	delete(key: Value, convfmt: string): void {
		const cell = this.find(key, false, convfmt);
		if (!cell) return;
		if (this.#kind === 'split') {
			this.#toTable();
			return this.delete(key, convfmt);
		}
		const node = cell as Node;
		if (node.text !== undefined && this.#byText) remove(this.#byText[node.hash & this.#mask]!, node);
		if (node.integer !== undefined && this.#byInteger) remove(this.#byInteger[node.integer & this.#mask]!, node);
		if (--this.size === 0) this.clear();
	}

	clear(): void {
		this.size = 0;
		this.#kind = 'none';
		this.#split = [];
		this.#mask = STARTING_MASK;
		this.#byInteger = this.#byText = undefined;
	}

	/** What `split` found. */
	load(pieces: readonly Value[]): void {
		this.clear();
		if (pieces.length === 0) return;
		this.#kind = 'split';
		this.#split = pieces.map((piece) => new Cell(piece));
		this.size = pieces.length;
	}

	/** The keys as a loop sees them. */
	keys(): string[] {
		if (this.size === 0) return [];
		return this.#textLists().flatMap((list) => list.map((node) => node.text!));
	}

	#findInteger(integer: number, create: boolean): Cell | undefined {
		if (this.#kind === 'split') {
			if (integer >= 1 && integer <= this.size) return this.#split[integer - 1];
			if (!create) return undefined;
			this.#toTable();
		}
		this.#kind = 'table';
		if (!this.#byInteger && !this.#byText) this.#byInteger = this.#lists();
		let list = this.#byInteger?.[integer & this.#mask];
		const at = list ? list.findIndex((node) => node.integer === integer) : -1;
		if (list && at >= 0) return toFront(list, at);
		let node: Node | undefined;
		if (this.#byText) {
			node = this.#findText(String(integer), create) as Node | undefined;
			if (!node) return undefined;
		} else {
			if (!create) return undefined;
			node = new Node();
			this.#grow();
		}
		node.integer = integer;
		this.#byInteger ??= this.#lists();
		list = this.#byInteger[integer & this.#mask]!;
		list.unshift(node);
		return node;
	}

	#findText(text: string, create: boolean): Cell | undefined {
		const lists = this.#textLists();
		const hash = fnv(text);
		const list = lists[hash & this.#mask]!;
		const at = list.findIndex((node) => node.hash === hash && node.text === text);
		if (at >= 0) return toFront(list, at);
		if (!create) return undefined;
		const node = new Node();
		node.text = text;
		node.hash = hash;
		this.#grow();
		this.#byText![hash & this.#mask]!.unshift(node);
		return node;
	}

	#textLists(): Node[][] {
		if (this.#kind === 'split') this.#toTable();
		this.#kind = 'table';
		if (this.#byText) return this.#byText;
		this.#byText = this.#lists();
		for (const list of this.#byInteger ?? []) {
			for (const node of list) {
				node.text = String(node.integer);
				node.hash = fnv(node.text);
				this.#byText[node.hash & this.#mask]!.unshift(node);
			}
		}
		return this.#byText;
	}

	#lists(): Node[][] {
		return Array.from({ length: this.#mask + 1 }, () => []);
	}

	#toTable(): void {
		const cells = this.#split;
		this.#split = [];
		this.#kind = 'table';
		this.#mask = STARTING_MASK;
		while (this.size > (this.#mask + 1) * AVERAGE_LIST) this.#mask = this.#mask * 2 + 1;
		this.#byInteger = this.#lists();
		cells.forEach((cell, i) => {
			const node = new Node(cell.value);
			node.integer = i + 1;
			this.#byInteger![(i + 1) & this.#mask]!.unshift(node);
		});
	}

	/** One more element; a full table is doubled, each list keeping its order. */
	#grow(): void {
		if (++this.size > MOST_ELEMENTS) throw new FatalError('out of memory');
		if (this.size <= (this.#mask + 1) * AVERAGE_LIST) return;
		this.#mask = this.#mask * 2 + 1;
		const spread = (lists: Node[][] | undefined, slot: (node: Node) => number): Node[][] | undefined => {
			if (!lists) return undefined;
			const wider = this.#lists();
			for (const list of lists) for (const node of list) wider[slot(node) & this.#mask]!.push(node);
			return wider;
		};
		this.#byText = spread(this.#byText, (node) => node.hash);
		this.#byInteger = spread(this.#byInteger, (node) => node.integer!);
	}
}

function toFront(list: Node[], at: number): Node {
	const node = list[at]!;
	if (at > 0) {
		list.splice(at, 1);
		list.unshift(node);
	}
	return node;
}

function remove(list: Node[], node: Node): void {
	list.splice(list.indexOf(node), 1);
}
