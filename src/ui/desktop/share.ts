/**
 * Share links: the inputs of a sitting, deflated, in the part of the address that no server sees (`#w=`). Reading is
 * bounded before anything is unpacked; what is not understood is refused as a whole.
 */
import { Inflate, deflateSync, strFromU8, strToU8 } from 'fflate';
import type { TimedInput } from '#world/door';
import { readInputs } from '../lesson/progress';

const MOST_PACKED = 64 * 1024;
const MOST_UNPACKED = 1024 * 1024;

export class ShareError extends Error {}

/** @throws ShareError when the sitting is too long for a link */
export function toLink(path: string, inputs: readonly TimedInput[], address: URL): string {
	const text = strToU8(JSON.stringify({ v: 1, path, inputs }));
	if (text.length > MOST_UNPACKED) throw new ShareError('This sitting is too long for a link.');
	const packed = deflateSync(text, { level: 9 });
	const base64 = btoa(chunks(packed)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
	if (base64.length > MOST_PACKED) throw new ShareError('This sitting is too long for a link.');
	const url = new URL(address);
	url.search = '';
	url.hash = `w=${base64}`;
	return url.href;
}

function chunks(bytes: Uint8Array): string {
	let text = '';
	for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
	return text;
}

/**
 * @returns null when there is no sitting in the address
 * @throws ShareError when there is one that cannot be read, or that belongs to another world
 */
export function fromHash(hash: string, path: string): readonly TimedInput[] | null {
	if (!hash.startsWith('#w=')) return null;
	const base64 = hash.slice(3);
	if (base64.length > MOST_PACKED) throw new ShareError('The link is too long.');
	let value: unknown;
	try {
		const packed = Uint8Array.from(atob(base64.replace(/-/g, '+').replace(/_/g, '/')), (letter) =>
			letter.charCodeAt(0)
		);
		value = JSON.parse(strFromU8(unpack(packed)));
	} catch (error) {
		throw error instanceof ShareError ? error : new ShareError('The link is damaged.');
	}
	const parts = value as { v?: unknown; path?: unknown; inputs?: unknown } | null;
	const inputs = readInputs(parts?.inputs);
	if (parts?.v !== 1 || !inputs) throw new ShareError('The link is damaged.');
	if (parts.path !== path) throw new ShareError('The link belongs to another lesson.');
	return inputs;
}

/** Inflates piece by piece and gives up when there is more than 1 MB. */
function unpack(packed: Uint8Array): Uint8Array {
	const pieces: Uint8Array[] = [];
	let length = 0;
	const inflate = new Inflate((piece) => {
		length += piece.length;
		if (length > MOST_UNPACKED) throw new ShareError('The link unpacks to more than 1 MB.');
		pieces.push(piece);
	});
	for (let i = 0; i < packed.length; i += 1024) inflate.push(packed.subarray(i, i + 1024), i + 1024 >= packed.length);
	const all = new Uint8Array(length);
	let at = 0;
	for (const piece of pieces) {
		all.set(piece, at);
		at += piece.length;
	}
	return all;
}
