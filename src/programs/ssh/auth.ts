/**
 * Who is it? The authentication of sshd (RFC 4252): none, publickey, password.
 *
 * Does: AllowUsers, DenyUsers, AllowGroups, DenyGroups, PermitRootLogin, MaxAuthTries, Banner; PAM's pam_unix for
 *       passwords. Who may not come in, or does not exist, is asked all the same and told nothing else.
 */
import { S, type Sys } from '#kernel/syscalls';
import { accountProblem, authenticate, failDelay, Failures, type Asker } from '../libc/pam-unix';
import { getgrent, getgrouplist, getpwnam, type PasswdEntry } from '../libc/passwd';
import { getspnam } from '../libc/shadow';
import { errnoOf } from '../libc/strerror';
import { stat } from '../libc/unistd';
import { Hangup, optional, type Connection } from './connection';
import { fingerprint, fromBase64, kindOf, KINDS, parseAuthorizedKeys, publicKey, toBase64, type Kind } from './keys';
import { matchesName } from './sshd-config';
import { field, MSG, type Message } from './transport';

/** no password is this one */
const NONE = '\b\n\r\x7fINCORRECT';

export class Proof {
	/** set once there is one */
	user: PasswdEntry | undefined;
	#name: string | undefined;
	#entry: PasswdEntry | undefined;
	#valid = false;
	#tries = 0;
	#done = false;
	readonly #pam: Asker;

	constructor(readonly connection: Connection) {
		const { pamLog, address } = connection;
		this.#pam = { service: 'sshd', log: pamLog, tty: 'ssh', rhost: address, failures: new Failures() };
	}

	/** "authenticating user anna", for the log */
	get about(): string {
		if (this.#name === undefined) return '';
		return `${this.#valid ? 'authenticating' : 'invalid'} user ${this.#name}`;
	}

	/** Until somebody has proved to be somebody. Throws `PeerGone`, `Hangup` */
	*run(): Sys<void> {
		const { transport } = this.connection;
		while (!this.#done) {
			const message = yield* transport.receive();
			if (message.type === MSG.DISCONNECT) {
				yield* this.#disconnected(field(message, 0), field(message, 1));
				throw new Hangup();
			}
			if (message.type === MSG.USERAUTH_REQUEST) yield* this.#request(message);
		}
		this.user = this.#entry;
		yield* transport.send(MSG.USERAUTH_SUCCESS);
	}

	/** What PAM says at the end. */
	*end(): Sys<void> {
		yield* this.#pam.failures!.tell(this.#pam.log, 'sshd');
	}

	*#disconnected(code: string, text: string): Sys<void> {
		const { log, peer } = this.connection;
		yield* log.write('info', `Received disconnect from ${peer}:${code}: ${text} [preauth]`);
		yield* log.write('info', `Disconnected from ${this.about} ${peer} [preauth]`);
	}

	*#request(message: Message): Sys<void> {
		const name = field(message, 0);
		if (this.#name === undefined) yield* this.#setName(name);
		const method = field(message, 1);
		if (method === 'password' && this.#config('PasswordAuthentication'))
			return yield* this.#password(field(message, 2));
		if (method === 'publickey' && this.#config('PubkeyAuthentication'))
			return message.fields.length < 4
				? yield* this.#offered(field(message, 2))
				: yield* this.#publicKey(field(message, 2) as Kind, message.fields[3]!);
		yield* this.#refuse();
	}

	#config(name: string): boolean {
		return this.connection.config.is(name, this.#name);
	}

	*#setName(name: string): Sys<void> {
		const { log, peer, address, transport, config } = this.connection;
		this.#name = name;
		this.#entry = yield* getpwnam(name);
		if (!this.#entry) yield* log.write('info', `Invalid user ${name} from ${peer}`);
		else {
			const why = yield* this.#notAllowed(this.#entry);
			this.#valid = why === undefined;
			if (why !== undefined) yield* log.write('info', `User ${name} from ${address} not allowed because ${why}`);
		}
		const banner = config.get('Banner', name);
		const text = banner === 'none' ? undefined : yield* optional(banner);
		if (text !== undefined) yield* transport.send(MSG.USERAUTH_BANNER, text);
	}

	*#notAllowed({ name, gid }: PasswdEntry): Sys<string | undefined> {
		const { config } = this.connection;
		const [allow, deny] = [config.all('AllowUsers', name), config.all('DenyUsers', name)];
		if (deny.length > 0 && matchesName(name, deny)) return 'listed in DenyUsers';
		if (allow.length > 0 && !matchesName(name, allow)) return 'not listed in AllowUsers';
		const [allowGroups, denyGroups] = [config.all('AllowGroups', name), config.all('DenyGroups', name)];
		if (allowGroups.length + denyGroups.length === 0) return undefined;
		const ids = yield* getgrouplist(name, gid);
		const groups = (yield* getgrent()).filter((group) => ids.includes(group.gid)).map((group) => group.name);
		if (groups.some((group) => matchesName(group, denyGroups))) return 'a group is listed in DenyGroups';
		if (allowGroups.length > 0 && !groups.some((group) => matchesName(group, allowGroups)))
			return "none of user's groups are listed in AllowGroups";
		return undefined;
	}

	get #mayRootUsePassword(): boolean {
		return this.#entry?.uid !== 0 || this.connection.config.get('PermitRootLogin', this.#name) === 'yes';
	}

