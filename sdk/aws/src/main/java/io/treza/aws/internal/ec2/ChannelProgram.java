package io.treza.aws.internal.ec2;

import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;

/**
 * The program that carries enclaves' channels on their instances, as it goes through the bucket.
 *
 * @param content a static program for the instances' processor
 * @param sha256 of it, in hexadecimal
 */
public record ChannelProgram(Content content, String sha256) {
  /** A program that lies anywhere. */
  public static ChannelProgram of(Content content) throws IOException {
    try (InputStream in = content.open()) {
      return new ChannelProgram(content, Sha256.of(in));
    }
  }

  byte[] bytes() throws IOException {
    try (InputStream in = content.open()) {
      return in.readAllBytes();
    }
  }
}
