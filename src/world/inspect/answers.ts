/** The questions of the door and who answers them: one row a question. Checks are the lesson room's; the worker adds them. */
import type { Answers, Question } from '../door';
import type { World } from '../world';
import { complete, diagnose, hover } from './editor';
import { firewallView } from './firewall';
import { directoryView, fileView, hostInside } from './host';
import { mailStop } from './mail/stop';
import { mailViews } from './mail/way';
import { capture, packetView } from './packet';
import { readingOf } from './reading';
import { visitRows, visitView, wrappersView } from './wrappers';
import { walkRows, walkView } from './walk';
import { whyEvent, whyLine } from './why';

/** Questions that one world can answer; the others need a fork. */
export type Asked = Exclude<keyof Answers, 'check' | 'smallestChange' | 'traceHash' | 'tryMail' | 'tryVisit'>;

const ANSWERS: {
	readonly [K in Asked]: (world: World, question: Parameters<Answers[K]>[0]) => ReturnType<Answers[K]>;
} = {
	file: (world, { host, path }) => fileView(world, host, path),
	directory: (world, { host, path }) => directoryView(world, host, path),
	diagnose: (world, { host, path, text }) => diagnose(world, host, path, text),
	complete: (world, { host, path, text, line, column }) => complete(world, host, path, text, line, column),
	hover: (world, { host, path, text, line, column }) => hover(world, host, path, text, line, column),
	reading: (world, { host, path }) => readingOf(world, host, path),
	why: (world, question) =>
		'sequence' in question ? whyEvent(world, question.sequence) : whyLine(world, question.host, question.line),
	packet: (world, { sequence }) => packetView(world, sequence),
	host: (world, { host }) => hostInside(world, host),
	firewall: (world, { host }) => firewallView(world, host),
	walks: (world, { host, rule, limit }) => walkRows(world, host, rule, limit),
	walk: (world, { sequence }) => walkView(world, sequence),
	wrappers: (world, { host }) => wrappersView(world, host),
	visits: (world, { host, rule, limit }) => visitRows(world, host, rule, limit),
	visit: (world, { sequence }) => visitView(world, sequence),
	mail: (world) => mailViews(world),
	mailStop: (world, { sequence }) => mailStop(world, sequence),
	capture: (world, { host }) => capture(world, host)
};

export function answer(world: World, question: Extract<Question, { ask: Asked }>): unknown {
	return (ANSWERS[question.ask] as (world: World, question: Question) => unknown)(world, question);
}
