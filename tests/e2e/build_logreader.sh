#!/bin/sh
# Builds the independent log reader into OUT, offline, from Debian's golang-golang-x-mod-dev.
# use: build_logreader.sh OUT
set -eu
out=$(realpath -m -- "${1:?use: build_logreader.sh OUT}")
cd "$(dirname "$0")/logreader"
# Without modules: the sources of /usr/share/gocode are the only ones there are, and nothing is fetched.
exec env GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0 \
  go build -o "$out" ./*.go
