package io.treza.platform;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The class path of the tests, for processes that they start, whatever loaded the tests. */
public final class ClassPath {
  private ClassPath() {}

  /** As {@code -cp} takes it. */
  public static String text() {
    return ClassPath.class.getClassLoader() instanceof URLClassLoader loader
        ? Stream.of(loader.getURLs())
            .map(URL::getPath)
            .collect(Collectors.joining(File.pathSeparator))
        : System.getProperty("java.class.path");
  }
}
