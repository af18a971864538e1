/**
 * DNS record types, classes and codes: numbers, names, and the fields of each type's data (RFC 1035 3.2, RFC 3596, RFC 2782).
 *
 * A record type is a row of `RECORD_TYPES`: parsing, building, text and zone files all go by that row.
 * Not simulated: the types of DNSSEC have names only, their data stays bytes (RFC 3597).
 */
import type { Ipv4Address } from './packet';

export type FieldKind =
	'ipv4' | 'ipv6' | 'u16' | 'u32' | 'ttl' | 'name' | 'plain-name' | 'string' | 'strings' | 'bytes';

/** name → number and the fields of the data; a `name` is compressed, a `plain-name` is not (RFC 3597 4) */
export const RECORD_TYPES = {
	A: { number: 1, fields: [['address', 'ipv4']] },
	NS: { number: 2, fields: [['host', 'name']] },
	CNAME: { number: 5, fields: [['host', 'name']] },
	SOA: {
		number: 6,
		fields: [
			['mname', 'name'],
			['rname', 'name'],
			['serial', 'u32'],
			['refresh', 'ttl'],
			['retry', 'ttl'],
			['expire', 'ttl'],
			['minimum', 'ttl']
		]
	},
	PTR: { number: 12, fields: [['host', 'name']] },
	HINFO: {
		number: 13,
		fields: [
			['cpu', 'string'],
			['os', 'string']
		]
	},
	MX: {
		number: 15,
		fields: [
			['preference', 'u16'],
			['exchange', 'name']
		]
	},
	TXT: { number: 16, fields: [['strings', 'strings']] },
	AAAA: { number: 28, fields: [['address6', 'ipv6']] },
	SRV: {
		number: 33,
		fields: [
			['priority', 'u16'],
			['weight', 'u16'],
			['port', 'u16'],
			['target', 'plain-name']
		]
	}
} as const satisfies Record<string, { number: number; fields: readonly (readonly [string, FieldKind])[] }>;

/** Types that may be asked for but have no records. */
export const QUERY_TYPES = { OPT: 41, IXFR: 251, AXFR: 252, ANY: 255 } as const;
/** Names for types whose data we keep as bytes. */
const NAMED_TYPES = {
	RP: 17, AFSDB: 18, LOC: 29, NAPTR: 35, DNAME: 39, DS: 43, SSHFP: 44, RRSIG: 46, NSEC: 47, DNSKEY: 48, TLSA: 52, SVCB: 64,
	HTTPS: 65, SPF: 99, CAA: 257
} as const; // prettier-ignore

export type RecordTypeName = keyof typeof RECORD_TYPES;

export type Rdata =
	| { readonly type: 'A'; readonly address: Ipv4Address }
	| { readonly type: 'NS' | 'CNAME' | 'PTR'; readonly host: string }
	| {
			readonly type: 'SOA';
			readonly mname: string;
			readonly rname: string;
			readonly serial: number;
			/** seconds, like the three after it */
			readonly refresh: number;
			readonly retry: number;
			readonly expire: number;
			readonly minimum: number;
	  }
	| { readonly type: 'HINFO'; readonly cpu: string; readonly os: string }
	| { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
	| { readonly type: 'TXT'; readonly strings: readonly string[] }
	/** RFC 5952 text */
	| { readonly type: 'AAAA'; readonly address6: string }
	| {
			readonly type: 'SRV';
			readonly priority: number;
			readonly weight: number;
			readonly port: number;
			readonly target: string;
	  }
	| { readonly type: 'unknown'; readonly number: number; readonly bytes: Uint8Array };

export type DnsRecord = { readonly name: string; readonly class: number; /** seconds */ readonly ttl: number } & Rdata;
export type RecordOf<T extends Rdata['type']> = Extract<DnsRecord, { type: T }>;

export const CLASS_IN = 1;
const CLASS_NAMES: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };

export const RCODE = {
	NOERROR: 0,
	FORMERR: 1,
	SERVFAIL: 2,
	NXDOMAIN: 3,
	NOTIMP: 4,
	REFUSED: 5,
	NOTAUTH: 9,
	BADVERS: 16
} as const;
const RCODE_NAMES = [
	'NOERROR',
	'FORMERR',
	'SERVFAIL',
	'NXDOMAIN',
	'NOTIMP',
	'REFUSED',
	'YXDOMAIN',
	'YXRRSET',
	'NXRRSET',
	'NOTAUTH',
	'NOTZONE'
];
const OPCODE_NAMES = ['QUERY', 'IQUERY', 'STATUS', 'RESERVED3', 'NOTIFY', 'UPDATE'];

export function rcodeName(rcode: number): string {
	return RCODE_NAMES[rcode] ?? (rcode === RCODE.BADVERS ? 'BADVERS' : `RESERVED${rcode}`);
}

export function opcodeName(opcode: number): string {
	return OPCODE_NAMES[opcode] ?? `RESERVED${opcode}`;
}

export function className(number: number): string {
	return CLASS_NAMES[number] ?? `CLASS${number}`;
}

/** undefined for text that names no class */
export function classNumber(name: string): number | undefined {
	const upper = name.toUpperCase();
	for (const [number, known] of Object.entries(CLASS_NAMES)) if (known === upper) return Number(number);
	return /^CLASS\d{1,5}$/.test(upper) ? Number(upper.slice(5)) : undefined;
}

const TYPE_NUMBERS = new Map<string, number>([
	...Object.entries(RECORD_TYPES).map(([name, row]): [string, number] => [name, row.number]),
	...Object.entries(QUERY_TYPES),
	...Object.entries(NAMED_TYPES)
]);
const TYPE_NAMES = new Map([...TYPE_NUMBERS].map(([name, number]) => [number, name]));

/** "MX" for 15, "TYPE65280" for one without a name (RFC 3597) */
export function typeName(number: number): string {
	return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

/** undefined for text that names no type; any case */
export function typeNumber(name: string): number | undefined {
	const upper = name.toUpperCase();
	const known = TYPE_NUMBERS.get(upper);
	if (known !== undefined) return known;
	return /^TYPE\d{1,5}$/.test(upper) && Number(upper.slice(4)) < 65_536 ? Number(upper.slice(4)) : undefined;
}

/** The name of a record's type as it is written: "MX", "TYPE65280". */
export function recordType(record: Rdata): string {
	return record.type === 'unknown' ? typeName(record.number) : record.type;
}

const UNKNOWN_FIELDS = [['bytes', 'bytes']] as const;

/** The fields of a type's data; of one without a row, its bytes. */
export function fieldsOf(type: string): readonly (readonly [string, FieldKind])[] {
	return type in RECORD_TYPES ? RECORD_TYPES[type as RecordTypeName].fields : UNKNOWN_FIELDS;
}

/** The names and kinds of the fields of a type's data; undefined for a type that is kept as bytes. */
export function rdataFields(type: string): readonly (readonly [string, FieldKind])[] | undefined {
	return type in RECORD_TYPES ? RECORD_TYPES[type as RecordTypeName].fields : undefined;
}
