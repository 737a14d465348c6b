/*
 * map_out.c - the map for other programs: fields between tabs, and JSON.
 *
 * Both have every region, not rows, and all numbers in bytes.  What stands in them is described in
 * ashlar-map(1), which is what other people's programs rely on.
 */
#include "json_out.h"
#include "map_view.h"

#include <inttypes.h>
#include <stdio.h>

/* As in /proc/PID/maps. */
static const char *access_letters(const struct area *area, char text[5])
{
    static const char letters[] = "rwx";
    for (unsigned i = 0; i < 3; i++)
        text[i] = area->access & 1U << i ? letters[i] : '-';
    text[3] = area->access & ACCESS_SHARED ? 's' : 'p';
    text[4] = '\0';
    return text;
}

/* The fields that regions and areas share. */
static void plain_usage(uint64_t start, uint64_t end, const struct usage *usage)
{
    printf("%" PRIx64 "\t%" PRIx64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
           start, end, end - start, usage->resident, usage->proportional, usage->private_dirty,
           usage->swapped);
}

/* A region may end inside an area, which is then listed once, where it begins. */
static void plain_areas(const struct map_view *view)
{
    const struct areas *areas = &view->target->areas;
    for (size_t i = 0; i < areas->count; i++) {
        const struct area *area = &areas->list[view->request->low_first ? i : areas->count - 1 - i];
        const struct region *region = regions_find(view->regions, area->start);
        char letters[5], name[SHOW_NAME];
        if (!region)
            continue;
        plain_usage(area->start, area->end, &area->usage);
        printf("\t%s\t%s\t%s\n", access_letters(area, letters), region_kind_word(region->kind),
               show_name(&view->request->show, area->name, name));
    }
}

/* One line for each region, or with -v for each of its areas. */
static void plain_region(const struct map_view *view, const struct region *region)
{
    char label[SHOW_NAME];
    plain_usage(region->start, region->end, &region->usage);
    printf("\t%" PRIu64 "\t%s\t%s\n", region->committed, region_kind_word(region->kind),
           show_name(&view->request->show, region->label, label));
}

void map_print_plain(const struct map_view *view)
{
    bool every = view->request->every_area, low = view->request->low_first;
    printf("start\tend\tsize\tresident\tpss\tprivate_dirty\tswap\t%s\tkind\tname\n",
           every ? "access" : "committed");
    if (every) {
        plain_areas(view);
        return;
    }
    for (size_t n = view->regions->count, i = 0; i < n; i++)
        plain_region(view, &view->regions->list[low ? i : n - 1 - i]);
}

/* As smaps names them, except that "dirty" alone would not say whose. */
static void put_usage(json_t *object, const struct usage *usage)
{
    json_put(object, "resident", json_size(usage->resident));
    json_put(object, "pss", json_size(usage->proportional));
    json_put(object, "private_dirty", json_size(usage->private_dirty));
    json_put(object, "swap", json_size(usage->swapped));
    json_put(object, "lazily_free", json_size(usage->lazily_free));
    json_put(object, "huge", json_size(usage->huge));
}

static json_t *json_extent(uint64_t start, uint64_t end)
{
    json_t *object = json_object();
    json_put(object, "start", json_address(start));
    json_put(object, "end", json_address(end));
    json_put(object, "size", json_size(end - start));
    return object;
}

/* A region may begin inside an area, which is then listed where it begins itself. */
static json_t *json_areas(const struct map_view *view, const struct region *region)
{
    json_t *areas = json_array();
    for (size_t i = region->first; i < region->first + region->areas; i++) {
        const struct area *area = &view->target->areas.list[i];
        char letters[5];
        if (area->start < region->start)
            continue;
        json_t *object = json_extent(area->start, area->end);
        json_put(object, "access", json_string(access_letters(area, letters)));
        json_put(object, "offset", json_size(area->offset));
        json_put(object, "name", json_name(area->name));
        put_usage(object, &area->usage);
        json_append(areas, object);
    }
    return areas;
}

/* As `ashlar snap' has them, and more. */
static json_t *json_region(const struct map_view *view, const struct region *region)
{
    json_t *object = json_extent(region->start, region->end);
    json_put(object, "committed", json_size(region->committed));
    json_put(object, "kind", json_string(region_kind_word(region->kind)));
    json_put(object, "name", json_name(region->label));
    if (region->counted) {
        json_put(object, "live", json_size(region->live));
        json_put(object, "free", json_size(region->free));
    }
    put_usage(object, &region->usage);
    if (view->request->every_area)
        json_put(object, "areas", json_areas(view, region));
    return object;
}

/* In the order of the text. */
static json_t *json_regions(const struct map_view *view)
{
    json_t *regions = json_array();
    for (size_t n = view->regions->count, i = 0; i < n; i++)
        json_append(
            regions,
            json_region(view, &view->regions->list[view->request->low_first ? i : n - 1 - i]));
    return regions;
}

/* By kind; they add up to the total. */
static json_t *json_sums(const struct map_view *view)
{
    struct map_sum sums[MAP_SUMS];
    json_t *array = json_array();
    map_sums(view->regions, sums);
    for (size_t i = 0; i < MAP_SUMS; i++) {
        json_t *object = json_object();
        json_put(object, "kind", json_string(sums[i].word));
        json_put(object, "regions", json_integer((json_int_t)sums[i].regions));
        json_put(object, "size", json_size(sums[i].size));
        json_put(object, "committed", json_size(sums[i].committed));
        json_put(object, "resident", json_size(sums[i].resident));
        json_append(array, object);
    }
    return array;
}

json_t *map_json(const struct map_view *view)
{
    json_t *document = json_document("ashlar.map/1"), *total = json_object();
    json_put(document, "target", json_target(view->target));
    json_put(document, "allocator", json_allocator(&view->allocator));
    json_put(total, "size", json_size(view->regions->size));
    put_usage(total, &view->regions->total);
    json_put(document, "total", total);
    json_put(document, "sums", json_sums(view));
    json_put(document, "start_brk", json_address(view->layout.start_brk));
    json_put(document, "regions", json_regions(view));
    return document;
}

void map_print_json(const struct map_view *view)
{
    json_print(map_json(view));
}
