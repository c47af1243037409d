package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.CommandRule;
import io.treza.eif.EifException;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.ImageConfig;
import java.util.List;

/**
 * The files {@code cmd} and {@code env}, from which AWS's init (aws-nitro-enclaves-sdk-bootstrap,
 * init/init.c) takes the command and its environment.
 */
public final class InitFiles {
  private InitFiles() {}

  /**
   * Both files.
   *
   * @throws EifException if there is no command, or if an item of it or of the environment has a line
   *     end or NUL
   */
  public static List<FileEntry> of(ImageConfig config, CommandRule rule) throws EifException {
    List<String> command = rule.command(config);
    if (command.isEmpty()) {
      throw new EifException(
          "image: neither ENTRYPOINT nor CMD, so nothing to run; add one to the image");
    }
    return List.of(
        FileEntry.regular("cmd", 0644, lines("command", command)),
        FileEntry.regular("env", 0644, lines("environment", config.env())));
  }

  /** One item a line, which is all init reads: there is no quoting. */
  private static Content lines(String what, List<String> items) throws EifException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      String item = items.get(i);
      if (item.indexOf('\n') >= 0 || item.indexOf('\0') >= 0) {
        throw new EifException("image: item " + i + " of the " + what
            + " has a line end or NUL, which init cannot read; put it in a script or file");
      }
      lines.append(item).append('\n');
    }
    return Content.of(lines.toString().getBytes(UTF_8));
  }
}
