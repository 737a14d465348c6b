/* An overflow of the last block makes the top enormous; the next malloc from it finds that. */
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *volatile block = malloc(5000);
    memset(block, 0xff, 5000 + 16);
    void *volatile more = malloc(6000);
    return more == NULL;
}
