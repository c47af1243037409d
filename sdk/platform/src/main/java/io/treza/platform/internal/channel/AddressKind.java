package io.treza.platform.internal.channel;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * What an address is to a parent instance: names that an enclave may reach must not lead it to the
 * parent itself, its metadata service or its neighbours just because DNS says so.
 *
 * <p>By the special-purpose registries of IANA (RFC 6890). An IPv6 address that only carries an IPv4
 * address is what that one is.
 */
enum AddressKind {
  /** On the public Internet. */
  PUBLIC,
  /** In a network of one's own. */
  PRIVATE,
  /** This machine by any of its addresses, its link, or the instance metadata service of AWS. */
  LOCAL,
  /** No single host at all. */
  NONE;

  /** One range of addresses. */
  private record Range(byte[] prefix, int bits, AddressKind kind) {
    /** Of a literal, so that nothing is looked up. */
    static Range of(String prefix, int bits, AddressKind kind) {
      try {
        return new Range(InetAddress.getByName(prefix).getAddress(), bits, kind);
      } catch (UnknownHostException e) {
        throw new AssertionError(e);
      }
    }

    boolean holds(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit % 8);
        if (((address[bit / 8] ^ prefix[bit / 8]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  /** An IPv6 prefix after which an IPv4 address follows. */
  private record Carrier(Range range, int offset) {}

  /** The first that holds an address counts. */
  private static final List<Range> RANGES = List.of(
      Range.of("0.0.0.0", 8, LOCAL),
      Range.of("127.0.0.0", 8, LOCAL),
      Range.of("169.254.0.0", 16, LOCAL),
      Range.of("10.0.0.0", 8, PRIVATE),
      Range.of("100.64.0.0", 10, PRIVATE),
      Range.of("172.16.0.0", 12, PRIVATE),
      Range.of("192.168.0.0", 16, PRIVATE),
      Range.of("192.0.0.0", 24, NONE),
      Range.of("192.0.2.0", 24, NONE),
      Range.of("198.18.0.0", 15, NONE),
      Range.of("198.51.100.0", 24, NONE),
      Range.of("203.0.113.0", 24, NONE),
      Range.of("224.0.0.0", 3, NONE),
      // Instance metadata and the Nitro time and DNS services: fd00:ec2::/32.
      Range.of("fd00:ec2::", 32, LOCAL),
      Range.of("fe80::", 10, LOCAL),
      Range.of("fc00::", 7, PRIVATE),
      Range.of("2001::", 23, NONE),
      Range.of("2001:db8::", 32, NONE),
      Range.of("2000::", 3, PUBLIC),
      Range.of("::", 0, NONE));

  /**
   * NAT64 (RFC 6052), 6to4 (RFC 3056), IPv4-compatible (RFC 4291, and so {@code ::} and {@code ::1});
   * Java itself reads mapped ones as IPv4.
   */
  private static final List<Carrier> CARRIERS = List.of(
      new Carrier(Range.of("64:ff9b::", 96, NONE), 12),
      new Carrier(Range.of("2002::", 16, NONE), 2),
      new Carrier(Range.of("::", 96, NONE), 12));

  static AddressKind of(InetAddress address) {
    return of(address.getAddress());
  }

  private static AddressKind of(byte[] address) {
    for (Carrier carrier : CARRIERS) {
      if (carrier.range().holds(address)) {
        return of(Arrays.copyOfRange(address, carrier.offset(), carrier.offset() + 4));
      }
    }
    AddressKind kind = RANGES.stream()
        .filter(range -> range.holds(address))
        .map(Range::kind)
        .findFirst()
        .orElse(PUBLIC);
    return kind != NONE && isOwn(address) ? LOCAL : kind;
  }

  /** Whether this machine has it now: it answers there with what it hides from its network. */
  private static boolean isOwn(byte[] address) {
    try {
      return NetworkInterface.getByInetAddress(InetAddress.getByAddress(address)) != null;
    } catch (SocketException | UnknownHostException e) {
      return true; // nobody can say that it is not
    }
  }
}