	*#password(word: string): Sys<void> {
		const { log, peer, config } = this.connection;
		const name = this.#name!;
		const empty = word === '' && !config.is('PermitEmptyPasswords', name);
		const usable = this.#valid && this.#mayRootUsePassword && !empty;
		const open = (yield* getspnam(name))?.password === '' && word !== '';
		const right = (yield* authenticate(this.#pam, name, usable && !open ? word : NONE)) && usable;
		if (right && (yield* accountProblem(name)) === 'expired') {
			yield* log.write('crit', `fatal: Access denied for user ${name} by PAM account configuration [preauth]`);
			throw new Hangup();
		}
		if (right) {
			this.#done = true;
			yield* log.write('info', `Accepted password for ${name} from ${peer} ssh2`);
			return;
		}
		yield* failDelay();
		yield* log.write('info', `Failed password for ${this.#valid ? '' : 'invalid user '}${name} from ${peer} ssh2`);
		yield* this.#failed();
	}

	/** Would that key do? Its proof comes in a second request. */
	*#offered(key: string): Sys<void> {
		const { transport, config } = this.connection;
		const rootMay = this.#entry?.uid !== 0 || config.get('PermitRootLogin', this.#name) !== 'no';
		if (this.#valid && rootMay && (yield* this.#isAuthorized(key))) yield* transport.send(MSG.USERAUTH_PK_OK, key);
		else yield* this.#failed();
	}

	*#publicKey(kind: Kind, seed: Uint8Array): Sys<void> {
		const { log, peer, config } = this.connection;
		const name = this.#name!;
		const blob = kind in KINDS ? publicKey(kind, seed) : new Uint8Array(0);
		const rootMay = this.#entry?.uid !== 0 || config.get('PermitRootLogin', name) !== 'no';
		if (this.#valid && rootMay && (yield* this.#isAuthorized(toBase64(blob)))) {
			this.#done = true;
			const shown = `${KINDS[kindOf(blob)].label} ${fingerprint(fromBase64(toBase64(blob)))}`;
			yield* log.write('info', `Accepted publickey for ${name} from ${peer} ssh2: ${shown}`);
			return;
		}
		yield* this.#failed();
	}

	*#isAuthorized(key: string): Sys<boolean> {
		const { config } = this.connection;
		const { home, name } = this.#entry!;
		for (const pattern of config.all('AuthorizedKeysFile', name)) {
			const file = pattern.replaceAll('%u', name).replaceAll('%h', home);
			const path = file.startsWith('/') ? file : `${home}/${file}`;
			const text = yield* optional(path);
			if (text === undefined || !parseAuthorizedKeys(text).includes(key)) continue;
			if (!config.is('StrictModes') || (yield* this.#isSafe(path))) return true;
		}
		return false;
	}

	/** StrictModes: nobody else may write the file or the directories that lead to it. */
	*#isSafe(path: string): Sys<boolean> {
		const { home, uid } = this.#entry!;
		for (let at = path; at.length >= home.length && at.startsWith(home); at = at.slice(0, at.lastIndexOf('/')))
			try {
				const { mode, uid: owner } = yield* stat(at);
				if ((mode & 0o022) === 0 && (owner === 0 || owner === uid)) continue;
				const what = (mode & S.IFMT) === S.IFDIR ? 'directory' : 'file';
				yield* this.connection.log.write('info', `Authentication refused: bad ownership or modes for ${what} ${at}`);
				return false;
			} catch (thrown) {
				errnoOf(thrown);
				return false;
			}
		return true;
	}

	/** One more try is gone. Throws `Hangup` after the last. */
	*#failed(): Sys<void> {
		const { config, transport, log, peer } = this.connection;
		this.#tries++;
		if (this.#tries < Number(config.get('MaxAuthTries', this.#name))) return yield* this.#refuse();
		const who = `${this.#valid ? '' : 'invalid user '}${this.#name!}`;
		yield* log.write('err', `error: maximum authentication attempts exceeded for ${who} from ${peer} ssh2 [preauth]`);
		yield* log.write('info', `Disconnecting ${this.about} ${peer}: Too many authentication failures [preauth]`);
		yield* transport.send(MSG.DISCONNECT, '2', 'Too many authentication failures');
		yield* this.end();
		throw new Hangup();
	}

	*#refuse(): Sys<void> {
		const methods = ['publickey', 'password'].filter((method) =>
			this.#config(method === 'password' ? 'PasswordAuthentication' : 'PubkeyAuthentication')
		);
		yield* this.connection.transport.send(MSG.USERAUTH_FAILURE, methods.join(','));
	}
}
