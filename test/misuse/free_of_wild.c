/* An address is freed at which no program can have memory. */
#include <stdint.h>
#include <stdlib.h>

int main(void)
{
    void *volatile block = (void *)(SIZE_MAX / 2 - 31);
    free(block);
    return 0;
}
