/* The address of a local variable is freed; what looks like its size word is zero. */
#include <stdlib.h>

int main(void)
{
    _Alignas(16) char local[64] = {0};
    void *volatile block = local + 32;
    free(block);
    return 0;
}
