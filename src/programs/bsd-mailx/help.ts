/** What `?` and `~?` of mail(1) tell: its commands and escapes in our words, in the places of the real ones. */
const row = ([name, text]: readonly [string, string]): string => `${name.padEnd(32)}${text}\n`;

const COMMANDS: readonly (readonly [string, string])[] = [
	['Mail Command', 'Description'],
	['-------------------------', '--------------------------------------------'],
	['t [message list]', 'show messages.'],
	['n', 'go on to the next message and show it.'],
	['f [message list]', 'show header lines of messages.'],
	['d [message list]', 'delete messages.'],
	['s [message list] <file>', 'append messages to a file.'],
	['u [message list]', 'take back a deletion.'],
	['R [message list]', 'reply to the senders.'],
	['r [message list]', 'reply to the senders and all recipients.'],
	['p [message list]', 'the same as t.'],
	['pre [message list]', 'leave messages in /var/mail.'],
	['m <recipient list>', 'write to these people.'],
	['q', 'end; what was read goes to mbox.'],
	['x', 'end; the mailbox stays as it was.'],
	['h', 'list the headers.'],
	['!', 'run a shell command.'],
	['| [msglist] command', 'pipe messages to a shell command.'],
	['cd [directory]', 'change the directory, home if none is given'],
	['fi <file>', 'read another file (% is the mailbox, & is mbox).'],
	['set variable[=value]', 'set a variable of mail.']
];

const ESCAPES: readonly (readonly [string, string])[] = [
	['~b name ...', 'Blind copies to these too.'],
	['~c name ...', 'Copies to these too.'],
	['~d', 'Take in dead.letter.'],
	['~f messages', 'Take in messages.'],
	['~h', 'Ask for the header fields again.'],
	['~m messages', 'Take in messages, indented by a tab.'],
	['~p', 'Show the message so far.'],
	['~q', 'Give up; a copy goes to ~/dead.letter.'],
	['~r file | ~< file', 'Take in a file.'],
	['~s string', 'Set the subject.'],
	['~t name ...', 'Further recipients.'],
	['~w filename', 'Write the message to a file.'],
	['~x', 'Give up without a copy.'],
	['~?', 'This list.'],
	['~!command', 'Run a shell command.'],
	['~~string', 'A line that begins with a tilde.'],
	['~.', 'The end of the message.']
];

const LINE = `${'-'.repeat(78)}\n`;

export const HELP = `${COMMANDS.map(row).join('')}
A [message list] is numbers, ranges of them, :status, /subject or names of
senders, with spaces between; the current message when there is none.
`;

export const TILDE_HELP = `${LINE}The following ~ escapes are defined:\n${ESCAPES.map(([name, text]) => `${name.padEnd(24)}${text}\n`).join('')}${LINE}`;
