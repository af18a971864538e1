/** The test message: swaks's template with the headers and the body that were asked for. */

export const VERSION = '20201014.0';

/** What --version says below the version. */
export const COPYRIGHT = `        Copyright (c) 2003-2008,2010-2020 John Jetmore <jj33@pobox.com>

    This program is free software; you can redistribute it and/or modify
    it under the terms of the GNU General Public License as published by
    the Free Software Foundation; either version 2 of the License, or
    (at your option) any later version.

    This program is distributed in the hope that it will be useful,
    but WITHOUT ANY WARRANTY; without even the implied warranty of
    MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
    GNU General Public License for more details.

    You should have received a copy of the GNU General Public License
    along with this program; if not, write to the Free Software
    Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA.
`;

export interface MessageParts {
	readonly date: string;
	readonly messageId: string;
	readonly to: string;
	readonly from: string;
	readonly body: string;
	/** "Subject: x": replaces the template's line of that name, else is added */
	readonly headers: readonly string[];
	/** always added */
	readonly added: readonly string[];
	/** --data: the whole message instead of the template */
	readonly data?: string;
}

/** Lines without their ends. `\n` in what was given on the command line is a line end. */
export function composeMessage(parts: MessageParts): string[] {
	const unescape = (text: string): string => text.replaceAll('\\n', '\n');
	let template =
		parts.data === undefined
			? `Date: %DATE%\nTo: %TO_ADDRESS%\nFrom: %FROM_ADDRESS%\nSubject: test %DATE%\nMessage-Id: <%MESSAGEID%>\nX-Mailer: swaks v${VERSION} jetmore.org/john/code/swaks/\n%NEW_HEADERS%\n%BODY%\n`
			: unescape(parts.data);
	const fresh: string[] = [...parts.added.map(unescape)];
	for (const header of parts.headers.map(unescape)) {
		const name = header.slice(0, header.indexOf(':') + 1).toLowerCase();
		const lines = template.split('\n');
		const at = lines.findIndex((line) => name !== '' && line.toLowerCase().startsWith(name));
		if (at < 0) fresh.push(header);
		else {
			lines[at] = header;
			template = lines.join('\n');
		}
	}
	const filled = template
		.replace('%NEW_HEADERS%\n', fresh.map((line) => `${line}\n`).join('') + (parts.data === undefined ? '\n' : ''))
		.replaceAll('%DATE%', parts.date)
		.replaceAll('%TO_ADDRESS%', parts.to)
		.replaceAll('%FROM_ADDRESS%', parts.from)
		.replaceAll('%MESSAGEID%', parts.messageId)
		.replace('%BODY%', () => unescape(parts.body));
	return `${filled}\n`
		.replaceAll('\r\n', '\n')
		.split('\n')
		.slice(0, -1)
		.concat(parts.data === undefined ? [''] : []);
}
