/**
 * Helpers: they read along where one connection announces another (nf_conntrack_helper).
 *
 * A helper is asked for by `CT --helper NAME`; the kernel assigns none by itself since 6.0. Which protocols a helper may
 * be asked for, the CT target knows.
 * Not simulated: all but ftp and tftp (the others are accepted, shown, and read nothing); the log line of a dropped packet.
 */
import type { Skb } from '../skb';
import type { ExpectationDraft } from './expectation';
import type { Flow } from './flow';
import { ftp } from './ftp';
import { tftp } from './tftp';

/** What a helper asks of the table. */
export interface HelperTable {
	/** 32 random bits */
	random(): number;
	/** @param perMaster how many one connection may have announced @returns the errno's name, null when it is in */
	expect(draft: ExpectationDraft, seconds: number, perMaster: number): string | null;
}

/** @returns false when the packet must be dropped */
export type Helper = (skb: Skb, flow: Flow, direction: 0 | 1, table: HelperTable) => boolean;

export const HELPERS: Readonly<Record<string, Helper>> = { ftp, tftp };
