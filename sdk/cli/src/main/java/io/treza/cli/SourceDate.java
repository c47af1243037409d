package io.treza.cli;

import java.time.Instant;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code SOURCE_DATE_EPOCH} (reproducible-builds.org), as far as a ramdisk can hold it. */
final class SourceDate implements ITypeConverter<Instant> {
  private static final long MOST = (1L << 32) - 1;

  @Override
  public Instant convert(String text) {
    if (text.matches("[0-9]{1,10}") && Long.parseLong(text) <= MOST) {
      return Instant.ofEpochSecond(Long.parseLong(text));
    }
    throw new TypeConversionException("'" + text + "' is no number of seconds since 1970, up to "
        + MOST + "; without the option it is that of SOURCE_DATE_EPOCH");
  }
}
