/* heap_classes.c - one pass over the model, which has every chunk's size and state. */
#include "heap_classes.h"

#include <string.h>

uint64_t heap_class_end(unsigned class)
{
    uint64_t power = (uint64_t)32 << class / 2;
    return class % 2 ? power + power / 2 : power;
}

/* What is neither live nor free has no class. */
static void count(struct heap_class *classes, const struct heap_chunk *chunk)
{
    unsigned class = 0;
    while (class < HEAP_CLASSES - 1 && chunk->size > heap_class_end(class))
        class ++;
    bool live = heap_is_live(chunk->state);
    if (!live && (!heap_is_free(chunk->state) || chunk->state == HEAP_TOP))
        return;
    struct heap_sum *sum = live ? &classes[class].live : &classes[class].free;
    sum->count++;
    sum->bytes += chunk->size;
}

void heap_classes_count(const struct heap_model *model, size_t arena,
                        struct heap_class classes[HEAP_CLASSES])
{
    memset(classes, 0, HEAP_CLASSES * sizeof *classes);
    for (size_t i = 0; i < model->segment_count; i++) {
        struct heap_cursor cursor = heap_begin(&model->segments[i]);
        struct heap_chunk chunk;
        if (arena != SIZE_MAX && model->segments[i].arena != arena)
            continue;
        while (heap_next(&cursor, &chunk))
            count(classes, &chunk);
    }
    /* The mapped chunks belong to no arena and are counted when all are wanted. */
    for (size_t i = 0; arena == SIZE_MAX && i < model->mapped_count; i++)
        count(classes, &model->mapped[i].chunk);
}
