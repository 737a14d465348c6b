/*
 * list.h - arrays that grow by one, and arrays of stretches of the address space.
 *
 * A stretch is any structure that begins with `uint64_t start, end`: an area, a region, a claim, a
 * segment of a core file.  In a list of stretches they are sorted and do not overlap:
 *
 *      [start   end)      [start  end)[start      end)
 *      index 0            1           2
 */
#ifndef TOOL_LIST_H
#define TOOL_LIST_H

#include <stddef.h>
#include <stdint.h>

/* The array of count elements of that size, moved if there was no room for one more.  NULL begins
 * one.  The array must have grown by this function alone: its room follows from its count.  Exits
 * when memory is out. */
void *list_room(void *array, size_t count, size_t size);

/* The index of the first stretch that ends above the address, or count: the one that the address
 * lies in, if it lies in any, and else the next one above. */
size_t list_from(const void *array, size_t count, size_t size, uint64_t at);

/* The stretch that the address lies in, or NULL. */
const void *list_find(const void *array, size_t count, size_t size, uint64_t at);

#endif
