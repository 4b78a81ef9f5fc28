#!/usr/bin/env bash
# Copyright 2026 The bounce-dma authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes kernel and initramfs, what a guest boots, in a directory, out of installed Debian packages and the scripts beside
# this one. The kernel is the newest cloud kernel of a series, such as 6.1, for QEMU, or uml, which is a program of its
# own. Does nothing if all is up to date.
# Usage: build.sh cloud-SERIES|uml DIRECTORY
set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
usage='usage: build.sh cloud-SERIES|uml DIRECTORY'
flavour=${1:?$usage}
mkdir -p -- "${2:?$usage}"
# shellcheck source=SCRIPTDIR/bin/pieces
. "$here/bin/pieces"
out=$(readlink -f -- "$2")
root=$out/root
# What is built in, as ext4 in Debian's kernel, adds nothing, nor does what user-mode Linux has not.
wanted=(virtio_pci virtio_mmio virtio_blk virtio_net virtio_console virtio-rng ext4)

require()
{
    if ! "${@:2}" >/dev/null 2>&1
    then
        echo "guest: install the Debian package $1 (.ci/peer-packages)" >&2
        exit 2
    fi
}

add_modules()
{
    local module word file name
    for module in "${wanted[@]}"
    do
        while read -r word file _
        do
            [[ $word == insmod ]] || continue
            name=$(basename -- "$file" .xz)
            [[ -e $root/modules/$name ]] && continue
            # The kernel takes no packed module from busybox, and says so each time.
            if [[ $file == *.xz ]]
            then
                require xz-utils xz --version
                xz -dc -- "$file" >"$root/modules/$name"
            else
                cp -- "$file" "$root/modules/"
            fi
            printf '%s\n' "$name" >>"$root/modules/order"
        done < <(modprobe -d "$out/host" -S "$version" --show-depends "$module")
    done
}

add_program()
{
    local library
    cp -- "$1" "$root/bin/"
    while read -r library
    do
        mkdir -p -- "$root${library%/*}"
        cp -- "$library" "$root$library"
    done < <(ldd "$1" | grep -o '/[^ ]*')
}

PATH=$PATH:/usr/sbin:/sbin
require cpio cpio --version
require busybox-static test -x /bin/busybox
require e2fsprogs mke2fs -V
require kmod modprobe --version
# The newest one.
case $flavour in
    cloud-*)
        series=${flavour#cloud-}
        modules=/lib/modules
        # With its dot: 6.12 is no 6.1.
        kernel=$(find /boot -maxdepth 1 -name "vmlinuz-$series.*-cloud-amd64" | sort -V | tail -n 1)
        version=${kernel##*/vmlinuz-}
        # Debian 12 has its own series under a name without one.
        package=linux-image-$series-cloud-amd64
        [[ $series != 6.1 ]] || package=linux-image-cloud-amd64
        require "$package" test -r "$kernel"
        require "$package" test -d "$modules/$version"
        ;;
    uml)
        modules=/usr/lib/uml/modules
        kernel=$(command -v linux.uml) || require user-mode-linux false
        version=$(find "$modules" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)
        ;;
    *)
        echo "$usage: $flavour" >&2
        exit 2
        ;;
esac

made_from=$(cat -- "$kernel" /bin/busybox "$(command -v mke2fs)" "$here"/build.sh "$here"/init \
    "$here"/bin/* | sha256sum)
[[ -f $out/made-from && $(<"$out/made-from") == "$made_from" ]] && exit

rm -rf -- "$root" "$out/made-from"
# modprobe looks for lib/modules in the directory that it is told.
mkdir -p -- "$out/host/lib"
ln -sfn -- "$modules" "$out/host/lib/modules"
mkdir -p -- "$root"/{bin,dev,proc,sys,tmp,mnt,modules,sums}
cp -- /bin/busybox "$root/bin/"
ln -s busybox "$root/bin/sh"
cp -- "$here/init" "$root/"
cp -- "$here"/bin/* "$root/bin/"
chmod +x "$root/init" "$root"/bin/*
add_modules
add_program "$(command -v mke2fs)"
# Busybox has a mke2fs too, which it prefers, and which makes no ext4.
ln -s mke2fs "$root/bin/mkfs.ext4"
add_program "$(command -v e2fsck)"
# Any data that looks random will do.
seq 2500000 | gzip -n | head -c "$noise_period" >"$out/noise" || true
noise=$root/noise
cat -- "$out/noise" "$out/noise" >"$noise"
rm -- "$out/noise"
for writer in 0 1 2 3 4
do
    batches_of "$writer" | sha256sum >"$root/sums/$writer"
done
ln -sfn -- "$kernel" "$out/kernel"
(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --null --quiet -o -H newc -R 0:0) >"$out/initramfs"
rm -rf -- "$root"
printf '%s' "$made_from" >"$out/made-from"
