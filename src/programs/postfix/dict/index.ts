/**
 * Opening tables by name, and lists of tables.
 *
 *     const maps = yield* openMaps(config, 'virtual_alias_maps');
 *     const found = yield* maps.find('anna@example.org');       // Found | null, throws DictError
 *     const dict = yield* openDict('hash:/etc/aliases', config.messages, { missing: 'surrogate' });
 */
import type { Source, Sys } from '#kernel/syscalls';
import type { Config } from '../config';
import type { Messages } from '../errors';
import type { Dict, Found, OpenFlags } from './dict';

export * from './dict';

/** The tables of a parameter, asked in order (maps(3)). */
export interface Maps {
	readonly title: string;
	readonly dicts: readonly { readonly dict: Dict; readonly source: Source }[];
	/** @param partial a part of an address: tables of patterns are skipped */
	find(key: string, partial?: boolean): Sys<Found | null>;
}

export declare function openDict(name: string, messages: Messages, flags?: OpenFlags): Sys<Dict>;
export declare function openMaps(config: Config, parameter: string, flags?: OpenFlags): Sys<Maps>;
