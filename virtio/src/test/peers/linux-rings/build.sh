#!/usr/bin/env bash
# Copyright 2026 The bounce-dma authors
# SPDX-License-Identifier: Apache-2.0
#
# README: builds ring_driver and ring_device (see peer.h) into a directory, out of our C files here and those of Linux
# in Debian's source package. Linux's files stay in that directory, and what is built is for this machine only: they
# are under the GPL. Does nothing if all is up to date. Usage: build.sh DIRECTORY
set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
mkdir -p -- "${1:?usage: build.sh DIRECTORY}"
out=$(readlink -f -- "$1")
version=6.1
archive=/usr/src/linux-source-$version.tar.xz
linux=$out/linux

require()
{
    if ! "${@:2}" >/dev/null 2>&1
    then
        echo "linux-rings: install the Debian package $1 (.ci/peer-packages)" >&2
        exit 2
    fi
}

# Say what a result was made from, so that it is made again if that changes.
is_current()
{
    [[ -f $1 && $(<"$1") == "$2" ]]
}

extract()
{
    local made_from
    made_from=$(stat -c '%s %Y' -- "$archive")
    is_current "$linux/made-from" "$made_from" && return
    rm -rf -- "$linux"
    mkdir -p -- "$linux"
    local prefix=linux-source-$version
    tar -xJf "$archive" -C "$linux" --strip-components=1 \
        "$prefix"/drivers/virtio/virtio_ring.c "$prefix"/drivers/vhost/vringh.c \
        "$prefix"/include/linux/{byteorder/generic,irqreturn,kconfig,kern_levels,uio}.h \
        "$prefix"/include/linux/{virtio_byteorder,virtio_ring,vringh}.h \
        "$prefix"/include/uapi/linux/{virtio_config,virtio_ids,virtio_ring,virtio_types}.h \
        "$prefix"/tools/include "$prefix"/tools/virtio
    printf '%s' "$made_from" >"$linux/made-from"
}

compile()
{
    local object=$out/$1
    shift
    # The flags of tools/virtio/Makefile. Our directory comes first, for its dma-mapping.h.
    gcc -c -O2 -g -std=gnu11 -fno-strict-aliasing -fno-strict-overflow -fno-common -U_FORTIFY_SOURCE -D_GNU_SOURCE \
        "-Ddata_race(x)=(x)" -I"$here" -isystem "$linux/tools/virtio" \
        -isystem "$linux/tools/include" -include "$linux/include/linux/kconfig.h" "$@" -o "$object"
}

require linux-source-$version test -r "$archive"
require gcc gcc --version
require libc6-dev test -r /usr/include/stdio.h
require xz-utils xz --version
extract

made_from=$(cat -- "$linux/made-from" <(gcc --version) "$here"/*.[ch] "$here"/*.sh "$here"/linux/*.h | sha256sum)
is_current "$out/made-from" "$made_from" && exit
compile virtio_ring.o -w "$linux/drivers/virtio/virtio_ring.c"
compile vringh.o -w "$linux/drivers/vhost/vringh.c"
compile ring_driver.o -Wall -Wextra -Werror "$here/ring_driver.c"
compile ring_device.o -Wall -Wextra -Werror "$here/ring_device.c"
gcc -o "$out/ring_driver" "$out/ring_driver.o" "$out/virtio_ring.o"
gcc -o "$out/ring_device" "$out/ring_device.o" "$out/vringh.o"
printf '%s' "$made_from" >"$out/made-from"
