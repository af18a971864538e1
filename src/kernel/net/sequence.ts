/**
 * Sequence numbers: arithmetic modulo 2³² (RFC 9293 3.4).
 */

export const add = (sequence: number, count: number): number => (sequence + count) >>> 0;

/** How far `a` is ahead of `b`, -2³¹ … 2³¹-1. */
export const ahead = (a: number, b: number): number => (a - b) | 0;

export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
export const after = (a: number, b: number): boolean => ((b - a) | 0) < 0;
