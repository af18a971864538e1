/**
 * What a world is built from: plain data (JSON), made from `world.yaml` at build time or by a test. Types only.
 */

export interface WorldSpec {
	readonly name: string;
	/** all chance in the world comes from it */
	readonly seed: number;
	/** ISO 8601, UTC: the virtual time at which the hosts are switched on */
	readonly start: string;
	/** virtual seconds that the world runs before a learner sees it (boot, daemons) */
	readonly settle: number;
	readonly hosts: readonly HostSpec[];
	readonly links: readonly LinkSpec[];
}

export interface HostSpec {
	/** short name, unique: "halo"; terminals and lessons use it */
	readonly name: string;
	/** `uname -n`: "halo.example.org" */
	readonly hostname: string;
	/** one line for the network panel: "Postfix, users michael, anna, joe" */
	readonly role?: string;
	readonly kind: 'server' | 'computer' | 'router' | 'internet';
	/** centre of the node on the network's picture, in units of its 100 × 60 plane */
	readonly at: readonly [x: number, y: number];
	readonly interfaces: readonly InterfaceSpec[];
	readonly routes?: readonly { readonly to: string; readonly via: string }[];
	readonly forwarding?: boolean;
	/** what a program waits when it has its writes forced to the disk (fsync), milliseconds; default 0 */
	readonly syncTime?: number;
	readonly nameservers?: readonly string[];
	readonly search?: string;
	/** login names, made with home directories, uid from 1000 on unless given */
	readonly users?: readonly {
		readonly name: string;
		readonly uid?: number;
		readonly gecos?: string;
		readonly shell?: string;
		readonly groups?: readonly string[];
		/** what the user types to come in, or an entry of /etc/shadow ($6$…, empty); without it nobody can */
		readonly password?: string;
	}[];
	/** as a user's */
	readonly rootPassword?: string;
	/** packages beside the base system: "postfix", "bind9" … (`programs/index.ts`) */
	readonly packages?: readonly string[];
	/** /etc/init.d scripts started at boot, in this order */
	readonly services?: readonly string[];
	readonly files?: Readonly<Record<string, FileSpec>>;
	/** commands run by root after boot, one after the other, before the learner sees the world ("newaliases") */
	readonly prepare?: readonly string[];
}

export type FileSpec =
	| string
	| {
			readonly text: string;
			readonly mode?: string;
			readonly owner?: string;
			readonly group?: string;
			readonly mtime?: string;
	  }
	| {
			readonly base64: string;
			readonly mode?: string;
			readonly owner?: string;
			readonly group?: string;
			readonly mtime?: string;
	  }
	| { readonly link: string; readonly owner?: string; readonly group?: string }
	| { readonly dir: true; readonly mode?: string; readonly owner?: string; readonly group?: string }
	| { readonly hard: string };

export interface InterfaceSpec {
	/** "eth0" */
	readonly name: string;
	/** "192.168.75.2/28"; several for a host with several addresses */
	readonly addresses: readonly string[];
	readonly link: string;
	readonly mac?: string;
}

/** A wire: everything on it hears every frame addressed to it, as on a switch. */
export interface LinkSpec {
	readonly name: string;
	readonly label?: string;
	/** one way, milliseconds; default 0.1 */
	readonly delay?: number;
	/** bits a second; default 100,000,000 */
	readonly rate?: number;
	/** fraction of frames lost, 0 … 1 */
	readonly loss?: number;
	/** frames that wait at most; default 1000 */
	readonly queue?: number;
	readonly down?: boolean;
}
