/** The tree of an awk program, and the names in it. */
import type { AwkArray } from './array';
import type { AwkRegex } from './regex';
import type { Cell } from './value';

export type NameType = 'none' | 'variable' | 'array';

/** A global name, or a parameter of a function. */
export interface Name {
	readonly name: string;
	type: NameType;
	/** a parameter's place in the frame */
	readonly slot?: number;
	cell?: Cell;
	array?: AwkArray;
}

export interface Func {
	readonly name: string;
	params: Name[];
	body: Statement[] | undefined;
}

export interface Call {
	readonly line: number;
	readonly callee: Func;
	readonly args: readonly Node[];
}

export type Operator = '+' | '-' | '*' | '/' | '%' | '^';

/** `pure`: evaluating it makes no system call. */
export type Node = { readonly pure: boolean; readonly args: readonly Node[] } & (
	| { readonly op: 'constant'; readonly value: number | string }
	| { readonly op: 'regex'; readonly regex: AwkRegex }
	/** a regular expression by itself: does $0 match? */
	| { readonly op: 'match0'; readonly regex: AwkRegex }
	| { readonly op: 'variable' | 'variableRef'; readonly name: Name }
	| { readonly op: 'element' | 'elementRef' | 'in'; readonly name: Name }
	| { readonly op: 'special' | 'specialRef'; readonly special: string }
	| { readonly op: 'field' | 'fieldRef' }
	| { readonly op: 'binary' | 'assign'; readonly operator: Operator | '' }
	| { readonly op: 'compare'; readonly operator: string }
	| { readonly op: 'increment'; readonly step: 1 | -1; readonly post: boolean }
	| {
			readonly op:
				| 'and'
				| 'or'
				| 'conditional'
				| 'not'
				| 'minus'
				| 'plus'
				| 'concat'
				| 'grouping'
				| 'match'
				| 'notMatch'
				| 'value';
	  }
	| { readonly op: 'builtin'; readonly name: string }
	| { readonly op: 'split'; readonly name: Name }
	| { readonly op: 'arrayLength'; readonly name: Name }
	/** args: target, and what it comes from */
	| { readonly op: 'getline'; readonly from: 'main' | 'file' | 'pipe' }
	| { readonly op: 'call'; readonly call: Call }
);

export type Statement =
	| { readonly kind: 'expression'; readonly value: Node }
	| {
			readonly kind: 'print' | 'printf';
			readonly values: readonly Node[];
			readonly redirection: string;
			readonly target?: Node;
	  }
	| { readonly kind: 'block'; readonly body: readonly Statement[] }
	| { readonly kind: 'if'; readonly test: Node; readonly then: Statement; readonly otherwise?: Statement }
	| { readonly kind: 'while' | 'do'; readonly test: Node; readonly body: Statement }
	| {
			readonly kind: 'for';
			readonly first?: Node;
			readonly test?: Node;
			readonly step?: Node;
			readonly body: Statement;
	  }
	| { readonly kind: 'forIn'; readonly variable: Node; readonly array: Name; readonly body: Statement }
	| { readonly kind: 'delete'; readonly array: Name; readonly index?: Node }
	| { readonly kind: 'exit' | 'return'; readonly value?: Node }
	| { readonly kind: 'next' | 'nextfile' | 'break' | 'continue' | 'empty' };

export interface Rule {
	/** undefined: every record */
	readonly pattern?: Node;
	/** of a range its end */
	readonly last?: Node;
	/** undefined: print */
	readonly body?: readonly Statement[];
}

export interface AwkProgram {
	readonly begin: readonly Statement[];
	readonly end: readonly Statement[];
	readonly rules: readonly Rule[];
	readonly hasBegin: boolean;
	readonly hasEnd: boolean;
	readonly globals: Map<string, Name>;
}
