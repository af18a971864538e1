/** What the door says of TCP wrappers: the tables, the connections that met a doorman, and the walk of one. Shapes only. */
import type { Reason, Source, Verdict } from '#engine/decision';

/** A rule by its words: its line changes while the table is edited. */
export interface WrapperRuleName {
	readonly path: string;
	/** the rule as written, continued lines joined */
	readonly text: string;
}

export interface WrappersView {
	readonly host: string;
	readonly tables: readonly {
		readonly path: string;
		readonly exists: boolean;
		readonly rules: readonly WrapperRule[];
	}[];
	/** daemons of this host by the names that rules use */
	readonly daemons: readonly {
		readonly name: string;
		/** of inetd.conf; empty for a daemon of its own */
		readonly service: string;
		/** false: nobody asks the tables for it */
		readonly wrapped: boolean;
	}[];
}

export interface WrapperRule {
	readonly line: number;
	readonly endLine: number;
	readonly text: string;
	/** connections that it decided so far */
	readonly decided: number;
}

/** One connection in a list of those that met a doorman. */
export interface VisitRow {
	/** of its decision; -1 for one that was tried in a fork */
	readonly sequence: number;
	readonly time: number;
	readonly host: string;
	readonly daemon: string;
	/** user@host, host or address, as the log calls it */
	readonly client: string;
	readonly verdict: Verdict;
	/** tcpdmatch or the tester asked: nobody came */
	readonly tried: boolean;
	/** the rule that decided; null: none did */
	readonly decided: { readonly path: string; readonly line: number; readonly text: string } | null;
}

export interface VisitView extends VisitRow {
	/** headline: "Refused by line 3 of hosts.deny" */
	readonly headline: string;
	/** who the client is: what was found out, and what nobody needed to know */
	readonly who: readonly WhoStep[];
	readonly tables: readonly TableVisit[];
	/** what the walk came to, when no rule decided; else empty */
	readonly ending: string;
	/** the reasons of a doorman without tables (xinetd) */
	readonly reasons: readonly Reason[];
	readonly warnings: readonly { readonly text: string; readonly path: string; readonly line: number }[];
}

export interface WhoStep {
	/** "Address", "Name of the address", "Addresses of the name", "User" */
	readonly label: string;
	/** empty: nothing was found, or nobody asked */
	readonly value: string;
	readonly text: string;
	readonly outcome: 'found' | 'nothing' | 'paranoid' | 'not-asked';
	/** the rule that needed it */
	readonly neededBy: { readonly path: string; readonly line: number } | null;
	readonly sources: readonly Source[];
}

export interface TableVisit {
	readonly path: string;
	readonly result: 'match' | 'no-match' | 'missing' | 'broken' | 'not-read';
	readonly rules: readonly RuleVisit[];
}

export interface RuleVisit {
	readonly line: number;
	readonly endLine: number;
	readonly text: string;
	readonly matched: boolean;
	/** why, in a sentence without full stop */
	readonly because: string;
	/** the rule in pieces, joined as written */
	readonly pieces: readonly { readonly text: string; readonly state: PieceState }[];
	readonly patterns: readonly {
		readonly list: 'daemons' | 'clients';
		readonly pattern: string;
		/** depth of the exception; 0 for the list itself */
		readonly except: number;
		readonly matched: boolean;
		readonly because: string;
	}[];
	/** what ran, in order */
	readonly options: readonly { readonly name: string; readonly value: string; readonly meaning: string }[];
}

export type PieceState = 'held' | 'failed' | 'not-asked' | 'option' | 'plain';
