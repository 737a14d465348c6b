/* Forwards <ashlar/ashlar.h> to <ashlar.h>, so that both spellings find it. */
#include "../ashlar.h"
