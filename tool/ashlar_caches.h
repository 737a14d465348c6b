/*
 * ashlar_caches.h - what lies ready in the caches of threads, and what is on its way home.
 */
#ifndef TOOL_ASHLAR_CACHES_H
#define TOOL_ASHLAR_CACHES_H

#include "ashlar_reader.h"

/* Magazines, shelves and outboxes of all caches, and the inboxes of all arenas: their blocks, which
 * looked live till now, become cached ones.  Arenas and runs were read before. */
void ashlar_caches_read(struct ashlar_reader *reader);

#endif
