/*
 * The way home of chunks freed by other threads.  R8 (a chunk always goes back to the arena it came
 * from), D2 (nobody waits for the owner), batches that grow.
 */
#include "unit.h"

#include "arenas.h"
#include "check.h"
#include "post.h"
#include "threads.h"
#include "tune.h"
#include "walk.h"

#include <pthread.h>

enum { SIZE = 208 }; /* beyond the fast bins, so that what is put is free at once */

static struct whole_cache whole;
static struct cache *cache;
static struct arena *other, *third;

/* An arena that a thread had and that nobody uses now. */
static void *begin_arena(void *unused)
{
    (void)unused;
    struct arena *a = arenas_attach(false), *b = arenas_attach(false);
    other = a;
    third = b;
    return NULL;
}

static void count_one(struct chunk *c, enum walked_state state, void *count)
{
    *(size_t *)count += state == WALKED_IN_USE && chunk_size(c) == SIZE;
}

static size_t in_use(struct arena *a)
{
    size_t count = 0;
    lock_take(&a->lock);
    walk_arena(a, count_one, &count);
    lock_release(&a->lock);
    return count;
}

static size_t waiting(struct arena *a)
{
    void *blocks[PACKET_BLOCKS];
    size_t count = 0;
    for (struct packet *p = atomic_load(&a->inbox.newest); p; p = p->next)
        count += packet_open(p, blocks);
    return count;
}

static struct chunk *take_from(struct arena *a)
{
    size_t dirty;
    lock_take(&a->lock);
    struct chunk *c = arena_take_binned(a, SIZE);
    if (!c)
        c = arena_take_fresh(a, SIZE, &dirty);
    lock_release(&a->lock);
    return c;
}

/* So many blocks more of one arena, behind those there are; returns how many there are then. */
static unsigned add_from(struct arena *a, unsigned n, void **users, unsigned count)
{
    for (unsigned i = 0; i < n; i++)
        users[count++] = chunk_user(take_from(a));
    return count;
}

/* Another thread holds an arena for as long as something is done. */
static struct {
    struct arena *arena;
    atomic_bool held, enough;
} keeper;

static void *keep(void *unused)
{
    lock_take(&keeper.arena->lock);
    atomic_store(&keeper.held, true);
    while (!atomic_load(&keeper.enough))
        usleep(100);
    lock_release(&keeper.arena->lock);
    return unused;
}

static pthread_t keep_busy(struct arena *a)
{
    pthread_t thread;
    keeper.arena = a;
    atomic_store(&keeper.held, false);
    atomic_store(&keeper.enough, false);
    begin_thread(&thread, keep, NULL);
    while (!atomic_load(&keeper.held))
        usleep(100);
    return thread;
}

static void leave_alone(pthread_t thread)
{
    atomic_store(&keeper.enough, true);
    pthread_join(thread, NULL);
}

static void the_first_chunks_go_one_by_one(void)
{
    unsigned expected_sends[] = {1, 3, 7, 15, 31, 63}, sends = 0;
    bool right = true;
    size_t before = in_use(other);
    for (unsigned put = 1; put <= 63; put++) {
        post_add(cache, other, chunk_user(take_from(other)));
        bool sent = put == expected_sends[sends];
        sends += sent;
        right = right && (in_use(other) == before) == sent;
    }
    ok(right && sends == 6, "batches_home_are_of_1_2_4_up_to_32 (R8)");
    for (unsigned put = 1; put <= 64; put++)
        post_add(cache, other, chunk_user(take_from(other)));
    ok(waiting(other) == 64 && in_use(other) == before + 64, "then_64_at_a_time_to_the_inbox (D2)");
    lock_take(&other->lock);
    arena_put_received(other);
    lock_release(&other->lock);
    ok(waiting(other) == 0 && in_use(other) == before, "which_whoever_has_the_lock_empties");
}

