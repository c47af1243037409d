package io.treza.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.image.ImageDescription.LayerDescription;
import io.treza.image.ImageDetails.History;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageDescriptionTest {
  private static final byte[] LAYER = new Tar().file("a", "1").bytes();

  @TempDir
  Path work;

  private ImageDescription describe(TestImage image) throws IOException {
    Path layout = TestImage.toDirectory(image.ociFiles(), work);
    return ContainerImage.opener().read(layout, (diffId, tar) -> {});
  }

  @Test
  void allThatAnImageSaysIsRead() throws IOException {
    ImageDetails details = describe(
            TestImage.of(LAYER).run("""
                "User":"app","Labels":{"a":"b"},"ExposedPorts":{"80/tcp":{},"443/tcp":{}},
                "Volumes":{"/data":{}},"StopSignal":"SIGINT","OnBuild":["RUN x"],
                "Healthcheck":{"Test":["CMD-SHELL","curl localhost"],"Interval":1}""").besides("""
                "created":"2026-01-02T03:04:05Z","history":[
                {"created":"2026-01-01T00:00:00Z","created_by":"COPY a","comment":"buildkit"},
                {"created_by":"USER app","empty_layer":true}]""").annotations("\"c\":\"d\""))
        .details();
    assertEquals(
        new ImageDetails(
            "2026-01-02T03:04:05Z",
            Map.of("a", "b"),
            Map.of("c", "d"),
            List.of("80/tcp", "443/tcp"),
            List.of("/data"),
            "SIGINT",
            List.of("CMD-SHELL", "curl localhost"),
            List.of("RUN x"),
            List.of(
                new History("2026-01-01T00:00:00Z", "COPY a", "buildkit", false),
                new History("", "USER app", "", true))),
        details);
  }

  @Test
  void whatAnImageDoesNotSayIsEmpty() throws IOException {
    assertEquals(ImageDetails.none(), describe(TestImage.of(LAYER)).details());
    assertEquals(
        ImageDetails.none(),
        describe(TestImage.of(LAYER).run("\"Labels\":null,\"Healthcheck\":null,\"OnBuild\":null"))
            .details());
  }

  @Test
  void anAnnotationCountsMoreThanALabel() throws IOException {
    ImageDetails details = describe(TestImage.of(LAYER)
            .run("\"Labels\":{\"k\":\"label\",\"l\":\"only\"}")
            .annotations("\"k\":\"annotation\""))
        .details();
    assertEquals(Optional.of("annotation"), details.annotation("k"));
    assertEquals(Optional.of("only"), details.annotation("l"));
    assertEquals(Optional.empty(), details.annotation("m"));
  }

  @Test
  void layersHaveTheirSizesStoredAndNot() throws IOException {
    assertEquals(
        List.of(new LayerDescription(
            TestImage.digest(LAYER), TestImage.gzip(LAYER).length, LAYER.length)),
        describe(TestImage.of(LAYER)).layers());
  }
}
