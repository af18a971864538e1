/**
 * Vite plugin for the world's worker: of the programs, those that every boot runs are in the first script; the others'
 * code comes after the first prompt.
 *
 *   src/programs/NAME/index.ts   its imports of programs become stand-ins (`ui/door/later.ts`); what the package puts on
 *                                disks stays, so a host looks the same. Imports in CAPITALS are tables and stay too.
 *   re2js                        likewise: regular expressions that learners write
 *   virtual:programs             imports what was left out, and hands it to the stand-ins
 *
 * Only the build does this: tests, conformance and `npm run dev` import all statically.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const PROGRAMS = fileURLToPath(new URL('../src/programs', import.meta.url));
const LATER = fileURLToPath(new URL('../src/ui/door/later.ts', import.meta.url));
const REST = 'virtual:programs';
const LIBRARY = 're2js';
const RESOLVED = '\0';

/**
 * What runs before the first prompt of a world with mail and names. A hint: a program that is missing at boot is loaded,
 * and the boot begins again.
 */
const AT_BOOT: ReadonlySet<string> = new Set([
	'sysvinit/init',
	'sysvinit/start-stop-daemon',
	'syslog/syslogd',
	'shell/bash',
	'coreutils/sleep',
	'coreutils/who',
	'bind/named',
	'postfix/postfix',
	'postfix/postfix-script',
	'postfix/postalias',
	'swaks/swaks'
]);

const IMPORT = /^import \{([^}]*)\} from '\.\/([^']+)';$/gm;
const INDEX = /[\\/]src[\\/]programs[\\/]([^\\/]+)[\\/]index\.ts$/;

interface Deferred {
	/** "awk/awk": folder and module */
	readonly module: string;
	/** exported name, and the name in the index */
	readonly names: readonly (readonly [exported: string, local: string])[];
	/** imports that stay */
	readonly kept: readonly string[];
}

function deferredIn(folder: string, [, list, file]: RegExpMatchArray): Deferred | undefined {
	const module = `${folder}/${file}`;
	if (AT_BOOT.has(module)) return undefined;
	const all = list!
		.split(',')
		.map((each) => each.trim())
		.filter((each) => each !== '');
	const isTable = (each: string): boolean => each.startsWith('type ') || /^[A-Z]/.test(each);
	const names = all
		.filter((each) => !isTable(each))
		.map((each) => {
			const [exported, local = exported] = each.split(' as ');
			return [exported!, local!] as const;
		});
	return names.length === 0 ? undefined : { module, names, kept: all.filter(isTable) };
}

function standIns(folder: string, code: string): string {
	const rewritten = code.replace(IMPORT, (...match) => {
		const found = deferredIn(folder, match as unknown as RegExpMatchArray);
		if (!found) return match[0] as string;
		const kept = found.kept.length > 0 ? `import { ${found.kept.join(', ')} } from './${match[2]}';` : '';
		const later = found.names.map(
			([exported, local]) => `const ${local} = later(${JSON.stringify(found.module)}, ${JSON.stringify(exported)});`
		);
		return [kept, ...later].join(' ');
	});
	return `import { later } from ${JSON.stringify(LATER)};${rewritten}`;
}

/** Every import of a program that comes later. */
export function deferred(): Deferred[] {
	return readdirSync(PROGRAMS, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.flatMap(({ name }) => [...readIndex(name).matchAll(IMPORT)].flatMap((match) => deferredIn(name, match) ?? []));
}

function restModule(): string {
	const modules = deferred().map(({ module }) => module);
	const imports = modules.map(
		(module, i) => `import * as m${i} from ${JSON.stringify(join(PROGRAMS, `${module}.ts`))};`
	);
	const rows = modules.map((module, i) => `${JSON.stringify(module)}: m${i}`);
	return [
		`import { provide } from ${JSON.stringify(LATER)};`,
		`import { provide as provideLibrary } from ${JSON.stringify(LIBRARY)};`,
		`import * as library from '${LIBRARY}?real';`,
		...imports,
		`provideLibrary(library);`,
		`provide({ ${rows.join(', ')} });`
	].join('\n');
}

function readIndex(folder: string): string {
	try {
		return readFileSync(join(PROGRAMS, folder, 'index.ts'), 'utf8');
	} catch {
		return '';
	}
}

/** Names that stand for the library's until it is there. */
async function libraryModule(): Promise<string> {
	const names = Object.keys(await import('re2js')).filter((name) => name !== 'default');
	return [
		`import { absent } from ${JSON.stringify(LATER)};`,
		...names.map((name) => `export let ${name} = absent(${JSON.stringify(`${LIBRARY}.${name}`)});`),
		`export function provide(real) { ${names.map((name) => `${name} = real.${name};`).join(' ')} }`
	].join('\n');
}

export function programsPlugin({ later }: { later: boolean }): Plugin {
	return {
		name: 'postern-programs',
		enforce: 'pre',
		resolveId(id, importer) {
			if (id === REST) return RESOLVED + REST;
			if (!later) return undefined;
			if (id === LIBRARY) return RESOLVED + LIBRARY;
			return id === `${LIBRARY}?real` ? this.resolve(LIBRARY, importer, { skipSelf: true }) : undefined;
		},
		load(id) {
			if (id === RESOLVED + REST) return later ? restModule() : 'export {};';
			return later && id === RESOLVED + LIBRARY ? libraryModule() : undefined;
		},
		transform(code, id) {
			const folder = later && INDEX.exec(id)?.[1];
			return folder ? { code: standIns(folder, code), map: null } : undefined;
		}
	};
}
