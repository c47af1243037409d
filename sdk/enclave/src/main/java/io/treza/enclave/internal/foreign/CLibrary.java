package io.treza.enclave.internal.foreign;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.ref.Reference;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * Functions of the C library.
 *
 * <p>Foreign functions are final since Java 22 (JEP 454), and this code is compiled for 17, so the
 * few types of {@code java.lang.foreign} are found by name. Pointers are handed over as numbers of
 * 64 bits, which the ABIs of x86_64 and aarch64 pass alike.
 */
public final class CLibrary {
  private static final int FIRST_RELEASE = 22;

  private final Class<?> linkerType = type("Linker");
  private final Class<?> optionType = type("Linker$Option");
  private final Class<?> segmentType = type("MemorySegment");
  private final Class<?> layoutType = type("MemoryLayout");
  private final Class<?> descriptorType = type("FunctionDescriptor");
  private final Object linker = linkerType.getMethod("nativeLinker").invoke(null);
  private final Object symbols = linkerType.getMethod("defaultLookup").invoke(linker);
  private final Method segmentOfBuffer = segmentType.getMethod("ofBuffer", Buffer.class);
  private final Method addressOfSegment = segmentType.getMethod("address");

  private CLibrary() throws ReflectiveOperationException {}

  /**
   * Finds it.
   *
   * @throws UnsupportedOperationException if this runtime has no foreign functions, with what to do
   */
  public static CLibrary load() {
    if (Runtime.version().feature() < FIRST_RELEASE) {
      throw new UnsupportedOperationException("this takes a Java runtime of " + FIRST_RELEASE
          + " or newer, and here is " + Runtime.version().feature());
    }
    try {
      return new CLibrary();
    } catch (ReflectiveOperationException e) {
      throw new UnsupportedOperationException("this Java runtime has no foreign functions", e);
    }
  }

  /** What a call returned, and {@code errno} after it, of use only if it returned a negative. */
  public record Outcome(long value, int errno) {
    /** The value of a function that returns an {@code int}. */
    public int intValue() {
      return (int) value;
    }
  }

  /**
   * A function.
   *
   * @param signature what it returns, and then its arguments: {@code int}, {@code long}, or {@link
   *     ByteBuffer} for a pointer to what a direct one has
   * @throws UnsupportedOperationException if native access is denied to this program
   */
  public Function function(String name, Class<?>... signature) {
    return variadic(name, Integer.MAX_VALUE, signature);
  }

  /**
   * A function as {@link #function}, whose last arguments C leaves open.
   *
   * @param firstOpen which argument, from 0, is the first of those
   */
  public Function variadic(String name, int firstOpen, Class<?>... signature) {
    try {
      Object symbol = ((Optional<?>)
              type("SymbolLookup").getMethod("find", String.class).invoke(symbols, name))
          .orElseThrow(() -> new NoSuchMethodException("the C library has no " + name));
      Object descriptor = descriptorType
          .getMethod("of", layoutType, layoutType.arrayType())
          .invoke(
              null,
              layout(signature[0]),
              array(
                  layoutType, Arrays.stream(signature).skip(1).map(this::layout).toArray()));
      Object errno = optionType.getMethod("captureCallState", String[].class).invoke(null, (Object)
          new String[] {"errno"});
      Object options = firstOpen == Integer.MAX_VALUE
          ? array(optionType, errno)
          : array(
              optionType,
              errno,
              optionType.getMethod("firstVariadicArg", int.class).invoke(null, firstOpen));
      // Not by reflection alone: whose native access it is, is decided by who calls.
      MethodHandle downcall = MethodHandles.lookup()
          .unreflect(linkerType.getMethod(
              "downcallHandle", segmentType, descriptorType, optionType.arrayType()));
      return new Function(
          (MethodHandle) invoke(downcall.asFixedArity(), linker, symbol, descriptor, options));
    } catch (ReflectiveOperationException | IllegalCallerException e) {
      throw new UnsupportedOperationException(
          "the C library's " + name + " cannot be called: start Java with"
              + " --enable-native-access=io.treza.enclave, or =ALL-UNNAMED on the class path",
          e);
    }
  }

  /** One of them. */
  public final class Function {
    private final MethodHandle handle;

    private Function(MethodHandle handle) {
      this.handle = handle;
    }

    /** Calls it with an argument for each in its signature. */
    public Outcome call(Object... arguments) {
      ByteBuffer errno = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
      Object[] all = new Object[arguments.length + 1];
      try {
        all[0] = segmentOfBuffer.invoke(null, errno);
        for (int i = 0; i < arguments.length; i++) {
          all[i + 1] = arguments[i] instanceof ByteBuffer direct ? address(direct) : arguments[i];
        }
        return new Outcome(((Number) invoke(handle, all)).longValue(), errno.getInt(0));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("a call of the C library failed", e);
      } finally {
        Reference.reachabilityFence(arguments);
      }
    }
  }

  /** Where the content of a direct buffer begins. The caller keeps the buffer reachable. */
  public long address(ByteBuffer direct) {
    try {
      return (long) addressOfSegment.invoke(segmentOfBuffer.invoke(null, direct));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a direct buffer without an address", e);
    }
  }

  private Object layout(Class<?> primitive) {
    try {
      String name = primitive == int.class ? "JAVA_INT" : "JAVA_LONG";
      return type("ValueLayout").getField(name).get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a Java runtime without its layouts", e);
    }
  }

  private static Object invoke(MethodHandle handle, Object... arguments)
      throws ReflectiveOperationException {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
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
