/** What a table or a blocklist is asked about, and how a refusal names it. */
import type { Named } from '../access';
import { CLASS, type Check } from '../evaluation';
import type { Subject } from './answers';

/** null: nothing is known yet, nothing is asked */
export type Asked = (check: Check) => readonly [name: string | null, named: Named];

export const ofClient = (check: Check): readonly [string, Named] => [
	check.session.peer.name,
	{ replyName: check.session.peer.nameAddress, replyClass: CLASS.client }
];
export const ofReverse = (check: Check): readonly [string, Named] => [
	check.session.peer.reverseName,
	{ replyName: check.session.peer.reverseName, replyClass: CLASS.reverse }
];
export const ofHelo = (check: Check): readonly [string | null, Named] => [
	check.session.helo,
	{ replyName: check.session.helo ?? '', replyClass: CLASS.helo }
];
export const ofAddress =
	(subject: Subject) =>
	(check: Check): readonly [string | null, Named] => [
		check.session[subject],
		{ replyName: check.session[subject] ?? '', replyClass: CLASS[subject] }
	];
