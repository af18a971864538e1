import fc from 'fast-check';
import { expect, it } from 'vitest';
import { machine } from '../fixture';
import { Errno, O, S } from '../syscalls';
import { decode, encode } from '../text';
import type { OpenFile } from '../open-file';
import { credentials, type Viewer } from './viewer';

/** A file is its bytes, shared by its names; a directory is a map; a link is a path. */
type Node = { text: string } | Map<string, Node> | { link: string };

/** The simple model: only root, only paths like /a/b, no links in the middle of a path. */
class Model {
	readonly root = new Map<string, Node>();

	#parent(path: string): [Map<string, Node>, string] {
		const names = path.split('/').slice(1);
		let at: Node = this.root;
		for (const name of names.slice(0, -1)) {
			const next: Node | undefined = (at as Map<string, Node>).get(name);
			if (next === undefined) throw 'ENOENT';
			if ('link' in next) throw 'link';
			if (!(next instanceof Map)) throw 'ENOTDIR';
			at = next;
		}
		return [at as Map<string, Node>, names.at(-1)!];
	}

	get(path: string): Node | undefined {
		const [parent, name] = this.#parent(path);
		return parent.get(name);
	}

	do(step: Step): string {
		try {
			const [parent, name] = this.#parent(step.path);
			const node = parent.get(name);
			switch (step.do) {
				case 'write':
					if (node instanceof Map) throw 'EISDIR';
					if (node && 'link' in node) throw 'link';
					if (node) node.text = step.text;
					else parent.set(name, { text: step.text });
					return 'ok';
				case 'append':
					if (!node) throw 'ENOENT';
					if (node instanceof Map) throw 'EISDIR';
					if ('link' in node) throw 'link';
					node.text += step.text;
					return 'ok';
				case 'mkdir':
					if (node) throw 'EEXIST';
					parent.set(name, new Map());
					return 'ok';
				case 'rmdir':
					if (!node) throw 'ENOENT';
					if (!(node instanceof Map)) throw 'ENOTDIR';
					if (node.size > 0) throw 'ENOTEMPTY';
					parent.delete(name);
					return 'ok';
				case 'unlink':
					if (!node) throw 'ENOENT';
					if (node instanceof Map) throw 'EISDIR';
					parent.delete(name);
					return 'ok';
				case 'symlink':
					if (node) throw 'EEXIST';
					parent.set(name, { link: step.to });
					return 'ok';
				case 'link':
					return this.#link(node, step.to);
				case 'rename':
					return this.#rename(parent, name, node, step);
			}
		} catch (thrown) {
			if (typeof thrown === 'string') return thrown;
			throw thrown;
		}
	}

	#link(node: Node | undefined, to: string): string {
		if (!node) throw 'ENOENT';
		const [parent, name] = this.#parent(to);
		if (parent.get(name)) throw 'EEXIST';
		if (node instanceof Map) throw 'EPERM';
		parent.set(name, node);
		return 'ok';
	}

	#rename(parent: Map<string, Node>, name: string, node: Node | undefined, { path, to }: Step): string {
		const [target, newName] = this.#parent(to);
		if (!node) throw 'ENOENT';
		if (node instanceof Map && to.startsWith(`${path}/`)) throw 'EINVAL';
		const old = target.get(newName);
		if (old instanceof Map && path.startsWith(`${to}/`)) throw 'ENOTEMPTY';
		if (old === node) return 'ok';
		if (old && node instanceof Map && !(old instanceof Map)) throw 'ENOTDIR';
		if (old instanceof Map && !(node instanceof Map)) throw 'EISDIR';
		if (old instanceof Map && old.size > 0) throw 'ENOTEMPTY';
		parent.delete(name);
		target.set(newName, node);
		return 'ok';
	}

	/** every path with what is there */
	*dump(directory = this.root, path = ''): Generator<string> {
		for (const [name, node] of [...directory].sort(([a], [b]) => (a < b ? -1 : 1))) {
			if (node instanceof Map) {
				yield `${path}/${name}/`;
				yield* this.dump(node, `${path}/${name}`);
			} else yield 'link' in node ? `${path}/${name} -> ${node.link}` : `${path}/${name} = ${node.text}`;
		}
	}
}

interface Step {
	readonly do: 'write' | 'append' | 'mkdir' | 'rmdir' | 'unlink' | 'symlink' | 'link' | 'rename';
	readonly path: string;
	readonly to: string;
	readonly text: string;
}

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`);
const step: fc.Arbitrary<Step> = fc.record({
	do: fc.constantFrom('write', 'append', 'mkdir', 'mkdir', 'rmdir', 'unlink', 'symlink', 'link', 'rename', 'rename'),
	path,
	to: path,
	text: fc.string({ maxLength: 5 })
});

it('behaves like a tree of maps', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const { files } = machine().kernel;
			files.mkdir(viewer(files.root), '/t', 0o755);
			const base = files.find(viewer(files.root), '/t') as typeof files.root;
			const who = { ...viewer(files.root), root: base, cwd: base };
			const model = new Model();
			for (const one of steps) {
				const expected = model.do(one);
				// the model does not follow links; what would meet one is left out
				if (expected === 'link') continue;
				expect([one, perform(one)]).toEqual([one, expected]);
			}
			expect([...dump('/')]).toEqual([...model.dump()]);

			function perform(one: Step): string {
				try {
					if (one.do === 'write' || one.do === 'append') {
						const flags = O.WRONLY | (one.do === 'write' ? O.CREAT | O.TRUNC : O.APPEND);
						const file = files.open(who, one.path, flags, 0o644) as OpenFile;
						file.write(encode(one.text));
						file.close();
					} else if (one.do === 'mkdir') files.mkdir(who, one.path, 0o755);
					else if (one.do === 'symlink') files.symlink(who, one.to, one.path);
					else if (one.do === 'link' || one.do === 'rename') files[one.do](who, one.path, one.to);
					else files[one.do](who, one.path);
					return 'ok';
				} catch (thrown) {
					if (thrown instanceof Errno) return thrown.code;
					throw thrown;
				}
			}

			function* dump(at: string): Generator<string> {
				for (const entry of files.readdir(who, at).sort((a, b) => (a.name < b.name ? -1 : 1))) {
					const full = at === '/' ? `/${entry.name}` : `${at}/${entry.name}`;
					if (entry.type === S.IFDIR) {
						yield `${full}/`;
						yield* dump(full);
					} else if (entry.type === S.IFLNK) yield `${full} -> ${files.readlink(who, full)}`;
					else yield `${full} = ${decode((files.open(who, full, O.RDONLY, 0) as OpenFile).read(1000) as Uint8Array)}`;
				}
			}
		}),
		{ numRuns: 300 }
	);
});

function viewer(root: Viewer['root']): Viewer {
	return { pid: 0, root, cwd: root, credentials: credentials(0, 0), mask: 0o022 };
}
