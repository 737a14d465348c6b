/*
 * coarse.h - large chunks of the heap come in coarse sizes, and leave nothing behind.
 *
 *   chunk     user's n bytes      a few pages apart    multiple of 256 KiB or 1 MiB     above
 *   +---------+-- .. ------------------------------+---+------------------------- .. ---+------+
 *   | header  | touched here and there             |   | too much: never touched        |asked |
 *   +---------+-- .. ------------------------------+---+------------------------- .. ---+------+
 *                                                  ^ the last page: any page of the heap
 *
 * Fewer sizes fit each other's places better, and a program that writes its large blocks here and
 * there meets the same pages again.  But for one: where the user's bytes end is another page each
 * time, and in the end each page of the heap has been some block's last.  So what was asked for is
 * noted in the word that a chunk borrows from the one above, and that page is given back when the
 * chunk is freed.
 *
 * The note lies in memory that the user may write to (malloc_usable_size), and is never relied on.
 */
#ifndef ASHLAR_COARSE_H
#define ASHLAR_COARSE_H

#include "chunk.h"

/* The size of a chunk in the heap for one of `size`. */
size_t coarse_size(size_t size);

/* A chunk that was asked for with `size` has been taken from the heap. */
void coarse_note(struct chunk *c, size_t size);

/* It is about to be freed, and its neighbours agree: its last page goes back if it is noted. */
void coarse_release_end(struct chunk *c);

#endif
