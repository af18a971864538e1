/**
 * A request for a service (request_info of tcpd.h): the two ends, the daemon, the user, each looked up when it is first
 * asked for and then kept. Empty means "not looked up", `unknown` "could not be found", `paranoid` a name that is not
 * believed.
 */
import type { Reason } from '#engine/decision';
import type { Sys } from '#kernel/syscalls';
import { field, sameWord, type ByteText } from './bytes';
import { isKnownName, UNKNOWN } from './pattern';

/** One end of a connection, as the socket knows it. */
export type Endpoint =
	| { readonly family: 'inet'; readonly address: number; readonly port: number }
	| { readonly family: 'inet6'; readonly address: Uint8Array; readonly port: number };

/** Something that a `%` letter prints and that keeps what the printing made of it. */
export interface Cell {
	readonly value: ByteText;
	readonly keep?: (value: ByteText) => void;
}

/** A question that the doorman asked about an end of the connection. */
export interface LookupStep {
	/** the name of an address; the addresses of that name; the user, by ident */
	readonly what: 'reverse' | 'forward' | 'ident';
	readonly end: 'client' | 'server';
	readonly asked: string;
	/** empty: nothing was found */
	readonly answers: readonly string[];
	/** what the doorman makes of it: one sentence without full stop */
	readonly text: string;
	/** the name is not believed: it becomes `paranoid` */
	readonly paranoid: boolean;
	/** where the answer came from */
	readonly reasons: readonly Reason[];
}

/** How addresses and names are found; a request without methods knows only what it was given. */
export interface Methods {
	hostAddress(host: HostInfo): Sys<void>;
	hostName(host: HostInfo): Sys<void>;
	userName(request: Request, client: Endpoint, server: Endpoint): Sys<ByteText>;
}

export class HostInfo {
	name: ByteText = '';
	address: ByteText = '';
	endpoint: Endpoint | undefined;

	constructor(
		readonly request: Request,
		readonly end: 'client' | 'server'
	) {}

	*getAddress(): Sys<ByteText> {
		if (this.address === '') {
			this.address = UNKNOWN;
			yield* this.request.methods?.hostAddress(this) ?? nothing();
		}
		return this.address;
	}

	*getName(): Sys<ByteText> {
		if (this.name === '') {
			this.name = UNKNOWN;
			yield* this.request.methods?.hostName(this) ?? nothing();
		}
		return this.name;
	}

	/** The name if it is known by now, else the address; looks no name up. */
	*info(): Sys<Cell> {
		if (this.name !== '' && isKnownName(this.name)) return this.nameCell();
		return yield* this.addressCell();
	}

	nameCell(): Cell {
		return { value: this.name, keep: (value) => void (this.name = value) };
	}

	*addressCell(): Sys<Cell> {
		return { value: yield* this.getAddress(), keep: (value) => void (this.address = value) };
	}

	setName(name: ByteText): void {
		this.name = field(name);
	}

	setAddress(address: ByteText): void {
		this.address = field(address);
	}
}

export class Request {
	user: ByteText = '';
	daemon: ByteText = UNKNOWN;
	readonly client = new HostInfo(this, 'client');
	readonly server = new HostInfo(this, 'server');
	/** a datagram that was not read yet: there is no connection, and it has to be taken from the queue */
	datagram = false;
	/** what was looked up, for the decision */
	readonly lookups: LookupStep[] = [];

	constructor(
		/** the connection; banners and socket options go there */
		readonly fd: number,
		readonly pid: number,
		readonly methods: Methods | undefined
	) {}

	setDaemon(daemon: ByteText): void {
		this.daemon = field(daemon);
	}

	setUser(user: ByteText): void {
		this.user = field(user);
	}

	*getUser(): Sys<ByteText> {
		if (this.user === '') {
			this.user = UNKNOWN;
			const [client, server] = [this.client.endpoint, this.server.endpoint];
			if (!this.datagram && client && server && this.methods)
				this.setUser(yield* this.methods.userName(this, client, server));
		}
		return this.user;
	}

	/** `%c`: user@host, user@address, host or address, by what is known already. */
	*clientInfo(): Sys<Cell> {
		const host = yield* this.client.info();
		if (this.user === '') return host;
		const user = yield* this.getUser();
		return sameWord(user, UNKNOWN) ? host : { value: `${user}@${host.value}` };
	}

	/** `%s`: daemon@host, daemon@address or the daemon. */
	*serverInfo(): Sys<Cell> {
		const host = yield* this.server.info();
		if (!sameWord(host.value, UNKNOWN)) return { value: `${this.daemon}@${host.value}` };
		return { value: this.daemon, keep: (value) => void (this.daemon = value) };
	}
}

function* nothing(): Sys<void> {}
