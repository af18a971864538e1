/** What ipset 7.17 says: its errors, and the kernel's refusals in its words. */
import type { SetError } from '#netfilter/ipset/message';

export const VERSION = 'v7.17';
export const PROTOCOL_VERSION = 7;

/** Ends the command: 1 for what is said wrong or refused, 2 for a command line that is no command. */
export class CommandError {
	constructor(
		/** without program name and newline */
		readonly text: string,
		readonly status: 1 | 2 = 1,
		/** of a restored text, where it has one */
		readonly line: number | null = null
	) {}
}

export const usage = (text: string): CommandError => new CommandError(text, 2);
export const syntax = (text: string): CommandError => new CommandError(`Syntax error: ${text}`);

const NO_SET = 'The set with the given name does not exist';

export const REFUSALS: Readonly<Record<SetError, string>> = {
	'no-set': NO_SET,
	'set-exists': 'Set cannot be created: set with the same name already exists',
	'in-use': 'Set cannot be destroyed: it is in use by a kernel component',
	'no-second': 'Sets cannot be swapped: the second set does not exist',
	'other-type': 'The sets cannot be swapped: their type does not match',
	'name-taken': 'Set cannot be renamed: a set with the new name already exists',
	referenced: 'Set cannot be renamed: it is in use by another system',
	'element-exists': "Element cannot be added to the set: it's already added",
	'no-element': "Element cannot be deleted from the set: it's not added",
	full: 'Hash is full, cannot add more elements',
	'out-of-range': 'Element is out of the range of the set',
	cidr: 'The value of the CIDR parameter of the IP address is invalid',
	'null-element': 'Null-valued element, cannot be stored in a hash type of set',
	'no-timeout': 'Timeout cannot be used: set was created without timeout support',
	'no-counters': 'Packet/byte counters cannot be used: set was created without counter support',
	'no-comment': 'Comment cannot be used: set was created without comment support',
	'no-skbinfo': 'Skbinfo mapping cannot be used: set was created without skbinfo support',
	'range-size': 'The range you specified exceeds the size limit of the set type',
	'too-many': 'Kernel error received: Numerical result out of range',
	'list-full': 'The set is full, more elements cannot be added.',
	'list-of-lists': 'Sets with list:set type cannot be added to the set.',
	'list-name': 'Set to be added/deleted/tested as element does not exist.',
	'list-place': "The set to which you referred with 'before' or 'after' does not exist."
};

/** `ipset help` */
export const HELP = `ipset ${VERSION}

Usage: ipset [options] COMMAND

Commands:
create SETNAME TYPENAME [type-specific-options]
        Create a new set
add SETNAME ENTRY
        Add entry to the named set
del SETNAME ENTRY
        Delete entry from the named set
test SETNAME ENTRY
        Test entry in the named set
destroy [SETNAME]
        Destroy a named set or all sets
list [SETNAME]
        List the entries of a named set or all sets
save [SETNAME]
        Save the named set or all sets to stdout
restore 
        Restore a saved state
flush [SETNAME]
        Flush a named set or all sets
rename FROM-SETNAME TO-SETNAME
        Rename two sets
swap FROM-SETNAME TO-SETNAME
        Swap the contect of two existing sets
help [TYPENAME]
        Print help, and settype specific help
version 
        Print version information
quit 
        Quit interactive mode

Options:
-o plain|save|xml
       Specify output mode for listing sets.
       Default value for "list" command is mode "plain"
       and for "save" command is mode "save".
-s 
        Print elements sorted (if supported by the set type).
-q 
        Suppress any notice or warning message.
-r 
        Try to resolve IP addresses in the output (slow!)
-! 
        Ignore errors when creating or adding sets or
        elements that do exist or when deleting elements
        that don't exist.
-n 
        When listing, just list setnames from the kernel.

-t 
        When listing, list setnames and set headers
        from kernel only.
-f 
        Read from the given file instead of standard
        input (restore) or write to given file instead
        of standard output (list/save).
`;
