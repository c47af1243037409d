package io.treza.platform.internal.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parent program, in C, takes every address for what this module takes it for. */
class AddressKindsAgreeTest {
  private static final Path C = Path.of("../../nitro-eif-tools/src");

  /** First addresses and lengths of ranges: those of the registries, and neighbours that are none. */
  private static final List<String> RANGES = List.of(
      "0.0.0.0/8",
      "127.0.0.0/8",
      "169.254.0.0/16",
      "10.0.0.0/8",
      "100.64.0.0/10",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "192.0.0.0/24",
      "192.0.2.0/24",
      "198.18.0.0/15",
      "198.51.100.0/24",
      "203.0.113.0/24",
      "224.0.0.0/4",
      "240.0.0.0/4",
      "255.255.255.255/32",
      "8.0.0.0/8",
      "::/128",
      "::1/128",
      "::/96",
      "64:ff9b::/96",
      "64:ff9b:1::/48",
      "100::/64",
      "2000::/3",
      "2001::/23",
      "2001:db8::/32",
      "2002::/16",
      "3fff::/20",
      "fc00::/7",
      "fd00:ec2::/32",
      "fe80::/10",
      "fec0::/10",
      "ff00::/8");

  @TempDir
  Path directory;

  private static byte[] bytes(BigInteger value, int length) {
    byte[] raw = value.toByteArray();
    byte[] result = new byte[length];
    int count = Math.min(length, raw.length);
    System.arraycopy(raw, raw.length - count, result, length - count, count);
    return result;
  }

  /** The first and the last address of a range, some inside, and the neighbours of both ends. */
  private static List<byte[]> around(String range, Random random) throws UnknownHostException {
    String[] parts = range.split("/");
    byte[] first = literal(parts[0]);
    int free = first.length * 8 - Integer.parseInt(parts[1]);
    BigInteger start = new BigInteger(1, first);
    BigInteger size = BigInteger.ONE.shiftLeft(free);
    BigInteger space = BigInteger.ONE.shiftLeft(first.length * 8);
    List<BigInteger> all = new ArrayList<>(List.of(
        start,
        start.add(size).subtract(BigInteger.ONE),
        start.subtract(BigInteger.ONE).mod(space),
        start.add(size).mod(space)));
    for (int i = 0; i < 4; i++) {
      all.add(start.add(new BigInteger(free, random)));
    }
    return all.stream().map(value -> bytes(value, first.length)).toList();
  }

  /** Its bytes, with those that Java reads as IPv4 too. */
  private static byte[] literal(String text) throws UnknownHostException {
    return InetAddress.getByName(text).getAddress();
  }

  private static List<byte[]> addresses() throws IOException {
    Random random = new Random(1);
    List<byte[]> all = new ArrayList<>();
    for (String range : RANGES) {
      all.addAll(around(range, random));
    }
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      Collections.list(each.getInetAddresses()).forEach(own -> all.add(own.getAddress()));
    }
    // All that is IPv4 once more, as IPv6 may carry it.
    for (byte[] address : List.copyOf(all)) {
      if (address.length == 4) {
        all.add(carried("64:ff9b::", 12, address));
        all.add(carried("2002::", 2, address));
        all.add(carried("::", 12, address));
        byte[] mapped = carried("::", 12, address);
        mapped[10] = mapped[11] = (byte) 0xff;
        all.add(mapped);
      }
    }
    return all;
  }

  private static byte[] carried(String prefix, int offset, byte[] address)
      throws UnknownHostException {
    byte[] carrier = literal(prefix);
    System.arraycopy(address, 0, carrier, offset, address.length);
    return carrier;
  }

  /** As RFC 4291 spells it, and never in the form in which Java reads it as IPv4. */
  private static String text(byte[] address) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < address.length; i += address.length == 4 ? 1 : 2) {
      text.append(i == 0 ? "" : address.length == 4 ? "." : ":");
      text.append(
          address.length == 4
              ? Integer.toString(address[i] & 0xff)
              : Integer.toHexString((address[i] & 0xff) << 8 | (address[i + 1] & 0xff)));
    }
    return text.toString();
  }

  @Test
  void theTwoAgreeOnSeveralHundredAddresses() throws Exception {
    Set<String> lines = new LinkedHashSet<>();
    List<String> expected = new ArrayList<>();
    for (byte[] address : addresses()) {
      String text = text(address);
      if (lines.add(text)) {
        expected.add(text + " " + AddressKind.of(InetAddress.getByAddress(address)));
      }
    }
    assertTrue(lines.size() > 500, "only " + lines.size());
    for (AddressKind kind : AddressKind.values()) {
      assertTrue(expected.stream().anyMatch(line -> line.endsWith(" " + kind)), kind::toString);
    }
    Process process = new ProcessBuilder(compile().toString())
        .redirectInput(Files.write(directory.resolve("in"), lines).toFile())
        .start();
    List<String> kinds =
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertEquals(0, process.waitFor());
    List<String> found = new ArrayList<>();
    int at = 0;
    for (String line : lines) {
      found.add(line + " " + kinds.get(at++));
    }
    assertEquals(expected, found);
  }

  private Path compile() throws IOException, InterruptedException {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(each -> Files.isExecutable(Path.of(each, "gcc"))),
        "gcc is not installed");
    Path program = directory.resolve("address_kinds");
    List<String> command = new ArrayList<>(Arrays.asList(
        "gcc",
        "-std=c11",
        "-D_GNU_SOURCE",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-O1",
        "-o",
        program.toString()));
    command.add(C.resolve("main/c/parent/address.c").toString());
    command.add(C.resolve("test/c/address_kinds.c").toString());
    Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(compiler.getInputStream().readAllBytes(), UTF_8);
    if (compiler.waitFor() != 0) {
      throw new IOException(output);
    }
    return program;
  }
}
