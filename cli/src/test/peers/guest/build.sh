#!/usr/bin/env bash
# Copyright 2026 The bounce-dma authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes kernel and initramfs, what QEMU boots, in a directory, out of installed Debian packages and the scripts beside
# this one. Does nothing if all is up to date. Usage: build.sh DIRECTORY
set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
mkdir -p -- "${1:?usage: build.sh DIRECTORY}"
# shellcheck source=SCRIPTDIR/bin/pieces
. "$here/bin/pieces"
out=$(readlink -f -- "$1")
root=$out/root
# Debian's kernel has ext4 built in; where it has not, the modules that ext4 needs come along.
wanted=(virtio_pci virtio_mmio virtio_blk virtio_net virtio_console virtio-rng ext4)

require()
{
    if ! "${@:2}" >/dev/null 2>&1
    then
        echo "guest: install the Debian package $1 (.ci/peer-packages)" >&2
        exit 2
    fi
}

# The newest one.
kernel_version()
{
    local kernel
    for kernel in /boot/vmlinuz-*-cloud-amd64
    do
        printf '%s\n' "${kernel#/boot/vmlinuz-}"
    done | sort -V | tail -n 1
}

add_modules()
{
    local module word file
    for module in "${wanted[@]}"
    do
        while read -r word file _
        do
            [[ $word == insmod ]] || continue
            [[ -e $root/modules/${file##*/} ]] && continue
            cp -- "$file" "$root/modules/"
            printf '%s\n' "${file##*/}" >>"$root/modules/order"
        done < <(modprobe -S "$version" --show-depends "$module")
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
require linux-image-cloud-amd64 modprobe --version
version=$(kernel_version)
require linux-image-cloud-amd64 test -r "/boot/vmlinuz-$version"

made_from=$(cat -- "/boot/vmlinuz-$version" /bin/busybox "$(command -v mke2fs)" "$here"/build.sh "$here"/init \
    "$here"/bin/* | sha256sum)
[[ -f $out/made-from && $(<"$out/made-from") == "$made_from" ]] && exit

rm -rf -- "$root" "$out/made-from"
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
ln -sfn -- "/boot/vmlinuz-$version" "$out/kernel"
(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --null --quiet -o -H newc -R 0:0) >"$out/initramfs"
rm -rf -- "$root"
printf '%s' "$made_from" >"$out/made-from"
