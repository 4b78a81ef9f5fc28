/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class ByteSizeTest
{
    @ParameterizedTest
    @CsvSource({"0, 0", "4096, 4096", "64K, 65536", "64k, 65536", "4M, 4194304", "4MiB, 4194304", "4MB, 4194304",
        "1G, 1073741824", "8589934591G, 9223372035781033984"})
    void shouldParse(final String text, final long bytes)
    {
        assertEquals(bytes, ByteSize.parse(text).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "K", "-1", "4X", "1.5M", "8589934592G", "99999999999999999999"})
    void shouldRefuseWhatIsNoNumberOfBytes(final String text)
    {
        assertThrows(CommandLine.TypeConversionException.class, () -> ByteSize.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1 KiB", "1536, 1.5 KiB", "4194304, 4 MiB", "1073741824, 1 GiB"})
    void shouldDescribe(final long bytes, final String text)
    {
        assertEquals(text, ByteSize.describe(bytes));
    }
}
