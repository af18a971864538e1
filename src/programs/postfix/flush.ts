/**
 * flush(8): tries the mail of one site, or one mail, now (ETRN, `postqueue -s`, `-i`).
 *
 * Lacks: the logfile of each site below `flush/`; the deferred queue is searched instead.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { attribute, attrPrint, AttrReader, mailTrigger } from './attr';
import { DictError } from './dict';
import { openDomainList } from './dict/match-list';
import { Queues } from './mail-queue';
import { wakeDeferred } from './postqueue';
import { serve, type Daemon } from './server';
import { splitAddress } from './tok822';

const STATUS = { ok: '0', fail: '1', unknown: '2', bad: '3', deny: '4' } as const;

function* sendSite(daemon: Daemon, site: string): Sys<string> {
	const domain = site.replace(/^\[(.*)\]$/, '$1').toLowerCase();
	try {
		if (!(yield* (yield* openDomainList(daemon.config, 'fast_flush_domains')).match(domain)).matched)
			return STATUS.deny;
	} catch (thrown) {
		if (thrown instanceof DictError) return STATUS.fail;
		throw thrown;
	}
	const queues = new Queues(daemon.config);
	for (const id of yield* queues.list('deferred')) {
		const mail = yield* queues.readMail('deferred', id);
		if (mail?.recipients.some(({ address, done }) => !done && splitAddress(address)[1]?.toLowerCase() === domain))
			yield* wakeDeferred(queues, id);
	}
	yield* mailTrigger('public', daemon.config.text('queue_service_name'), 'DF');
	return STATUS.ok;
}

export const flush: Main = (argv) =>
	serve('flush', argv, function* (daemon, fd) {
		const request = yield* new AttrReader(fd, 1_000_000).scan();
		if (request === null) return;
		let status: string = STATUS.unknown;
		if (attribute(request, 'request') === 'send_site') status = yield* sendSite(daemon, attribute(request, 'site'));
		else if (attribute(request, 'request') === 'send_file') {
			const woken = yield* wakeDeferred(new Queues(daemon.config), attribute(request, 'queue_id'));
			if (woken) yield* mailTrigger('public', daemon.config.text('queue_service_name'), 'DF');
			status = woken ? STATUS.ok : STATUS.unknown;
		}
		yield* attrPrint(fd, [['status', status]]);
	});
