package io.treza.platform.internal.qemu;

import io.treza.enclave.Nsm;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

/** A Java program in an enclave asks {@code /dev/nsm} itself, by foreign functions. */
@Timeout(600)
@EnabledForJreRange(minVersion = 22)
class NsmDeviceTest {
  private static final String PROGRAM = """
      import io.treza.enclave.Nsm;
      import io.treza.enclave.NsmException;
      import java.util.HexFormat;

      public class Device {
        public static void main(String[] arguments) throws Exception {
          byte[] nonce = "the nonce".getBytes();
          byte[] key = "the key".getBytes();
          byte[] data = "the data".getBytes();
          try (Nsm nsm = Nsm.device()) {
            nsm.register(key, data);
            String document = HexFormat.of().formatHex(nsm.attest(nonce));
            for (byte[] field : new byte[][] {nonce, key, data}) {
              System.out.println(new String(field) + " is in the document: "
                  + document.contains(HexFormat.of().formatHex(field)));
            }
            System.out.println("random: " + nsm.random().length);
            System.out.println("before: " + nsm.describePcr(16));
            String extended = nsm.extendPcr(16, data);
            nsm.lockPcr(16);
            System.out.println("locked as extended: "
                + (nsm.describePcr(16).locked() && nsm.describePcr(16).value().equals(extended)));
            try {
              nsm.extendPcr(16, data);
            } catch (NsmException e) {
              System.out.println(e.problem() + ", " + e.getMessage());
            }
          }
          Thread.sleep(Long.MAX_VALUE);
        }
      }
      """;

  @TempDir
  private Path directory;

  @Test
  void everyOperationIsAnswered() throws Exception {
    Emulation emulation = Emulation.in(directory);
    Path library =
        Path.of(Nsm.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    JavaImage.of(directory, "Device", PROGRAM, List.of(library))
        .entrypoint(
            "/java/bin/java",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            "/app:/app/*",
            "Device")
        .write(emulation.images().resolve("device"));
    Emulation.Heard heard = new Emulation.Heard();
    RunningEnclave enclave = emulation
        .backend()
        .build()
        .launch(new LaunchRequest("enc_device", "oci:device", "eu-west-1", 2, 1024, false), heard);
    try {
      heard.await("APPLICATION the nonce is in the document: true");
      heard.await("APPLICATION the key is in the document: true");
      heard.await("APPLICATION the data is in the document: true");
      heard.await("APPLICATION random: 256");
      heard.await("APPLICATION before: PcrState[value=" + "0".repeat(96) + ", locked=false]");
      heard.await("APPLICATION locked as extended: true");
      heard.await("APPLICATION REFUSED, the NSM refused: ReadOnlyIndex");
    } finally {
      enclave.terminate();
    }
  }
}
