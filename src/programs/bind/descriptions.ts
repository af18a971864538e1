/** What the editor says about record types, the words of named.conf and its zone types: short, in our own words. */

export const RECORD_TYPE_WORDS: Readonly<Record<string, string>> = {
	A: 'The IPv4 address of a host.',
	AAAA: 'The IPv6 address of a host.',
	NS: 'A name server of this zone, or at a name below it the server of a part that is handed on. It must not be an alias.',
	SOA: 'The start of the zone: first name server, mailbox of who looks after it (a dot for the @), serial number, times.',
	MX: 'A host that takes mail for this name. The lower number is tried first. It must have an address and be no alias.',
	CNAME: 'This name is an alias; everything is looked up at the name behind it. No other record may stand here.',
	DNAME: 'All names below this one are looked up below another name.',
	PTR: 'The name of an address, in a zone below in-addr.arpa or ip6.arpa.',
	TXT: 'Text. Blanks part strings unless they stand in quotes; SPF and other policies are written so.',
	SRV: 'Where a service runs: priority, weight, port, host.',
	HINFO: 'The kind of machine and its system.',
	CAA: 'Which certificate authorities may sign for this name.',
	NAPTR: 'A rule that rewrites this name, for telephone numbers and the like.',
	SSHFP: 'The fingerprint of a host key of ssh.',
	TLSA: 'The certificate that a service under this name shows.',
	DS: 'The fingerprint of the key of a signed zone below.',
	RP: 'The mailbox of who is responsible, and where more about them stands.',
	SPF: 'An old type for sender policies; today they stand in TXT.'
};

export const DIRECTIVE_WORDS: Readonly<Record<string, string>> = {
	$ORIGIN: 'What is put behind names without a final dot, from here on.',
	$TTL: 'How long resolvers may keep the records that say nothing else, in seconds or as 1d2h.',
	$INCLUDE: 'Reads another file here, under an origin of its own if one is given.',
	$GENERATE:
		'One record for every number of a range: $ stands for the number, ${offset,width,base} for it in another form.'
};

/** The numbers of an SOA record, in order. */
export const SOA_WORDS = [
	['serial', 'Secondary servers fetch the zone when this number has grown. Raise it with every change.'],
	['refresh', 'How often a secondary server asks for the serial number.'],
	['retry', 'When it asks again after nobody answered.'],
	['expire', 'After this time without an answer it serves the zone no longer.'],
	['minimum', 'How long resolvers may remember that a name or type is not there.']
] as const;

export const STATEMENT_WORDS: Readonly<Record<string, string>> = {
	options: 'What holds for the whole server.',
	zone: 'A zone that this server knows: where its records come from.',
	acl: 'A name for a list of addresses and networks. The first element that matches decides; ! turns it round.',
	include: 'Reads another file here.',
	logging: 'Where messages go: channels, and which category goes to which channel.',
	key: 'A shared secret that signs messages.',
	controls: 'Where rndc may connect, and with which key.',
	view: 'Different zones for different clients.',
	server: 'What holds for one other server.',
	primaries: 'A name for a list of servers that zones are fetched from.'
};

export const OPTION_WORDS: Readonly<Record<string, string>> = {
	directory: 'What the names of files are relative to.',
	recursion: 'Whether this server looks up what it does not know itself, for clients that ask it to.',
	'allow-query': 'Who may ask at all.',
	'allow-recursion': 'Who may have names looked up elsewhere. Default: this host and its networks.',
	'allow-query-cache': 'Who may see what was looked up for others.',
	'allow-transfer': 'Who may fetch whole zones. Default: everyone.',
	'allow-notify': 'Who, besides the primaries, may say that a zone has changed.',
	'allow-update': 'Who may change the zone by messages.',
	'also-notify': 'Who else is told when a zone has changed.',
	notify: 'Whether the name servers of a zone are told that it has changed: yes, no, explicit (also-notify alone).',
	forwarders: 'Servers that are asked instead of the name servers of the world.',
	forward: 'first: when the forwarders fail, look it up oneself; only: do not.',
	'listen-on': 'Addresses, and a port, on which queries are taken.',
	'listen-on-v6': 'The same for IPv6.',
	'dnssec-validation': 'Whether signatures are checked: yes, no, auto.',
	version: 'What is answered to the question for version.bind.',
	blackhole: 'Addresses that are neither answered nor asked.',
	'rrset-order': 'The order in which records of one name and type are given.',
	'minimal-responses': 'Whether answers leave out what was not asked for.',
	querylog: 'Whether each query is logged from the start.',
	'max-cache-ttl': 'The longest time that anything is kept.',
	'max-ncache-ttl': 'The longest time that an absence is kept.',
	'pid-file': 'Where the number of the process is written.',
	'empty-zones-enable': 'Whether the reverse zones of private networks are answered with nothing.',
	type: 'Where the records come from: primary (a file), secondary (another server), forward, hint (the root servers), stub.',
	file: 'The zone file; of a secondary zone the copy that is kept.',
	primaries: 'The servers that a secondary zone is fetched from.',
	masters: 'The old word for primaries.',
	'check-names': 'What is done about names that no host may have: fail, warn, ignore.',
	port: 'The port on which queries are taken.',
	'recursive-clients': 'How many lookups may go on at once.'
};

export const ZONE_TYPE_WORDS: Readonly<Record<string, string>> = {
	primary: 'The records stand in a file here.',
	secondary: 'The zone is fetched from another server and kept fresh.',
	forward: 'Questions below this name are handed to the forwarders.',
	hint: 'Where the servers of the root are found.',
	stub: 'Only the name servers of the zone are fetched.',
	'static-stub': 'The zone is asked of the servers that are listed here.',
	master: 'The old word for primary.',
	slave: 'The old word for secondary.'
};

export const ACL_WORDS: Readonly<Record<string, string>> = {
	any: 'Every address.',
	none: 'No address.',
	localhost: 'The addresses of this host.',
	localnets: 'The networks that this host is part of.'
};
