/* image_cache.h - the files that were read already, told by device, inode and size. */
#ifndef TOOL_IMAGE_CACHE_H
#define TOOL_IMAGE_CACHE_H

#include "image_kind.h"

#include <sys/stat.h>

struct image_entry {
    dev_t device;
    ino_t inode;
    off_t size;
    struct image image;
    enum allocator_id version_of; /* what version is the version of; NONE = not looked for */
    char version[24];
};

/* The entry of the open file; a new one is empty.  It stays where it is.  Exits when memory is
 * out. */
struct image_entry *image_cache_at(int fd, bool *is_new);

#endif
