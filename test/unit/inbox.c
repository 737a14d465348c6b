/*
 * Packets: blocks that carry each other home.  Whatever the blocks are, slots or chunks of any size,
 * and however many are sent by however many threads at once, each arrives, and arrives once.  D2.
 */
#include "unit.h"

#include "arenas.h"
#include "check.h"
#include "inbox.h"
#include "threads.h"

#include <pthread.h>
#include <sched.h>

enum { PILE = 1200, SENDERS = 4, OF_EACH = PILE / SENDERS, BATCHES = 20000 };

/* Blocks of the main arena, by address. */
static struct {
    struct held {
        char *user;
        size_t usable;
        unsigned came;
        atomic_bool home;
    } of[PILE];
    unsigned count;
} pile;

static struct inbox inbox;

static void add_slots(unsigned sizeclass, unsigned n)
{
    void *slots[PILE];
    lock_take(&main_arena.lock);
    unsigned count = runs_take(&main_arena.runs, sizeclass, slots, n);
    lock_release(&main_arena.lock);
    for (unsigned i = 0; i < count; i++)
        pile.of[pile.count++].user = slots[i];
}

static void add_chunks(size_t size, unsigned n)
{
    size_t dirty;
    lock_take(&main_arena.lock);
    for (unsigned i = 0; i < n; i++) {
        struct chunk *c = arena_take_binned(&main_arena, size);
        if (!c)
            c = arena_take_fresh(&main_arena, size, &dirty);
        if (c)
            pile.of[pile.count++].user = chunk_user(c);
    }
    lock_release(&main_arena.lock);
}

static int by_address(const void *a, const void *b)
{
    const char *p = ((const struct held *)a)->user, *q = ((const struct held *)b)->user;
    return p < q ? -1 : p > q;
}

static void arrange(void)
{
    qsort(pile.of, pile.count, sizeof *pile.of, by_address);
    for (unsigned i = 0; i < pile.count; i++) {
        pile.of[i].usable = block_usable(pile.of[i].user);
        pile.of[i].home = true;
    }
}

static void return_all(void)
{
    lock_take(&main_arena.lock);
    for (unsigned i = 0; i < pile.count; i++)
        arena_put_all(&main_arena, (void **)&pile.of[i].user, 1);
    lock_release(&main_arena.lock);
    pile.count = 0;
}

static struct held *held_at(void *user)
{
    struct held key = {.user = user};
    return bsearch(&key, pile.of, pile.count, sizeof *pile.of, by_address);
}

static void fill_all(void)
{
    for (unsigned i = 0; i < pile.count; i++) {
        pile.of[i].came = 0;
        /* No word is 0: a slot of 8 bytes names nothing but the next packet, or NULL. */
        pattern_fill(pile.of[i].user, pile.of[i].usable, i + 1);
    }
}

static bool is_as_filled(const struct held *h)
{
    return pattern_holds(h->user, h->usable, h->usable, (uint64_t)(h - pile.of) + 1);
}

/* Some of the pile's blocks, each once, in no order. */
static void draw(struct dice *d, void **blocks, unsigned n)
{
    unsigned order[PILE];
    for (unsigned i = 0; i < pile.count; i++)
        order[i] = i;
    for (unsigned i = 0; i < n; i++) {
        unsigned j = i + (unsigned)dice_below(d, pile.count - i), drawn = order[j];
        order[j] = order[i];
        order[i] = drawn;
        blocks[i] = pile.of[drawn].user;
    }
}

/* Open all packets there are; returns how many, or 0 if there was a block of nobody's. */
static unsigned open_all(unsigned *blocks_met, unsigned *touched)
{
    void *blocks[PACKET_BLOCKS];
    unsigned packets = 0;
    *blocks_met = *touched = 0;
    for (struct packet *next, *p = inbox_take(&inbox); p; p = next, packets++) {
        next = p->next;
        unsigned count = packet_open(p, blocks);
        for (unsigned i = 0; i < count; i++) {
            struct held *h = held_at(blocks[i]);
            if (!h)
                return 0;
            h->came++;
            *touched += !is_as_filled(h);
        }
        *blocks_met += count;
    }
    return packets;
}

static bool each_came_once(void **blocks, unsigned n)
{
    bool once = true;
    for (unsigned i = 0; i < n; i++)
        once = once && held_at(blocks[i])->came == 1;
    return once;
}

static bool others_are_untouched(void)
{
    bool untouched = true;
    for (unsigned i = 0; i < pile.count; i++)
        untouched = untouched && (pile.of[i].came > 0 || is_as_filled(&pile.of[i]));
    return untouched;
}

/* Send n of the pile and take them; *packets is how many those were. */
static bool go_and_come(struct dice *d, unsigned n, unsigned *packets)
{
    void *blocks[PACKET_BLOCKS];
    unsigned met, touched;
    fill_all();
    draw(d, blocks, n);
    bool counted = inbox_send(&inbox, blocks, n) == n && inbox_has_post(&inbox);
    *packets = open_all(&met, &touched);
    return counted && !inbox_has_post(&inbox) && met == n && each_came_once(blocks, n) &&
           touched == *packets && others_are_untouched();
}

/* All blocks of one size: so many name each other in one packet. */
static bool travels_in_all_numbers(struct dice *d)
{
    size_t words = pile.of[0].usable / WORD;
    unsigned in_one = (unsigned)min_size(words, PACKET_BLOCKS), packets;
    bool right = pile.count > PACKET_BLOCKS;
    for (unsigned n = 1; n <= PACKET_BLOCKS && right; n++)
        right = go_and_come(d, n, &packets) && packets == (n + in_one - 1) / in_one;
    if (!right)
        note("%u blocks of %zu usable bytes", pile.count, pile.of[0].usable);
    return right;
}

