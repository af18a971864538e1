/* Stand-in while the simulator is not there: canned data in the shapes of world/door.ts. Only behind ?mock. */
import type { FromWorker, ToWorker, ViewEvent } from '#world/door';
const start = Date.UTC(2026, 2, 4, 9, 12) * 1000;
let now = start,
	seq = 0,
	events: ViewEvent[] = [],
	output: { id: string; bytes: Uint8Array }[] = [];
const files: Record<string, string> = {};
let world: any;
const say = (m: FromWorker) => self.postMessage(m);
const enc = new TextEncoder();
const print = (id: string, t: string) => output.push({ id, bytes: enc.encode(t.replace(/\n/g, '\r\n')) });
const queue: { time: number; make: () => any }[] = [];
const emit = (e: any) => events.push({ sequence: seq++, time: now, ...e });
const decision = {
	verdict: 'refused-for-now',
	subject: 'bob@example.net from 198.51.100.66',
	reply: '454 4.7.1 <bob@example.net>: Relay access denied',
	reasons: [
		{
			check: 'permit_mynetworks',
			outcome: 'no-match',
			text: '198.51.100.66 is outside 127.0.0.0/8 and 192.168.75.0/28.',
			source: {
				kind: 'default',
				parameter: 'smtpd_relay_restrictions',
				value: 'permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination'
			},
			because: [{ kind: 'file', host: 'halo', path: '/etc/postfix/main.cf', line: 11 }]
		},
		{
			check: 'permit_sasl_authenticated',
			outcome: 'no-match',
			text: 'The client did not log in.',
			source: { kind: 'default', parameter: 'x', value: '' }
		},
		{
			check: 'defer_unauth_destination',
			outcome: 'decided',
			text: 'halo takes no mail for example.net.',
			source: { kind: 'file', host: 'halo', path: '/etc/postfix/main.cf', line: 8 }
		}
	]
} as const;
const okd = {
	verdict: 'accepted',
	subject: 'bob@example.net from 192.168.75.10',
	reply: '250 2.1.5 Ok',
	reasons: [
		{
			check: 'permit_mynetworks',
			outcome: 'decided',
			text: '192.168.75.10 is in 192.168.75.0/28.',
			source: { kind: 'file', host: 'halo', path: '/etc/postfix/main.cf', line: 11 }
		}
	]
} as const;
function scenario() {
	const f = (dt: number, host: string, to: string, link: string, label: string, protocol = 'TCP', lost?: string) =>
		queue.push({
			time: now + dt,
			make: () =>
				emit({
					kind: 'frame',
					host,
					to,
					link,
					arrival: now + 4000,
					label,
					protocol,
					source: '198.51.100.66',
					destination: '192.168.75.2',
					length: 74,
					summary: 'IP 198.51.100.66.41822 > 192.168.75.2.25: Flags [S], seq 1, win 64240, length 0',
					lost
				})
		});
	const L = Object.fromEntries(
		world.links.map((l: any) => [
			l.name,
			world.hosts.filter((h: any) => h.interfaces.some((i: any) => i.link === l.name)).map((h: any) => h.name)
		])
	);
	const gate = world.hosts.find((h: any) => h.kind === 'router')?.name ?? 'gate';
	f(0.1e6, 'halo', gate, 'office', 'A? bob', 'DNS');
	f(0.6e6, 'spammer', L.othernet?.[0] ?? gate, 'othernet', 'SYN 25');
	f(1.2e6, gate, 'halo', 'office', 'SYN 25');
	f(1.5e6, 'halo', gate, 'office', 'SYN ACK');
	f(2e6, gate, 'halo', 'office', 'RCPT TO', 'SMTP');
	f(2.5e6, 'halo', gate, 'office', '454', 'SMTP');
	f(2.6e6, 'halo', 'ws', 'office', 'SYN 110', 'TCP', 'loss');
	queue.push({ time: now + 2.1e6, make: () => emit({ kind: 'decision', host: 'halo', decision }) });
	queue.push({ time: now + 4.1e6, make: () => emit({ kind: 'decision', host: 'ws', decision: okd }) });
	queue.push({
		time: now + 2.2e6,
		make: () => {
			emit({ kind: 'log', host: 'halo', path: '/var/log/mail.log', text: 'postfix/smtpd[1207]: NOQUEUE: reject' });
			emit({ kind: 'mail', host: 'halo', queueId: 'ABC', daemon: 'qmgr', text: 'active' });
		}
	});
	queue.push({ time: now + 6e6, make: scenario });
	queue.sort((a, b) => a.time - b.time);
}
const runTo = (t: number) => {
	while (queue[0] && queue[0].time <= t) {
		const q = queue.shift()!;
		now = Math.max(now, q.time);
		q.make();
	}
	now = Math.max(now, t);
};
const flush = (reached = true) => {
	say({ type: 'batch', now, reached, nextTime: queue[0]?.time ?? Infinity, events, skipped: 0, output, closed: [] });
	events = [];
	output = [];
};
const prompt = (id: string) => print(id, `\x1b[1;32mroot@${id.split(':')[0]}\x1b[0m:\x1b[1;34m~\x1b[0m# `);
const lines: Record<string, string> = {};
self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
	if (data.type === 'open') {
		world = data.lesson.world;
		now = start;
		queue.length = 0;
		seq = 0;
		for (const h of world.hosts)
			for (const [p, t] of Object.entries({ ...h.files, ...data.lesson.files[h.name] }))
				files[h.name + p] = typeof t === 'string' ? t : ((t as any).text ?? '');
		scenario();
		for (const i of data.inputs) {
			runTo(i.time);
			if (i.input.kind === 'terminal') prompt(i.input.id);
		}
		if (data.until) runTo(data.until);
		flush();
		say({
			type: 'opened',
			start,
			now,
			hosts: world.hosts.map((h: any) => ({
				...h,
				up: true,
				role: h.role ?? '',
				users: ['root', ...(h.users ?? []).map((u: any) => u.name)],
				addresses: h.interfaces.flatMap((i: any) => i.addresses),
				interfaces: h.interfaces.map((i: any) => ({ ...i, mac: '' }))
			})),
			links: world.links.map((l: any) => ({
				delay: 1,
				loss: 0,
				rate: 1e8,
				down: false,
				...l,
				label: l.label ?? l.name,
				hosts: world.hosts.filter((h: any) => h.interfaces.some((i: any) => i.link === l.name)).map((h: any) => h.name)
			}))
		});
	} else if (data.type === 'input') {
		emit({ kind: 'input', host: '', input: data.input });
		const i = data.input;
		if (i.kind === 'terminal') prompt(i.id);
		if (i.kind === 'save') files[i.host + i.path] = i.text;
		if (i.kind === 'keys')
			for (const c of i.text) {
				if (c === '\r') {
					print(i.id, '\n');
					if (lines[i.id] === 'hang') for (;;);
					if (lines[i.id]?.startsWith('grep'))
						print(
							i.id,
							'Mar  4 09:12:31 halo postfix/smtpd[1207]: NOQUEUE: reject: RCPT from unknown[198.51.100.66]: 454 4.7.1 <bob@example.net>: Relay access denied; from=<win@bulk.example> to=<bob@example.net> proto=ESMTP helo=<bulk>\n'
						);
					lines[i.id] = '';
					prompt(i.id);
				} else {
					lines[i.id] = (lines[i.id] ?? '') + c;
					print(i.id, c);
				}
			}
		say({ type: 'answer', id: data.id, value: { time: now } });
	} else if (data.type === 'run') {
		runTo(data.until);
		flush();
	} else if (data.type === 'step') {
		const end = now + data.limit;
		const n = seq;
		while (queue[0] && queue[0].time <= end && !events.some((e) => e.kind === 'frame')) runTo(queue[0].time);
		flush(n !== seq);
	} else if (data.type === 'ping') say({ type: 'pong', id: data.id });
	else if (data.type === 'ask') {
		const q = data.question as any;
		let v: any = null;
		if (q.ask === 'file')
			v =
				files[q.host + q.path] === undefined
					? undefined
					: { text: files[q.host + q.path], mode: '0644', owner: 'root', group: 'root', mtime: 0, writable: true };
		if (q.ask === 'why')
			v = {
				sequence: q.sequence ?? 1,
				time: now,
				host: 'halo',
				decision: (q.sequence ?? 0) % 2 && false ? okd : decision,
				before: [
					{
						verdict: 'accepted',
						subject: 'x',
						reasons: [
							{
								check: 'DNS',
								outcome: 'passed',
								text: 'The address has no name.',
								source: { kind: 'record', server: 'ns', name: '66.100.51.198.in-addr.arpa', type: 'PTR', data: '' }
							}
						]
					},
					{
						verdict: 'accepted',
						subject: 'x',
						reasons: [
							{
								check: 'Netfilter',
								outcome: 'passed',
								text: 'No rule matched. The policy is ACCEPT.',
								source: { kind: 'rule', host: 'halo', table: 'filter', chain: 'INPUT', rule: 0 }
							}
						]
					}
				]
			};
		if (q.ask === 'reading')
			v = {
				state: 'stale',
				since: start,
				processes: [{ program: 'smtpd', pid: 1207, since: start, current: false }],
				remedy: 'postfix reload'
			};
		if (q.ask === 'diagnose')
			v = [{ line: 4, column: 1, endLine: 4, endColumn: 10, severity: 'warning', message: 'unused parameter' }];
		if (q.ask === 'complete')
			v = ['mynetworks', 'myhostname', 'mydestination'].map((label) => ({
				label,
				kind: 'parameter',
				insert: label,
				detail: 'x',
				documentation: 'doc'
			}));
		if (q.ask === 'hover') v = null;
		if (q.ask === 'host')
			v = {
				processes: [
					{ pid: 1, ppid: 0, user: 'root', command: 'init' },
					{ pid: 900, ppid: 1, user: 'root', command: '/usr/lib/postfix/sbin/master -w' }
				],
				sockets: [
					{ protocol: 'tcp', local: '0.0.0.0:25', remote: '0.0.0.0:*', state: 'LISTEN', program: '900/master' }
				],
				queues: { active: 1, deferred: 0 }
			};
		if (q.ask === 'mail')
			v = [
				{
					messageId: 'a',
					sender: 'anna@example.org',
					recipients: ['bob@example.net'],
					status: 'deferred',
					steps: [
						['ws', 'sendmail', 'to maildrop'],
						['ws', 'pickup', 'from anna'],
						['ws', 'cleanup', 'to incoming'],
						['ws', 'qmgr', 'relayhost is halo'],
						['ws', 'smtp', 'connects to port 25'],
						['halo', 'smtpd', 'client in mynetworks'],
						['halo', 'cleanup', 'to incoming'],
						['halo', 'qmgr', 'one remote'],
						['halo', 'smtp', 'MX 10 mail'],
						['mail', 'smtpd', '450'],
						['halo', 'smtp', 'waits in deferred']
					].map(([host, daemon, text], i) => ({ sequence: i, time: start + i * 4e5, host, daemon, text }))
				},
				{
					messageId: 'b',
					sender: 'win@bulk.example',
					recipients: ['bob@example.net'],
					status: 'rejected',
					steps: [{ sequence: 2, time: start, host: 'halo', daemon: 'smtpd', text: '454' }]
				}
			];
		if (q.ask === 'packet') {
			const bytes = Uint8Array.from({ length: 74 }, (_, i) => (i * 37) & 255);
			v = {
				bytes,
				summary: 'IP 1.2.3.4.5 > 6.7.8.9.25: Flags [S]',
				layers: [
					{
						name: 'Ethernet II',
						summary: 'x',
						offset: 0,
						length: 14,
						fields: [
							{ name: 'Destination', value: '02:00', bitOffset: 0, bitLength: 48 },
							{ name: 'Type', value: 'IPv4', bitOffset: 96, bitLength: 16 }
						]
					},
					{
						name: 'Internet Protocol Version 4',
						summary: '',
						offset: 14,
						length: 20,
						fields: [
							{ name: 'Version', value: '4', bitOffset: 112, bitLength: 4 },
							{ name: 'Protocol', value: '6 (TCP)', bitOffset: 184, bitLength: 8 }
						]
					}
				]
			};
		}
		if (q.ask === 'check') v = world && (self as any).checks;
		if (v === undefined) say({ type: 'failed', id: data.id, message: 'No such file or directory' });
		else say({ type: 'answer', id: data.id, value: v });
	}
};
