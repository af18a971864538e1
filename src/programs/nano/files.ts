/** Reading and writing files (^O ^S ^R ^X) through ordinary system calls, so that permissions apply. */
import { Errno, O, S, type Sys } from '#kernel/syscalls';
import { readText } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import { access, close, open, stat, write } from '../libc/unistd';
import { Buffer } from './buffer';
import type { Editor } from './editor';
import * as view from './view';

export function* load(editor: Editor, name: string): Sys<void> {
	editor.name = name;
	if (name === '') {
		editor.message = { text: 'Welcome to nano.  For basic help, type Ctrl+G.' };
		return;
	}
	try {
		if (((yield* stat(name)).mode & S.IFMT) === S.IFDIR) {
			editor.name = '';
			editor.message = { text: `"${name}" is a directory`, alert: true };
			return;
		}
		const text = yield* readText(name);
		editor.buffer = Buffer.of(text);
		editor.keepLastLineEmpty();
		const count = editor.buffer.lines.length - 1;
		editor.message = { text: `Read ${lines(count)}` };
		yield* warnUnwritable(editor, name);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (thrown.code === 'ENOENT') yield* newFile(editor, name);
		else {
			editor.name = '';
			editor.message = { text: `Error reading ${name}: ${strerror(thrown)}`, alert: true };
		}
	}
}

function* newFile(editor: Editor, name: string): Sys<void> {
	const slash = name.lastIndexOf('/');
	const folder = slash < 0 ? '.' : slash === 0 ? '/' : name.slice(0, slash);
	try {
		yield* stat(folder);
		editor.message = { text: 'New File' };
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		editor.message = { text: `Directory '${folder}' does not exist`, alert: true };
	}
}

function* warnUnwritable(editor: Editor, name: string): Sys<void> {
	try {
		yield* access(name, { write: true });
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		editor.message = { text: `File '${name}' is unwritable`, alert: true };
	}
}

/** @returns whether it was written */
export function* writeOut(editor: Editor): Sys<boolean> {
	const answer = yield* editor.ask('File Name to Write: ', view.WRITE_SHORTCUTS, editor.name);
	if (answer === null || !('text' in answer)) return false;
	const name = answer.text;
	if (name === '') {
		editor.message = { text: 'Cancelled' };
		return false;
	}
	if (name !== editor.name && !(yield* mayReplace(editor, name))) return false;
	return yield* writeTo(editor, name);
}

function* mayReplace(editor: Editor, name: string): Sys<boolean> {
	let exists = true;
	try {
		yield* stat(name);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		exists = false;
	}
	if (
		editor.name !== '' &&
		(yield* editor.askLetter('Save file under DIFFERENT NAME?', view.YES_NO_SHORTCUTS, 'yn')) !== 'y'
	)
		return false;
	if (!exists) return true;
	return (yield* editor.askLetter(`File "${name}" exists; OVERWRITE?`, view.YES_NO_SHORTCUTS, 'yn')) === 'y';
}

function* writeTo(editor: Editor, name: string): Sys<boolean> {
	const { buffer } = editor;
	const text = buffer.text;
	try {
		const fd = yield* open(name, O.WRONLY | O.CREAT | O.TRUNC, 0o666);
		try {
			yield* write(fd, encode(text));
		} finally {
			yield* close(fd);
		}
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		editor.message = { text: `Error writing ${name}: ${strerror(thrown)}`, alert: true };
		return false;
	}
	editor.name = name;
	buffer.saved();
	editor.message = { text: `Wrote ${lines(text === '' ? 0 : buffer.lines.length - 1)}` };
	return true;
}

export function* save(editor: Editor): Sys<void> {
	if (editor.name === '') yield* writeOut(editor);
	else yield* writeTo(editor, editor.name);
}

export function* insertFile(editor: Editor): Sys<void> {
	const answer = yield* editor.ask('File to insert [from ./]: ', view.CANCEL_SHORTCUTS);
	if (answer === null || !('text' in answer) || answer.text === '') return;
	try {
		const text = yield* readText(answer.text);
		editor.change('insertion', () => editor.buffer.insert(text));
		editor.message = { text: `Read ${lines(text.split('\n').length - (text.endsWith('\n') ? 1 : 0))}` };
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		editor.message =
			thrown.code === 'ENOENT'
				? { text: `File "${answer.text}" not found`, alert: true }
				: { text: `Error reading ${answer.text}: ${strerror(thrown)}`, alert: true };
	}
}

export function* leave(editor: Editor): Sys<void> {
	if (editor.buffer.modified) {
		const letter = yield* editor.askLetter('Save modified buffer?', view.YES_NO_SHORTCUTS, 'yn');
		if (letter === null || (letter === 'y' && !(yield* writeOut(editor)))) return;
	}
	editor.done = true;
}

function lines(count: number): string {
	return `${count} line${count === 1 ? '' : 's'}`;
}
