package io.treza.audit.internal.kubernetes;

/** A field has a value of a type that Kubernetes refuses there. */
final class WrongType extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Field field;

  WrongType(Field field, String expected) {
    super((field.path().isEmpty() ? "the document" : field.path()) + " is " + field.kind()
        + " and has to be " + expected + ", or Kubernetes refuses the manifest");
    this.field = field;
  }

  /** The field. */
  Field field() {
    return field;
  }
}
