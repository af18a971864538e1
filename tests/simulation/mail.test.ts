/**
 * No accepted mail is lost or silently doubled, whatever happens to the hosts: lost packets, cut wires, power cuts, daemons
 * that are killed, full disks. Three hosts in a row, mail from the first to the last, bounces back.
 *
 * A duplicate is allowed where one side could not know: the final reply was lost, or an agent died between delivery and the
 * mark in the queue file; they are counted apart. `MAIL_SEEDS=200` runs more seeds than the few of every day,
 * `MAIL_SEEDS=17-17` one of them.
 */
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/engine/random';
import type { HostSpec, WorldSpec } from '../../src/world/spec';
import { World } from '../../src/world/world';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOSTS = ['halo', 'relay', 'mx'] as const;
const ADDRESS = { halo: '192.0.2.1', relay: '192.0.2.2', mx: '192.0.2.3' } as const;
const NEXT = { halo: 'relay', relay: 'mx', mx: 'relay' } as const;
const DAEMONS = ['qmgr', 'smtp', 'smtpd', 'cleanup', 'local', 'bounce', 'trivial-rewrite', 'pickup', 'master'] as const;

const mainCf = (name: (typeof HOSTS)[number]): string => `compatibility_level = 3.6
myhostname = ${name}.example.org
mydomain = ${name}.example.org
myorigin = $myhostname
mydestination = $myhostname, localhost
mynetworks = 192.0.2.0/24, 127.0.0.0/8
relayhost = ${name === 'relay' ? '' : `[${ADDRESS[NEXT[name]]}]`}
transport_maps = ${name === 'relay' ? `inline:{ halo.example.org=smtp:[${ADDRESS.halo}], mx.example.org=smtp:[${ADDRESS.mx}] }` : ''}
smtp_host_lookup = native
minimal_backoff_time = 60s
maximal_backoff_time = 240s
queue_run_delay = 60s
alias_maps =
alias_database =
local_recipient_maps =
`;

function host(name: (typeof HOSTS)[number], index: number): HostSpec {
	return {
		name,
		hostname: `${name}.example.org`,
		kind: 'server',
		at: [index * 30, 0],
		interfaces: [{ name: 'eth0', addresses: [`${ADDRESS[name]}/24`], link: 'wire' }],
		users: [{ name: 'anna' }, { name: 'bob' }, { name: 'carol' }],
		packages: ['postfix'],
		services: ['syslog', 'postfix'],
		files: {
			'/etc/postfix/main.cf': { text: mainCf(name), mtime: '1' },
			'/etc/hosts': `127.0.0.1 localhost\n${HOSTS.map((other) => `${ADDRESS[other]} ${other}.example.org ${other}`).join('\n')}\n`
		}
	};
}

const spec = (seed: number): WorldSpec => ({
	name: 'row',
	seed,
	start: '2026-03-04T09:10:00Z',
	settle: 5,
	hosts: HOSTS.map(host),
	links: [{ name: 'wire' }]
});

interface Accepted {
	readonly token: string;
	readonly recipients: readonly string[];
}

interface Result {
	readonly accepted: number;
	readonly delivered: number;
	readonly bounced: number;
	readonly queued: number;
	readonly duplicates: number;
	readonly lost: readonly string[];
	/** second copies without a reason in what happened */
	readonly unexplained: readonly string[];
}

/** One run: half an hour of mail and trouble, then two hours of peace. */
class Run {
	readonly world: World;
	readonly random: Random;
	readonly accepted: Accepted[] = [];
	/** a process was killed or a host lost power: a copy may have been delivered without being marked */
	violent = false;

	constructor(readonly seed: number) {
		this.world = new World(spec(seed), {}, { traceCapacity: 100 });
		this.random = new Random(seed);
	}

