/**
 * A client that is not there: what tcpd would decide if it came. For the tester of the doorman's panel, which runs this in
 * a fork of the world; it lies on no disk.
 *
 * Does:  as tcpd, from an address: names are looked up when a rule needs them, both ways. What options would do is only
 *        told. (tcpdmatch is different: it looks no name up for an address, and trusts a name that it is given.)
 * Lacks: ident. There is no connection to ask about, so the user is who the asker says.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { getservbyname } from '../libc/netdb';
import { getpid, routeTo, write } from '../libc/unistd';
import { fromText, toBytes } from './bytes';
import { hostsAccess } from './hosts-access';
import { Library } from './library';
import { UNKNOWN } from './pattern';
import { Request, type Endpoint } from './request';
import { endpointText, hostAddresses, numericEndpoint, socketMethods } from './sock-host';

export interface Visitor {
	readonly daemon: string;
	/** an address, or a name whose first address is taken */
	readonly client: string;
	/** what ident would say; empty: nothing */
	readonly user: string;
	/** of /etc/services, for the port that is come to; empty when it is not known */
	readonly service: string;
}

/** Exits 1 and says why when the client has no address. */
export function visit({ daemon, client, user, service }: Visitor): Main {
	return function* () {
		const library = new Library({ ident: daemon, facility: 'daemon', pid: true, dryRun: true });
		const found = numericEndpoint(fromText(client)) ?? (yield* hostAddresses(library, fromText(client)))?.[0];
		if (!found) {
			yield* write(2, toBytes(`${fromText(client)} has no address`));
			return 1;
		}
		const methods = socketMethods(library);
		const request = new Request(0, yield* getpid(), {
			...methods,
			*userName(asked) {
				const text = 'nobody is there to ask; name a user to try one';
				const step = { what: 'ident', end: 'client', asked: endpointText(found), answers: [], text } as const;
				asked.lookups.push({ ...step, paranoid: false, reasons: [] });
				return UNKNOWN;
			}
		});
		request.setDaemon(fromText(daemon));
		request.setUser(fromText(user));
		request.client.endpoint = { ...found, port: CLIENT_PORT };
		request.server.endpoint = yield* ownEnd(found, service);
		yield* hostsAccess(library, request);
		return 0;
	};
}

/** an unprivileged port like any other */
const CLIENT_PORT = 40_000;

/** The address of ours that answers go out from. */
function* ownEnd(client: Endpoint, service: string): Sys<Endpoint | undefined> {
	if (client.family !== 'inet') return undefined;
	const port = /^\d+$/.test(service) ? Number(service) : ((yield* getservbyname(service, 'tcp'))?.port ?? 0);
	try {
		return { family: 'inet', address: (yield* routeTo(client.address)).source, port };
	} catch (thrown) {
		if (thrown instanceof Errno) return undefined;
		throw thrown;
	}
}
