/** Why a text is no complete command: in the terms of bash's own messages (parse.y), which `reader.ts` writes. */

export type Failure =
	/** a token that does not fit; `position` is its offset */
	| { readonly kind: 'token'; readonly token: string; readonly position: number; readonly within: Within }
	/** the text ends inside a construct */
	| { readonly kind: 'eof'; readonly position: number; readonly within: Within }
	/** a quote or bracket that is never closed */
	| { readonly kind: 'matching'; readonly wanted: string; readonly position: number; readonly within: Within }
	/** [[ … ]] and for (( )) have their own messages */
	| {
			readonly kind: 'message';
			readonly message: string;
			readonly position: number;
			readonly second?: string;
			readonly within: Within;
	  };

/** What the failing text stands in: decides the exit status of `bash -c`. */
export type Within = 'command' | 'substitution' | 'array' | 'condition';

export class SyntaxFailure {
	constructor(readonly failure: Failure) {}
}
