/* budget.h - how long the reading of a heap may take, for those who read many of them. */
#ifndef TOOL_BUDGET_H
#define TOOL_BUDGET_H

#include <stdbool.h>

/* From now on so many seconds; 0 = as long as it takes, as at the beginning. */
void budget_set(double seconds);

/* Whether they are over: readers then end early, and what they have read is of no use. */
bool budget_is_over(void);

#endif
