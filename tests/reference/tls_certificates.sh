#!/bin/sh
# Makes the certificates of crates/crm/tests/tls.rs: an authority of our own, and servers' certificates of which one is good. Their keys are no secrets:
# nothing but that test trusts the authority. Needs openssl 3.
#
#   tests/reference/tls_certificates.sh
set -eu
cd "$(dirname "$0")/../../crates/crm/tests/fixtures/tls"
key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
for authority in authority other; do
    key $authority
    openssl req -new -x509 -key $authority.key -subj "/CN=$authority of a test" -days 36500 -out $authority.pem \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
done
key server
# NAME AUTHORITY HOST FROM TO
made() {
    openssl req -new -key server.key -subj "/CN=$1" -out server.csr
    : > ca.index
    printf '[ca]\ndefault_ca = own\n[own]\ndatabase = ca.index\nrand_serial = yes\nnew_certs_dir = .\npolicy = any\n[any]\ncommonName = supplied\n' > ca.conf
    printf 'subjectAltName=DNS:%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n' "$3" > server.ext
    openssl ca -batch -notext -config ca.conf -md sha256 -cert "$2.pem" -keyfile "$2.key" -extfile server.ext \
        -startdate "$4" -enddate "$5" -in server.csr -out "$1.pem" 2>/dev/null
}
made good authority localhost 20260101000000Z 21260101000000Z
made expired authority localhost 20250101000000Z 20260101000000Z
made early authority localhost 21250101000000Z 21260101000000Z
made host authority crm.example.com 20260101000000Z 21260101000000Z
made unknown other localhost 20260101000000Z 21260101000000Z
openssl req -new -x509 -key server.key -subj "/CN=localhost" -days 36500 -out own.pem -addext subjectAltName=DNS:localhost
find . -type f ! -name '*.pem' ! -name server.key -delete
rm -f other.pem
for made in [0-9A-F]*.pem; do rm -f "$made"; done
