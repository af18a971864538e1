/** postkick(1): sends a request to a service of the running mail system; silent when it is down. */
import type { Main } from '#kernel/syscalls';
import { mailTrigger } from './attr';
import { openConfig } from './config';
import { Fatal, Messages } from './errors';

export const postkick: Main = function* (argv) {
	const messages = yield* Messages.ofCommand('postkick');
	return yield* messages.guard(function* () {
		const words = argv.slice(1).filter((word) => word !== '-v');
		const [area, service, request] = words;
		if (words.length !== 3 || (area !== 'public' && area !== 'private'))
			throw new Fatal('usage: postkick [-c config_dir] [-v] class service request');
		const config = yield* openConfig('postkick', messages);
		yield* mailTrigger(area, service!, request, config.text('queue_directory'));
		return 0;
	});
};
