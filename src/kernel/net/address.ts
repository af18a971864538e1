/**
 * IPv4 addresses and prefixes as numbers.
 */
import type { Ipv4Address, MacAddress } from '#wire/packet';

export const BROADCAST_MAC: MacAddress = 0xffff_ffff_ffff;
export const ANY: Ipv4Address = 0;
export const LIMITED_BROADCAST: Ipv4Address = 0xffff_ffff;
export const LOCALHOST: Ipv4Address = 0x7f00_0001;

/** 24 → 0xffffff00 */
export function maskOf(prefix: number): number {
	return prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0;
}

export function inPrefix(address: Ipv4Address, network: Ipv4Address, prefix: number): boolean {
	return ((address ^ network) & maskOf(prefix)) === 0;
}

export function networkOf(address: Ipv4Address, prefix: number): Ipv4Address {
	return (address & maskOf(prefix)) >>> 0;
}

/** The last address of the network: all host bits set. */
export function broadcastOf(address: Ipv4Address, prefix: number): Ipv4Address {
	return (address | ~maskOf(prefix)) >>> 0;
}

export const isLoopback = (address: Ipv4Address): boolean => address >>> 24 === 127;
export const isMulticast = (address: Ipv4Address): boolean => address >>> 28 === 0xe;

/** 0xc0a84b02 → "192.168.75.2" */
export function formatAddress(address: Ipv4Address): string {
	return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
