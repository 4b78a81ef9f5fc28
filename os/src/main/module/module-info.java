/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * The Linux calls that the JDK lacks. Only this module makes native calls: {@code --enable-native-access} names it.
 */
module io.bouncedma.os
{
    exports io.bouncedma.os;
}
