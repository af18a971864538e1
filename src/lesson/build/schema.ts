/** What may stand in `content.md`'s front matter, `meta.md` and `world.yaml`. The one description of the lesson format. */
import * as v from 'valibot';

const text = v.pipe(v.string(), v.nonEmpty('a text that is not empty'));
const cidr = v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'allowed: an address with a prefix length, as 192.168.75.2/28'));
const place = v.pipe(v.string(), v.regex(/^[\w.-]+:\S+$/, 'allowed: HOST:USER or HOST:PATH, as halo:root, halo:/etc/postfix/main.cf'));
const strings = v.array(text);

export const Check = v.strictObject({
	id: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'allowed: small letters, digits and hyphens')),
	label: text,
	host: text,
	run: text,
	user: v.optional(text),
	/** simulated seconds that the probe may take; default 120 */
	limit: v.optional(v.pipe(v.number(), v.minValue(1))),
	exit: v.optional(v.number()),
	prints: v.optional(v.union([text, strings])),
	printsNot: v.optional(v.union([text, strings])),
	holds: v.optional(v.boolean()),
	hint: text
});

export const Wrong = v.strictObject({
	name: text,
	hint: text,
	recognise: v.optional(v.strictObject({ host: text, run: text, failed: v.optional(strings) })),
});

export const Content = v.strictObject({
	title: text,
	idea: text,
	minutes: v.pipe(v.number(), v.minValue(1), v.maxValue(240)),
	needs: v.array(v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+$/, 'allowed: the number of a lesson, as "1.4.1"'))),
	syllabus: v.array(v.pipe(v.string(), v.regex(/^[AB]\d+$/, 'allowed: a row of the syllabus, as A12'))),
	terminals: v.pipe(v.array(place), v.minLength(1)),
	editor: v.array(place),
	prepare: v.optional(v.array(v.strictObject({ host: text, run: text })), []),
	checks: v.pipe(v.array(Check), v.minLength(1)),
	hints: v.strictObject({ nudge: text, reason: text, answer: text }),
	wrong: v.array(Wrong),
	why: v.strictObject({ question: text, chain: v.pipe(strings, v.minLength(2)) }),
	quiz: v.optional(
		v.array(v.strictObject({ question: text, options: v.pipe(v.array(v.strictObject({ text, right: v.optional(v.boolean(), false) })), v.minLength(2)) })),
		[]
	),
	real: text
});

export const Meta = v.strictObject({ title: text });

const FileEntry = v.union([
	v.string(),
	v.strictObject({
		text: v.string(),
		mode: v.optional(v.string()),
		owner: v.optional(v.string()),
		group: v.optional(v.string()),
		mtime: v.optional(v.string())
	}),
	v.strictObject({ link: text }),
	v.strictObject({ dir: v.literal(true), mode: v.optional(v.string()), owner: v.optional(v.string()), group: v.optional(v.string()) })
]);

const Interface = v.strictObject({
	name: text,
	addresses: v.pipe(v.array(cidr), v.minLength(1)),
	link: text,
	mac: v.optional(v.pipe(v.string(), v.regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, 'allowed: six bytes, as 02:00:c0:a8:4b:02')))
});

const HostRow = v.strictObject({
	name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9.-]*$/, 'allowed: small letters, digits, dots and hyphens')),
	hostname: text,
	role: v.optional(text),
	kind: v.picklist(['server', 'computer', 'router', 'internet']),
	at: v.tuple([v.number(), v.number()]),
	interfaces: v.array(Interface),
	routes: v.optional(v.array(v.strictObject({ to: text, via: text }))),
	forwarding: v.optional(v.boolean()),
	syncTime: v.optional(v.pipe(v.number(), v.minValue(0))),
	nameservers: v.optional(v.array(text)),
	search: v.optional(text),
	users: v.optional(
		v.array(
			v.strictObject({
				name: text,
				uid: v.optional(v.number()),
				gecos: v.optional(v.string()),
				shell: v.optional(text),
				groups: v.optional(strings),
				password: v.optional(v.string())
			})
		)
	),
	rootPassword: v.optional(v.string()),
	packages: v.optional(strings),
	services: v.optional(strings),
	files: v.optional(v.record(v.pipe(v.string(), v.regex(/^\//, 'allowed: an absolute path')), FileEntry)),
	prepare: v.optional(strings)
});

const LinkRow = v.strictObject({
	name: text,
	label: v.optional(text),
	delay: v.optional(v.pipe(v.number(), v.minValue(0))),
	rate: v.optional(v.pipe(v.number(), v.minValue(1))),
	loss: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
	queue: v.optional(v.pipe(v.number(), v.minValue(1))),
	down: v.optional(v.boolean())
});

export const WorldFile = v.strictObject({
	name: text,
	seed: v.pipe(v.number(), v.integer()),
	start: v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'allowed: a UTC time, as 2026-03-04T09:12:00Z')),
	settle: v.pipe(v.number(), v.minValue(0)),
	hosts: v.pipe(v.array(HostRow), v.minLength(1)),
	links: v.array(LinkRow)
});
