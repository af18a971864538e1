import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { md5, posixCrc, sha1, sha224, sha256, sha384, sha512 } from './digest';

const ALGORITHMS = { md5, sha1, sha224, sha256, sha384, sha512 } as const;

test.each(Object.entries(ALGORITHMS))('%s agrees with the library', (name, digest) => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
			expect(digest(bytes)).toBe(createHash(name).update(bytes).digest('hex'));
		}),
		{ numRuns: 30 }
	);
});

test('cksum of POSIX', () => {
	expect(posixCrc(new TextEncoder().encode('abc\n'))).toBe(1_112_837_078);
});
