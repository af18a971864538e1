/**
 * SECMARK: labels the packet with a context of SELinux.
 *
 * Not simulated: SELinux. As on a kernel without it no context is known, so the rule is always refused.
 */
import type { TargetExtension } from '../extension';
import { cutBytes } from '../text';
import { checkPlace } from './place';

interface Secmark {
	context: string;
}

const CONTEXT_MAXIMUM = 255;

export const secmark: TargetExtension<Secmark> = {
	name: 'SECMARK',
	families: ['ip', 'ip6'],
	summary: 'labels the packet for SELinux',
	notSimulated: 'There is no SELinux here, so no context is known.',
	options: [{ name: 'selctx', id: 'selctx', type: 'string', mandatory: true, help: 'the security context' }],
	init: () => ({ context: '' }),
	parse(draft, option) {
		draft.context = cutBytes(option.argument, CONTEXT_MAXIMUM);
	},
	list: ({ context }) => ` SECMARK selctx ${context}`,
	save: ({ context }) => ` --selctx ${context}`,
	check: (_data, place) => checkPlace(place, { tables: ['mangle', 'security'] }) ?? 'ENOENT'
};
