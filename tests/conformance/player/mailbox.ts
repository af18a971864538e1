/** Mails of an mbox file or of a single file of a maildir, in the form of the recordings. */
export interface Mail {
	readonly envelope_from?: string;
	/** a header line without a colon has `null` for its name */
	readonly headers: readonly (readonly [name: string | null, value: string])[];
	readonly body: string;
}

export function parseMailbox(text: string): Mail[] {
	if (text === '') return [];
	if (!text.startsWith('From ')) return [parseMail(text)];
	return text
		.split(/(?:^|\n)(?=From \S*\s)/)
		.filter((part) => part !== '')
		.map((part) => {
			const end = part.indexOf('\n');
			const sender = part.slice('From '.length, end).split(/\s/)[0]!;
			/* local ends each mail with an empty line */
			const mail = part.slice(end + 1);
			return { envelope_from: sender, ...parseMail(mail.replace(/\n$/, mail.endsWith('\n\n') ? '' : '\n')) };
		});
}

function parseMail(text: string): Mail {
	const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
	const head = end < 0 ? text : text.slice(0, end);
	const body = end < 0 ? '' : text.slice(end === 0 ? 1 : end + 2);
	const lines = head.replace(/\n$/, '').split(/\n(?![ \t])/).filter((line) => line !== '');
	const headers = lines.map((line): readonly [string | null, string] => {
		const colon = /^([^\s:]+):[ \t]?/.exec(line);
		return colon ? [colon[1]!, line.slice(colon[0].length)] : [null, line];
	});
	return { headers, body };
}
