/** poll(2) */
import type { Handlers } from '../kernel';
import type { PollResult } from '../syscalls';
import { WouldBlock, type WaitQueue } from '../wait';

export const pollCalls: Handlers<'poll'> = {
	poll(kernel, process, requests, timeout) {
		const ready: PollResult[] = [];
		const queues: WaitQueue[] = [];
		for (const { fd, read = false, write = false } of requests) {
			const file = process.descriptors[fd]?.file;
			if (!file) {
				ready.push({ fd, read: false, write: false, hangup: true });
				continue;
			}
			const now = file.poll();
			/* most descriptors have nothing: no object for them */
			if ((read && now.read) || (write && now.write) || now.hangup)
				ready.push({ fd, read: read && now.read, write: write && now.write, hangup: now.hangup });
			queues.push(file.changed);
		}
		if (ready.length > 0 || timeout === 0) return ready;
		const deadline = timeout < 0 ? Infinity : process.requestedAt + timeout;
		return kernel.scheduler.now >= deadline ? ready : new WouldBlock(queues, deadline);
	}
};
