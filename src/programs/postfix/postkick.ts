/** postkick(1): sends a request to a service of the running mail system. */
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
		if (yield* mailTrigger(area, service!, request, config.text('queue_directory'))) return 0;
		yield* messages.warn(`unable to look up ${area}/${service}: No such file or directory`);
		yield* messages.warn(`Cannot contact class ${area} service ${service} - perhaps the mail system is down`);
		return 1;
	});
};
