/* An aligned pointer into static data is freed; its "size" is too large to be one. */
#include <stdlib.h>

static _Alignas(16) size_t words[8] = {0, 0xfffffffffffffff0u, 0, 0};

int main(void)
{
    void *volatile block = &words[2];
    free(block);
    return 0;
}
