/* ashlar.h - the heap of a process that runs libashlar, read from outside. */
#ifndef TOOL_ASHLAR_H
#define TOOL_ASHLAR_H

#include "ashlar_note.h"
#include "heap_model.h"

/* Read it all.  *model is the caller's to release, and NULL unless ASHLAR_NOTE_FOUND is returned. */
enum ashlar_note ashlar_read(struct target *target, struct heap_model **model);

#endif
