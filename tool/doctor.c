/*
 * doctor.c - `ashlar doctor`: print what was found, with what it means.
 *
 *      ! libashlar.so.1 lies beside this tool: /opt/ashlar/lib/libashlar.so.1
 *          ashlar run works. LD_PRELOAD needs the whole path ...
 *      + vm.max_map_count 65530
 *
 * A line is a fact; what is indented below it says what follows, and can be left out with -q.
 */
#include "doctor.h"

#include "doctor_checks.h"
#include "json_out.h"
#include "paragraph.h"
#include "say.h"
#include "show.h"

#include <stdio.h>
#include <stdlib.h>

/* It takes the options that all verbs have. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .children = show_children,
    .doc = "Tell what of this machine helps or hinders ashlar, and what to do about it.\v"
           "Nothing is changed.  The status is 0 whatever was found.",
};

/* For other programs; the text has marks instead. */
static const char *word_of(enum finding_mark mark)
{
    static const char *const words[] = {"fine", "note", "problem"};
    return words[mark];
}

/* The mark, the fact, and below it the sentences. */
static void print_text(const struct show *show, const struct finding *finding)
{
    static const struct {
        const char *utf8, *ascii;
        enum show_style style;
    } marks[] = {{"✓", "+", STYLE_GREEN}, {"!", "!", STYLE_YELLOW}, {"✗", "x", STYLE_RED}};
    char found[SHOW_NAME], meaning[SHOW_NAME];
    enum finding_mark mark = finding->mark;
    printf(" %s%s%s ", show_style(show, marks[mark].style),
           show_glyph(show, marks[mark].utf8, marks[mark].ascii), show_style(show, STYLE_NONE));
    puts(show_name(show, finding->found, found));
    if (!show->quiet && finding->meaning[0])
        paragraph_print(show_name(show, finding->meaning, meaning), 5);
}

/* Two names share the buffer, so that they are printed one after the other. */
static void print_plain(const struct show *show, const struct finding *finding)
{
    char found[SHOW_NAME];
    printf("%s\t%s\t%s", finding->name, word_of(finding->mark),
           show_name(show, finding->found, found));
    printf("\t%s\n", show_name(show, finding->meaning, found));
}

/* The sentences too: who shows the document elsewhere need not write his own. */
static json_t *json_finding(const struct finding *finding)
{
    json_t *object = json_object();
    json_put(object, "name", json_string(finding->name));
    json_put(object, "status", json_string(word_of(finding->mark)));
    json_put(object, "found", json_name(finding->found));
    json_put(object, "meaning", json_name(finding->meaning));
    return object;
}

/* In the order of the text. */
static void print_json(const struct finding *findings, size_t count)
{
    json_t *document = json_document("ashlar.doctor/1"), *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_append(array, json_finding(&findings[i]));
    json_put(document, "findings", array);
    json_print(document);
}

/* Checks first, because the status is about all of them. */
static int run(int argc, char **argv)
{
    struct show show;
    struct finding findings[FINDINGS_MAX];
    if (argp_parse(&argp, argc, argv, 0, NULL, &show) != 0)
        return EXIT_OURS;
    size_t count = doctor_check(findings);
    if (show.format == SHOW_JSON) {
        print_json(findings, count);
        return EXIT_SUCCESS;
    }
    if (show.format == SHOW_PLAIN)
        puts("name\tstatus\tfound\tmeaning");
    for (size_t i = 0; i < count; i++)
        (show.format == SHOW_TEXT ? print_text : print_plain)(&show, &findings[i]);
    return EXIT_SUCCESS;
}

const struct verb doctor_verb = {
    .group = VERB_LOOK,
    .name = "doctor",
    .usage = "doctor",
    .summary = "what of this machine helps or hinders?",
    .run = run,
};
