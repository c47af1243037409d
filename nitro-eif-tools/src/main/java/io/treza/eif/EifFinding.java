package io.treza.eif;

/**
 * One thing that is wrong with an EIF, or that its reader should know.
 *
 * @param rule the rule, which says why it matters and what to do
 * @param offset in the file, of the first byte concerned; inside a compressed ramdisk, in what it
 *     decompresses to
 * @param what what was found, with the figures
 */
public record EifFinding(EifRule rule, long offset, String what) {
  /** One line: identifier, place and what was found. */
  @Override
  public String toString() {
    return rule.id() + " at offset " + offset + ": " + what;
  }
}