static void an_inbox_does_not_grow_for_ever(void)
{
    size_t before = in_use(other), most = 0;
    for (unsigned put = 1; put <= 64 * 40; put++) {
        post_add(cache, other, chunk_user(take_from(other)));
        most = max_size(most, waiting(other));
    }
    ok(most > 512 && most <= 1024 + 64, "an_inbox_does_not_grow_for_ever (%zu)", most);
    post_flush(cache);
    lock_take(&other->lock);
    arena_put_received(other);
    lock_release(&other->lock);
    ok(in_use(other) == before, "and_nothing_is_lost_in_it");
}

static void nobody_waits_for_a_busy_arena(void)
{
    void *users[3];
    unsigned n = add_from(other, 3, users, 0);
    size_t before = in_use(other);
    pthread_t thread = keep_busy(other);
    post_put_all(users, n);
    ok(waiting(other) == 3, "what_comes_for_a_busy_arena_waits (D2 D9)");
    leave_alone(thread);
    add_from(other, 1, users, 0);
    post_put_all(users, 1);
    ok(waiting(other) == 0 && in_use(other) == before - 3, "until_the_next_visit (R8)");
}

static void classic_mode_waits(void)
{
    void *user = chunk_user(take_from(other));
    size_t before = in_use(other);
    tune.tcache = 0;
    post_put_all(&user, 1);
    tune.tcache = 1;
    ok(waiting(other) == 0 && in_use(other) == before - 1, "classic_mode_leaves_nothing_waiting");
}

static void blocks_of_several_arenas_go_home(void)
{
    size_t main_before = in_use(&main_arena), other_before = in_use(other);
    size_t third_before = in_use(third);
    void *users[12 * 4];
    unsigned n = 0;
    for (unsigned i = 0; i < 12; i++) {
        n = add_from(&main_arena, i % 3, users, n);
        n = add_from(third, i % 2, users, n);
        n = add_from(other, 1, users, n);
    }
    ok(in_use(other) == other_before + 12 && in_use(third) == third_before + 6,
       "blocks_of_three_arenas");
    post_put_all(users, n);
    ok(in_use(&main_arena) == main_before && in_use(other) == other_before &&
           in_use(third) == third_before,
       "each_chunk_goes_back_to_the_arena_it_came_from (R8)");
    post_put_all(NULL, 0);
}

static void *take_slot(struct arena *a)
{
    void *slot = NULL;
    lock_take(&a->lock);
    runs_take(&a->runs, run_class_for(SIZE), &slot, 1);
    lock_release(&a->lock);
    return slot;
}

static void slots_go_in_the_same_batches(void)
{
    enum { SLOTS = 64 + 63 + 64 };
    size_t before = other->runs.live_bytes, slot = run_slot_size(run_class_for(SIZE));
    post_flush(cache);
    for (unsigned put = 1; put <= SLOTS; put++)
        post_add(cache, other, take_slot(other));
    ok(waiting(other) == 128 && other->runs.live_bytes == before + SLOTS * slot,
       "slots_go_in_the_same_batches (D2)");
    post_flush(cache);
    lock_take(&other->lock);
    arena_put_received(other);
    lock_release(&other->lock);
    ok(waiting(other) == 0 && other->runs.live_bytes == before, "and_are_free_when_taken_in");
}

static void slots_wait_for_a_busy_arena(void)
{
    void *slots[70], *last;
    size_t before = other->runs.live_bytes;
    for (unsigned i = 0; i < 70; i++)
        slots[i] = take_slot(other);
    last = take_slot(other);
    pthread_t thread = keep_busy(other);
    for (unsigned i = 0; i < 50; i++)
        post_add(cache, other, slots[i]);
    post_flush(cache);
    post_put_all(slots + 50, 20);
    ok(waiting(other) == 70 &&
           other->runs.live_bytes == before + 71 * run_slot_size(run_class_for(SIZE)),
       "slots_wait_in_the_inbox_of_a_busy_arena (D2 D9)");
    leave_alone(thread);
    ok(check_all() == 0, "all_laws_hold_while_they_wait");
    post_put_all(&last, 1);
    ok(waiting(other) == 0 && other->runs.live_bytes == before, "until_the_next_visit (R8)");
}

