import { describe, expect, it } from 'vitest';
import { phone, table } from './format';
import { realName, type Person } from './people';

const entry = {
	name: 'anna',
	uid: 1001,
	gid: 1001,
	gecos: '& Bianchi,Room 1,5551234',
	home: '/home/anna',
	shell: '/bin/sh'
};

describe('finger', () => {
	it.each([
		['15551234567', '+1-555-123-4567'],
		['5551234567', '555-123-4567'],
		['5551234', '555-1234'],
		['51234', 'x5-1234'],
		['1234', 'x1234'],
		['+39 06', '+39 06'],
		['123456', '123456']
	])('prints the number %s as %s', (number, expected) => {
		expect(phone(number)).toBe(expected);
	});

	it('puts the login name in capitals for an ampersand', () => {
		expect(realName(entry)).toBe('Anna Bianchi');
	});

	it('prints a line for somebody who is not logged in', () => {
		const person: Person = {
			entry,
			realName: 'Anna Bianchi',
			office: '',
			officePhone: '',
			homePhone: '',
			where: [],
			mail: undefined
		};
		expect(table([person], 0, 80)).toBe(
			'Login     Name           Tty      Idle  Login Time   Office     Office Phone\nanna      Anna Bianchi    *     *  No logins   \n'
		);
	});
});
