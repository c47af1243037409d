package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.Channels;
import io.treza.eif.CommandRule;
import io.treza.eif.EifException;
import io.treza.eif.InitOptions;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.ImageConfig;
import io.treza.image.RootFilesystem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * The file {@code process}, from which this project's init takes what to run and how
 * (docs/enclave-init.md has it byte for byte): everything that needs a lookup in the image is looked
 * up here, so that init parses next to nothing.
 */
public final class ProcessFile {
  private static final String VERSION = "treza-process-2";
  // src/main/c/init/process.c, MOST_BYTES.
  private static final int MOST_BYTES = 8 << 20;
  // src/main/c/agent/confinement.h, AGENT_ID.
  private static final long AGENT_ID = 0x7472_7a61;
  // src/main/c/forwarder/confinement.h, FORWARDER_ID.
  private static final long FORWARDER_ID = 0x7472_7a66;

  private final ByteArrayOutputStream fields = new ByteArrayOutputStream();

  private ProcessFile() {}

  /**
   * Makes the file.
   *
   * @throws EifException if there is no command, no such user, or something that cannot be passed on
   * @throws IOException if the image cannot be read
   */
  public static FileEntry of(
      ContainerImage image, RootFilesystem root, CommandRule rule, InitOptions options)
      throws IOException {
    ImageConfig config = image.config();
    List<String> command = rule.command(config);
    if (command.isEmpty()) {
      throw new EifException(
          "image: neither ENTRYPOINT nor CMD, so nothing to run; add one to the image");
    }
    RootLookup files = new RootLookup(root);
    ImageUser user = ImageUser.of(config.user(), files.read("etc/passwd"), files.read("etc/group"));
    Channels channels = options.channels().isPresent()
        ? options.channels().get()
        : Channels.of(image.description().details());
    if (user.uid() == AGENT_ID || user.uid() == FORWARDER_ID) {
      throw new EifException("image: USER is \"" + config.user() + "\", and " + user.uid()
          + " is the own id of the attestation agent or the forwarder; write another");
    }
    ProcessFile file = new ProcessFile();
    file.field("its version", VERSION);
    file.field("options", "heartbeat=" + options.heartbeat().name().toLowerCase(Locale.ROOT));
    file.field("options", "agent=" + (options.agent() ? "yes" : "no"));
    file.field("options", "harden=" + (options.hardened() ? "yes" : "no"));
    file.list("EXPOSE", channels.ingress().stream().map(String::valueOf).toList());
    file.list("label " + Channels.EGRESS_LABEL, channels.egress());
    file.field("USER", Long.toString(user.uid()));
    file.field("USER", Long.toString(user.gid()));
    file.list("USER", user.groups().stream().map(String::valueOf).toList());
    file.field("WORKDIR", ContainerProcess.directory(config));
    file.list("VOLUME", ContainerProcess.writable(image.description().details().volumes()));
    file.list("the command", command);
    file.list("the environment", ContainerProcess.environment(config, user, channels));
    if (file.fields.size() > MOST_BYTES) {
      throw new EifException("image: command and environment take over 8 MiB, and Linux starts no"
          + " program with as much; put them in a file");
    }
    return FileEntry.regular("process", 0600, Content.of(file.fields.toByteArray()));
  }

  private void list(String what, List<String> items) throws EifException {
    field(what, Integer.toString(items.size()));
    for (String item : items) {
      field(what, item);
    }
  }

  private void field(String what, String value) throws EifException {
    if (value.indexOf('\0') >= 0) {
      throw new EifException(
          "image: " + what + " has an item with a NUL, which Linux ends text" + " with; remove it");
    }
    fields.writeBytes(value.getBytes(UTF_8));
    fields.write(0);
  }
}
