/** One message at a time, bottom right: 6 seconds, or until closed when something went wrong. */
import type { Marked } from './verdicts';

export interface ToastMessage {
	readonly text: string;
	readonly mark: Marked;
	readonly stays: boolean;
	readonly action?: { readonly label: string; readonly run: () => void };
}

class Toasts {
	current = $state.raw<ToastMessage | null>(null);
	#timer: ReturnType<typeof setTimeout> | undefined;

	tell(text: string, mark: Marked = 'flight', action?: ToastMessage['action']): void {
		this.#show({ text, mark, stays: false, action });
	}

	error(text: string, action?: ToastMessage['action']): void {
		this.#show({ text, mark: 'refused', stays: true, action });
	}

	close(): void {
		clearTimeout(this.#timer);
		this.current = null;
	}

	#show(message: ToastMessage): void {
		clearTimeout(this.#timer);
		this.current = message;
		if (!message.stays) this.#timer = setTimeout(() => (this.current = null), 6000);
	}
}

export const toasts = new Toasts();
