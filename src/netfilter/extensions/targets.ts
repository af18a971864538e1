/**
 * All targets, by name. One line each; a name that both families have in different forms stands twice.
 */
import type { AnyTarget } from '../extension';
import type { Family } from '../rule';
import { ct, notrack } from './ct-target';
import { dnat } from './dnat-target';
import { log } from './log-target';
import { mark } from './mark-target';
import { masquerade } from './masquerade-target';
import { netmap } from './netmap-target';
import { redirect } from './redirect-target';
import { reject, reject6 } from './reject-target';
import { snat } from './snat-target';
import { tos } from './tos-target';
import { trace } from './trace-target';
import { hl, ttl } from './ttl-target';

export const TARGETS = [
	ct,
	dnat,
	hl,
	log,
	mark,
	masquerade,
	netmap,
	notrack,
	redirect,
	reject,
	reject6,
	snat,
	tos,
	trace,
	ttl
] as unknown as readonly AnyTarget[];

const BY_NAME = new Map<string, AnyTarget>();
for (const target of [...TARGETS].reverse())
	for (const family of target.families) BY_NAME.set(`${family} ${target.name}`, target);

/** undefined: a family has no such target */
export function findTarget(name: string, family: Family = 'ip'): AnyTarget | undefined {
	return BY_NAME.get(`${family} ${name}`);
}
