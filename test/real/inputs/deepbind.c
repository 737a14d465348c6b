/*
 * deepbind.c - memory taken on one side of a plugin's border is given back on the other.
 *
 * The plugin is named without a slash, so only the run path of this program leads to it; dlopen
 * finds that by looking at its caller.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *(*plugin_take)(size_t n);
static char *(*plugin_copy)(const char *text);
static char *(*plugin_grow)(char *from, size_t n);
static void (*plugin_put)(void *from);

static void *plugin_find(void *plugin, const char *name)
{
    void *found = dlsym(plugin, name);
    if (found == NULL) {
        printf("no %s: %s\n", name, dlerror());
        exit(1);
    }
    return found;
}

/* Blocks of every path: cached, in bins, from the top, with a mapping of their own. */
static void *cross(void *unused)
{
    for (size_t n = 1; n < 600000; n += 1 + n / 9) {
        free(plugin_take(n));
        char *mine = malloc(n);
        memset(mine, 'm', n);
        mine = plugin_grow(mine, n * 2);
        if (mine[n - 1] != 'm')
            printf("lost at %zu\n", n);
        plugin_put(mine);
        char *theirs = realloc(plugin_take(n), n + 5000);
        if (theirs[n - 1] != 'p')
            printf("lost at %zu\n", n);
        plugin_put(theirs);
        free(plugin_copy("a copy that the program frees"));
    }
    return unused;
}

int main(void)
{
    if (dlopen("no-such-plugin.so", RTLD_NOW | RTLD_DEEPBIND) != NULL ||
        strstr(dlerror(), "no-such") == NULL)
        return 1;
    void *plugin = dlopen("plugin.so", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (plugin == NULL) {
        printf("dlopen: %s\n", dlerror());
        return 1;
    }
    plugin_take = (char *(*)(size_t))plugin_find(plugin, "plugin_take");
    plugin_copy = (char *(*)(const char *))plugin_find(plugin, "plugin_copy");
    plugin_grow = (char *(*)(char *, size_t))plugin_find(plugin, "plugin_grow");
    plugin_put = (void (*)(void *))plugin_find(plugin, "plugin_put");
    cross(NULL);
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, cross, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    printf("local %d, closed %d\n", dlsym(RTLD_DEFAULT, "plugin_take") == NULL, dlclose(plugin));
    return 0;
}
