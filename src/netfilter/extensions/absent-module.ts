/**
 * What the command warns of when the kernel has no module for an extension; the rule is refused afterwards.
 */
import type { CommandContext } from '../extension';

export function warnOfAbsentModule(name: string, context: CommandContext): void {
	context.warn(`Warning: Extension ${name} revision 0 not supported, missing kernel module?`);
}

/** what the kernel answers */
export const ABSENT = 'ENOENT';
