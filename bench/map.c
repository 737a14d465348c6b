/*
 * map.c - a hash map whose nodes come and go at random while it grows to its size and beyond:
 * nodes of 24 to 96 bytes, and a table that doubles.
 *
 * Follows std::unordered_map and the dictionaries of databases such as redis; stands for indexes
 * and in-memory stores.
 * map [operations] [keys]
 */
#include "bench.h"

enum { VALUE_MOST = 72 };

struct node {
    struct node *next;
    uint64_t key, value; /* more of the value follows */
};

struct map {
    struct node **bucket;
    size_t buckets, nodes; /* buckets is a power of two */
};

static struct node **place_of(struct map *m, uint64_t key)
{
    struct node **at = &m->bucket[(key * 0x9e3779b97f4a7c15ULL >> 20) & (m->buckets - 1)];
    while (*at && (*at)->key != key)
        at = &(*at)->next;
    return at;
}

/* Twice the buckets; every node is linked anew. */
static void widen(struct map *m)
{
    struct map wider = {NULL, 2 * m->buckets, m->nodes};
    wider.bucket = must(calloc(wider.buckets, sizeof *wider.bucket));
    for (size_t i = 0; i < m->buckets; i++)
        while (m->bucket[i]) {
            struct node *node = m->bucket[i];
            m->bucket[i] = node->next;
            node->next = NULL;
            *place_of(&wider, node->key) = node;
        }
    free(m->bucket);
    *m = wider;
}

static void insert(struct map *m, uint64_t key, uint64_t value)
{
    if (m->nodes == m->buckets)
        widen(m);
    struct node *node = (struct node *)take(sizeof *node + value % (VALUE_MOST + 1));
    struct node **at = place_of(m, key);
    *node = (struct node){*at, key, value};
    *at = node;
    m->nodes++;
}

static void erase(struct map *m, struct node **at)
{
    struct node *node = *at;
    *at = node->next;
    free(node);
    m->nodes--;
}

int main(int argc, char **argv)
{
    size_t operations = argument(argc, argv, 1, 4000000);
    size_t keys = argument(argc, argv, 2, 500000);
    struct map map = {must(calloc(16, sizeof(struct node *))), 16, 0};
    uint64_t random = random_start(0);
    for (size_t i = 0; i < operations; i++) {
        /* A key that is there goes, one that is not comes: about half of them are live. */
        uint64_t key = random_below(&random, keys);
        struct node **at = place_of(&map, key);
        if (*at)
            erase(&map, at);
        else
            insert(&map, key, random_next(&random) >> 8);
    }
    for (size_t i = 0; i < map.buckets; i++)
        while (map.bucket[i])
            erase(&map, &map.bucket[i]);
    free(map.bucket);
    return 0;
}
