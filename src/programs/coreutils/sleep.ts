/** sleep(1): durations add up. */
import { sleep as nanosleep } from '../libc/unistd';
import { parseDuration } from './numbers';
import { quote } from './quote';
import { badUsage, needOperands, utility } from './utility';

export const sleep = utility([], function* (tool, options) {
	needOperands(options);
	let total = 0;
	let invalid = false;
	for (const word of options.operands) {
		const duration = parseDuration(word);
		if (duration === undefined) {
			yield* tool.complain(`invalid time interval ${quote(word)}`);
			invalid = true;
		} else total += duration;
	}
	if (invalid) throw badUsage();
	if (total > 0) yield* nanosleep(total);
});
