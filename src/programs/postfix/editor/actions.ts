/** What may stand at the right of a table, one sentence each in our words, for hover and completion. */

/** access(5) */
export const ACCESS_ACTIONS: Readonly<Record<string, string>> = {
	OK: 'Permits it: no later restriction of this list is asked.',
	REJECT: 'Refuses it with 554 5.7.1 and the text behind, if there is one.',
	DEFER: 'Refuses it for now, with a reply code of 4xx.',
	DEFER_IF_REJECT: 'If a later restriction refuses it, the refusal is only for now.',
	DEFER_IF_PERMIT: 'If nothing later refuses it, it is refused for now.',
	DISCARD: 'Says yes to the client and throws the mail away.',
	DUNNO: 'Decides nothing: no other key of this table is tried, the next restriction is.',
	FILTER: 'Sends the mail through a content filter: transport:destination.',
	HOLD: 'Puts the mail in the hold queue, where it stays until postsuper -H.',
	PREPEND: 'Puts a header in front of the mail: "Name: text".',
	REDIRECT: 'Sends the mail to this address instead of its recipients.',
	BCC: 'Adds one recipient that nobody sees.',
	INFO: 'Logs the text behind; decides nothing.',
	WARN: 'Logs the text behind as a warning; decides nothing.',
	HANGUP: 'Ends the connection without a word.'
};

/** header_checks(5) */
export const CONTENT_ACTIONS: Readonly<Record<string, string>> = {
	REJECT: 'Refuses the whole mail with this text.',
	DISCARD: 'Says yes and throws the mail away.',
	DUNNO: 'Goes on with the next line of the mail.',
	FILTER: 'Sends the mail through a content filter: transport:destination.',
	HOLD: 'Puts the mail in the hold queue.',
	IGNORE: 'Leaves this line out of the mail.',
	STRIP: 'Leaves this line out of the mail and logs that.',
	INFO: 'Logs the line and the text behind.',
	WARN: 'Logs the line and the text behind as a warning.',
	PASS: 'Looks at no further line of this mail.',
	PREPEND: 'Puts this text as a line in front.',
	REPLACE: 'Puts this text in place of the line.',
	REDIRECT: 'Sends the mail to this address instead of its recipients.',
	BCC: 'Adds one recipient that nobody sees.'
};

/** master.cf's fields, in order */
export const MASTER_FIELDS: readonly (readonly [name: string, what: string])[] = [
	['service', 'For inet a port or host:port, else the name of a socket under the queue directory.'],
	[
		'type',
		'inet: TCP. unix: a local stream socket. fifo: a named pipe. pass: sockets handed over. unix-dgram: datagrams.'
	],
	['private', 'Whether only the mail system may connect. Default y; inet services are never private.'],
	['unprivileged', 'Whether it runs as mail_owner instead of root. Default y.'],
	['chroot', 'Whether it sees only the queue directory. Default n since Postfix 3.0.'],
	['wakeup', 'Every how many seconds it is woken; 0 never; with ? only once it was used.'],
	['process_limit', 'How many processes may run at once; 0 is no limit, - is default_process_limit.'],
	['command', 'The program of daemon_directory, and its arguments.']
];
