package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where glibc's loader finds libraries outside its own directories: {@code /etc/ld.so.cache}, which
 * ldconfig makes of {@code /etc/ld.so.conf} (glibc, sysdeps/generic/dl-cache.h).
 */
final class LoaderCache {
  // Before it there may be the table of the format of libc5's days.
  private static final String MAGIC = "glibc-ld.so.cache1.1";
  private static final int HEADER = 48;
  private static final int ENTRY = 24;
  private static final int LONGEST = 4096;
  // Entries may share their strings; real caches have some hundred KiB of them.
  private static final int MOST = 4 << 20;

  private LoaderCache() {}

  /** Paths by library name; nothing if this is no cache, or a broken one. */
  static Optional<Map<String, List<String>>> parse(byte[] bytes) {
    int at = new String(bytes, ISO_8859_1).indexOf(MAGIC);
    if (at < 0 || bytes.length - at < HEADER) {
      return Optional.empty();
    }
    ByteBuffer cache =
        ByteBuffer.wrap(bytes, at, bytes.length - at).slice().order(ByteOrder.LITTLE_ENDIAN);
    int count = cache.getInt(20);
    if (count < 0 || count > (cache.limit() - HEADER) / ENTRY) {
      return Optional.empty();
    }
    Map<String, List<String>> paths = new HashMap<>();
    long total = 0;
    for (int i = 0; i < count; i++) {
      Optional<String> name = string(cache, cache.getInt(HEADER + i * ENTRY + 4));
      Optional<String> path = string(cache, cache.getInt(HEADER + i * ENTRY + 8));
      if (name.isEmpty() || path.isEmpty()) {
        return Optional.empty();
      }
      total += name.get().length() + path.get().length();
      if (total > MOST) {
        return Optional.empty();
      }
      paths.computeIfAbsent(name.get(), n -> new ArrayList<>()).add(path.get());
    }
    return Optional.of(paths);
  }

  private static Optional<String> string(ByteBuffer cache, int offset) {
    for (int end = offset; offset >= 0 && end < cache.limit() && end - offset < LONGEST; end++) {
      if (cache.get(end) == 0) {
        byte[] string = new byte[end - offset];
        cache.get(offset, string);
        return Optional.of(new String(string, UTF_8));
      }
    }
    return Optional.empty();
  }
}
