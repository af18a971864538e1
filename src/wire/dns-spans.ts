/** Where the questions and records stand in the bytes of a DNS message: what the packet viewer marks. */
import { Malformed, Reader } from './dns-bytes';
import { DNS_HEADER, HEADER_LENGTH } from './dns-header';
import { readRecord, type RawOpt } from './dns-record';
import { rdataText } from './dns-text';
import { className, recordType, typeName, type DnsRecord } from './dns-types';
import { readHeader } from './header';

/** Where a question or record stands in a message. */
export interface DnsSpan {
	readonly section: 'Queries' | 'Answers' | 'Authoritative nameservers' | 'Additional records';
	readonly text: string;
	/** bytes from the start of the message */
	readonly offset: number;
	readonly length: number;
}

/** The places of the questions and records; as far as the message can be read. */
export function dnsSpans(bytes: Uint8Array): DnsSpan[] {
	const spans: DnsSpan[] = [];
	const from = new Reader(bytes);
	try {
		const header = readHeader(DNS_HEADER, from.take(HEADER_LENGTH));
		const sections = [
			['Queries', header.questions],
			['Answers', header.answers],
			['Authoritative nameservers', header.authority],
			['Additional records', header.additional]
		] as const;
		for (const [section, count] of sections) {
			for (let i = 0; i < count; i++) {
				const offset = from.at;
				const text = section === 'Queries' ? questionText(from) : recordText(readRecord(from));
				spans.push({ section, text, offset, length: from.at - offset });
			}
		}
	} catch (thrown) {
		if (!(thrown instanceof Malformed)) throw thrown;
	}
	return spans;
}

function questionText(from: Reader): string {
	return `${from.name()}: type ${typeName(from.uint(2))}, class ${className(from.uint(2))}`;
}

function recordText(record: DnsRecord | RawOpt): string {
	if ('opt' in record) return `<Root>: type OPT, UDP payload size ${record.edns.udpSize}`;
	return `${record.name}: type ${recordType(record)}, class ${className(record.class)}, TTL ${record.ttl}, ${rdataText(record)}`;
}
