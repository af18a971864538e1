/**
 * The drawings: 16 × 16 line icons of the interface, and the marks of the verdicts. One table; `Icon` and `Verdict` draw
 * from it. `Fill` variants of transport icons are the same paths filled.
 */
export const ICONS = {
	play: '<path d="M5 3l8 5-8 5z"/>',
	pause: '<path d="M5 3v10M11 3v10"/>',
	step: '<path d="M3.5 3.5l6 4.5-6 4.5zM12.5 3.5v9"/>',
	back: '<path d="M12.5 3.5l-6 4.5 6 4.5zM3.5 3.5v9"/>',
	start: '<path d="M13 3.5L8 8l5 4.5zM8 3.5L3 8l5 4.5z"/>',
	live: '<path d="M3 3.5L8 8l-5 4.5zM8 3.5L13 8l-5 4.5z"/>',
	search: '<circle cx="7" cy="7" r="4.25"/><path d="M10.2 10.2L14 14"/>',
	fork: '<circle cx="4" cy="3.5" r="1.5"/><circle cx="4" cy="12.5" r="1.5"/><circle cx="12" cy="6" r="1.5"/><path d="M4 5v6M12 7.5c0 2.5-4 2-7.5 3.7"/>',
	plus: '<path d="M8 3v10M3 8h10"/>',
	flag: '<path d="M4 14V2.5h8l-2 3 2 3H4"/>',
	theme: '<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor"/>',
	help: '<circle cx="8" cy="8" r="6"/><path d="M6.2 6.3a1.9 1.9 0 1 1 2.6 1.9c-.6.3-.8.6-.8 1.1M8 11.4v.1"/>',
	server:
		'<rect x="2.5" y="2.5" width="11" height="4.5" rx="1"/><rect x="2.5" y="9" width="11" height="4.5" rx="1"/><path d="M5 4.75h.1M5 11.25h.1"/>',
	pc: '<rect x="2" y="3" width="12" height="8" rx="1"/><path d="M5.5 13.5h5"/>',
	cloud: '<path d="M4.6 12.5a3 3 0 0 1 .2-6A3.7 3.7 0 0 1 12 7.4a2.6 2.6 0 0 1-.4 5.1z"/>',
	switch: '<rect x="2" y="5" width="12" height="6" rx="1"/><path d="M5 8h.1M8 8h.1M11 8h.1"/>',
	term: '<path d="M3 4l3.5 3.5L3 11M8 12h5"/>',
	file: '<path d="M4 2h5l3 3v9H4zM9 2v3h3"/>',
	chev: '<path d="M6 3.5L10.5 8 6 12.5"/>',
	down: '<path d="M3.5 6L8 10.5 12.5 6"/>',
	reset: '<path d="M3.2 6.5A5.2 5.2 0 1 1 2.9 9M3 3v3.5h3.5"/>',
	share: '<path d="M8 10V2.5M5 5l3-3 3 3M3 9v4.5h10V9"/>',
	screen: '<rect x="2" y="3" width="12" height="8" rx="1"/><path d="M8 11v2.5M5 13.5h6"/>',
	book: '<path d="M2.5 3c2-.6 4-.4 5.5.8C9.5 2.6 11.5 2.4 13.5 3v9.500c-2-.6-4-.4-5.5.8-1.5-1.2-3.5-1.4-5.5-.8zM8 3.800v9.5"/>',
	net: '<circle cx="8" cy="3.5" r="1.7"/><circle cx="3.5" cy="12.5" r="1.7"/><circle cx="12.5" cy="12.5" r="1.7"/><path d="M7.2 5l-3 6M8.8 5l3 6M5.2 12.500h5.6"/>',
	why: '<path d="M5.7 5.600a2.5 2.5 0 1 1 3.5 2.500c-.8.4-1.2.9-1.2 1.700M8 12.600v.1"/>',
	mail: '<rect x="2" y="3.5" width="12" height="9" rx="1"/><path d="M2.5 4.500L8 9l5.5-4.5"/>',
	eye: '<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2"/>',
	max: '<path d="M9.5 2.500h4v4M13.5 2.500l-5 5M6.5 13.500h-4v-4M2.5 13.500l5-5"/>',
	x: '<path d="M4 4l8 8M12 4l-8 8"/>',
	run: '<path d="M3 8h9M8.5 4.500L12 8l-3.5 3.5"/>',
	gate2: '<path d="M3 14V8a5 5 0 0 1 10 0v6M6.5 14V9.500a1.5 1.5 0 0 1 3 0V14"/>',
	back2: '<path d="M10 3.5L5.5 8 10 12.5"/>',
	list: '<path d="M3 4h10M3 8h10M3 12h7"/>',
	down2: '<path d="M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10"/>'
} as const;

export type IconName = keyof typeof ICONS;

/** `cut` is what lies under the mark: its inner stroke takes that colour. */
export const MARKS = {
	accepted:
		'<circle cx="8" cy="8" r="7.25" fill="currentColor"/><path d="M4.6 8.3l2.3 2.4 4.5-5" fill="none" stroke="var(--cut,var(--surface))" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"/>',
	refused:
		'<rect x="1" y="1" width="14" height="14" rx="1.5" fill="currentColor"/><path d="M5 5l6 6M11 5l-6 6" fill="none" stroke="var(--cut,var(--surface))" stroke-width="1.9" stroke-linecap="round"/>',
	'refused-now':
		'<rect x="1.8" y="1.8" width="12.4" height="12.4" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round"/>',
	deferred: '<path d="M2.2 1h11.6v1.6L9.4 8l4.4 5.4V15H2.2v-1.6L6.6 8 2.2 2.6z" fill="currentColor"/>',
	rewritten:
		'<path d="M8 .2L15.8 8 8 15.8.2 8z" fill="currentColor"/><path d="M4.6 8h6M8.6 5.8L10.9 8l-2.3 2.2" fill="none" stroke="var(--cut,var(--surface))" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>',
	dropped: '<path d="M1.6 3h12.8L8 14z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"/>',
	flight: '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6"/>',
	none: '<path d="M4 8h8" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>'
} as const;

export const GATE =
	'<path d="M1.5 18.5v-15h3v2h3v-2h5v2h3v-2h3v15z" fill="currentColor"/><path d="M7 18.5V13a3 3 0 0 1 6 0v5.5z" fill="var(--surface)"/>';
