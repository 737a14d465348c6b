/*
 * fork.c - three handlers.
 *
 * fork may be called by a signal handler that has interrupted malloc itself.  Locks this thread
 * holds then are left alone: the operation goes on where it was, in parent and child alike.
 */
#include "fork.h"

#include "keeper.h"
#include "thread.h"

#include <pthread.h>

static void prepare(void)
{
    thread_hold();
}

static void in_parent(void)
{
    thread_let_go();
}

static void in_child(void)
{
    thread_inherit();
    keeper_inherit();
}

void fork_register(void)
{
    pthread_atfork(prepare, in_parent, in_child);
}
