/** Names as the command lines of dig, host and nslookup have them. */
import { formatIpv6Address, parseIpv6Address } from '#wire/address';

export { classNumber, nameOf, parentName, typeNumber } from '#wire/dns';

/**
 * The name of the PTR record of an address, or of the part of one that was given ("192.168.75"); undefined for text that
 * is no address.
 */
export function reverseNameOfText(text: string): string | undefined {
	if (/^\d{1,3}(\.\d{1,3}){0,3}\.?$/.test(text))
		return `${text.replace(/\.$/, '').split('.').reverse().join('.')}.in-addr.arpa.`;
	const bytes = text.includes(':') ? parseIpv6Address(text) : undefined;
	if (!bytes) return undefined;
	return `${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
		.join('')
		.split('')
		.reverse()
		.join('.')}.ip6.arpa.`;
}

/** IPv6 text in its canonical form, other text as it is. */
export function canonicalAddress(text: string): string {
	const bytes = text.includes(':') ? parseIpv6Address(text) : undefined;
	return bytes ? formatIpv6Address(bytes) : text;
}
