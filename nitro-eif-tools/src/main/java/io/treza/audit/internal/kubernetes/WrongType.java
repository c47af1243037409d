package io.treza.audit.internal.kubernetes;

/** A field has a value of a type that Kubernetes refuses there. */
final class WrongType extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Field field;
  private final String message;

  WrongType(Field field, String expected) {
    this.field = field;
    message = (field.path().isEmpty() ? "the document" : field.path()) + " is " + field.kind()
        + " and has to be " + expected + ", or Kubernetes refuses the manifest";
  }

  Field field() {
    return field;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
