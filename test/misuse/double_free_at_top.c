/* A large block next to the top is freed twice: the first free made it part of the top. */
#include <stdlib.h>

int main(void)
{
    void *volatile block = malloc(5000);
    free(block);
    free(block);
    return 0;
}
