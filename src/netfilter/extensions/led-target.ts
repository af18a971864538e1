/**
 * LED: blinks a light of the machine. The kernel here has no module for it, so the rule is always refused.
 */
import { OptionError, type TargetExtension } from '../extension';
import { parseNumber } from '../number';
import { ABSENT, warnOfAbsentModule } from './absent-module';

interface Led {
	id: string;
	/** milliseconds; -1 for ever */
	delay: number;
	alwaysBlink: boolean;
}

const ID_MAXIMUM = 16;

export const led: TargetExtension<Led> = {
	name: 'LED',
	families: ['ip', 'ip6'],
	summary: 'blinks a light of the machine',
	notSimulated: 'The kernel has no module for it.',
	options: [
		{ name: 'led-trigger-id', id: 'id', type: 'string', max: ID_MAXIMUM, mandatory: true, help: 'name of the trigger' },
		{ name: 'led-delay', id: 'delay', type: 'string', help: 'milliseconds that it stays on, or inf' },
		{ name: 'led-always-blink', id: 'blink', type: 'none', help: 'blinks when it is on already' }
	],
	init(context) {
		warnOfAbsentModule('LED', context);
		return { id: '', delay: 0, alwaysBlink: false };
	},
	parse(draft, option) {
		if (option.id === 'id') draft.id = option.argument;
		else if (option.id === 'blink') draft.alwaysBlink = true;
		else {
			const delay = option.argument.toLowerCase().startsWith('inf') ? -1 : parseNumber(option.argument);
			if (delay === undefined) throw new OptionError('Delay value must be within range 0..4294967295');
			draft.delay = delay;
		}
	},
	list({ id, delay, alwaysBlink }) {
		const name = id.replace(/["\\]/g, '\\$&');
		const time = delay === -1 ? 'inf' : `${delay}ms`;
		return ` led-trigger-id:"${name}" led-delay:${time}${alwaysBlink ? ' led-always-blink' : ''}`;
	},
	save({ id, delay, alwaysBlink }) {
		const time = delay === 0 ? '' : ` --led-delay ${delay === -1 ? 'inf' : delay}`;
		return ` --led-trigger-id "${id.replace(/["\\]/g, '\\$&')}"${time}${alwaysBlink ? ' --led-always-blink' : ''}`;
	},
	check: () => ABSENT
};
