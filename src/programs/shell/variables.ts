/**
 * The shell's variables: strings, indexed and associative arrays with their attributes, in dynamic scopes.
 *
 * Does: what declare(1)'s attributes ask at each assignment (integer through the caller, lower, upper, readonly, nameref).
 * Associative arrays list their keys in the order of bash's hash table (hashlib.c: FNV-1, 1024 buckets, newest first).
 * Lacks: attributes of single elements.
 */
import { encode } from '#kernel/text';

export class IndexedArray {
	readonly #elements: Map<number, string>;
	#sorted: number[] | null = null;

	constructor(values: readonly string[] | ReadonlyMap<number, string> = []) {
		this.#elements = new Map(values instanceof Map ? values : (values as readonly string[]).entries());
	}

	get(index: number): string | undefined {
		return this.#elements.get(index);
	}

	set(index: number, value: string): void {
		if (!this.#elements.has(index)) this.#sorted = null;
		this.#elements.set(index, value);
	}

	delete(index: number): void {
		this.#elements.delete(index);
		this.#sorted = null;
	}

	get indices(): readonly number[] {
		return (this.#sorted ??= [...this.#elements.keys()].sort((a, b) => a - b));
	}

	get values(): string[] {
		return this.indices.map((index) => this.#elements.get(index)!);
	}

	get size(): number {
		return this.#elements.size;
	}

	/** one more than the highest index */
	get end(): number {
		const { indices } = this;
		return indices.length === 0 ? 0 : indices[indices.length - 1]! + 1;
	}

	clone(): IndexedArray {
		return new IndexedArray(this.#elements);
	}
}

const BUCKETS = 1024;

function bucket(key: string): number {
	let hash = 2166136261;
	for (const byte of encode(key)) hash = Math.imul(hash, 16777619) ^ byte;
	return (hash >>> 0) & (BUCKETS - 1);
}

export class AssociativeArray {
	readonly #elements = new Map<string, string>();

	get(key: string): string | undefined {
		return this.#elements.get(key);
	}

	set(key: string, value: string): void {
		this.#elements.set(key, value);
	}

	delete(key: string): void {
		this.#elements.delete(key);
	}

	get size(): number {
		return this.#elements.size;
	}

	get keys(): string[] {
		const keys = [...this.#elements.keys()];
		return keys
			.map((key, age) => ({ key, age, bucket: bucket(key) }))
			.sort((a, b) => a.bucket - b.bucket || b.age - a.age)
			.map((entry) => entry.key);
	}

	get values(): string[] {
		return this.keys.map((key) => this.#elements.get(key)!);
	}

	clone(): AssociativeArray {
		const copy = new AssociativeArray();
		for (const [key, value] of this.#elements) copy.set(key, value);
		return copy;
	}
}

export type Value = string | IndexedArray | AssociativeArray | undefined;

export class Variable {
	value: Value = undefined;
	exported = false;
	readonly = false;
	integer = false;
	lower = false;
	upper = false;
	capitalize = false;
	nameref = false;
	traced = false;
	/** -a or -A was declared, though nothing is assigned yet */
	declared: 'indexed' | 'associative' | null = null;

	get isIndexed(): boolean {
		return this.value instanceof IndexedArray || (this.value === undefined && this.declared === 'indexed');
	}

	get isAssociative(): boolean {
		return this.value instanceof AssociativeArray || (this.value === undefined && this.declared === 'associative');
	}

	/** `$name`: of an array its element 0 */
	get scalar(): string | undefined {
		const { value } = this;
		if (value instanceof IndexedArray) return value.get(0);
		if (value instanceof AssociativeArray) return value.get('0');
		return value;
	}

	/** ${name@a} and declare -p: "aAilnrtux" in that order */
	get flags(): string {
		return (
			(this.isIndexed ? 'a' : '') +
			(this.isAssociative ? 'A' : '') +
			(this.integer ? 'i' : '') +
			(this.nameref ? 'n' : '') +
			(this.readonly ? 'r' : '') +
			(this.traced ? 't' : '') +
			(this.exported ? 'x' : '') +
			(this.capitalize ? 'c' : '') +
			(this.lower ? 'l' : '') +
			(this.upper ? 'u' : '')
		);
	}

	clone(): Variable {
		const copy = Object.assign(new Variable(), this);
		if (this.value instanceof IndexedArray || this.value instanceof AssociativeArray) copy.value = this.value.clone();
		return copy;
	}

	transform(text: string): string {
		if (this.upper) return text.toUpperCase();
		if (this.lower) return text.toLowerCase();
		if (this.capitalize) return text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
		return text;
	}
}

export type Scope = Map<string, Variable>;

export class Variables {
	/** global first; a function's locals are pushed */
	scopes: Scope[] = [new Map()];

	/** The variable itself, namerefs not followed. */
	find(name: string): Variable | undefined {
		for (let i = this.scopes.length - 1; i >= 0; i--) {
			const found = this.scopes[i]!.get(name);
			if (found !== undefined) return found;
		}
		return undefined;
	}

	/** The name that a chain of namerefs ends at; may have a subscript. */
	resolve(name: string): string {
		for (let hops = 0; hops < 10; hops++) {
			const variable = this.find(name);
			if (!variable?.nameref || typeof variable.value !== 'string' || variable.value === '') return name;
			name = variable.value;
		}
		return name;
	}

	get(name: string): Variable | undefined {
		const variable = this.find(name);
		return variable?.nameref ? this.find(this.resolve(name)) : variable;
	}

	get globals(): Scope {
		return this.scopes[0]!;
	}

	get top(): Scope {
		return this.scopes[this.scopes.length - 1]!;
	}

	/** The variable to assign to; made in the global scope where there is none. */
	obtain(name: string): Variable {
		let variable = this.get(name);
		if (variable === undefined) {
			variable = new Variable();
			this.globals.set(this.resolve(name), variable);
		}
		return variable;
	}

	unset(name: string): void {
		for (let i = this.scopes.length - 1; i >= 0; i--) {
			const scope = this.scopes[i]!;
			if (!scope.has(name)) continue;
			// A local of the running function stays local, as unset; a caller's is uncovered (bash without localvar_unset).
			if (i > 0 && i === this.scopes.length - 1) scope.set(name, new Variable());
			else scope.delete(name);
			return;
		}
	}

	/** All that is visible, by name. */
	visible(): Map<string, Variable> {
		const all = new Map<string, Variable>();
		for (const scope of this.scopes) for (const [name, variable] of scope) all.set(name, variable);
		return new Map([...all].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
	}

	environment(): Map<string, string> {
		const environment = new Map<string, string>();
		for (const scope of this.scopes)
			for (const [name, variable] of scope) {
				if (variable.exported && variable.scalar !== undefined && !variable.isIndexed && !variable.isAssociative)
					environment.set(name, variable.scalar);
				else environment.delete(name);
			}
		return environment;
	}

	clone(): Variables {
		const copy = new Variables();
		copy.scopes = this.scopes.map((scope) => new Map([...scope].map(([name, variable]) => [name, variable.clone()])));
		return copy;
	}
}
