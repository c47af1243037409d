package io.treza.eif;

import io.treza.eif.internal.BlobNames;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Lists what the first ramdisk has for each generation of AWS's init, itself and the kernel modules
 * that it loads, and which modules there are for this project's.
 */
public final class BootstrapFiles {
  static final String LOAD_ORDER = BlobNames.LOAD_ORDER;
  static final int MAX_LOAD_ORDER = 1 << 16;

  private BootstrapFiles() {}

  /**
   * For a kernel that has the NSM driver built in, as Linux can since 6.8: {@code dev} and {@code
   * init}.
   *
   * @throws IOException if {@code init} is missing or no regular file
   */
  public static List<FileEntry> withoutModules(Path init) throws IOException {
    return List.of(
        FileEntry.directory("dev", 0755),
        FileEntry.regular(BlobNames.INIT, 0755, Content.of(init)));
  }

  /**
   * For the init of nitro-cli 1: {@code dev}, {@code init} and {@code nsm.ko}.
   *
   * @param nsmModule the NSM driver
   * @throws IOException if a file is missing or no regular file
   */
  public static List<FileEntry> withNsmModule(Path init, Path nsmModule) throws IOException {
    return joined(withoutModules(init), nsmModule(nsmModule));
  }

  /**
   * The NSM driver alone, for {@link EnclaveImageBuilder#init}.
   *
   * @throws IOException if it is missing or no regular file
   */
  public static List<FileEntry> nsmModule(Path nsmModule) throws IOException {
    return List.of(FileEntry.regular(BlobNames.NSM, 0755, Content.of(nsmModule)));
  }

  /**
   * For the init of nitro-cli 2: {@code dev}, {@code init}, {@code modules_load_order} and, in its
   * order, the modules that it names.
   *
   * @param loadOrder the file name of a module a line, such as {@code nsm.ko}, between empty lines
   *     and comments, which begin with {@code #}; it is archived as it is
   * @param modules the directory that holds them
   * @throws EifException if the list names what is no module, a module twice or one that is missing
   * @throws IOException if a file is missing or no regular file
   */
  public static List<FileEntry> withModules(Path init, Path loadOrder, Path modules)
      throws IOException {
    return joined(
        withoutModules(init), listed(loadOrder, modules, loadOrder.toString(), modules.toString()));
  }

  private static List<FileEntry> joined(List<FileEntry> first, List<FileEntry> second) {
    List<FileEntry> files = new ArrayList<>(first);
    files.addAll(second);
    return files;
  }

  private static List<FileEntry> listed(
      Path loadOrder, Path modules, String listName, String modulesName) throws IOException {
    List<FileEntry> files = new ArrayList<>();
    byte[] list = read(loadOrder);
    files.add(FileEntry.regular(LOAD_ORDER, 0644, Content.of(list)));
    Set<String> before = new HashSet<>();
    for (Map.Entry<Integer, String> line : modules(list).entrySet()) {
      String name = line.getValue();
      String place = listName + ", line " + line.getKey() + ": " + name;
      if (!name.matches("[A-Za-z0-9_-]+\\.ko")) {
        throw new EifException(place + ": not the file name of a module, as nsm.ko is");
      } else if (!before.add(name)) {
        throw new EifException(place + ": named before; name it once");
      } else if (!Files.isRegularFile(modules.resolve(name))) {
        throw new EifException(place + ": missing in " + modulesName + "; add it there");
      }
      files.add(FileEntry.regular(name, 0755, Content.of(modules.resolve(name))));
    }
    return files;
  }

  /**
   * For whichever init the files beside it are for: {@code modules_load_order} with its modules there
   * or in {@code modules}, {@code nsm.ko}, or neither.
   *
   * @param directory as AWS ships it
   * @throws EifException if the list names what is no module, a module twice or one that is missing,
   *     or there are modules and no list
   * @throws IOException if a file is missing or no regular file
   */
  public static List<FileEntry> in(Path directory, Path init) throws IOException {
    return in(directory, init, directory.toString());
  }

  /** The same, of a directory that is called {@code origin} in messages. */
  static List<FileEntry> in(Path directory, Path init, String origin) throws IOException {
    return joined(withoutModules(init), modulesIn(directory, origin));
  }

  /**
   * What {@link #in} lists beside {@code dev} and {@code init}, for {@link EnclaveImageBuilder#init};
   * empty if there is no module.
   *
   * @throws EifException if the list names what is no module, a module twice or one that is missing,
   *     or there are modules and no list
   * @throws IOException if a file cannot be read
   */
  public static List<FileEntry> modulesIn(Path directory) throws IOException {
    return modulesIn(directory, directory.toString());
  }

  private static List<FileEntry> modulesIn(Path directory, String origin) throws IOException {
    Path loadOrder = directory.resolve(LOAD_ORDER);
    Path modules = directory.resolve("modules");
    Path nsm = directory.resolve(BlobNames.NSM);
    if (Files.exists(loadOrder)) {
      return listed(
          loadOrder,
          Files.exists(modules) ? modules : directory,
          origin + ": " + LOAD_ORDER,
          origin);
    } else if (Files.exists(modules)) {
      throw new EifException(origin
          + ": the directory modules is there, but not modules_load_order beside it, which the"
          + " init of nitro-cli 2 goes by; add it, a module's file name a line");
    }
    return Files.exists(nsm) ? nsmModule(nsm) : List.of();
  }

  /** What a list names, by line, the first being 1. */
  static SortedMap<Integer, String> modules(byte[] list) {
    SortedMap<Integer, String> modules = new TreeMap<>();
    int line = 0;
    for (String text : new String(list, StandardCharsets.ISO_8859_1).split("\n", -1)) {
      line++;
      String name = text.strip();
      if (!name.isEmpty() && !name.startsWith("#")) {
        modules.put(line, name);
      }
    }
    return modules;
  }

  private static byte[] read(Path loadOrder) throws IOException {
    Content content = Content.of(loadOrder);
    if (content.size() > MAX_LOAD_ORDER) {
      throw new EifException(loadOrder + ": over 64 KiB, which no list of modules is");
    }
    return Files.readAllBytes(loadOrder);
  }
}
