/**
 * Lists that are matched (match_list(3)): domain_list, string_list, namadr_list. `matched` is false also when an item
 * with `!` decided; `item` says which one did.
 */
import type { Source, Sys } from '#kernel/syscalls';
import type { Ipv4Address } from '#wire/packet';
import type { Config } from '../config';

export interface MatchResult {
	readonly matched: boolean;
	/** the item that decided, as written; absent when none did */
	readonly item?: string;
	/** where it is written (main.cf, the /file, or the table's entry) */
	readonly source?: Source;
	readonly because?: readonly Source[];
}

export interface MatchList {
	/** throws DictError: "451 4.3.0 Temporary lookup failure" */
	match(name: string, address?: Ipv4Address): Sys<MatchResult>;
}

/** mydestination, relay_domains …: parent domains match as parent_domain_matches_subdomains says */
export declare function openDomainList(config: Config, parameter: string): Sys<MatchList>;
/** string comparison alone */
export declare function openStringList(config: Config, parameter: string): Sys<MatchList>;
/** mynetworks, debug_peer_list: names and addresses */
export declare function openAddressList(config: Config, parameter: string): Sys<MatchList>;
