# Copyright 2026 The bounce-dma authors
# SPDX-License-Identifier: Apache-2.0
#
# Cuts a trace to the rows around its peak of live bytes: those that lie in the middle of it, and before them the maps
# of what lives when they begin, as they stand in the trace. So the peak is that of the whole trace.
#
#     gzip -dc F.csv.gz | awk -v rows=30000 -f cut.awk | gzip -9n > ../src/main/resources/io/bouncedma/bench/F.csv.gz
#
# A trace of fewer rows stays as it is.
BEGIN {
    FS = ","
}

{
    line[NR] = $0
}

NR > 1 && $2 == "map" {
    bytes[$3] = $4
    live += $4
    if (live > peak) {
        peak = live
        at = NR
    }
}

NR > 1 && $2 == "unmap" {
    live -= bytes[$3]
}

END {
    first = at - int(rows / 2)
    if (first > NR - rows + 1) {
        first = NR - rows + 1
    }
    if (first < 2) {
        first = 2
    }
    print line[1]
    for (i = 2; i < first; i++) {
        split(line[i], column, ",")
        if (column[2] == "map") {
            mapped[column[3]] = i
        } else {
            delete mapped[column[3]]
        }
    }
    for (id in mapped) {
        stays[mapped[id]] = 1
    }
    for (i = 2; i <= NR && i < first + rows; i++) {
        if (i >= first || i in stays) {
            print line[i]
        }
    }
}