/* Into an outbox that is open and has room for more; everything else goes the longer way. */
static void slots_go_quickly_into_an_open_box(void)
{
    size_t before = other->runs.live_bytes;
    unsigned quickly = 0, slowly = 0;
    post_flush(cache);
    for (unsigned put = 1; put <= 4 * OUTBOX_BLOCKS; put++) {
        void *slot = take_slot(other);
        bool quick = post_add_quickly(cache, run_mark_of(slot), slot);
        quickly += quick;
        slowly += !quick;
        if (!quick)
            post_add(cache, other, slot);
    }
    ok(quickly == 4 * (OUTBOX_BLOCKS - 1) && slowly == 4, "slots_go_quickly_into_an_open_box (D2)");
    void *foreign = take_slot(third), *own = take_slot(&main_arena);
    ok(!post_add_quickly(cache, run_mark_of(foreign), foreign) &&
           !post_add_quickly(cache, run_mark_of(own), own),
       "but_none_of_another_arena_or_the_cache's_own (R8)");
    post_put_all(&foreign, 1);
    post_put_all(&own, 1);
    post_flush(cache);
    lock_take(&other->lock);
    arena_put_received(other);
    lock_release(&other->lock);
    ok(other->runs.live_bytes == before, "and_all_of_them_arrive");
}

/* Slots and chunks of all arenas, one after the other. */
static void slots_and_chunks_go_home_together(void)
{
    struct arena *arenas[] = {&main_arena, other, third};
    size_t chunks = in_use(&main_arena) + in_use(other) + in_use(third);
    void *users[60];
    for (unsigned i = 0; i < 60; i++) {
        struct arena *a = arenas[i * i % 7 % 3];
        users[i] = i % 5 < 2 ? take_slot(a) : chunk_user(take_from(a));
    }
    post_put_all(users, 60);
    ok(main_arena.runs.live_bytes + other->runs.live_bytes + third->runs.live_bytes == 0 &&
           in_use(&main_arena) + in_use(other) + in_use(third) == chunks,
       "slots_and_chunks_each_go_where_they_belong (R8)");
}

/* Outboxes are few: two arenas may have to share one. */
static void boxes_change_hands(void)
{
    unsigned index = third->index;
    size_t other_before = in_use(other), third_before = in_use(third);
    third->index = other->index + OUTBOXES;
    for (unsigned i = 0; i < 50; i++) {
        post_add(cache, other, chunk_user(take_from(other)));
        post_add(cache, third, chunk_user(take_from(third)));
        post_add(cache, third, chunk_user(take_from(third)));
    }
    third->index = index;
    post_flush(cache);
    ok(in_use(other) == other_before && in_use(third) == third_before,
       "an_outbox_may_change_hands (R8)");
}

/* As in a signal's handler that has interrupted a thread inside its arena (L3). */
static void what_cannot_go_home_now_waits(void)
{
    struct chunk *c = take_from(other);
    size_t before = waiting(other);
    lock_take(&other->lock);
    post_put_one(other, c);
    ok(waiting(other) == before + 1, "a_chunk_freed_by_the_holder_of_the_lock_waits (L3)");
    arena_put_received(other);
    lock_release(&other->lock);
    ok(waiting(other) == 0, "and_is_put_later");
}

int main(void)
{
    pthread_t thread;
    alarm(50);
    free(malloc(1));
    if (begin_thread(&thread, begin_arena, NULL) == 0)
        pthread_join(thread, NULL);
    ok(other && third && other != third && other != &main_arena, "two_thread_arenas (R3)");
    cache = cache_begin(&whole);
    cache_set_arena(cache, &main_arena);
    the_first_chunks_go_one_by_one();
    an_inbox_does_not_grow_for_ever();
    nobody_waits_for_a_busy_arena();
    classic_mode_waits();
    blocks_of_several_arenas_go_home();
    slots_go_in_the_same_batches();
    slots_wait_for_a_busy_arena();
    slots_go_quickly_into_an_open_box();
    slots_and_chunks_go_home_together();
    boxes_change_hands();
    ok(check_all() == 0, "all_laws_hold");
    what_cannot_go_home_now_waits();
    return done();
}
