/**
 * What fetchmail does to a message on its way (transact.c): the envelope's sender, a Received line, addresses without a
 * domain completed with the server's.
 *
 * Not simulated: multidrop (looking for local names in headers), MIME decoding, From lines of several addresses.
 */

export interface Header {
	/** whole lines, folded ones with their newlines */
	readonly lines: readonly string[];
	readonly sender: string;
}

const REWRITTEN = /^(?:from|to|cc|bcc|reply-to|sender|resent-from|resent-to|resent-cc|return-receipt-to|errors-to):/i;

/** "Bob <bob@x>" → bob@x */
export function addressOf(text: string): string {
	const angle = /<([^<>]*)>/.exec(text);
	return (angle ? angle[1]! : text.replace(/\([^()]*\)/g, '')).split(',')[0]!.trim();
}

function complete(line: string, server: string): string {
	const colon = line.indexOf(':');
	const value = line
		.slice(colon + 1)
		.replace(
			/(^|,)(\s*)([^,<>"()]*<)?([A-Za-z0-9._+-]+)(?=\s*(?:>|,|\(|$))/g,
			(all, comma: string, blank: string, name: string | undefined, local: string) =>
				`${comma}${blank}${name ?? ''}${local}@${server}`
		);
	return line.slice(0, colon + 1) + value;
}

/** @param text the header's lines, ended by LF */
export function readHeader(text: string, server: string, rewrites: boolean): Header {
	const lines = text === '' ? [] : text.replace(/\n+$/, '').split(/\n(?![ \t])/);
	const value = (name: string): string | undefined =>
		lines
			.find((line) => line.toLowerCase().startsWith(`${name}:`))
			?.slice(name.length + 1)
			.trim();
	const sender =
		value('return-path') ??
		value('resent-sender') ??
		value('sender') ??
		value('resent-from') ??
		value('from') ??
		value('reply-to') ??
		'';
	return {
		lines: lines
			.filter((line) => !/^return-path:/i.test(line))
			.map((line) => (rewrites && REWRITTEN.test(line) ? complete(line, server) : line)),
		sender: addressOf(sender)
	};
}
