package io.treza.enclave.internal.device;

import io.treza.enclave.NsmException;
import io.treza.enclave.NsmException.Problem;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * {@code open}, {@code ioctl} and {@code close} of the C library.
 *
 * <p>Foreign functions are final since Java 22 (JEP 454), and this code is compiled for 17, so the
 * few types of {@code java.lang.foreign} are found by name. Buffers are direct ones, whose addresses
 * are handed over as numbers of 64 bits: the ABIs of x86_64 and aarch64 pass pointers alike.
 */
final class Native {
  private final MethodHandle open;
  private final MethodHandle ioctl;
  private final MethodHandle close;
  private final Method segmentOfBuffer;
  private final Method address;

  private Native(
      MethodHandle open,
      MethodHandle ioctl,
      MethodHandle close,
      Method segmentOfBuffer,
      Method address) {
    this.open = open;
    this.ioctl = ioctl;
    this.close = close;
    this.segmentOfBuffer = segmentOfBuffer;
    this.address = address;
  }

  /** What a call returned, and {@code errno} after it, of use only if it returned a negative. */
  record Outcome(int value, int errno) {}

  /**
   * Finds them.
   *
   * @throws NsmException with {@link Problem#UNSUPPORTED} if this runtime has no foreign functions,
   *     or none for this program
   */
  static Native load() throws NsmException {
    if (Runtime.version().feature() < 22) {
      throw new NsmException(
          Problem.UNSUPPORTED,
          "/dev/nsm takes a Java runtime of 22 or newer, and this is "
              + Runtime.version().feature()
              + "; take a newer one, or build the image with --init treza and call Nsm.agent()");
    }
    try {
      return new Loader().load();
    } catch (ReflectiveOperationException | IllegalCallerException e) {
      throw new NsmException(
          Problem.UNSUPPORTED,
          "foreign functions are not to be had: start Java with"
              + " --enable-native-access=io.treza.enclave, or =ALL-UNNAMED on the class path",
          e);
    }
  }

  Outcome open(ByteBuffer path, int flags) {
    return call(open, address(path), flags);
  }

  Outcome ioctl(int descriptor, long request, ByteBuffer argument) {
    return call(ioctl, descriptor, request, address(argument));
  }

  Outcome close(int descriptor) {
    return call(close, descriptor);
  }

  /** Where a direct buffer begins. Whoever hands the number on keeps the buffer reachable. */
  long address(ByteBuffer direct) {
    try {
      return (long) address.invoke(segment(direct));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a direct buffer without an address", e);
    }
  }

  private Object segment(ByteBuffer direct) throws ReflectiveOperationException {
    return segmentOfBuffer.invoke(null, direct);
  }

  @SuppressWarnings(
      "CatchingUnchecked") // MethodHandle declares any Throwable; the C functions throw none.
  private Outcome call(MethodHandle function, Object... arguments) {
    ByteBuffer errno = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
    Object[] all = new Object[arguments.length + 1];
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    try {
      all[0] = segment(errno);
      return new Outcome((int) function.invokeWithArguments(all), errno.getInt(0));
    } catch (Throwable e) {
      throw new IllegalStateException("a call of the C library failed", e);
    }
  }

  /** The types of java.lang.foreign, by name. */
  private static final class Loader {
    private final Class<?> linkerType = type("Linker");
    private final Class<?> optionType = type("Linker$Option");
    private final Class<?> segmentType = type("MemorySegment");
    private final Class<?> layoutType = type("MemoryLayout");
    private final Class<?> descriptorType = type("FunctionDescriptor");
    private final Object linker = linkerType.getMethod("nativeLinker").invoke(null);
    private final Object jint = type("ValueLayout").getField("JAVA_INT").get(null);
    private final Object jlong = type("ValueLayout").getField("JAVA_LONG").get(null);

    Loader() throws ReflectiveOperationException {}

    Native load() throws ReflectiveOperationException {
      // open(path, flags, ..) and ioctl(descriptor, request, ..) are variadic.
      return new Native(
          function("open", Optional.of(2), jlong, jint),
          function("ioctl", Optional.of(2), jint, jlong, jlong),
          function("close", Optional.empty(), jint),
          segmentType.getMethod("ofBuffer", java.nio.Buffer.class),
          segmentType.getMethod("address"));
    }

    private MethodHandle function(String name, Optional<Integer> firstVariadic, Object... types)
        throws ReflectiveOperationException {
      Object lookup = linkerType.getMethod("defaultLookup").invoke(linker);
      Object symbol = ((Optional<?>)
              type("SymbolLookup").getMethod("find", String.class).invoke(lookup, name))
          .orElseThrow(() -> new NoSuchMethodException("the C library has no " + name));
      Object descriptor = descriptorType
          .getMethod("of", layoutType, layoutType.arrayType())
          .invoke(null, jint, array(layoutType, types));
      Object captureErrno = optionType
          .getMethod("captureCallState", String[].class)
          .invoke(null, (Object) new String[] {"errno"});
      Object options = firstVariadic.isEmpty()
          ? array(optionType, captureErrno)
          : array(
              optionType,
              captureErrno,
              optionType
                  .getMethod("firstVariadicArg", int.class)
                  .invoke(null, firstVariadic.get()));
      // Not by reflection alone: whose native access it is, is decided by who calls.
      MethodHandle downcall = MethodHandles.lookup()
          .unreflect(linkerType.getMethod(
              "downcallHandle", segmentType, descriptorType, optionType.arrayType()));
      return (MethodHandle) invoke(downcall, linker, symbol, descriptor, options);
    }

    @SuppressWarnings("CatchingUnchecked")
    private static Object invoke(MethodHandle handle, Object... arguments)
        throws ReflectiveOperationException {
      try {
        return handle.asFixedArity().invokeWithArguments(arguments);
      } catch (IllegalCallerException e) {
        throw e;
      } catch (Throwable e) {
        throw new ReflectiveOperationException(e);
      }
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
      return Class.forName("java.lang.foreign." + name);
    }

    private static Object array(Class<?> type, Object... elements) {
      Object array = Array.newInstance(type, elements.length);
      for (int i = 0; i < elements.length; i++) {
        Array.set(array, i, elements[i]);
      }
      return array;
    }
  }
}
