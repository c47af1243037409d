package io.treza.testkit;

/** A module's id: {@code <parent instance's id>-<enclave's id>}, as in {@code i-...-enc...}. */
record ModuleId(String instance, String enclave) {
  /** The enclave's id, checked: {@code enc} and 16 hex digits. */
  static String checkedEnclave(String id) {
    if (!id.matches("enc[0-9a-f]{16}")) {
      throw new IllegalArgumentException("enclave id \"" + id + "\": want enc and 16 hex digits");
    }
    return id;
  }

  /** The 16 hex digits that tell the instance's enclaves apart. */
  String enclaveDigits() {
    return enclave.substring("enc".length());
  }

  @Override
  public String toString() {
    return instance + "-" + enclave;
  }
}
