/* map_note.h - the few words behind a row of the map. */
#ifndef TOOL_MAP_NOTE_H
#define TOOL_MAP_NOTE_H

#include "map_view.h"

enum { MAP_NOTE = 128 };

/* What is worth knowing of the row beside its size; may be empty. */
const char *map_note(const struct map_view *view, const struct map_row *row, char text[MAP_NOTE]);

#endif
