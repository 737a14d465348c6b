/*
 * top.c - `ashlar top': ticks, keys, and the terminal as it was when we leave it.
 *
 *     wait for a key, until the next tick  ->  key: page, pause, interval, quit
 *                                              tick: watch
 *                                              either: draw
 */
#include "top.h"

#include "say.h"
#include "target_words.h"
#include "top_screen.h"

#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum option_key { KEY_ASCII = 0x200 };

/* Seconds between ticks. */
static const double INTERVAL_MIN = 0.25, INTERVAL_MAX = 60;

struct request {
    struct show show;
    struct target_words targets;
    double interval; /* seconds */
    bool ascii;      /* whatever the locale says */
};

static const struct argp_option options[] = {
    {"interval", 'd', "SECONDS", 0, "Between ticks: 0.25 to 60 (default 1)", 0},
    {"ascii", KEY_ASCII, NULL, 0, "No letters beyond ASCII", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* argp_error ends the program. */
static error_t parse_interval(const char *arg, struct request *request, struct argp_state *state)
{
    char *end;
    request->interval = strtod(arg, &end);
    if (end == arg || *end || !(request->interval >= INTERVAL_MIN) ||
        !(request->interval <= INTERVAL_MAX))
        argp_error(state, "--interval takes seconds, 0.25 to 60, not \"%s\"", arg);
    return 0;
}

/* argp's parser; see <argp.h>. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->targets; return 0;
    case 'd': return parse_interval(arg, request, state);
    case KEY_ASCII: request->ascii = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TARGET",
    .children = target_children_unfrozen,
    .doc = "Show the memory of TARGET as it changes, on the terminal.\v"
           "TARGET is a pid, the name that only one process has, or a core file.  "
           "It is not stopped.  Keys: q quit, ? help, space pause, + and - the interval, F1 to F5 "
           "the pages.  For other programs there is `ashlar metrics'.",
};

/* Also when somebody else ends us: a terminal left in raw mode is of no use to anybody. */
static void restore(void)
{
    if (stdscr && !isendwin())
        endwin();
}

/* newterm rather than initscr, which would end the program by itself. */
static void begin_screen(bool colour)
{
    SCREEN *terminal = newterm(NULL, stdout, stdin);
    if (!terminal)
        say_and_exit(EXIT_OURS, "the terminal is of a kind that is not known (TERM=%s)",
                     getenv("TERM") ? getenv("TERM") : "");
    atexit(restore);
    set_term(terminal);
    cbreak();
    noecho();
    curs_set(0);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    /* Without waiting for a second click. */
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    mouseinterval(0);
    paint_begin(colour);
}

/* A table is read from its beginning. */
static void turn_to(enum top_page page, struct top_screen *screen)
{
    screen->page = page;
    screen->first = 0;
}

/* Whether the key turns to a page. */
static bool press_page(int key, struct top_screen *screen)
{
    switch (key) {
    case '?':
    case 'h': turn_to(screen->page == TOP_HELP ? TOP_MEMORY : TOP_HELP, screen); return true;
    case KEY_F(1):
    case 'm': turn_to(TOP_MEMORY, screen); return true;
    case KEY_F(2):
    case 'a': turn_to(TOP_ARENAS, screen); return true;
    case KEY_F(3):
    case 'r': turn_to(TOP_REGIONS, screen); return true;
    case KEY_F(4):
    case 'b': turn_to(TOP_BINS, screen); return true;
    case KEY_F(5):
    case 't': turn_to(TOP_THREADS, screen); return true;
    default: return false;
    }
}

/* So many lines down, or up if negative; top_draw keeps it before the end. */
static void move_by(long lines, struct top_screen *screen)
{
    if (lines < 0 && screen->first < (size_t)-lines)
        screen->first = 0;
    else
        screen->first += (size_t)lines;
}

/* Whether the key moves in a table. */
static bool press_move(int key, struct top_screen *screen)
{
    long page = LINES > 8 ? LINES - 8 : 1;
    switch (key) {
    case KEY_DOWN: move_by(1, screen); return true;
    case KEY_UP: move_by(-1, screen); return true;
    case KEY_NPAGE: move_by(page, screen); return true;
    case KEY_PPAGE: move_by(-page, screen); return true;
    case KEY_HOME: screen->first = 0; return true;
    default: return false;
    }
}

/* As the mouse's buttons are keys: the wheel moves, a click presses what it points at. */
static int key_of_mouse(void)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return 0;
    if (event.bstate & BUTTON4_PRESSED)
        return KEY_UP;
    if (event.bstate & BUTTON5_PRESSED)
        return KEY_DOWN;
    return top_key_at(event.y, event.x);
}

/* The name of the file stays on the screen until the next key. */
static void keep(struct top_screen *screen)
{
    char name[NAME_MAX + 1];
    const char *kept = top_keep(screen->watch, name);
    snprintf(screen->message, sizeof screen->message, "%s%s",
             kept ? "written: " : "the process has ended", kept ? kept : "");
}

/* False to quit. */
static bool press(int key, struct top_screen *screen)
{
    if (key == KEY_MOUSE)
        key = key_of_mouse();
    if (key != ERR)
        screen->message[0] = '\0';
    if (press_page(key, screen) || press_move(key, screen))
        return true;
    switch (key) {
    case 'q':
    case 'Q': return false;
    case 'w': keep(screen); break;
    case ' ': screen->paused = !screen->paused; break;
    case '+':
        if (screen->interval * 2 <= INTERVAL_MAX)
            screen->interval *= 2;
        break;
    case '-':
        if (screen->interval / 2 >= INTERVAL_MIN)
            screen->interval /= 2;
        break;
    default: break;
    }
    return true;
}

/* A key, or ERR when the time has come.  KEY_RESIZE is a key too: ncurses has adapted already. */
static int wait_for_key(double until)
{
    double left = until - top_now();
    timeout(left > 0 ? (int)(left * 1000) + 1 : 0);
    return getch();
}

/* Two failures of the terminal in no time mean that it is gone. */
static bool is_gone(int key, double before)
{
    return key == ERR && errno == EIO && top_now() - before < 0.01;
}

/* Until q, or until the terminal is gone.  The picture is drawn anew after each key, so that a
 * change of size is seen at once. */
static void watch_and_draw(struct top_watch *watch, double interval)
{
    struct top_screen screen = {.watch = watch, .interval = interval};
    double next = top_now() + interval;
    for (;;) {
        top_draw(&screen);
        double before = top_now();
        errno = 0;
        int key = wait_for_key(next);
        if (is_gone(key, before) || !press(key, &screen))
            return;
        if (key == '+' || key == '-')
            next = top_now() + screen.interval;
        if (top_now() < next)
            continue;
        if (!screen.paused)
            top_tick(watch);
        /* Ticks that were missed, while we were stopped, are not made up for. */
        next = top_now() + screen.interval;
    }
}

/* A live view needs somebody who looks. */
static void check_terminal(const struct request *request)
{
    if (request->show.format != SHOW_TEXT)
        say_and_exit(EXIT_OURS, "top is for people; for programs, try: ashlar metrics --json %s",
                     say_word(request->targets.words[0]));
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        say_and_exit(EXIT_OURS, "top needs a terminal; without one, try: ashlar explain %s",
                     say_word(request->targets.words[0]));
}

/* The target is opened and read before the screen is taken: what is wrong is told in words. */
static int run(int argc, char **argv)
{
    struct request request = {.interval = 1,
                              .targets = {.show = &request.show, .least = 1, .most = 1}};
    struct top_watch watch;
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    check_terminal(&request);
    request.show.utf8 = request.show.utf8 && !request.ascii;
    struct target *target = target_words_open(&request.targets);
    if (target->kind == TARGET_SNAPSHOT)
        say_and_exit(EXIT_OURS, "a snapshot does not change; try: ashlar explain %s",
                     target_word(target));
    if (!top_begin(&watch, target, &request.show))
        target_refuse(request.targets.words[0], target->pid, TARGET_GONE);
    begin_screen(request.show.colour);
    watch_and_draw(&watch, request.interval);
    /* Before anything else is printed. */
    restore();
    top_end(&watch);
    target_close(target);
    return EXIT_SUCCESS;
}

const struct verb top_verb = {
    .group = VERB_LOOK,
    .name = "top",
    .usage = "top TARGET",
    .summary = "its memory as it changes, on the terminal",
    .run = run,
};
