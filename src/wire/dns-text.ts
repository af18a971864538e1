/** The data of DNS records as text, in the form of zone files (RFC 1035 5.1) and dig; records compared by it. */
import { formatIpv4Address } from './address';
import { canonicalName } from './dns-name';
import { fieldsOf, recordType, type DnsRecord, type FieldKind, type Rdata } from './dns-types';

/** A character string in quotes, as zone files and dig write it. */
export function quoteString(text: string): string {
	const inside = text.replace(/[^ -~]|["\\]/g, (character) =>
		/[ -~]/.test(character) ? `\\${character}` : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
	);
	return `"${inside}"`;
}

const FIELD_TEXT: Partial<Record<FieldKind, (value: never) => string>> = {
	ipv4: (value: number) => formatIpv4Address(value),
	string: (value: string) => quoteString(value),
	strings: (value: readonly string[]) => value.map(quoteString).join(' '),
	bytes: (value: Uint8Array) =>
		`\\# ${value.length}${
			value.length
				? ` ${Array.from(value, (byte) => byte.toString(16).padStart(2, '0'))
						.join('')
						.toUpperCase()}`
				: ''
		}`
};

/** The data of a record in the form of zone files: "10 halo.example.org." */
export function rdataText(record: Rdata): string {
	const values = record as unknown as Record<string, never>;
	return fieldsOf(record.type)
		.map(([name, kind]) => FIELD_TEXT[kind]?.(values[name]!) ?? String(values[name] as unknown))
		.join(' ');
}

/** Whether two records have the same owner, type, class and data; TTLs are not compared. */
export function sameRecord(a: DnsRecord, b: DnsRecord): boolean {
	return (
		canonicalName(a.name) === canonicalName(b.name) &&
		recordType(a) === recordType(b) &&
		a.class === b.class &&
		canonicalRdata(a) === canonicalRdata(b)
	);
}

function canonicalRdata(record: Rdata): string {
	return fieldsOf(record.type).some(([, kind]) => kind === 'name' || kind === 'plain-name')
		? canonicalName(rdataText(record))
		: rdataText(record);
}
