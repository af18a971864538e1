/**
 * The normalisations of `../postfix/README.md`: applied to what the simulator gave, so that it can be compared with a
 * recording. Queue ids become Q1, Q2 … in the order of their first appearance in the case as written.
 */
/** ten digits that are a time are none */
const QUEUE_ID = /(?<![0-9A-Za-z])(?!0{6})(?!1[67]\d{8}(?![0-9A-Za-z]))(?=[0-9A-F]*[0-9])[0-9A-F]{10,12}(?![0-9A-Za-z])/g;
/** with enable_long_queue_ids; the seconds of these years begin with 4 */
const LONG_QUEUE_ID = /(?<![0-9A-Za-z])4[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{9}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{3,6}(?![0-9A-Za-z])/g;
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';

export class Normaliser {
	readonly #ids = new Map<string, string>();
	/** ids that are known to be such (from the queues), besides what looks like one */
	constructor(readonly keepIds = false) {}

	get ids(): readonly string[] {
		return [...this.#ids.values()];
	}

	text(text: string): string {
		let out = text;
		if (!this.keepIds) out = out.replace(LONG_QUEUE_ID, (id) => this.#name(id)).replace(QUEUE_ID, (id) => this.#name(id));
		return out
			.replace(new RegExp(`${DAY}, +\\d{1,2} ${MONTH} \\d{4} \\d\\d:\\d\\d:\\d\\d [+-]\\d{4}(?: \\([A-Z]+\\))?`, 'g'), 'DATE')
			.replace(
				new RegExp(`${DAY} ${MONTH} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d( \\d{4})?`, 'g'),
				(_all, year?: string) => `DDD MMM DD HH:MM:SS${year ? ' YYYY' : ''}`
			)
			.replace(/\b\d{14}\.(Q\d+@)/g, 'DATE.$1')
			.replace(/\b(delays?)=[\d./]+/g, '$1=D')
			.replace(/(Q\d+)\.\d{10}\//g, '$1.TIME/')
			.replace(/((?:deferred|defer)\/)[0-9A-F]\/(?:[0-9A-F]\/)?(?=Q\d)/g, '$1X/')
			.replace(/(message_size: +\d+ +)\d+/g, '$1OFFSET')
			.replace(/\b(pid|process(?: id)?|PID:?) \d+/g, '$1 N')
			.replace(/\b1[67]\d{8}\.P\d+\./g, 'TIME.PN.')
			.replace(/\bmpid=\d+/g, 'mpid=N')
			.replace(/\bsession=<[^>]+>/g, 'session=<S>')
			.replace(/^(dovecot: \w+\([^)]*\))<\d+><[^>]+>/gm, '$1<N><S>')
			.replace(/\b\d{8}[0-9a-f]{8}\b/g, 'UIDL')
			.replace(/\(\d+\.\d+ \+ \d+\.\d+(?: \+ \d+\.\d+)? secs\)/g, '(N secs)')
			.replace(/\(no auth attempts in \d+ secs\)/g, '(no auth attempts in N secs)')
			.replace(/^(dovecot: imap.*) out=\d+/gm, '$1 out=N')
			.replace(/\b1[67]\d{8}\b/g, 'TIME');
	}

	/** A line of maillog without time stamp, host and process id. */
	logLine(line: string): string {
		return this.text(line.replace(/^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ /, '').replace(/^([\w/.-]+)\[\d+\]:/, '$1:'));
	}

	#name(id: string): string {
		const known = this.#ids.get(id);
		if (known !== undefined) return known;
		const name = `Q${this.#ids.size + 1}`;
		this.#ids.set(id, name);
		return name;
	}
}

/** Log lines that the recordings leave out. */
export function isLeftOut(line: string): boolean {
	return /^postfix\/(anvil|scache)[:[]/.test(line) || line.includes('dict_nis_init');
}
