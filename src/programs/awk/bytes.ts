/** Text of awk is bytes, one character each (U+0000–U+00FF). */
import { decode, encode } from '../libc/text';

export function fromBytes(bytes: Uint8Array): string {
	let text = '';
	for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
	return text;
}

export function toBytes(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}

/** Of arguments and the environment. */
export function fromArgument(text: string): string {
	return fromBytes(encode(text));
}

/** For paths and commands. */
export function toArgument(text: string): string {
	return decode(toBytes(text));
}
