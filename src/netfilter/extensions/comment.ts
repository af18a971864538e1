/**
 * comment: words of the administrator beside a rule. Matches always.
 */
import type { MatchExtension } from '../extension';
import { cutBytes, quoted } from '../text';

/** XT_MAX_COMMENT_LEN without its end */
const LONGEST = 255;

export const comment: MatchExtension<{ text: string }> = {
	name: 'comment',
	families: ['ip', 'ip6'],
	summary: 'a note beside the rule; it matches every packet',
	options: [{ name: 'comment', id: 'comment', type: 'string', mandatory: true, help: 'the note, at most 255 bytes' }],
	neutral: true,
	init: () => ({ text: '' }),
	parse(draft, { argument }) {
		draft.text = cutBytes(argument, LONGEST);
	},
	list: ({ text }) => ` /* ${text} */`,
	save: ({ text }) => ` --comment ${quoted(text)}`,
	compile: () => () => true,
	explain: ({ text }) => `a note: ${text}`
};
