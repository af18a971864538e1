/**
 * The run control file ~/.fetchmailrc (fetchmail(1), THE RUN CONTROL FILE): `set` lines, `defaults`, `poll` and `skip`
 * entries, each with options of the server, then of its users.
 *
 * Does: words and quoted strings, comments, noise words, `no` in front of what can be on or off.
 * Not simulated: what an option means that the program lacks; it is read and has no effect.
 * Errors: `SyntaxError` with the line and the word.
 */

export interface User {
	/** at the server; '' until it is known */
	remote: string;
	password: string | null;
	local: string[];
	keep: boolean;
	fetchall: boolean;
	flush: boolean;
	limit: number;
	fetchlimit: number;
	mda: string;
	folder: string;
	smtphost: string;
	smtpaddress: string;
	/** what sslproto says; null: nothing, so TLS is wanted */
	sslproto: string | null;
	ssl: boolean;
	rewrite: boolean;
	preconnect: string;
	postconnect: string;
}

export interface Server {
	name: string;
	via: string;
	skip: boolean;
	protocol: string;
	port: string;
	uidl: boolean;
	timeout: number;
	users: User[];
}

export interface RunControl {
	daemon: number;
	logfile: string;
	syslog: boolean | null;
	postmaster: string;
	idfile: string;
	invisible: boolean;
	readonly servers: Server[];
}

export class RunControlError {
	constructor(
		readonly line: number,
		readonly text: string
	) {}
}

export const newUser = (): User => ({
	remote: '',
	password: null,
	local: [],
	keep: false,
	fetchall: false,
	flush: false,
	limit: 0,
	fetchlimit: 0,
	mda: '',
	folder: 'INBOX',
	smtphost: 'localhost',
	smtpaddress: '',
	sslproto: null,
	ssl: false,
	rewrite: true,
	preconnect: '',
	postconnect: ''
});

export const newServer = (name: string): Server => ({
	name,
	via: '',
	skip: false,
	protocol: 'auto',
	port: '',
	uidl: false,
	timeout: 300,
	users: []
});

export const emptyRunControl = (): RunControl => ({
	daemon: 0,
	logfile: '',
	syslog: null,
	postmaster: '',
	idfile: '',
	invisible: false,
	servers: []
});

interface Token {
	readonly text: string;
	readonly quoted: boolean;
	readonly line: number;
}

const NOISE = new Set(['and', 'with', 'has', 'wants', 'options', 'here']);
const PROTOCOLS = new Set(['auto', 'pop2', 'pop3', 'apop', 'rpop', 'kpop', 'sdps', 'imap', 'etrn', 'odmr']);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', r: '\r' };

