/**
 * Files open in the editor: their text, whether it is saved, and whether a daemon has read what is saved. Saving goes
 * through the world's door as that user; nothing is written here.
 */
import type { Reading } from '#world/door';
import type { Session } from '../door/session.svelte';

export interface OpenFile {
	readonly key: string;
	readonly host: string;
	readonly user: string;
	readonly path: string;
	/** as on the disk when last read */
	saved: string;
	text: string;
	writable: boolean;
	loaded: boolean;
	/** what the world said: no such file, permission denied */
	problem: string;
	reading: Reading | null;
	/** grows when the text was replaced from the disk */
	loads: number;
}

export class OpenFiles {
	list = $state<OpenFile[]>([]);
	active = $state('');
	/** where to put the cursor; `count` tells two wishes for one line apart */
	reveal = $state.raw<{ key: string; line: number; count: number } | null>(null);
	readonly #session: Session;
	#count = 0;
	#seen = 0;

	constructor(session: Session) {
		this.#session = session;
	}

	get current(): OpenFile | undefined {
		return this.list.find((file) => file.key === this.active);
	}

	async open(host: string, user: string, path: string, line?: number, front = true): Promise<void> {
		const key = `${host}:${path}`;
		let file = this.list.find((each) => each.key === key);
		if (!file) {
			this.list.push({
				key,
				host,
				user,
				path,
				saved: '',
				text: '',
				writable: true,
				loaded: false,
				problem: '',
				reading: null,
				loads: 0
			});
			file = this.list.find((each) => each.key === key)!;
		}
		if (front || !this.active) this.active = key;
		if (!file.loaded) await this.load(file);
		if (line) this.reveal = { key, line, count: ++this.#count };
	}

	close(key: string): void {
		const at = this.list.findIndex((each) => each.key === key);
		this.list = this.list.filter((each) => each.key !== key);
		if (this.active === key) this.active = this.list[Math.max(0, at - 1)]?.key ?? '';
	}

	/** Reads the disk; keeps unsaved text. */
	async load(file: OpenFile): Promise<void> {
		try {
			const view = await this.#session.ask('file', { host: file.host, path: file.path });
			const dirty = file.loaded && file.text !== file.saved;
			file.saved = view.text;
			file.writable = view.writable;
			file.problem = '';
			if (!dirty && file.text !== view.text) {
				file.text = view.text;
				file.loads++;
			}
			file.loaded = true;
		} catch (error) {
			file.problem = error instanceof Error ? error.message : String(error);
			file.loaded = true;
		}
		await this.askReading(file);
	}

	async save(file: OpenFile): Promise<boolean> {
		const text = file.text;
		try {
			await this.#session.input({ kind: 'save', host: file.host, user: file.user, path: file.path, text });
			file.saved = text;
			file.problem = '';
			await this.askReading(file);
			return true;
		} catch (error) {
			file.problem = error instanceof Error ? error.message : String(error);
			return false;
		}
	}

	async askReading(file: OpenFile): Promise<void> {
		file.reading = await this.#session.ask('reading', { host: file.host, path: file.path }).catch(() => null);
	}

	/** Called when events came: files that were written elsewhere are read again, daemons that read are asked about. */
	follow(): void {
		const events = this.#session.events;
		if (events.length === 0) this.#seen = -1;
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- local
		const touched = new Set<string>();
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- local
		const asked = new Set<string>();
		for (let i = events.length - 1; i >= 0 && events[i]!.sequence > this.#seen; i--) {
			const event = events[i]!;
			if (event.kind === 'file') touched.add(`${event.host}:${event.path}`);
			else if (event.kind === 'config-read' || event.kind === 'process') asked.add(event.host);
		}
		this.#seen = events.at(-1)?.sequence ?? -1;
		for (const file of this.list) {
			if (touched.has(file.key)) void this.load(file);
			else if (asked.has(file.host)) void this.askReading(file);
		}
	}

	/** The world was opened anew: its disks are others. */
	reload(): void {
		for (const file of this.list) {
			file.text = file.saved;
			void this.load(file);
		}
	}
}

/** The words and the mark of the status line. */
export function statusOf(
	file: OpenFile,
	clock: (time: number) => string
): { mark: 'accepted' | 'deferred' | 'refused' | 'flight' | null; text: string; remedy: string | null } {
	if (file.problem) return { mark: 'refused', text: file.problem, remedy: null };
	if (file.text !== file.saved) return { mark: null, text: 'Not saved', remedy: null };
	const reading = file.reading;
	if (!reading || reading.state === 'nobody') return { mark: null, text: 'Saved', remedy: null };
	const program = reading.processes[0]?.program.replace(/^postfix\/.*/, 'Postfix') ?? 'The daemon';
	if (reading.state === 'current')
		return {
			mark: 'accepted',
			text:
				reading.since === null ? 'This version is running' : `This version is running, read ${clock(reading.since)}`,
			remedy: null
		};
	if (reading.state === 'refused')
		return { mark: 'refused', text: `Saved, and ${program} would refuse it`, remedy: null };
	const old = reading.processes.filter((each) => !each.current).map((each) => `${each.program}[${each.pid}]`);
	return {
		mark: 'deferred',
		text: `Saved, not read${old.length > 0 && old.length < 4 ? ` by ${old.join(', ')}` : ''}`,
		remedy: reading.remedy
	};
}
