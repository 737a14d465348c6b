/*
 * snapshot.c - a file of `ashlar snap`: its document, and the heap that was saved with it.
 */
#include "common.h"

#include "asnap.h"
#include "saved.h"
#include "target.h"

/* An error of ours ends the run by abort, a file that is refused does not. */
static void read_whole(const char *path)
{
    struct target target = {.directory = -1};
    unsigned refusal = 0;
    if (saved_open(path, &target) || !target.saved)
        return;
    free(saved_regions(target.saved));
    saved_model(target.saved, &refusal);
    saved_close(target.saved);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    size_t length;
    int file = file_of(bytes, size, path);
    if (setjmp(farewell) == 0 && asnap_is(path))
        free(asnap_document(path, &length));
    if (setjmp(farewell) == 0 && asnap_is(path))
        read_whole(path);
    close(file);
    return 0;
}
