/**
 * The common shape of everything that is decided: a verdict, and the reasons that led to it, each pointing at its
 * source. Netfilter, libwrap, the resolver and Postfix all return their own `Decision`; a panel draws it, a check reads
 * it, and nothing computes the verdict a second time.
 *
 * Types only, and the one file of this room that every other room may import (as types).
 */

/** Where a reason is written down. */
export type Source =
	| {
			readonly kind: 'file';
			readonly host: string;
			readonly path: string;
			/** 1-based; the first line of the setting */
			readonly line: number;
			/** 1-based, inclusive; absent for one line */
			readonly endLine?: number;
			/** the item of a list that decided, as written */
			readonly item?: string;
	  }
	| {
			readonly kind: 'rule';
			readonly host: string;
			readonly variant: 'nf_tables' | 'legacy';
			readonly table: string;
			readonly chain: string;
			/** counts from 1; 0 is the policy */
			readonly rule: number;
	  }
	| {
			readonly kind: 'record';
			readonly server: string;
			readonly name: string;
			readonly type: string;
			readonly data: string;
	  }
	/** a value that nobody wrote: the program's built-in default */
	| { readonly kind: 'default'; readonly parameter: string; readonly value: string };

/** One step of a decision, in the order in which it was taken. */
export interface Reason {
	/** who was asked: `permit_mynetworks`, `reject_unauth_destination`, `DNS MX`, `route` … */
	readonly check: string;
	readonly outcome: 'passed' | 'no-match' | 'decided';
	/** one sentence, without "Passed:" or "Decided here:" */
	readonly text: string;
	readonly source?: Source;
	/** further places that the reason rests on: the value of `mynetworks` behind `permit_mynetworks` */
	readonly because?: readonly Source[];
}

/** `deferred` is a refusal for now (a 4xx reply); `dropped` says nothing to the sender. */
export type Verdict = 'accepted' | 'refused' | 'refused-for-now' | 'deferred' | 'rewritten' | 'dropped';

export interface Decision {
	readonly verdict: Verdict;
	/** what was asked for, for a headline: "bob@example.net from 198.51.100.66" */
	readonly subject: string;
	/** the words of the program: "454 4.7.1 <bob@example.net>: Relay access denied" */
	readonly reply?: string;
	readonly reasons: readonly Reason[];
}
