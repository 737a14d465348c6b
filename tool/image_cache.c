/*
 * image_cache.c - a tree of files, kept by the C library (tsearch).
 *
 * Nothing is ever removed: the tool runs for a moment, and a file that changed meanwhile has another
 * inode or another size.
 */
#include "image_cache.h"

#include "say.h"

#include <search.h>
#include <stdlib.h>

static void *root;

/* Any order will do, if it is always the same. */
static int compare(const void *one, const void *other)
{
    const struct image_entry *a = one, *b = other;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return (a->size > b->size) - (a->size < b->size);
}

/* A new entry is made for the question, and freed again where the file is known already. */
struct image_entry *image_cache_at(int fd, bool *is_new)
{
    struct stat status = {0};
    struct image_entry *entry = calloc(1, sizeof *entry);
    fstat(fd, &status);
    if (!entry)
        say_and_exit(EXIT_OURS, "out of memory");
    entry->device = status.st_dev;
    entry->inode = status.st_ino;
    entry->size = status.st_size;
    struct image_entry **found = tsearch(entry, &root, compare);
    if (!found)
        say_and_exit(EXIT_OURS, "out of memory");
    *is_new = *found == entry;
    if (!*is_new)
        free(entry);
    return *found;
}