static void slots_of_every_class_travel(struct dice *d)
{
    bool right = true;
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES && right; sizeclass++) {
        add_slots(sizeclass, PACKET_BLOCKS + 6);
        arrange();
        right = travels_in_all_numbers(d);
        return_all();
    }
    ok(right, "slots_of_every_class_travel_in_packets_of_1_to_64 (D2)");
}

static void chunks_of_every_size_travel(struct dice *d)
{
    bool right = true;
    for (size_t size = CHUNK_MIN; size <= RUN_SLOT_MAX + 2 * CHUNK_ALIGN && right;
         size += size < 1100 ? CHUNK_ALIGN : align_up(size / 9, CHUNK_ALIGN)) {
        add_chunks(size, PACKET_BLOCKS + 6);
        arrange();
        right = travels_in_all_numbers(d);
        return_all();
    }
    ok(right, "chunks_of_every_size_do_too (D2)");
}

static void add_mixture(struct dice *d)
{
    while (pile.count < PILE)
        if (dice_below(d, 2))
            add_slots((unsigned)dice_below(d, dice_below(d, 2) ? 4 : RUN_CLASSES), 1);
        else
            add_chunks(
                align_up(CHUNK_MIN + dice_below(d, dice_below(d, 2) ? 40 : 17000), CHUNK_ALIGN), 1);
    arrange();
}

static void they_mix(struct dice *d)
{
    bool right = true;
    unsigned packets, most = 0;
    for (unsigned i = 0; i < 200 && right; i++) {
        right = go_and_come(d, 1 + i % PACKET_BLOCKS, &packets);
        most = packets > most ? packets : most;
    }
    ok(right && most > 1, "and_all_together (up to %u packets)", most);
}

/* Several batches before anybody looks: they wait, and are counted. */
static void they_wait_together(struct dice *d)
{
    void *blocks[PILE];
    unsigned sent = 0, met, touched;
    bool counted = true;
    fill_all();
    draw(d, blocks, PILE);
    while (sent < PILE) {
        unsigned n = (unsigned)min_size(1 + dice_below(d, PACKET_BLOCKS), PILE - sent);
        counted = counted && inbox_send(&inbox, blocks + sent, n) == sent + n;
        sent += n;
    }
    unsigned packets = open_all(&met, &touched);
    ok(counted && met == PILE && each_came_once(blocks, PILE) && touched == packets,
       "batches_wait_for_each_other (%u blocks, %u packets)", met, packets);
    ok(inbox_send(&inbox, blocks, 3) == 3 && open_all(&met, &touched) && met == 3,
       "and_the_count_begins_anew");
}

static atomic_uint sending;
static size_t sent_by[SENDERS];

/* Up to n blocks of one sender that are with him now. */
static unsigned collect(struct dice *d, unsigned sender, void **blocks, unsigned n)
{
    unsigned found = 0, first = (unsigned)dice_below(d, OF_EACH);
    for (unsigned i = 0; i < OF_EACH && found < n; i++) {
        struct held *h = &pile.of[sender + (first + i) % OF_EACH * SENDERS];
        if (!atomic_load(&h->home))
            continue;
        atomic_store(&h->home, false);
        blocks[found++] = h->user;
    }
    return found;
}

static void *send_often(void *number)
{
    unsigned sender = (unsigned)(uintptr_t)number;
    struct dice d = dice_of(sender);
    for (unsigned i = 0; i < BATCHES; i++) {
        void *blocks[PACKET_BLOCKS];
        unsigned n = collect(&d, sender, blocks, 1 + (unsigned)dice_below(&d, PACKET_BLOCKS));
        if (n > 0)
            inbox_send(&inbox, blocks, n);
        else
            sched_yield();
        sent_by[sender] += n;
    }
    atomic_fetch_sub(&sending, 1);
    return NULL;
}

/* What came is overwritten, as an arena would do, and can be sent again.  False if it was here. */
static bool bring_home(void *user)
{
    struct held *h = held_at(user);
    if (!h)
        return false;
    memset(user, 0xdd, min_size(h->usable, 600));
    return !atomic_exchange(&h->home, true);
}

static size_t take_in(bool *right)
{
    void *blocks[PACKET_BLOCKS];
    size_t came = 0;
    for (struct packet *next, *p = inbox_take(&inbox); p && *right; p = next) {
        next = p->next;
        unsigned count = packet_open(p, blocks);
        for (unsigned i = 0; i < count; i++)
            *right = bring_home(blocks[i]) && *right;
        came += count;
    }
    return came;
}

static void many_send_while_one_takes(void)
{
    pthread_t threads[SENDERS];
    size_t came = 0, sent = 0, away = 0;
    bool right = true;
    atomic_store(&sending, SENDERS);
    for (size_t i = 0; i < SENDERS; i++)
        begin_thread(&threads[i], send_often, (void *)i);
    while (atomic_load(&sending) > 0 && right)
        came += take_in(&right);
    for (unsigned i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        sent += sent_by[i];
    }
    came += take_in(&right);
    for (unsigned i = 0; i < PILE; i++)
        away += !pile.of[i].home;
    ok(right, "many_send_while_one_takes: nothing_comes_twice (D2)");
    ok(came == sent && away == 0, "and_nothing_is_lost (%zu sent, %zu came)", sent, came);
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    alarm(55);
    free(malloc(1));
    slots_of_every_class_travel(&d);
    chunks_of_every_size_travel(&d);
    add_mixture(&d);
    they_mix(&d);
    they_wait_together(&d);
    many_send_while_one_takes();
    return_all();
    ok(check_all() == 0, "all_laws_hold_when_they_are_put");
    return done();
}
