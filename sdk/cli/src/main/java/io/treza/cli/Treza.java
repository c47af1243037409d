package io.treza.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * The {@code treza} command itself: its subcommands and what every one of them does on failure.
 *
 * <p>Exit status: 0 yes; 1 no (refused, failed check); 2 bad usage or unreadable input.
 */
@Command(
    name = "treza",
    mixinStandardHelpOptions = true,
    versionProvider = Treza.Version.class,
    description = "Proves what runs inside an AWS Nitro enclave.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:yes", "1:no: refused, or a check failed", "2:bad usage or unreadable input"},
    subcommands = {
      AttestationCommand.class,
      ImageCommand.class,
      EifCommand.class,
      PcrsCommand.class,
      KmsCommand.class,
      BlobsCommand.class,
      ServeCommand.class,
      ForwardCommand.class,
      EnclaveCommand.class,
      FleetCommand.class,
      EksCommand.class,
      DemoCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Treza implements Runnable {
  /** The answer is yes. */
  static final int YES = 0;

  /** The answer is no. */
  static final int NO = 1;

  /** There is no answer. */
  static final int UNUSABLE = 2;

  @Spec
  private CommandSpec spec;

  /** Entry point of the process. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = run(out, err, args);
    out.flush();
    if (out.checkError()) {
      status = UNUSABLE;
    }
    System.exit(status);
  }

  /** Runs one command line and returns its exit status. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine command = new CommandLine(new Treza())
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        // An argument that begins with @ is that argument, whoever chose it.
        .setExpandAtFiles(false)
        .setParameterExceptionHandler(Treza::explain)
        .setExecutionExceptionHandler(Treza::report);
    wholeSentences(command.getCommandSpec());
    try {
      return command.execute(args);
    } catch (OutOfMemoryError e) {
      // What was being worked on is unreachable by now, so that there is room for a line.
      err.println("treza: the " + (Runtime.getRuntime().maxMemory() >> 20)
          + " MiB that Java may use are not enough; give it more: TREZA_JAVA_OPTS=-Xmx2g");
      return UNUSABLE;
    }
  }

  /** Lists of subcommands show the first line of each description, so it is to be a sentence. */
  private static void wholeSentences(CommandSpec spec) {
    String text = String.join(" ", spec.usageMessage().description());
    int end = text.indexOf(". ") + 1;
    if (end > 0) {
      spec.usageMessage().description(text.substring(0, end), text.substring(end + 1));
    } else if (!text.isEmpty()) {
      spec.usageMessage().description(text);
    }
    spec.subcommands().values().forEach(sub -> wholeSentences(sub.getCommandSpec()));
  }

  /** What is wrong, on one line: a page of options after it would hide it in a log. */
  private static int explain(CommandLine.ParameterException e, String... args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("treza: " + printable(String.valueOf(e.getMessage())));
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Options: " + command.getCommandSpec().qualifiedName() + " --help");
    return UNUSABLE;
  }

  private static int report(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (e instanceof Unusable) {
      command.getErr().println("treza: " + printable(String.valueOf(e.getMessage())));
    } else {
      command.getErr().println("treza: unexpected failure: " + e);
      if (System.getenv("TREZA_DEBUG") != null) {
        e.printStackTrace(command.getErr());
      } else {
        command.getErr().println("Set TREZA_DEBUG=1 to see where, and please report it.");
      }
    }
    return UNUSABLE;
  }

  /** Names in hostile input must not steer the terminal. */
  private static String printable(String message) {
    StringBuilder text = new StringBuilder();
    message.chars().forEach(c -> {
      if (Character.isISOControl(c)) {
        text.append(String.format(Locale.ROOT, "\\u%04x", c));
      } else {
        text.append((char) c);
      }
    });
    return text.toString();
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say which COMMAND to run.");
  }

  /** The version the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Treza.class.getPackage().getImplementationVersion();
      return new String[] {"treza " + (version == null ? "(unpackaged)" : version)};
    }
  }
}
