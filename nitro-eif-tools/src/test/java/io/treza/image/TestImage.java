package io.treza.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/** An image made of given layers, in the forms the reader takes. */
public final class TestImage {
  private static final String RUN = "\"Entrypoint\":[\"/bin/app\"],\"Cmd\":[\"--serve\"]";

  private final List<byte[]> layers;
  private final String architecture;
  private final String run;
  private final String besides;
  private final String annotations;

  private TestImage(
      String architecture, String run, String besides, String annotations, List<byte[]> layers) {
    this.architecture = architecture;
    this.run = run;
    this.besides = besides;
    this.annotations = annotations;
    this.layers = layers;
  }

  public static TestImage of(byte[]... layers) {
    return new TestImage("amd64", RUN, "", "", List.of(layers));
  }

  public TestImage architecture(String goName) {
    return new TestImage(goName, run, besides, annotations, layers);
  }

  /** Members of the configuration's {@code config} object, as JSON. */
  public TestImage run(String json) {
    return new TestImage(architecture, json, besides, annotations, layers);
  }

  /** More members of the configuration, as JSON. */
  public TestImage besides(String json) {
    return new TestImage(architecture, run, "," + json, annotations, layers);
  }

  /** Members of the manifest's {@code annotations}, as JSON. */
  public TestImage annotations(String json) {
    return new TestImage(architecture, run, besides, ",\"annotations\":{" + json + "}", layers);
  }

  public byte[] config() {
    return """
        {"architecture":"%s","os":"linux","config":{%s},"rootfs":{"type":"layers","diff_ids":[%s]}%s}""".formatted(
            architecture,
            run,
            layers.stream().map(l -> "\"" + digest(l) + "\"").collect(Collectors.joining(",")),
            besides)
        .getBytes(UTF_8);
  }

  /** The files docker save wrote before version 25. */
  public Map<String, byte[]> dockerFiles() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      files.put("layer" + i + "/layer.tar", layers.get(i));
      names.add("\"layer" + i + "/layer.tar\"");
    }
    String config = digest(config()).substring("sha256:".length()) + ".json";
    files.put(config, config());
    String manifest = "[{\"Config\":\"%s\",\"RepoTags\":[\"test:1\"],\"Layers\":[%s]}]"
        .formatted(config, String.join(",", names));
    files.put("manifest.json", manifest.getBytes(UTF_8));
    return files;
  }

  /** An OCI layout of one image. */
  public Map<String, byte[]> ociFiles() {
    return ociLayout(this);
  }

  /** An OCI layout whose index has these images, layers gzipped. */
  public static Map<String, byte[]> ociLayout(TestImage... images) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8));
    List<String> manifests = new ArrayList<>();
    for (TestImage image : images) {
      manifests.add(descriptor(image.addTo(files), image.manifest())
          .replace(
              "}",
              ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}"
                  .formatted(image.architecture)));
    }
    files.put(
        "index.json",
        "{\"schemaVersion\":2,\"manifests\":[%s]}"
            .formatted(String.join(",", manifests))
            .getBytes(UTF_8));
    return files;
  }

  private Map<String, byte[]> addTo(Map<String, byte[]> files) {
    put(files, config());
    layers.forEach(layer -> put(files, gzip(layer)));
    put(files, manifest());
    return files;
  }

  public byte[] manifest() {
    Map<String, byte[]> unused = new LinkedHashMap<>();
    return """
        {"schemaVersion":2,"config":%s,"layers":[%s]%s}""".formatted(
            descriptor(unused, config()),
            layers.stream().map(l -> descriptor(unused, gzip(l))).collect(Collectors.joining(",")),
            annotations)
        .getBytes(UTF_8);
  }

  private static String descriptor(Map<String, byte[]> files, byte[] blob) {
    put(files, blob);
    return "{\"digest\":\"%s\",\"size\":%d}".formatted(digest(blob), blob.length);
  }

  private static void put(Map<String, byte[]> files, byte[] blob) {
    files.put("blobs/" + digest(blob).replace(':', '/'), blob);
  }

  /** Writes files below a directory. */
  public static Path toDirectory(Map<String, byte[]> files, Path directory) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = directory.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    return directory;
  }

  /** Writes files into a tar archive. */
  public static Path toArchive(Map<String, byte[]> files, Path archive) throws IOException {
    Tar tar = new Tar();
    files.forEach(tar::file);
    return Files.write(archive, tar.bytes());
  }

  public static byte[] read(Content content) throws IOException {
    try (InputStream in = content.open()) {
      return in.readAllBytes();
    }
  }

  public static byte[] gzip(byte[] bytes) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
        gzip.write(bytes);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String digest(byte[] bytes) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
