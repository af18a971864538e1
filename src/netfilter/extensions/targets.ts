/**
 * All targets, by name. One line each; a name that both families have in different forms stands twice.
 */
import type { AnyTarget } from '../extension';
import { byName } from './by-name';
import { audit } from './audit-target';
import { checksum } from './checksum-target';
import { classify } from './classify-target';
import { clusterip } from './clusterip-target';
import { connmark } from './connmark-target';
import { connsecmark } from './connsecmark-target';
import { ct, notrack } from './ct-target';
import { dnat } from './dnat-target';
import { dscpTarget } from './dscp-target';
import { ecnTarget } from './ecn-target';
import { hmark } from './hmark-target';
import { idletimer } from './idletimer-target';
import { led } from './led-target';
import { log } from './log-target';
import { mark } from './mark-target';
import { masquerade } from './masquerade-target';
import { netmap } from './netmap-target';
import { nflog } from './nflog-target';
import { nfqueue } from './nfqueue-target';
import { dnpt, snpt } from './npt-target';
import { rateestTarget } from './rateest-target';
import { redirect } from './redirect-target';
import { reject, reject6 } from './reject-target';
import { secmark } from './secmark-target';
import { setTarget } from './set-target';
import { snat } from './snat-target';
import { synproxy } from './synproxy-target';
import { tcpmssTarget4, tcpmssTarget6 } from './tcpmss-target';
import { tcpoptstrip } from './tcpoptstrip-target';
import { tee } from './tee-target';
import { tos } from './tos-target';
import { tproxy } from './tproxy-target';
import { trace } from './trace-target';
import { hl, ttl } from './ttl-target';
import { ulog } from './ulog-target';

// prettier-ignore
export const TARGETS: readonly AnyTarget[] = [
	audit,
	checksum,
	classify,
	clusterip,
	connmark,
	connsecmark,
	ct,
	dnat,
	dnpt,
	dscpTarget,
	ecnTarget,
	hl,
	hmark,
	idletimer,
	led,
	log,
	mark,
	masquerade,
	netmap,
	nflog,
	nfqueue,
	notrack,
	rateestTarget,
	redirect,
	reject,
	reject6,
	secmark,
	setTarget,
	snat,
	snpt,
	synproxy,
	tcpmssTarget4,
	tcpmssTarget6,
	tcpoptstrip,
	tee,
	tos,
	tproxy,
	trace,
	ttl,
	ulog
];

/** By name or alias, for that family (default IPv4); undefined when there is none. */
export const findTarget = byName(TARGETS);