export function tokens(text: string): Token[] {
	const out: Token[] = [];
	for (const [i, line] of text.split('\n').entries()) {
		const pattern = /\s+|[:;,]|#.*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|[^\s:;,#]+/g;
		for (const match of line.matchAll(pattern)) {
			const [word, double, single] = match;
			if (/^(?:\s|[:;,#])/.test(word)) continue;
			const quoted = double ?? single;
			const inner = quoted?.replace(/\\(.)/g, (_all, char: string) => ESCAPES[char] ?? char);
			out.push({ text: inner ?? word, quoted: quoted !== undefined, line: i + 1 });
		}
	}
	return out;
}

type Take = () => string;
type ServerOption = (server: Server, take: Take, on: boolean) => void;
type UserOption = (user: User, take: Take, on: boolean) => void;

const ignore = (_target: unknown, take: Take): void => void take();
const nothing = (): void => undefined;

const SERVER_OPTIONS: Readonly<Record<string, ServerOption>> = {
	via: (server, take) => (server.via = take()),
	port: (server, take) => (server.port = take()),
	service: (server, take) => (server.port = take()),
	timeout: (server, take) => (server.timeout = Number(take())),
	uidl: (server, _take, on) => (server.uidl = on),
	interval: ignore,
	auth: ignore,
	authenticate: ignore,
	envelope: ignore,
	qvirtual: ignore,
	aka: ignore,
	localdomains: ignore,
	interface: ignore,
	monitor: ignore,
	plugin: ignore,
	plugout: ignore,
	principal: ignore,
	dns: nothing,
	checkalias: nothing,
	tracepolls: nothing
};

const USER_OPTIONS: Readonly<Record<string, UserOption>> = {
	keep: (user, _take, on) => (user.keep = on),
	fetchall: (user, _take, on) => (user.fetchall = on),
	flush: (user, _take, on) => (user.flush = on),
	rewrite: (user, _take, on) => (user.rewrite = on),
	ssl: (user, _take, on) => (user.ssl = on),
	limit: (user, take) => (user.limit = Number(take())),
	fetchlimit: (user, take) => (user.fetchlimit = Number(take())),
	mda: (user, take) => (user.mda = take()),
	folder: (user, take) => (user.folder = take()),
	smtphost: (user, take) => (user.smtphost = take()),
	smtpaddress: (user, take) => (user.smtpaddress = take()),
	sslproto: (user, take) => (user.sslproto = take()),
	preconnect: (user, take) => (user.preconnect = take()),
	postconnect: (user, take) => (user.postconnect = take()),
	smtpname: ignore,
	fetchdomains: ignore,
	antispam: ignore,
	bsmtp: ignore,
	warnings: ignore,
	batchlimit: ignore,
	fetchsizelimit: ignore,
	fastuidl: ignore,
	expunge: ignore,
	properties: ignore,
	sslkey: ignore,
	sslcert: ignore,
	sslcertfile: ignore,
	sslcertpath: ignore,
	sslcommonname: ignore,
	sslfingerprint: ignore,
	sslcertck: nothing,
	limitflush: nothing,
	forcecr: nothing,
	stripcr: nothing,
	pass8bits: nothing,
	dropstatus: nothing,
	dropdelivered: nothing,
	mimedecode: nothing,
	idle: nothing,
	lmtp: nothing
};

const GLOBALS: Readonly<Record<string, (rc: RunControl, take: Take, on: boolean) => void>> = {
	daemon: (rc, take) => (rc.daemon = Number(take())),
	logfile: (rc, take) => (rc.logfile = take()),
	idfile: (rc, take) => (rc.idfile = take()),
	pidfile: ignore,
	postmaster: (rc, take) => (rc.postmaster = take()),
	syslog: (rc, _take, on) => (rc.syslog = on),
	nosyslog: (rc) => (rc.syslog = false),
	invisible: (rc, _take, on) => (rc.invisible = on),
	bouncemail: nothing,
	spambounce: nothing,
	softbounce: nothing,
	showdots: nothing,
	properties: ignore
};

/** Words of an entry that begin something new: lists of names end there. */
const isKeyword = ({ text, quoted }: Token): boolean =>
	!quoted &&
	(Object.hasOwn(SERVER_OPTIONS, text) ||
		Object.hasOwn(USER_OPTIONS, text) ||
		NOISE.has(text) ||
		/^(?:poll|server|skip|defaults|set|user|username|is|to|there|pass|password|proto|protocol|no)$/.test(text));

class Parser {
	readonly rc = emptyRunControl();
	#at = 0;
	#defaults = newServer('');
	#defaultUser = newUser();

	constructor(readonly list: readonly Token[]) {}

	get #next(): Token | undefined {
		return this.list[this.#at];
	}

	#fail(token: Token | undefined, text = 'syntax error'): never {
		const line = token?.line ?? this.list.at(-1)?.line ?? 1;
		throw new RunControlError(line, token ? `${text} at ${token.text}` : text);
	}

	readonly #take = (): string => {
		const token = this.#next;
		if (!token) this.#fail(undefined);
		this.#at++;
		return token.text;
	};

	parse(): RunControl {
		for (let token = this.#next; token; token = this.#next) {
			this.#at++;
			if (token.text === 'set') this.#set();
			else if (token.text === 'defaults') this.#entry(this.#defaults, true);
			else if (token.text === 'poll' || token.text === 'server' || token.text === 'skip') {
				const server = { ...this.#defaults, name: this.#take(), skip: token.text === 'skip', users: [] };
				this.rc.servers.push(server);
				this.#entry(server, false);
			} else if (!NOISE.has(token.text)) this.#fail(token);
		}
		return this.rc;
	}

	#set(): void {
		const isOff = this.#next?.text === 'no';
		if (isOff) this.#at++;
		const token = this.#next;
		const option = token && Object.hasOwn(GLOBALS, token.text) ? GLOBALS[token.text]! : this.#fail(token);
		this.#at++;
		option(this.rc, this.#take, !isOff);
	}

	#entry(server: Server, isDefaults: boolean): void {
		let user: User | null = isDefaults ? this.#defaultUser : null;
		const own = (): User => {
			if (!user) server.users.push((user = { ...this.#defaultUser, local: [] }));
			return user;
		};
		for (let token = this.#next; token; token = this.#next) {
			const { text, quoted } = token;
			if (!quoted && /^(?:poll|server|skip|defaults|set)$/.test(text)) break;
			this.#at++;
			if (NOISE.has(text)) continue;
			const isOff = text === 'no';
			const word = isOff ? this.#take() : text;
			if (word === 'proto' || word === 'protocol') this.#protocol(server);
			else if (word === 'user' || word === 'username') {
				user = { ...this.#defaultUser, local: [], remote: this.#take() };
				server.users.push(user);
				if (this.#next?.text === 'here') [user.local, user.remote] = [[user.remote], ''];
			} else if (word === 'is' || word === 'to') this.#names(own());
			else if (word === 'there') continue;
			else if (word === 'pass' || word === 'password') own().password = this.#take();
			else if (Object.hasOwn(SERVER_OPTIONS, word)) {
				if (user && !isDefaults) this.#fail(token, 'server option after user options');
				SERVER_OPTIONS[word]!(server, this.#take, !isOff);
			} else if (Object.hasOwn(USER_OPTIONS, word)) USER_OPTIONS[word]!(own(), this.#take, !isOff);
			else this.#fail(token);
		}
	}

	#protocol(server: Server): void {
		const token = this.#next;
		if (!token || !PROTOCOLS.has(token.text.toLowerCase())) this.#fail(token);
		server.protocol = token.text.toLowerCase();
		this.#at++;
	}

	/** `is anna here`, `to anna joe`, `is joeuser there`. */
	#names(user: User): void {
		const names: string[] = [];
		for (let token = this.#next; token && !isKeyword(token); token = this.#next) {
			names.push(token.text);
			this.#at++;
		}
		if (this.#next?.text === 'there') user.remote = names[0] ?? '';
		else user.local.push(...names);
	}
}

/** @throws RunControlError */
export const parseRunControl = (text: string): RunControl => new Parser(tokens(text)).parse();
