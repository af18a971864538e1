/** The module that the programs plugin makes at build time (`scripts/programs-plugin.ts`): imported for what it does. */
declare module 'virtual:programs' {}
