/**
 * pipe(8): hands mail to a command, one for all recipients of a request or, with `$recipient` in argv=, with a word each.
 *
 * Does: reads flags=, user=, argv= and the other words of its master.cf line when it starts; copies the mail with the headers
 *       that flags= asks for; takes the command's exit status (sysexits(3)) as the result.
 * Trusts: the administrator's master.cf; the command runs as the user that stands there, never as root.
 * Lacks: chroot=, eol= other than newline.
 */
import type { Sys } from '#kernel/syscalls';
import { getgrnam, getpwnam } from '../libc/passwd';
import { time } from '../libc/unistd';
import { deliveryAgent, type Delivery } from './delivery';
import { Fatal } from './errors';
import { splitExtension } from './mail-addr-find';
import { deliveryHeaders, fromLine } from './mailbox-file';
import { pipeCommand } from './pipe-command';
import type { QueuedRecipient } from './queue-file';
import type { Daemon } from './server';
import { quote822, splitAddress } from './tok822';

interface Service {
	readonly flags: ReadonlySet<string>;
	readonly uid: number;
	readonly gid: number;
	readonly argv: readonly string[];
	readonly directory: string;
	readonly nullSender: string;
	readonly sizeLimit: number;
}

const FLAGS = 'BDFORXhqu.>';

function* accountOf(text: string): Sys<{ uid: number; gid: number }> {
	const [name, group] = text.split(':') as [string, string?];
	const user = yield* getpwnam(name);
	if (!user) throw new Fatal(`get_service_attr: unknown username: ${name}`);
	const found = group === undefined ? null : yield* getgrnam(group);
	if (group !== undefined && !found) throw new Fatal(`get_service_attr: unknown group: ${group}`);
	const gid = found ? found.gid : user.gid;
	if (user.uid === 0) throw new Fatal('user= command-line attribute specifies a user with root privileges');
	if (gid === 0) throw new Fatal('user= command-line attribute specifies a group with root privileges');
	return { uid: user.uid, gid };
}

/** The words of the master.cf line (get_service_attr()). */
function* readService({ words, config }: Daemon): Sys<Service> {
	const out = { flags: new Set<string>(), directory: '', nullSender: 'MAILER-DAEMON', sizeLimit: 0 };
	let account: { uid: number; gid: number } | null = null;
	for (const [i, word] of words.entries()) {
		const equals = word.indexOf('=');
		const [name, value] = equals < 0 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)];
		switch (name) {
			case 'flags':
				for (const flag of value) {
					if (!FLAGS.includes(flag)) throw new Fatal(`unknown flag: ${flag} (ignored)`);
					out.flags.add(flag);
				}
				break;
			case 'user':
				account = yield* accountOf(value);
				break;
			case 'directory':
				out.directory = value;
				break;
			case 'null_sender':
				out.nullSender = value;
				break;
			case 'size':
				out.sizeLimit = Number(value);
				break;
			case 'eol':
			case 'chroot':
				break;
			case 'argv':
				if (account === null) throw new Fatal('missing user= command-line attribute');
				if (account.uid === (yield* getpwnam(config.text('mail_owner')))?.uid)
					throw new Fatal(`user= command-line attribute specifies mail system owner ${config.text('mail_owner')}`);
				return { ...out, ...account, argv: [value, ...words.slice(i + 1)] };
			default:
				throw new Fatal(`unknown attribute name: ${word}`);
		}
	}
	throw new Fatal('missing argv= command-line attribute');
}

const PER_RECIPIENT = ['recipient', 'original_recipient', 'user', 'extension', 'mailbox', 'domain'];

/** What the names of one recipient stand for. */
function recipientValues(recipient: QueuedRecipient, service: Service, delimiter: string): Map<string, string> {
	const fold = (address: string): string => {
		const [local, domain] = splitAddress(address);
		const user = service.flags.has('u') ? local.toLowerCase() : local;
		if (domain === undefined) return user;
		return `${user}@${service.flags.has('h') ? domain.toLowerCase() : domain}`;
	};
	const quoted = (address: string): string => (service.flags.has('q') ? quote822(address) : address);
	const address = fold(recipient.address);
	const [mailbox, domain] = splitAddress(address);
	const parts = splitExtension(mailbox, delimiter);
	return new Map([
		['recipient', quoted(address)],
		['original_recipient', quoted(fold(recipient.original || recipient.address))],
		['mailbox', mailbox],
		['user', parts?.[0] ?? mailbox],
		['extension', parts?.[1].slice(1) ?? ''],
		['domain', domain ?? '']
	]);
}

