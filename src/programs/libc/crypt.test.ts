import { expect, it } from 'vitest';
import { crypt } from './crypt';

/* crypt(3) of Debian 12 */
it.each([
	[
		'Hello world!',
		'$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1'
	],
	['Hello world!', '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
	['secret', '$6$abc$IdWKNKTJEb8LxY7CGg8YBXlvtfZzFw7Mp/r6niK9YB2mdvgY..TKjv1T..8RadRt2qvUHYRLr/TsVArtr91iR1']
])('crypt(%s)', (password, entry) => {
	expect(crypt(password, entry)).toBe(entry);
	expect(crypt(`${password}x`, entry)).not.toBe(entry);
});
