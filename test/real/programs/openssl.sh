# openssl: digests, ciphers, a fixed key's signatures, certificates, primes.
# needs: openssl perl
set -eu
for digest in sha256 sha3-512 blake2b512; do openssl dgst -$digest -r <"$GEN/text.txt"; done
k=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
for cipher in aes-256-cbc aes-256-ctr chacha20; do
    openssl enc -$cipher -K $k \
        -iv 000102030405060708090a0b0c0d0e0f <"$GEN/text.txt" | sha256sum
done
# An Ed25519 key is its 32 bytes behind a fixed head, and its signatures are deterministic.
perl -e 'print pack "H*", $ARGV[0]' "302e020100300506032b657004220420$k" >key.der
openssl pkey -inform DER -in key.der -out key.pem
openssl pkey -in key.pem -pubout
openssl pkeyutl -sign -rawin -inkey key.pem -in "$GEN/data.csv" | sha256sum
openssl req -new -x509 -key key.pem -subj /CN=ashlar -days 9 -set_serial 7 -out cert.pem
openssl x509 -in cert.pem -noout -subject -serial -pubkey
openssl verify -CAfile cert.pem cert.pem
openssl prime 170141183460469231731687303715884105727
openssl genrsa -out rsa.pem 2048 2>/dev/null
openssl rsa -in rsa.pem -check -noout
openssl asn1parse -in cert.pem | wc -l
