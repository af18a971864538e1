/**
 * Addresses with a meaning of their own, beside what `#wire/address` says of all.
 */
import type { Ipv4Address } from '#wire/packet';
import { maskOf } from '#wire/address';

export const ANY: Ipv4Address = 0;
export const LIMITED_BROADCAST: Ipv4Address = 0xffff_ffff;
export const LOCALHOST: Ipv4Address = 0x7f00_0001;

/** As `inNetwork` of `#wire/address`, in one operation: every packet asks. */
export function inPrefix(address: Ipv4Address, network: Ipv4Address, prefix: number): boolean {
	return ((address ^ network) & maskOf(prefix)) === 0;
}

export const isLoopback = (address: Ipv4Address): boolean => address >>> 24 === 127;
export const isMulticast = (address: Ipv4Address): boolean => address >>> 28 === 0xe;
