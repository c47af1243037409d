package io.treza.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Writes tar archives for tests, with commons-compress as a peer to the reader under test. */
public final class Tar {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream out;
  private long mtime;

  public Tar() {
    this(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  public Tar(int longFileMode) {
    out = new TarArchiveOutputStream(bytes, "UTF-8");
    out.setLongFileMode(longFileMode);
    out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
  }

  /** The time, in seconds since 1970, of what is added from now on. */
  public Tar at(long seconds) {
    this.mtime = seconds;
    return this;
  }

  public Tar file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  public Tar file(String name, byte[] content) {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setMode(0644);
    return add(entry, content);
  }

  public Tar directory(String name) {
    TarArchiveEntry entry = new TarArchiveEntry(name + "/", true);
    entry.setMode(0755);
    return add(entry, new byte[0]);
  }

  public Tar symlink(String name, String target) {
    return link(name, target, TarConstants.LF_SYMLINK);
  }

  public Tar hardLink(String name, String target) {
    return link(name, target, TarConstants.LF_LINK);
  }

  public Tar device(String name, int major, int minor) {
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_CHR, true);
    entry.setDevMajor(major);
    entry.setDevMinor(minor);
    entry.setMode(0600);
    return add(entry, new byte[0]);
  }

  private Tar link(String name, String target, byte type) {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    entry.setLinkName(target);
    entry.setMode(0777);
    return add(entry, new byte[0]);
  }

  public Tar add(TarArchiveEntry entry, byte[] content) {
    try {
      entry.setSize(content.length);
      entry.setModTime(FileTime.from(mtime, TimeUnit.SECONDS));
      out.putArchiveEntry(entry);
      out.write(content);
      out.closeArchiveEntry();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] bytes() {
    try {
      out.finish();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