	#one<T>(list: readonly T[]): T {
		return list[Math.floor(this.random.fraction() * list.length)]!;
	}

	#shell(name: string, text: string): string {
		return this.world.shell(name, text, { limit: 20 * SECOND }).text;
	}

	#submit(number: number): void {
		const token = `token-${number}-`;
		const choice = this.random.fraction();
		const recipients =
			choice < 0.5
				? ['bob@mx.example.org']
				: choice < 0.7
					? ['bob@mx.example.org', 'carol@mx.example.org']
					: choice < 0.85
						? ['nosuch@mx.example.org']
						: ['carol@halo.example.org', 'bob@relay.example.org'];
		const body = 'x'
			.repeat(70)
			.concat('\n')
			.repeat(this.random.fraction() < 0.2 ? 400 : 3);
		const result = this.world.command('halo', ['/usr/sbin/sendmail', ...recipients], {
			user: 'anna',
			stdin: new TextEncoder().encode(`Subject: ${token}\n\n${body}`),
			limit: MINUTE
		});
		if (result.exit === 0) this.accepted.push({ token, recipients });
	}

	#trouble(): void {
		const name = this.#one(HOSTS);
		const { world } = this;
		switch (this.#one(['loss', 'loss', 'cut', 'power', 'kill', 'kill', 'kill', 'full'] as const)) {
			case 'loss':
				world.apply({ kind: 'link', link: 'wire', change: { loss: this.random.fraction() * 0.5 } });
				break;
			case 'cut':
				world.apply({ kind: 'link', link: 'wire', change: { down: true } });
				break;
			case 'power':
				this.violent = true;
				world.apply({ kind: 'power', host: name, on: false });
				break;
			case 'kill': {
				this.violent = true;
				const victim = this.#one(DAEMONS);
				const pids = world.host(name).up ? world.host(name).processes() : [];
				for (const { pid, command } of pids) if (command.split(' ')[0] === victim) this.#shell(name, `kill -9 ${pid}`);
				break;
			}
			case 'full':
				if (world.host(name).up) this.#fill(name);
				break;
		}
	}

	/** Takes all space but a few blocks. */
	#fill(name: string): void {
		const { volume } = this.world.host(name).disk.files;
		const wanted = Math.max(0, volume.capacity - volume.used - Math.floor(this.random.fraction() * 4));
		this.#taken.set(name, (this.#taken.get(name) ?? 0) + volume.take(wanted));
	}

	readonly #taken = new Map<string, number>();

	#heal(): void {
		const { world } = this;
		world.apply({ kind: 'link', link: 'wire', change: { loss: 0, down: false } });
		for (const name of HOSTS) {
			world.host(name).disk.files.volume.release(this.#taken.get(name) ?? 0);
			if (!world.host(name).up) world.apply({ kind: 'power', host: name, on: true });
		}
		this.#taken.clear();
		world.runUntil(world.now + 10 * SECOND);
		for (const name of HOSTS) this.#shell(name, 'postfix status 2>/dev/null || postfix start');
	}

	play(): Result {
		const { world } = this;
		for (let step = 0; step < 24; step++) {
			if (this.random.fraction() < 0.45) this.#trouble();
			else if (this.random.fraction() < 0.5) this.#heal();
			if (world.host('halo').up) this.#submit(step);
			/* short pauses cut deliveries in the middle */
			world.runUntil(world.now + Math.floor(this.random.fraction() ** 4 * 3 * MINUTE));
		}
		this.#heal();
		world.runUntil(world.now + 120 * MINUTE);
		return this.#judge();
	}

	#read(name: string, path: string): string {
		const { disk } = this.world.host(name);
		return disk.exists(path) ? disk.readText(path) : '';
	}

	#queued(token: string): boolean {
		return HOSTS.some((name) => {
			const { disk } = this.world.host(name);
			return [...disk.walk('/var/spool/postfix')].some(
				({ path, stat }) => (stat.mode & 0o170000) === 0o100000 && disk.readText(path).includes(token)
			);
		});
	}

	#judge(): Result {
		const mailboxOf = (address: string): string => {
			const [user, domain] = address.split('@');
			return this.#read(domain!.split('.')[0]!, `/var/mail/${user}`);
		};
		const told = this.#read('halo', '/var/mail/anna');
		const unsure = HOSTS.some((name) => this.#read(name, '/var/log/maillog').includes('may be sent more than once'));
		const result = { delivered: 0, bounced: 0, queued: 0, duplicates: 0 };
		const lost: string[] = [];
		const unexplained: string[] = [];
		for (const { token, recipients } of this.accepted) {
			const bounced = told.includes(`Subject: ${token}`);
			for (const recipient of recipients) {
				const copies = mailboxOf(recipient).split(`\nSubject: ${token}\n`).length - 1;
				if (copies > 1) {
					result.duplicates += copies - 1;
					if (!this.violent && !unsure) unexplained.push(`${token} ${recipient}`);
				}
				if (copies > 0) result.delivered++;
				else if (bounced && told.includes(`<${recipient}>`)) result.bounced++;
				else if (this.#queued(token)) result.queued++;
				else lost.push(`${token} ${recipient}`);
			}
		}
		return { accepted: this.accepted.length, ...result, lost, unexplained };
	}
}

function seeds(): number[] {
	const [first, last] = (process.env['MAIL_SEEDS'] ?? '4').split('-').map(Number) as [number, number?];
	return last === undefined
		? Array.from({ length: first }, (_, i) => i + 1)
		: Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

describe('mail survives', () => {
	it.each(seeds())(
		'seed %i',
		(seed) => {
			const result = new Run(seed).play();
			if (process.env['MAIL_SEEDS']) console.log(seed, JSON.stringify(result));
			expect({ lost: result.lost, unexplained: result.unexplained }).toEqual({ lost: [], unexplained: [] });
			expect(result.accepted).toBeGreaterThan(0);
		},
		120_000
	);
});
