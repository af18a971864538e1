/** -L and -S over a table or one chain of it. */
import type { DraftChain } from './draft';
import { chainHeader, ruleRow, savedRule, wholeNumber, type Style } from './print-rule';

/** @param number of the one rule to show, from 1; 0 for all with the chain's head */
export function listTable(chains: readonly DraftChain[], number: number, style: Style): string {
	let text = '';
	chains.forEach((chain, index) => {
		if (index > 0) text += '\n';
		if (number === 0) text += chainHeader(chain, style);
		chain.rules.forEach((rule, at) => {
			if (number === 0 || number === at + 1) text += ruleRow(rule, at + 1, style);
		});
	});
	return text;
}

export function listRules(chains: readonly DraftChain[], number: number, style: Style): string {
	let text = '';
	if (number === 0) for (const chain of chains) text += chainLine(chain, style.verbose);
	for (const chain of chains)
		chain.rules.forEach((rule, at) => {
			if (number === 0 || number === at + 1) text += `${savedRule(chain.name, rule, style, style.verbose)}\n`;
		});
	return text;
}

/** "-P INPUT ACCEPT", "-N web" */
function chainLine({ name, policy, packets, bytes }: DraftChain, counters: boolean): string {
	if (policy === null) return `-N ${name}\n`;
	return `-P ${name} ${policy}${counters ? ` -c ${wholeNumber(packets)} ${wholeNumber(bytes)}` : ''}\n`;
}
