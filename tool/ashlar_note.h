/*
 * ashlar_note.h - libashlar's descriptor, found in a process by the note that leads to it.
 */
#ifndef TOOL_ASHLAR_NOTE_H
#define TOOL_ASHLAR_NOTE_H

#include "../src/descriptor.h"
#include "target.h"

enum ashlar_note {
    ASHLAR_NOTE_FOUND,
    ASHLAR_NOTE_NONE,
    ASHLAR_NOTE_OTHER, /* of a layout that this tool does not know */
};

/* Find and copy it. */
enum ashlar_note ashlar_note_find(const struct target *target, struct descriptor *where);

#endif
