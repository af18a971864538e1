/** One sentence for each event: the list that says what the picture shows. */
import type { ViewEvent } from '#world/door';
import { VERDICTS } from '../parts/verdicts';

const LOST = {
	loss: 'lost on the wire',
	down: 'the wire is cut',
	queue: 'the queue was full',
	nobody: 'nobody has that address'
} as const;

export function sentence(event: ViewEvent): string {
	switch (event.kind) {
		case 'frame':
			return `${event.host} sends ${event.label} to ${event.to === '*' ? 'all' : event.to} on ${event.link}${event.lost ? `: ${LOST[event.lost]}` : ''}.`;
		case 'decision':
			return `${VERDICTS[event.decision.verdict].word} by ${event.host}: ${event.decision.subject}${event.decision.reply ? `, ${event.decision.reply}` : ''}.`;
		case 'walk':
			return `${event.host} lets a packet through ${event.hook}.`;
		case 'smtp':
			return `${event.from === 'client' ? event.client : event.host} says: ${event.text}`;
		case 'mail':
			return `${event.daemon} on ${event.host} has mail ${event.queueId}: ${event.text}.`;
		case 'log':
			return `${event.host} logs: ${event.text}`;
		case 'process':
			return `${event.name}[${event.pid}] ${event.what === 'exec' ? 'starts' : 'ends'} on ${event.host}.`;
		case 'file':
			return `${event.user} writes ${event.path} on ${event.host}.`;
		case 'config-read':
			return `${event.program}[${event.pid}] on ${event.host} reads ${event.paths.join(', ')}.`;
		case 'input':
			return inputSentence(event);
	}
}

function inputSentence({ input }: Extract<ViewEvent, { kind: 'input' }>): string {
	switch (input.kind) {
		case 'terminal':
			return `You open a terminal on ${input.host} as ${input.user}.`;
		case 'keys':
			return `You type on ${input.id.split(':')[0]}.`;
		case 'save':
			return `You save ${input.path} on ${input.host}.`;
		case 'power':
			return `You switch ${input.host} ${input.on ? 'on' : 'off'}.`;
		case 'link':
			return `You change the wire ${input.link}.`;
		default:
			return `You: ${input.kind}.`;
	}
}
