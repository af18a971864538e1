/**
 * error(8) and retry: refuse, or put off, every recipient with the text of the next hop. discard(8): takes and forgets.
 */
import type { Sys } from '#kernel/syscalls';
import { deliveryAgent, type Delivery } from './delivery';

export function* errorAgent(delivery: Delivery): Sys<void> {
	const retry = delivery.daemon.service === 'retry';
	const match = /^([245]\.\d+\.\d+)\s+(.*)$/s.exec(delivery.request.nexthop);
	const own = retry ? '4' : '5';
	const misfit = match !== null && !match[1]!.startsWith(own);
	const status = match && !misfit ? match[1]! : `${own}.0.0`;
	const dsn = { status, text: match?.[2] ?? delivery.request.nexthop };
	for (const recipient of delivery.request.recipients) {
		if (misfit)
			yield* delivery.daemon.log.warn(`${retry ? 'defer' : 'bounce'}_append: ignoring dsn code "${match[1]!}"`);
		if (retry) yield* delivery.deferredRecipient(recipient, 'none', dsn);
		else yield* delivery.bounced(recipient, 'none', dsn);
	}
}

function* discardAgent(delivery: Delivery): Sys<void> {
	const match = /^([245]\.\d+\.\d+)\s+(.*)$/s.exec(delivery.request.nexthop);
	const dsn = { status: `2${(match?.[1] ?? '2.0.0').slice(1)}`, text: match?.[2] ?? delivery.request.nexthop };
	for (const recipient of delivery.request.recipients) yield* delivery.sent(recipient, 'none', dsn);
}

export const error = deliveryAgent('error', errorAgent);
export const discard = deliveryAgent('discard', discardAgent);
