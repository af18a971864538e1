/**
 * The layers of DESIGN: a room may import those above it, as its row says. `tests/tidy.test.ts` checks the same table on
 * the text of the imports; this checks what they resolve to.
 */
const ROOMS = {
	engine: [],
	wire: [],
	netfilter: ['wire', 'engine'],
	kernel: ['engine', 'wire', 'netfilter'],
	programs: ['wire', 'netfilter', 'engine', 'kernel'],
	world: ['engine', 'wire', 'netfilter', 'kernel', 'programs'],
	lesson: ['world', 'engine'],
	ui: ['world', 'lesson', 'engine']
};

const rules = Object.entries(ROOMS).map(([room, allowed]) => ({
	name: `layer-${room}`,
	comment: `src/${room} may import ${allowed.join(', ') || 'no other room'}`,
	severity: 'error',
	from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
	to: { path: '^src/', pathNot: [room, ...allowed].map((name) => `^src/${name}/`).join('|') }
}));

module.exports = {
	forbidden: [
		...rules,
		{
			name: 'programs-see-only-system-calls',
			severity: 'error',
			from: { path: '^src/programs/', pathNot: '\\.test\\.ts$' },
			to: { path: '^src/kernel/', pathNot: '^src/kernel/(syscalls|text)\\.ts$' }
		}
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsConfig: { fileName: 'tsconfig.json' },
		tsPreCompilationDeps: true,
		exclude: { path: '\\.svelte-kit|node_modules' },
		enhancedResolveOptions: {
			extensions: ['.ts', '.js', '.svelte'],
			exportsFields: ['exports'],
			conditionNames: ['import', 'svelte']
		}
	}
};
