/**
 * Patterns of hosts_access(5) against one string: exact, prefix, suffix, `*` and `?`, net/mask, prefix lengths, IPv6.
 * Pure; the wildcards that need look-ups are in `hosts-access.ts`.
 *
 * As this build: `*` and `?` win over a leading or trailing dot; letters are compared without case.
 */
import { dottedQuad, ipv6, prefixMask, unmapped } from './address';
import { atoi, sameStart, sameWord, type ByteText } from './bytes';

export const UNKNOWN = 'unknown';
export const PARANOID = 'paranoid';

/** A name that was found and is believed. */
export function isKnownName(name: ByteText): boolean {
	return !sameWord(name, UNKNOWN) && !sameWord(name, PARANOID);
}

export function matchesString(pattern: ByteText, given: ByteText): boolean {
	const text = unmapped(given);
	if (pattern.includes('*') || pattern.includes('?')) return matchesGlob(pattern, text);
	if (pattern.startsWith('.'))
		return text.length > pattern.length && sameWord(pattern, text.slice(text.length - pattern.length));
	if (sameWord(pattern, 'ALL')) return true;
	if (sameWord(pattern, 'KNOWN')) return !sameWord(text, UNKNOWN);
	if (pattern.endsWith('.')) return sameStart(pattern, text, pattern.length);
	if (pattern.startsWith('[') && pattern.endsWith(']')) return matchesIpv6(pattern.slice(1, -1), text);
	return sameWord(pattern, text);
}

function matchesIpv6(pattern: ByteText, text: ByteText): boolean {
	const wanted = ipv6(pattern);
	const address = wanted && ipv6(text);
	return address !== undefined && address.every((byte, i) => byte === wanted![i]);
}

/**
 * `*` for any run of characters, `?` for one. As this build: two or more `*` at the end want at least one character.
 * Never slower than length times length.
 */
export function matchesGlob(given: ByteText, text: ByteText): boolean {
	const pattern = given.replace(/\*{2,}$/, '?*');
	let [at, star, retry] = [0, -1, 0];
	let i = 0;
	while (i < text.length) {
		if (at < pattern.length && pattern[at] !== '*' && (pattern[at] === '?' || sameWord(pattern[at]!, text[i]!))) {
			at++;
			i++;
		} else if (pattern[at] === '*') {
			star = at++;
			retry = i;
		} else if (star >= 0) {
			at = star + 1;
			i = ++retry;
		} else return false;
	}
	while (pattern[at] === '*') at++;
	return at === pattern.length;
}

/** `net/mask`: the masked address has to be the net as written, so a net with host bits matches nothing. */
export function matchesMask(net: ByteText, mask: ByteText, address: ByteText): boolean {
	return matchesMask4(net, mask, address) || matchesMask6(net, mask, address);
}

function matchesMask4(net: ByteText, mask: ByteText, text: ByteText): boolean {
	const address = dottedQuad(text);
	const network = dottedQuad(net);
	if (address === undefined || network === undefined) return false;
	const dotted = dottedQuad(mask);
	const bits = dotted ?? prefixMask(mask);
	if (dotted === undefined && bits === 0) return false;
	return (address & bits) >>> 0 === network;
}

/** `[net]/length`: host bits of the net are not looked at. */
function matchesMask6(net: ByteText, mask: ByteText, text: ByteText): boolean {
	const plain = unmapped(text);
	if (plain !== text) return matchesMask4(net, mask, plain);
	const address = ipv6(text);
	if (!address || !net.startsWith('[') || !net.endsWith(']')) return false;
	const network = ipv6(net.slice(1, -1));
	const length = atoi(mask);
	if (!network || length < 0 || length > 128) return false;
	return address.every((byte, i) => {
		const bits = Math.min(8, Math.max(0, length - 8 * i));
		return (byte ^ network[i]!) >> (8 - bits) === 0;
	});
}
