package io.treza.testkit;

/** X.500 names as Nitro's certificates write them: one attribute a set, the country printable. */
final class X500 {
  private X500() {}

  /** C, O, OU, CN: the order and attributes of the root and the regional certificates. */
  static byte[] authority(Naming naming, String commonName) {
    return Der.sequence(country(), organization(naming), unit(naming), commonName(commonName));
  }

  /** CN, OU, O, C, ST, L: the order and attributes of the zonal certificates. */
  static byte[] zonal(Naming naming, String commonName) {
    return Der.sequence(
        commonName(commonName),
        unit(naming),
        organization(naming),
        country(),
        state("WA"),
        locality());
  }

  /** C, ST, L, O, OU, CN: the order and attributes of the instance and leaf certificates. */
  static byte[] instance(Naming naming, String commonName) {
    return Der.sequence(
        country(),
        state("Washington"),
        locality(),
        organization(naming),
        unit(naming),
        commonName(commonName));
  }

  static byte[] commonName(String value) {
    return attribute("2.5.4.3", Der.utf8String(value));
  }

  private static byte[] country() {
    return attribute("2.5.4.6", Der.printableString("US"));
  }

  private static byte[] state(String value) {
    return attribute("2.5.4.8", Der.utf8String(value));
  }

  private static byte[] locality() {
    return attribute("2.5.4.7", Der.utf8String("Seattle"));
  }

  private static byte[] organization(Naming naming) {
    return attribute("2.5.4.10", Der.utf8String(naming.organization()));
  }

  private static byte[] unit(Naming naming) {
    return attribute("2.5.4.11", Der.utf8String(naming.unit()));
  }

  private static byte[] attribute(String oid, byte[] value) {
    return Der.set(Der.sequence(Der.oid(oid), value));
  }
}
