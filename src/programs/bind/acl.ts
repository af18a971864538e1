/**
 * Address match lists of named.conf (BIND 9 Administrator Reference 3.2, "address_match_list").
 *
 * The first element that matches decides; `!` makes it a refusal. Not simulated: keys, GeoIP, IPv6 elements.
 */
import { inNetwork } from '#wire/address';

export type AclElement = { readonly not: boolean } & (
	| { readonly kind: 'any' | 'none' | 'localhost' | 'localnets' }
	| { readonly kind: 'prefix'; readonly address: number; readonly prefix: number }
	| { readonly kind: 'list'; readonly list: Acl }
	/** an IPv6 element or a key: never matches */
	| { readonly kind: 'other' }
);
export type Acl = readonly AclElement[];

export interface LocalAddresses {
	readonly addresses: readonly { readonly address: number; readonly prefix: number }[];
}

/** @returns true allowed, false refused, undefined when no element matches (which refuses too, but not in a nested list) */
export function matchAcl(acl: Acl, address: number, local: LocalAddresses): boolean | undefined {
	for (const element of acl) {
		const matches = elementMatches(element, address, local);
		if (matches) return !element.not;
	}
	return undefined;
}

function elementMatches(element: AclElement, address: number, local: LocalAddresses): boolean {
	switch (element.kind) {
		case 'any':
			return true;
		case 'none':
		case 'other':
			return false;
		case 'localhost':
			return local.addresses.some((own) => own.address === address);
		case 'localnets':
			return local.addresses.some((own) => inNetwork(address, own.address, own.prefix));
		case 'prefix':
			return inNetwork(address, element.address, element.prefix);
		case 'list':
			return matchAcl(element.list, address, local) === true;
	}
}

export const ANY: Acl = [{ not: false, kind: 'any' }];
export const NONE: Acl = [{ not: false, kind: 'none' }];
export const LOCAL: Acl = [
	{ not: false, kind: 'localnets' },
	{ not: false, kind: 'localhost' }
];
