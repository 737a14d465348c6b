/*
 * inbox.pml - the inbox of src/inbox.c: senders push packets with compare-and-swap, whoever has the
 * arena's lock takes the whole chain with one exchange (L8).  A packet's memory is used again as
 * soon as it was received: the same address may be pushed while a slow sender still compares with
 * what it saw.
 *
 * Proved for three senders and a receiver: every packet is received as often as it was sent, no
 * link leads to a packet that is not in the chain, and at the end nothing is left or lost.
 */
#define PACKETS 3
#define SENDS 2

byte newest = 0;           /* the packet on top; 0: none */
byte next[PACKETS + 1];
byte sent[PACKETS + 1], received[PACKETS + 1];
bool free_again[PACKETS + 1];
byte senders = PACKETS;

/* Each sender has a packet of its own, which it sends again when it has come home. */
active [PACKETS] proctype sender() {
    byte own = _pid + 1, seen, round = 0;
    bool done;
    free_again[own] = true;
    do
    :: round == SENDS -> break
    :: else ->
        free_again[own];
        free_again[own] = false;
        sent[own]++;
        done = false;
        do
        :: done -> break
        :: else ->
            seen = newest;
            next[own] = seen;
            atomic {
                if
                :: newest == seen -> newest = own; done = true
                :: else -> skip
                fi
            }
        od;
        round++
    od;
    senders--
}

active proctype receiver() {
    byte at, after, count;
    do
    :: senders == 0 && newest == 0 -> break
    :: newest != 0 ->
        atomic { at = newest; newest = 0 }
        count = 0;
        do
        :: at == 0 -> break
        :: else ->
            count++;
            assert(count <= PACKETS);
            assert(!free_again[at]);
            after = next[at];
            received[at]++;
            assert(received[at] <= sent[at]);
            free_again[at] = true;
            at = after
        od
    od;
    assert(received[1] == SENDS && received[2] == SENDS && received[3] == SENDS)
}