/** argv= with names replaced; a word with a recipient's name stands once for each. */
function expandArgv(delivery: Delivery, service: Service): string[] {
	const { config } = delivery.daemon;
	const { request, mail } = delivery;
	const client = (name: string): string => mail.attributes.get(`log_${name}`) ?? mail.attributes.get(name) ?? '';
	const sender = request.sender === '' ? service.nullSender : request.sender;
	const common = new Map([
		['sender', service.flags.has('q') && request.sender !== '' ? quote822(sender) : sender],
		['nexthop', service.flags.has('h') ? request.nexthop.toLowerCase() : request.nexthop],
		['size', String(request.size)],
		['queue_id', request.queueId],
		['envid', mail.attributes.get('envelope_id') ?? ''],
		['client_address', client('client_address')],
		['client_helo', client('helo_name')],
		['client_hostname', client('client_name')],
		['client_port', client('client_port')],
		['client_protocol', client('protocol_name')],
		['sasl_method', mail.attributes.get('sasl_method') ?? ''],
		['sasl_sender', mail.attributes.get('sasl_sender') ?? ''],
		['sasl_username', mail.attributes.get('sasl_username') ?? '']
	]);
	const out: string[] = [];
	for (const word of service.argv) {
		const names = [...word.matchAll(/\$[{(]?(\w+)/g)].map((match) => match[1]!);
		if (!names.some((name) => PER_RECIPIENT.includes(name))) {
			out.push(config.expand(word, common));
			continue;
		}
		for (const recipient of request.recipients) {
			const own = recipientValues(recipient, service, config.text('recipient_delimiter'));
			out.push(config.expand(word, new Map([...common, ...own])));
		}
	}
	return out;
}

/** The mail as the command reads it (mail_copy(3)). */
function copyOf(delivery: Delivery, service: Service, now: number): string {
	const { flags } = service;
	const [recipient] = delivery.request.recipients;
	const headers = deliveryHeaders({
		sender: delivery.request.sender,
		originalTo: flags.has('O') ? recipient!.original || recipient!.address : '',
		deliveredTo: flags.has('D') ? recipient!.address : '',
		returnPath: flags.has('R')
	});
	let { content } = delivery.mail;
	if (flags.has('>')) content = content.replace(/^From /gm, '>From ');
	if (flags.has('.')) content = content.replace(/^\./gm, '..');
	return `${flags.has('F') ? fromLine(delivery.request.sender, now) : ''}${headers}${content}${flags.has('B') ? '\n' : ''}`;
}

/** `SERVICE_time_limit`, or command_time_limit. */
function timeLimit({ config, service }: Daemon): number {
	const own = `${service}_time_limit`;
	return config.seconds(config.isSet(own) ? own : 'command_time_limit') * 1e6;
}

function* deliver(delivery: Delivery, service: Service): Sys<void> {
	const { config, service: relay } = delivery.daemon;
	const { recipients, size } = delivery.request;
	if (service.sizeLimit > 0 && size > service.sizeLimit) {
		const text = `message size ${size} exceeds size limit ${service.sizeLimit} of server ${relay}`;
		for (const recipient of recipients) yield* delivery.bounced(recipient, relay, { status: '5.2.3', text });
		return;
	}
	for (const flag of ['D', 'O'])
		if (service.flags.has(flag) && recipients.length > 1) {
			const text = 'mail system configuration error';
			yield* delivery.daemon.log.warn(`flag \`${flag}' requires ${relay}_destination_recipient_limit = 1`);
			for (const recipient of recipients)
				yield* delivery.deferredRecipient(recipient, relay, { status: '4.3.5', text });
			return;
		}
	const argv = expandArgv(delivery, service);
	if (delivery.probe) {
		const text = `delivers to command: ${argv[0]!}`;
		for (const recipient of recipients) yield* delivery.sent(recipient, relay, { status: '2.0.0', text });
		return;
	}
	const result = yield* pipeCommand({
		program: 'pipe',
		argv,
		direct: true,
		title: argv[0]!,
		timeLimit: timeLimit(delivery.daemon),
		uid: service.uid,
		gid: service.gid,
		directory: service.directory || config.text('queue_directory'),
		env: new Map([
			['PATH', '/usr/bin:/bin'],
			['MAIL_CONFIG', config.directory]
		]),
		input: copyOf(delivery, service, yield* time())
	});
	const action = service.flags.has('X') ? 'delivered' : 'relayed';
	for (const recipient of recipients) {
		if (result.failure) yield* delivery.failed(recipient, relay, result.failure);
		else {
			const said = result.output === '' ? '' : ` (${result.output})`;
			const text = `delivered via ${relay} service${said}`;
			yield* delivery.sent(recipient, relay, { status: '2.0.0', text }, action);
		}
	}
}

export const pipe: ReturnType<typeof deliveryAgent> = (argv, env) => {
	let service: Service | null = null;
	return deliveryAgent('pipe', (delivery) => deliver(delivery, service!), {
		privileged: true,
		*postJail(daemon) {
			service = yield* readService(daemon);
		}
	})(argv, env);
};
