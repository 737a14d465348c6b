/*
 * threads.h - a thread, as soon as the machine has one left: other tests have thousands at times,
 * and pthread_create() then says EAGAIN.
 */
#ifndef TEST_THREADS_H
#define TEST_THREADS_H

#include "tap.h"

#include <errno.h>
#include <pthread.h>

/* 0, or the error that stayed for 20 seconds, which is told. */
static inline int begin_thread(pthread_t *born, void *(*work)(void *), void *of)
{
    int error = pthread_create(born, NULL, work, of);
    for (unsigned tries = 0; tries < 200 && error == EAGAIN; tries++) {
        usleep(100 * 1000);
        error = pthread_create(born, NULL, work, of);
    }
    if (error != 0)
        tap_print("# pthread_create: %s\n", strerror(error));
    return error;
}

#endif
