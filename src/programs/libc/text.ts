/**
 * Text and bytes: UTF-8 with nothing lost. A byte that is not part of valid UTF-8 becomes a lone surrogate U+DC80–DCFF
 * and comes back as the same byte (PEP 383). Programs keep text as strings and bytes as `Uint8Array`.
 *
 * The one implementation lives with the kernel, which needs it for paths and `#!` lines.
 */
export { decode, encode } from '#kernel/text';
