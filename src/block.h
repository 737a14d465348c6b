/*
 * block.h - what a program got, whatever it is made of: a slot of a run, or a chunk.
 */
#ifndef ASHLAR_BLOCK_H
#define ASHLAR_BLOCK_H

#include "chunk.h"
#include "runs.h"

static inline bool block_is_slot(const void *user)
{
    return region_at(user) == REGION_RUNS;
}

/* Bytes that its user may fill, and so may we once it is freed. */
static inline size_t block_usable(void *user)
{
    return block_is_slot(user) ? run_around(user)->size : chunk_usable(chunk_of(user));
}

#endif
