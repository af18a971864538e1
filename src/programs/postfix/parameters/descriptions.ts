/** One sentence a parameter, in our words, for the editor's hover text and completion. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {};
