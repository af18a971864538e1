/**
 * What POP3 and IMAP see of a mailbox, whatever its format (`mbox.ts`, `maildir.ts`).
 *
 * Contents are strings of which each character is one byte, with LF at the ends of lines, as in the file.
 */
import type { Sys } from '#kernel/syscalls';

/** IMAP's flags, and keywords that clients made up. */
export type Flag = string;
export const FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'] as const;

export interface Message {
	readonly uid: number;
	/** bytes with CR LF at the ends of lines */
	readonly size: number;
	readonly flags: ReadonlySet<Flag>;
	/** nobody was told of it before */
	readonly recent: boolean;
	/** microseconds since 1970 */
	readonly received: number;
}

/** What a session wants changed: the new flags of a message, or that it goes. */
export interface Changes {
	readonly flags: ReadonlyMap<number, ReadonlySet<Flag>>;
	readonly expunged: ReadonlySet<number>;
}

export const NO_CHANGES: Changes = { flags: new Map(), expunged: new Set() };

/** A mailbox cannot be used; `text` is for the log. */
export class StorageError {
	constructor(readonly text: string) {}
}

export interface Mailbox {
	/** in the order of their uids, as of the last `sync` */
	readonly messages: readonly Message[];
	readonly uidValidity: number;
	readonly nextUid: number;
	readonly keywords: readonly string[];
	/**
	 * Writes changes and reads what is new.
	 * @param isLazy nothing is written yet: uids and changes are held until the next sync that is not (mbox alone)
	 * @throws StorageError
	 */
	sync(changes: Changes, isLazy?: boolean): Sys<void>;
	/** header and body; null when it is gone */
	content(uid: number): Sys<string | null>;
	/** @throws StorageError */
	append(content: string, flags: ReadonlySet<Flag>, received: number): Sys<number>;
}

const CHUNK = 8192;

export function binary(bytes: Uint8Array): string {
	let out = '';
	for (let at = 0; at < bytes.length; at += CHUNK) out += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
	return out;
}

export function bytesOf(text: string): Uint8Array {
	const out = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
	return out;
}

/** As it travels: CR LF. */
export const crlf = (text: string): string => text.replace(/\r?\n/g, '\r\n');

/** Bytes of a text once its lines end in CR LF. */
export function virtualSize(text: string): number {
	let size = text.length;
	for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) if (text[at - 1] !== '\r') size++;
	return size;
}

/** Header with its empty line, and body. */
export function splitMessage(content: string): readonly [header: string, body: string] {
	if (content.startsWith('\n')) return ['\n', content.slice(1)];
	const end = content.indexOf('\n\n');
	const withCr = content.indexOf('\r\n\r\n');
	if (withCr >= 0 && (end < 0 || withCr < end)) return [content.slice(0, withCr + 4), content.slice(withCr + 4)];
	return end < 0 ? [content, ''] : [content.slice(0, end + 2), content.slice(end + 2)];
}
