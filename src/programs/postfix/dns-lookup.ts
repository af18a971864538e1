/**
 * DNS as Postfix asks it (dns_lookup(3)): one type at a time, a null MX noticed, and its words for what went wrong.
 */
import type { Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { recordType, type DnsRecord } from '#wire/dns';
import { relativeText, res_query } from '../libc/resolver';
import { parseIpv4Address } from '#wire/address';

export type LookupStatus = 'ok' | 'retry' | 'fail' | 'not-found' | 'null-mx' | 'invalid';

export interface HostRecord {
	readonly type: string;
	/** host name of MX, NS, PTR and CNAME records; address of A; text of TXT */
	readonly name: string;
	readonly preference: number;
}

export interface HostLookup {
	readonly status: LookupStatus;
	readonly records: readonly HostRecord[];
	/** "Host or domain name not found. Name service error for name=… type=MX: Host not found" */
	readonly why: string;
	/** "Host not found" */
	readonly text: string;
}

/** h_errno in Postfix's words (dns_strerror.c) */
const TEXT = {
	HOST_NOT_FOUND: 'Host not found',
	TRY_AGAIN: 'Host not found, try again',
	NO_RECOVERY: 'Non-recoverable error',
	NO_DATA: 'Host found but no data record of requested type'
} as const;

function hostRecord(record: DnsRecord): HostRecord | null {
	const base = { type: recordType(record), preference: 0 };
	switch (record.type) {
		case 'A':
			return { ...base, name: formatIpv4Address(record.address) };
		case 'MX':
			return { ...base, name: relativeText(record.exchange), preference: record.preference };
		case 'NS':
		case 'CNAME':
		case 'PTR':
			return { ...base, name: relativeText(record.host) };
		case 'TXT':
			return { ...base, name: record.strings.join('') };
		default:
			return null;
	}
}

/** @param type "A", "MX", "NS", "TXT", "AAAA" */
export function* lookupHost(name: string, type: string): Sys<HostLookup> {
	const failed = (status: LookupStatus, text: string): HostLookup => ({
		status,
		records: [],
		text,
		why: `Host or domain name not found. Name service error for name=${name} type=${type}: ${text}`
	});
	if (type === 'A' && parseIpv4Address(name) !== undefined) return failed('not-found', TEXT.HOST_NOT_FOUND);
	const answer = yield* res_query(name, type);
	if (!answer.ok) {
		const text = TEXT[answer.error];
		if (answer.error === 'TRY_AGAIN') return failed('retry', text);
		return failed(answer.error === 'NO_RECOVERY' ? 'fail' : 'not-found', text);
	}
	const all = answer.answers.map(hostRecord).filter((record) => record !== null);
	const records = all.filter((record) => record.type === type);
	if (records.length === 0) return failed('not-found', TEXT.NO_DATA);
	if (type === 'MX' && records.length === 1 && records[0]!.name === '' && records[0]!.preference === 0)
		return { status: 'null-mx', records: [], text: '', why: `Domain ${name} does not accept mail (nullMX)` };
	return { status: 'ok', records, text: '', why: '' };
}
